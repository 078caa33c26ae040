import QtQuick

// Where the customer is of three steps.
Row {
    id: steps

    property var names: []
    property int now: 1

    spacing: 18
    Repeater {
        model: steps.names
        Row {
            id: step
            required property string modelData
            required property int index
            readonly property bool past: index < steps.now
            readonly property bool current: index === steps.now
            spacing: 12
            Rectangle {
                anchors.verticalCenter: parent.verticalCenter
                visible: step.index > 0
                width: Theme.wide ? 24 : Theme.wordy ? 36 : 52
                height: 3
                color: Theme.colours.brand300
            }
            Rectangle {
                anchors.verticalCenter: parent.verticalCenter
                width: 46
                height: 46
                radius: 23
                color: step.past ? Theme.colours.brand500 : step.current ? "#FFFFFF" : "transparent"
                border.width: step.past || step.current ? 0 : 3
                border.color: Theme.colours.onBrand2
                Icon {
                    anchors.centerIn: parent
                    visible: step.past
                    name: "tick"
                    size: 28
                    stroke: 3
                    colour: "#FFFFFF"
                }
                Phrase {
                    anchors.centerIn: parent
                    visible: !step.past
                    text: step.index + 1
                    size: 28
                    bold: true
                    lead: 1
                    color: step.current ? Theme.colours.brand800 : Theme.colours.onBrand2
                }
            }
            Phrase {
                anchors.verticalCenter: parent.verticalCenter
                text: step.modelData
                size: Theme.wordy && Theme.wide ? 28 : 30
                bold: step.current
                wrapMode: Text.NoWrap
                color: step.current ? Theme.colours.onBrand : Theme.colours.onBrand2
            }
        }
    }
}
