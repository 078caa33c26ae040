import QtQuick

// The time left, as a ring that empties.
Canvas {
    id: ring

    property int side: 150
    property real part: 1

    width: side
    height: side
    onPartChanged: requestPaint()
    onPaint: {
        const pen = getContext("2d");
        const middle = side / 2, radius = side / 2 - 10;
        pen.reset();
        pen.lineWidth = 14;
        pen.lineCap = "round";
        pen.strokeStyle = Theme.colours.sunken;
        pen.beginPath();
        pen.arc(middle, middle, radius, 0, 2 * Math.PI);
        pen.stroke();
        pen.strokeStyle = Theme.colours.brand700;
        pen.beginPath();
        pen.arc(middle, middle, radius, -Math.PI / 2, -Math.PI / 2 + 2 * Math.PI * Math.max(0.001, part));
        pen.stroke();
    }
}
