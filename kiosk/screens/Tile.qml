import QtQuick

// One service on the first screen: what it is, how long the wait, and its state in colour, shape and words.
Control {
    id: tile

    property var values: ({})
    readonly property string kind: values.kind ?? "normal"
    readonly property bool busy: kind === "busy"
    readonly property bool stale: kind === "stale"
    readonly property bool closed: kind === "closed"
    readonly property bool more: kind === "more"
    readonly property bool roomy: probe.lineCount <= 2 && probe.contentWidth <= probe.width
    readonly property bool worded: busy && !roomy
    readonly property color waitInk: busy ? Theme.colours.amber : stale ? Theme.colours.stale : Theme.colours.ink2

    height: 152
    Rectangle {
        z: -1
        y: 2
        width: parent.width
        height: parent.height
        radius: 14
        color: "#1C072E2B"
        visible: !Theme.contrast && !tile.more && !tile.closed
    }
    Rectangle {
        anchors.fill: parent
        radius: 14
        visible: !dashes.visible
        color: tile.busy ? Theme.colours.amberBg : Theme.colours.surface
        border.width: Theme.edge
        border.color: tile.busy ? Theme.colours.amberMark : Theme.colours.line
    }
    Image {
        id: dashes
        anchors.fill: parent
        visible: tile.more || tile.closed
        sourceSize.width: width
        sourceSize.height: height
        source: visible && width > 0 ? "image://ph/dashes/" + Math.round(width) + "/" + Math.round(height) + "/14/"
                + String(Theme.colours.lineStrong).slice(1) + "/" + String(Theme.colours.sunken).slice(1) : ""
    }
    Phrase {
        id: probe
        visible: false
        width: parent.width - 34 - tag.width - 8
        text: tile.values.name ?? ""
        bold: true
        size: name.size
        lead: name.lead
    }
    Phrase {
        id: name
        x: 20
        y: 14
        width: parent.width - 34 - (tag.visible ? tag.width + 8 : 0)
        height: parent.height - 66
        text: tile.values.name ?? ""
        bold: true
        size: Theme.wordy ? 31 : 37
        least: 28
        lead: 1.16
        maximumLineCount: 2
        color: tile.closed ? Theme.colours.ink2 : Theme.colours.ink
    }
    Rectangle {
        id: tag
        visible: tile.busy && tile.roomy
        anchors.right: parent.right
        anchors.rightMargin: 14
        y: 16
        width: tagText.implicitWidth + 20
        height: 40
        radius: 8
        color: Theme.colours.amber
        Phrase {
            id: tagText
            anchors.centerIn: parent
            text: tile.values.tag ?? ""
            bold: true
            size: 28
            lead: 1.2
            wrapMode: Text.NoWrap
            color: tile.busy ? Theme.colours.surface : "transparent"
        }
    }
    Row {
        id: wait
        x: 20
        anchors.bottom: parent.bottom
        anchors.bottomMargin: 12
        height: 42
        spacing: 8
        Icon {
            anchors.verticalCenter: parent.verticalCenter
            visible: !tile.more
            size: 30
            stroke: 2.4
            name: tile.busy ? "warn" : tile.stale ? "staleclock" : tile.closed ? "stop" : "clock"
            colour: tile.busy || tile.stale || tile.closed ? tile.waitInk : Theme.colours.brand600
        }
        Phrase {
            anchors.verticalCenter: parent.verticalCenter
            visible: text !== ""
            text: tile.worded ? "" : tile.values.figure ?? ""
            bold: true
            size: Theme.wordy ? 33 : 36
            lead: 1.15
            wrapMode: Text.NoWrap
            color: tile.busy ? Theme.colours.amber : Theme.colours.ink
        }
        Phrase {
            anchors.verticalCenter: parent.verticalCenter
            visible: text !== ""
            text: tile.worded ? "" : tile.values.unit ?? ""
            bold: tile.busy
            size: 28
            lead: 1.15
            wrapMode: Text.NoWrap
            color: tile.waitInk
        }
        Phrase {
            anchors.verticalCenter: parent.verticalCenter
            visible: text !== ""
            text: tile.worded ? tile.values.worded ?? "" : tile.values.text ?? ""
            bold: tile.busy
            size: 28
            lead: 1.15
            wrapMode: Text.NoWrap
            color: tile.waitInk
        }
        Stamp {
            anchors.verticalCenter: parent.verticalCenter
            visible: tile.stale
            text: tile.values.stamp ?? ""
        }
    }
    Icon {
        anchors.right: parent.right
        anchors.rightMargin: 14
        anchors.bottom: parent.bottom
        anchors.bottomMargin: 12
        visible: !tile.busy && !tile.stale && !tile.closed && wait.x + wait.width + width + 20 < tile.width
        size: 42
        name: tile.values.icon ?? ""
        colour: Theme.colours.brand500
    }
}
