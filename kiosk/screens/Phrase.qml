import QtQuick

// A text whose lines are as high as `lead` says, centred on the glyphs as type on paper is.
Text {
    id: phrase

    property real lead: 1.25
    property bool bold: false
    property int size: 34
    property int least: size
    readonly property real trim: size * (1.448 - lead) / 2

    font.family: Theme.family
    font.pixelSize: size
    font.weight: bold ? Font.Bold : Font.Normal
    fontSizeMode: least < size ? Text.Fit : Text.FixedSize
    minimumPixelSize: least
    color: Theme.colours.ink
    textFormat: Text.PlainText
    wrapMode: Text.WordWrap
    lineHeightMode: Text.ProportionalHeight
    lineHeight: lead / 1.448
    topPadding: -trim
    bottomPadding: -trim
}
