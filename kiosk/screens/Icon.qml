import QtQuick

Image {
    property string name
    property color colour: Theme.colours.ink
    property int size: 48
    property real stroke: 2

    width: size
    height: size
    sourceSize.width: size
    sourceSize.height: size
    smooth: true
    source: name === "" ? "" : "image://ph/icon/" + name + "/" + String(colour).slice(1, 7) + "/" + stroke
}
