import QtQuick

// The product's one picture of time: grey is the scale from now, dark the range of 8 in 10, the stroke the most likely.
Item {
    id: band

    property real low: 0
    property real high: 0
    property real likely: 0
    property var ticks: []
    property bool sparse: false
    property bool stale: false

    height: ticks.length > 0 ? 66 : 20
    Rectangle {
        id: track
        width: parent.width
        height: 20
        radius: 10
        color: Theme.colours.sunken
        border.width: Theme.contrast ? 2 : 0
        border.color: Theme.colours.ink
    }
    Rectangle {
        x: band.low * band.width
        width: Math.max(20, (band.high - band.low) * band.width)
        height: track.height
        radius: 10
        color: band.stale ? Theme.colours.staleMark : Theme.colours.brand500
    }
    Rectangle {
        x: band.likely * band.width - width / 2
        y: -8
        width: 12
        height: track.height + 16
        radius: 3
        color: Theme.colours.surface
        Rectangle {
            anchors.centerIn: parent
            width: 6
            height: parent.height
            radius: 3
            color: Theme.colours.ink
        }
    }
    Repeater {
        model: band.ticks
        Phrase {
            required property string modelData
            required property int index
            readonly property int last: band.ticks.length - 1
            visible: !band.sparse || index === 0 || index === last
            x: index === 0 ? 0 : index === last ? band.width - implicitWidth : band.width * index / last - implicitWidth / 2
            y: 32
            text: modelData
            size: 28
            lead: 1.2
            wrapMode: Text.NoWrap
            color: Theme.colours.ink2
        }
    }
}
