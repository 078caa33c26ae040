import QtQuick

// How long: the range, who is before you, the band, and how sure this is.
Card {
    id: card

    property var values: ({})
    property var trouble: ({})
    readonly property bool troubled: (trouble.body ?? "") !== ""
    readonly property bool stale: values.stale ?? false
    readonly property bool ranged: (values.figure ?? "") !== ""

    readonly property int need: 32 + band.y + (band.visible ? 82 : 0) + 16 + why.height + 26

    raised: true

    Column {
        visible: card.troubled
        x: 40
        anchors.verticalCenter: parent.verticalCenter
        width: parent.width - 80
        spacing: 14
        Row {
            spacing: 20
            width: parent.width
            Icon {
                id: sign
                size: 72
                name: "warn"
                colour: Theme.colours.amber
            }
            Phrase {
                anchors.verticalCenter: parent.verticalCenter
                visible: text !== ""
                width: parent.width - sign.width - 20
                text: card.trouble.title ?? ""
                bold: true
                size: 46
                lead: 1.2
            }
        }
        Phrase {
            width: parent.width
            text: card.trouble.body ?? ""
            size: Theme.elder ? 44 : 38
            lead: 1.35
        }
    }
    Item {
        id: told
        visible: !card.troubled
        anchors.fill: parent
        anchors.margins: 32
        anchors.leftMargin: 40
        anchors.rightMargin: 40
        Phrase {
            id: label
            width: parent.width - (Theme.wide ? 0 : 330)
            text: card.values.label ?? ""
            size: Theme.elder ? 40 : 34
            lead: 1.2
            color: Theme.elder ? Theme.colours.ink : Theme.colours.ink2
        }
        Row {
            id: figure
            y: Theme.wide ? label.height + 4 : 44
            spacing: 10
            height: Theme.wide ? 100 : 126
            Phrase {
                visible: text !== ""
                text: card.values.figure ?? ""
                bold: true
                size: Theme.wide ? 96 : 124
                lead: 1.02
                wrapMode: Text.NoWrap
                color: card.stale ? Theme.colours.stale : Theme.colours.brand800
            }
            Phrase {
                visible: text !== ""
                y: Theme.wide ? 36 : 58
                text: card.values.unit ?? ""
                bold: true
                size: 52
                lead: 1.1
                wrapMode: Text.NoWrap
                color: card.stale ? Theme.colours.stale : Theme.colours.brand800
            }
        }
        Phrase {
            visible: !card.ranged
            y: label.height + 8
            width: told.width - (Theme.wide ? 0 : ahead.width + 24)
            height: (Theme.wide ? ahead.y : band.visible ? band.y : rule.y) - y - 16
            verticalAlignment: Text.AlignVCenter
            text: card.values.phrase ?? ""
            bold: true
            size: Theme.wide ? 56 : 92
            least: 40
            lead: 1.1
            color: card.stale ? Theme.colours.stale : Theme.colours.brand800
        }
        Item {
            id: ahead
            x: Theme.wide ? 0 : parent.width - width
            y: Theme.wide ? figure.y + 112 : 0
            width: Theme.wide ? parent.width : Math.max(count.implicitWidth, aheadLabel.implicitWidth, clock.implicitWidth, stamp.visible ? stamp.width : 0)
            height: clock.y + clock.height
            Phrase {
                id: aheadLabel
                x: Theme.wide ? 0 : parent.width - width
                y: Theme.wide ? 8 : 0
                text: card.values.ahead_label ?? ""
                size: Theme.elder ? 40 : 34
                lead: 1.2
                wrapMode: Text.NoWrap
                color: Theme.elder ? Theme.colours.ink : Theme.colours.ink2
            }
            Phrase {
                id: count
                x: parent.width - width
                y: Theme.wide ? 0 : aheadLabel.height
                text: card.values.ahead ?? ""
                bold: true
                size: Theme.wide ? 46 : Theme.wordy ? 64 : 72
                lead: 1.2
                wrapMode: Text.NoWrap
                color: card.stale ? Theme.colours.stale : Theme.colours.ink
            }
            Phrase {
                id: clock
                x: Theme.wide ? 0 : parent.width - width
                y: count.y + count.height
                text: card.values.clock ?? ""
                size: Theme.elder ? 40 : Theme.wordy ? 32 : 34
                lead: 1.2
                wrapMode: Text.NoWrap
                color: Theme.elder ? Theme.colours.ink : Theme.colours.ink2
            }
            Stamp {
                id: stamp
                visible: text !== ""
                x: Theme.wide ? 0 : parent.width - width
                y: clock.y + 6
                text: card.values.stamp ?? ""
                size: Theme.elder ? 36 : 30
            }
        }
        WaitBand {
            id: band
            visible: (card.values.band ?? false) && !Theme.elder
            y: Theme.wide ? ahead.y + ahead.height + 24 : 200
            width: parent.width
            stale: card.stale
            low: card.values.low ?? 0
            high: card.values.high ?? 0
            likely: card.values.likely ?? 0
            ticks: card.values.ticks ?? []
            sparse: Theme.wide && Theme.wordy
        }
        Rectangle {
            id: rule
            anchors.bottom: why.top
            anchors.bottomMargin: 14
            width: parent.width
            height: 2
            color: Theme.colours.line
        }
        Phrase {
            id: why
            anchors.bottom: parent.bottom
            anchors.bottomMargin: -8
            width: parent.width
            text: card.values.why ?? ""
            size: Theme.elder ? 36 : Theme.wordy ? 28 : 30
            lead: 1.25
            color: Theme.elder ? Theme.colours.ink : Theme.colours.ink2
        }
    }
}
