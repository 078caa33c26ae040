import QtQuick

// The product's one picture of time: grey is the scale from now, dark the range of 8 in 10, the stroke the most likely.
Item {
    id: band

    property real low: 0
    property real high: 0
    property real likely: 0

    height: 20
    Rectangle {
        anchors.fill: parent
        radius: 10
        color: Theme.colours.sunken
        border.width: Theme.contrast ? 2 : 0
        border.color: Theme.colours.ink
    }
    Rectangle {
        x: band.low * band.width
        width: Math.max(20, (band.high - band.low) * band.width)
        height: parent.height
        radius: 10
        color: Theme.colours.brand500
    }
    Rectangle {
        x: band.likely * band.width - width / 2
        y: -8
        width: 12
        height: parent.height + 16
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
}
