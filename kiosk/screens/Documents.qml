import QtQuick

// What to have with you, numbered; what is wanted only if there is some has a dashed number.
Card {
    id: card

    property var values: ({})
    readonly property var list: values.documents ?? []
    readonly property bool none: list.length === 0
    readonly property bool hints: !Theme.elder || list.length < 5
    readonly property int box: Theme.elder ? 50 : 42
    readonly property bool dense: list.length > (Theme.wordy || Theme.elder ? 3 : 5)
    readonly property int pad: {
        let words = 0;
        for (let i = 0; i < lines.count; i++)
            words += lines.itemAt(i)?.wordsHeight ?? 0;
        const room = height - head.y - head.height - 6 - 20 - words;
        return Math.max(8, Math.min(Theme.elder ? 26 : 19, Math.floor(room / (2 * Math.max(1, list.length)))));
    }

    Row {
        id: head
        visible: !card.none
        x: 30
        y: 22
        width: parent.width - 60
        spacing: 14
        Icon {
            anchors.verticalCenter: parent.verticalCenter
            name: "document"
            size: 44
            colour: Theme.colours.brand600
        }
        Phrase {
            anchors.verticalCenter: parent.verticalCenter
            width: parent.width - 58
            text: card.values.documents_title ?? ""
            bold: true
            size: Theme.elder ? 46 : 40
            lead: 1.2
        }
    }
    Column {
        visible: card.none
        anchors.centerIn: parent
        width: parent.width - 60
        spacing: 16
        Icon {
            anchors.horizontalCenter: parent.horizontalCenter
            name: "tick"
            size: 96
            stroke: 1.8
            colour: Theme.colours.brand600
        }
        Phrase {
            width: parent.width
            text: card.values.no_documents ?? ""
            bold: true
            size: Theme.elder ? 46 : 40
            horizontalAlignment: Text.AlignHCenter
        }
    }
    Column {
        x: 30
        y: head.y + head.height + 6
        width: parent.width - 60
        Repeater {
            id: lines
            model: card.list
            Item {
                id: line
                required property var modelData
                required property int index
                readonly property int wordsHeight: words.height
                width: parent.width
                height: wordsHeight + 2 * card.pad
                Rectangle {
                    visible: line.index > 0
                    width: parent.width
                    height: 2
                    color: Theme.colours.line
                }
                Rectangle {
                    y: words.y + 2
                    width: card.box
                    height: card.box
                    radius: 12
                    visible: !line.modelData.optional
                    color: Theme.colours.brand100
                    border.width: Theme.contrast ? 2 : 0
                    border.color: Theme.colours.ink
                }
                Image {
                    y: words.y + 2
                    width: card.box
                    height: card.box
                    visible: line.modelData.optional
                    sourceSize.width: width
                    sourceSize.height: height
                    source: "image://ph/dashes/" + width + "/" + height + "/12/" + String(Theme.colours.lineStrong).slice(1) + "/" + String(Theme.colours.surface).slice(1)
                }
                Phrase {
                    x: (card.box - implicitWidth) / 2
                    y: words.y + 2 + (card.box - height) / 2
                    text: line.index + 1
                    bold: true
                    size: Theme.elder ? 36 : 28
                    lead: 1.2
                    color: Theme.colours.brand800
                }
                Column {
                    id: words
                    x: card.box + 20
                    y: card.pad
                    width: parent.width - x
                    Flow {
                        width: parent.width
                        spacing: 10
                        Phrase {
                            width: Math.min(implicitWidth, parent.width)
                            text: line.modelData.name
                            size: Theme.elder ? (card.dense ? 38 : 44) : card.dense || Theme.wordy ? 32 : 38
                            lead: 1.22
                        }
                        Rectangle {
                            visible: line.modelData.optional
                            width: chip.implicitWidth + 16
                            height: chip.size + 12
                            radius: 8
                            color: "transparent"
                            border.width: 2
                            border.color: Theme.colours.lineStrong
                            Phrase {
                                id: chip
                                anchors.centerIn: parent
                                text: card.values.optional ?? ""
                                size: Theme.elder ? 36 : 28
                                lead: 1.2
                                wrapMode: Text.NoWrap
                                color: Theme.elder ? Theme.colours.ink : Theme.colours.ink2
                            }
                        }
                    }
                    Phrase {
                        visible: text !== "" && card.hints
                        width: parent.width
                        text: line.modelData.hint
                        size: Theme.elder ? 36 : card.dense || Theme.wordy ? 28 : 30
                        lead: 1.2
                        color: Theme.elder ? Theme.colours.ink : Theme.colours.ink2
                    }
                }
            }
        }
    }
}
