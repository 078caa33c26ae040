import QtQuick

// A sheet with a hard shadow below it; no shader.
Rectangle {
    id: card

    property bool raised: false

    radius: 22
    color: Theme.colours.surface
    border.width: raised ? (Theme.contrast ? 3 : 0) : Theme.edge
    border.color: Theme.colours.line

    Rectangle {
        z: -1
        y: card.raised ? 4 : 2
        width: card.width
        height: card.height
        radius: card.radius
        color: card.raised ? "#2E072E2B" : "#1C072E2B"
        visible: !Theme.contrast
    }
}
