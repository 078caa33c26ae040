import QtQuick

// One spoken task on the elder screen.
Control {
    id: tile

    property var values: ({})
    readonly property string kind: values.kind ?? "normal"
    readonly property bool busy: kind === "busy"
    readonly property bool stale: kind === "stale"
    readonly property bool closed: kind === "closed"
    property bool small: false
    readonly property color waitInk: busy ? Theme.colours.amberElder : stale ? Theme.colours.stale : Theme.colours.ink

    Rectangle {
        anchors.fill: parent
        radius: 22
        color: tile.busy ? Theme.colours.amberBg : tile.closed ? Theme.colours.sunken : Theme.colours.surface
        border.width: 4
        border.color: tile.busy ? "#8A5600" : Theme.colours.lineStrong
    }
    Phrase {
        x: 28
        y: tile.small ? 8 : 20
        width: parent.width - 28 - 24 - (sign.visible ? 72 : 0)
        height: parent.height - (tile.small ? 16 : 96)
        verticalAlignment: tile.small ? Text.AlignVCenter : Text.AlignTop
        text: tile.values.name ?? ""
        bold: true
        size: tile.small ? 40 : Theme.wordy ? 50 : 62
        least: tile.small ? 36 : 44
        lead: 1.15
        maximumLineCount: 2
    }
    Icon {
        id: sign
        anchors.right: parent.right
        anchors.rightMargin: 24
        y: tile.small ? (parent.height - height) / 2 : 26
        visible: !tile.small || tile.busy || tile.closed
        size: tile.small ? 48 : 64
        name: !tile.small ? tile.values.icon ?? "" : tile.busy ? "warn" : "stop"
        colour: tile.small ? tile.waitInk : Theme.colours.brand700
    }
    Row {
        visible: !tile.small
        x: 28
        anchors.bottom: parent.bottom
        anchors.bottomMargin: 18
        height: 52
        spacing: 12
        Icon {
            anchors.verticalCenter: parent.verticalCenter
            visible: tile.kind !== "more"
            size: 44
            stroke: 2.4
            name: tile.busy ? "warn" : tile.stale ? "staleclock" : tile.closed ? "stop" : "clock"
            colour: tile.waitInk
        }
        Phrase {
            anchors.verticalCenter: parent.verticalCenter
            width: Math.min(implicitWidth, tile.width - 28 - 24 - 56 - (tile.stale ? stamp.width + 12 : 0))
            text: (tile.values.figure ?? "") !== "" ? tile.values.figure + " " + tile.values.unit : tile.values.text ?? ""
            bold: tile.busy
            size: Theme.wordy ? 40 : 44
            lead: 1.1
            wrapMode: Text.NoWrap
            color: tile.waitInk
        }
        Stamp {
            id: stamp
            anchors.verticalCenter: parent.verticalCenter
            visible: tile.stale
            text: tile.values.stamp ?? ""
            size: 36
        }
    }
}
