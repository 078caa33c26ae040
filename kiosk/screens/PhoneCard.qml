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
        x: 20
        y: 24
        width: parent.width - 40
        spacing: 10
        Icon {
            anchors.horizontalCenter: parent.horizontalCenter
            visible: !card.online
            size: 96
            stroke: 1.8
            name: "people"
            colour: Theme.colours.brand600
        }
        Phrase {
            width: parent.width
            text: card.values.title ?? ""
            bold: true
            size: Theme.wordy ? 34 : 38
            lead: 1.2
            horizontalAlignment: Text.AlignHCenter
        }
        Phrase {
            visible: text !== ""
            width: parent.width
            text: card.values.sub ?? ""
            size: 30
            lead: 1.25
            horizontalAlignment: Text.AlignHCenter
            color: Theme.colours.ink2
        }
        QrPicture {
            anchors.horizontalCenter: parent.horizontalCenter
            visible: card.online
            side: 240
            text: card.values.url ?? ""
        }
        Phrase {
            visible: text !== ""
            width: parent.width
            text: card.values.scan ?? ""
            bold: true
            size: Theme.wordy ? 30 : 34
            lead: 1.2
            horizontalAlignment: Text.AlignHCenter
        }
        Phrase {
            visible: text !== ""
            width: parent.width
            text: card.values.note ?? ""
            size: 30
            lead: 1.3
            horizontalAlignment: Text.AlignHCenter
            color: Theme.colours.ink2
        }
    }
}
