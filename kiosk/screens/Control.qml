import QtQuick

// Everything that may be touched: its face dims while the finger is on it.
Item {
    id: control

    readonly property bool isControl: true
    property bool open: true
    property alias pressed: area.pressed
    default property alias content: face.data

    signal touched

    Item {
        id: face
        anchors.fill: parent
        opacity: area.pressed ? 0.72 : 1
        Behavior on opacity {
            NumberAnimation { duration: Theme.press; easing.type: Easing.OutQuad }
        }
    }
    MouseArea {
        id: area
        anchors.fill: parent
        enabled: control.open
        onClicked: control.touched()
    }
}
