import QtQuick

// A button with a picture and a word; `primary` is the one act a screen asks for.
Control {
    id: button

    property bool primary: false
    property bool help: false
    property string icon
    property real iconStroke: 2
    property int iconSize: 48
    property string label
    property string sub: ""
    property int size: 44
    property int least: 28
    property int subSize: 30
    property int radius: 22
    property int edge: 3
    property color ink: primary ? Theme.colours.onBrand : help ? Theme.colours.brand800 : Theme.colours.ink

    Rectangle {
        z: -1
        y: 3
        width: parent.width
        height: parent.height
        radius: button.radius
        color: "#2E072E2B"
        visible: button.primary && !Theme.contrast
    }
    Rectangle {
        anchors.fill: parent
        radius: button.radius
        color: button.primary ? (button.open ? Theme.colours.brand700 : Theme.colours.line)
             : button.help ? Theme.colours.brand100 : Theme.colours.surface
        border.width: button.primary ? 0 : button.help && Theme.contrast ? 4 : button.edge
        border.color: button.help ? Theme.colours.brand600 : Theme.colours.lineStrong
    }
    Row {
        id: row
        readonly property int room: button.width - 36 - (mark.visible ? mark.width + spacing : 0)
        readonly property real unused: under.visible ? 0 : label.width - label.contentWidth
        anchors.centerIn: parent
        anchors.horizontalCenterOffset: mark.visible ? unused / 2 : 0
        spacing: button.width < 340 ? 12 : 20
        Icon {
            id: mark
            anchors.verticalCenter: parent.verticalCenter
            visible: button.icon !== ""
            name: button.icon
            size: button.iconSize
            stroke: button.iconStroke
            colour: label.color
        }
        Column {
            anchors.verticalCenter: parent.verticalCenter
            Phrase {
                id: label
                width: Math.min(implicitWidth, row.room)
                height: least < size ? Math.min(button.height - 16 - (under.visible ? under.height : 0), implicitHeight) : implicitHeight
                text: button.label
                bold: true
                size: button.size
                lead: 1.15
                maximumLineCount: button.sub === "" ? 2 : 1
                horizontalAlignment: mark.visible ? Text.AlignLeft : Text.AlignHCenter
                color: button.primary && !button.open ? Theme.colours.ink : button.ink
            }
            Phrase {
                id: under
                visible: button.sub !== ""
                width: Math.min(implicitWidth, row.room)
                text: button.sub
                size: button.subSize
                lead: 1.2
                color: button.primary ? (button.open ? Theme.colours.onBrand2 : Theme.colours.ink) : Theme.colours.ink2
            }
        }
    }
}
