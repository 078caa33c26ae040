import QtQuick

// The code on white, as large as whole dots allow.
Rectangle {
    id: frame

    property string text
    property int side: 236

    width: side
    height: side
    radius: 12
    color: "#FFFFFF"

    Image {
        anchors.centerIn: parent
        sourceSize.width: frame.side
        sourceSize.height: frame.side
        smooth: false
        source: frame.text === "" ? "" : "image://ph/qr/" + encodeURIComponent(frame.text)
    }
}
