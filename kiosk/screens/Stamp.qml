import QtQuick

// The time at which what stands beside it was so: it is not now.
Image {
    property alias text: words.text
    property int size: 28

    width: words.implicitWidth + 16
    height: size + 12
    sourceSize.width: width
    sourceSize.height: height
    source: visible ? "image://ph/dashes/" + Math.round(width) + "/" + height + "/8/"
            + String(Theme.colours.staleMark).slice(1) + "/" + String(Theme.colours.staleBg).slice(1) : ""
    Phrase {
        id: words
        anchors.centerIn: parent
        size: parent.size
        lead: 1.15
        wrapMode: Text.NoWrap
        color: Theme.colours.stale
    }
}
