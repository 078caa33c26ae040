import QtQuick

// The way without queueing, where there is one.
Rectangle {
    id: card

    property var values: ({})
    property bool first: false
    readonly property bool online: (values.url ?? "") !== ""

    radius: 22
    color: Theme.colours.brand50
    border.width: first ? 5 : Theme.edge
    border.color: Theme.colours.brand500

    Column {
        id: head
        visible: card.online
        x: 20
        y: 24
        width: parent.width - 40
        spacing: 6
        Title {}
        Note { text: card.values.sub ?? "" }
    }
    Column {
        readonly property int above: card.online ? head.y + head.height : 0
        x: 20
        y: above + (card.height - above - height) / 2
        width: parent.width - 40
        spacing: 12
        Icon {
            anchors.horizontalCenter: parent.horizontalCenter
            visible: !card.online
            size: 96
            stroke: 1.8
            name: "people"
            colour: Theme.colours.brand600
        }
        Title { visible: !card.online }
        QrPicture {
            anchors.horizontalCenter: parent.horizontalCenter
            visible: card.online
            side: Math.max(200, Math.min(parent.width, card.height - parent.above - 48 - scan.height - (note.visible ? note.height + 12 : 0)))
            text: card.values.url ?? ""
        }
        Phrase {
            id: scan
            visible: text !== ""
            width: parent.width
            text: card.values.scan ?? ""
            bold: true
            size: Theme.wordy ? 30 : 34
            lead: 1.2
            horizontalAlignment: Text.AlignHCenter
        }
        Note {
            id: note
            text: card.values.note ?? ""
        }
    }

    component Title: Phrase {
        width: parent.width
        text: card.values.title ?? ""
        bold: true
        size: Theme.wordy ? 34 : 38
        lead: 1.2
        horizontalAlignment: Text.AlignHCenter
    }
    component Note: Phrase {
        visible: text !== ""
        width: parent.width
        size: 30
        lead: 1.25
        horizontalAlignment: Text.AlignHCenter
        color: Theme.colours.ink2
    }
}
