import QtQuick

// A text whose lines are as high as `lead` says, centred on the glyphs as type on paper is.
Text {
    id: phrase

    property real lead: 1.25
    property bool bold: false
    property int size: 34
    property int least: size

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
    transform: Translate {
        y: -phrase.fontInfo.pixelSize * (1.448 - phrase.lead) / 2
    }
}
