import QtQuick

// The dark head of every screen: branch, time and the arches. Holds no control.
Rectangle {
    id: hero

    property var head: ({})
    property bool arches: true
    readonly property int margin: 48
    readonly property int barBottom: Theme.wide ? 196 : 148

    color: Theme.contrast ? "#000000" : Theme.colours.brand800
    clip: true

    Image {
        x: hero.width - width + 150
        y: Theme.wide ? hero.height - height + 40 : -40
        width: 760
        height: 760
        sourceSize.width: 760
        visible: hero.arches
        opacity: Theme.contrast ? 0.35 : 0.55
        source: "image://ph/arches/" + String(Theme.colours.brand600).slice(1)
    }
    Rectangle {
        id: mark
        x: hero.margin
        y: Theme.wide ? 36 : 56
        width: 68
        height: 68
        radius: 18
        color: "#FFFFFF"
        Icon {
            anchors.centerIn: parent
            name: "mark"
            size: 48
            colour: Theme.contrast ? "#000000" : Theme.colours.brand700
        }
    }
    Phrase {
        anchors.verticalCenter: mark.verticalCenter
        x: hero.margin + 86
        width: Theme.wide ? hero.width - x - 32 : when.x - x - 16
        text: hero.head.hall ?? ""
        bold: true
        size: Theme.elder ? 44 : Theme.wordy ? 32 : 36
        least: 28
        height: 88
        verticalAlignment: Text.AlignVCenter
        lead: 1.15
        maximumLineCount: 2
        color: Theme.colours.onBrand
    }
    Item {
        id: when
        x: Theme.wide ? hero.margin : hero.width - hero.margin - width
        y: Theme.wide ? 118 : 46
        width: Theme.wide ? hero.width - 2 * hero.margin : Math.max(clock.implicitWidth, day.implicitWidth)
        height: Theme.wide ? 60 : 92
        Phrase {
            id: clock
            anchors.right: Theme.wide ? undefined : parent.right
            anchors.left: Theme.wide ? parent.left : undefined
            text: hero.head.time ?? ""
            bold: true
            size: 52
            lead: 1.1
            wrapMode: Text.NoWrap
            color: Theme.colours.onBrand
        }
        Phrase {
            id: day
            x: Theme.wide ? clock.implicitWidth + 24 : parent.width - implicitWidth
            y: Theme.wide ? 20 : 62
            text: hero.head.date ?? ""
            size: Theme.elder ? 36 : 28
            lead: 1.1
            wrapMode: Text.NoWrap
            color: Theme.elder ? Theme.colours.onBrand : Theme.colours.onBrand2
        }
    }
}
