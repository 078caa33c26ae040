import QtQuick

// Under the greeting: the hall now, or what is wrong, what still holds and what to do.
Item {
    id: panel

    property var values: ({})
    readonly property bool live: (values.kind ?? "") === "live"

    Rectangle {
        anchors.fill: parent
        visible: panel.live
        radius: 22
        color: "#38000000"
        border.width: Theme.contrast ? 2 : 0
        border.color: "#FFFFFF"
    }
    Item {
        visible: panel.live
        x: 32
        y: 26
        width: Theme.wide ? panel.width - 64 : 400
        height: Theme.wide ? 164 : 194
        Phrase {
            id: label
            width: parent.width
            text: panel.values.label ?? ""
            size: 32
            color: Theme.colours.onBrand2
        }
        Phrase {
            width: parent.width
            anchors.top: label.bottom
            anchors.bottom: counters.top
            verticalAlignment: Text.AlignVCenter
            text: panel.values.figure ?? ""
            bold: true
            size: Theme.wordy ? 64 : 72
            least: 40
            lead: 1.15
            maximumLineCount: 2
            color: Theme.colours.onBrand
        }
        Phrase {
            id: counters
            anchors.bottom: parent.bottom
            anchors.bottomMargin: 4
            width: parent.width
            text: panel.values.counters ?? ""
            size: 32
            color: Theme.colours.onBrand2
        }
    }
    Rectangle {
        visible: panel.live
        x: Theme.wide ? 32 : 456
        y: Theme.wide ? 206 : 34
        width: Theme.wide ? panel.width - 64 : 2
        height: Theme.wide ? 2 : panel.height - 68
        color: Theme.colours.brand300
        opacity: 0.6
    }
    Column {
        visible: panel.live
        x: Theme.wide ? 32 : 492
        y: Theme.wide ? 222 : 26
        width: panel.width - x - 32
        spacing: 2
        Phrase {
            width: parent.width
            text: panel.values.title ?? ""
            size: 32
            color: Theme.colours.onBrand2
        }
        Repeater {
            model: panel.values.calls ?? []
            Item {
                id: line
                required property var modelData
                width: parent.width
                height: 50
                Phrase {
                    anchors.verticalCenter: parent.verticalCenter
                    text: line.modelData.number
                    bold: true
                    size: 40
                    wrapMode: Text.NoWrap
                    color: Theme.colours.onBrand
                }
                Phrase {
                    anchors.verticalCenter: parent.verticalCenter
                    x: 150
                    text: line.modelData.where
                    size: 34
                    wrapMode: Text.NoWrap
                    color: Theme.colours.onBrand
                }
            }
        }
    }
    Rectangle {
        anchors.fill: parent
        visible: !panel.live
        radius: 22
        color: Theme.colours.surface
        border.width: 4
        border.color: Theme.colours.offMark
        Icon {
            id: sign
            x: 32
            y: Theme.wide ? 28 : (parent.height - height) / 2
            size: 96
            stroke: 1.8
            name: panel.values.kind === "offline" ? "noline" : panel.values.kind === "closed" ? "stop" : "clock"
            colour: Theme.colours.off
        }
        Column {
            x: Theme.wide ? 32 : sign.x + sign.width + 36
            y: Theme.wide ? 140 : (parent.height - height) / 2
            width: parent.width - x - 32
            spacing: 6
            Phrase {
                width: parent.width
                text: panel.values.title ?? ""
                bold: true
                size: Theme.elder ? 44 : Theme.wordy ? 36 : 40
                lead: 1.2
                color: Theme.colours.off
            }
            Phrase {
                width: parent.width
                text: panel.values.body ?? ""
                size: Theme.elder ? (Theme.wordy ? 36 : 40) : Theme.wordy ? 30 : 34
                lead: 1.3
                color: Theme.colours.off
            }
        }
    }
}
