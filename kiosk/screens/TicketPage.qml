import QtQuick

// The number, the slip, how long, and what to do now.
Item {
    id: page

    required property QtObject vm
    readonly property var values: vm.ticket
    readonly property var slip: values.print ?? ({})
    readonly property var wait: values.wait ?? ({})
    readonly property bool failed: slip.state === "failed"
    readonly property bool doubtful: failed || slip.state === "unconfirmed"
    readonly property bool called: slip.state === "called"
    readonly property int heroWidth: Theme.wide ? 900 : Theme.stageWidth
    readonly property int zoneX: Theme.wide ? heroWidth : 0
    readonly property int goTop: Theme.zoneBottom - (Theme.wide ? 20 : 24) - 134
    readonly property int statusTop: Theme.wide ? 24 : 646

    Hero {
        id: hero
        width: page.heroWidth
        height: Theme.wide ? Theme.zoneBottom : 738
        head: page.vm.header
        Steps {
            x: (hero.width - width) / 2
            y: Theme.wide ? 240 : 154
            visible: names.length > 0 && !Theme.elder
            names: page.values.steps ?? []
            now: 2
        }
        Phrase {
            y: Theme.wide ? 316 : Theme.elder ? 196 : 220
            width: hero.width
            horizontalAlignment: Text.AlignHCenter
            text: page.values.yours ?? ""
            size: Theme.elder ? 48 : 40
            lead: 1.2
            color: Theme.elder ? Theme.colours.onBrand : Theme.colours.onBrand2
        }
        Phrase {
            objectName: "number"
            y: Theme.wide ? 390 : 270
            width: hero.width
            horizontalAlignment: Text.AlignHCenter
            text: page.values.number ?? ""
            bold: true
            size: 316
            lead: 1
            font.letterSpacing: 6
            wrapMode: Text.NoWrap
            color: Theme.colours.onBrand
        }
    }
    Card {
        id: status
        x: page.zoneX + 40
        y: page.statusTop
        width: Theme.stageWidth - page.zoneX - 80
        height: page.doubtful && (Theme.wordy || Theme.elder) ? 178 : 156
        raised: true
        color: page.failed ? Theme.colours.amberBg : page.called ? Theme.colours.call : Theme.colours.surface
        border.width: page.failed ? 4 : Theme.contrast ? 3 : 0
        border.color: page.failed ? Theme.colours.amberMark : Theme.colours.line
        Rectangle {
            id: ball
            x: 34
            anchors.verticalCenter: parent.verticalCenter
            width: 98
            height: 98
            radius: 49
            color: page.failed || page.called ? "#FFFFFF" : Theme.colours.brand100
            Icon {
                anchors.centerIn: parent
                size: 60
                name: page.slip.icon ?? ""
                colour: page.failed ? Theme.colours.amber : page.called ? Theme.colours.onCall : Theme.colours.brand700
            }
        }
        Column {
            anchors.verticalCenter: parent.verticalCenter
            x: ball.x + ball.width + 26
            width: parent.width - x - 24
            spacing: 4
            Phrase {
                width: parent.width
                text: page.slip.title ?? ""
                bold: true
                size: Theme.wordy ? 36 : page.doubtful && Theme.wide ? 40 : 46
                lead: 1.2
                color: page.called ? Theme.colours.onCall : Theme.colours.ink
            }
            Phrase {
                width: parent.width
                text: page.slip.sub ?? ""
                size: Theme.elder ? 36 : Theme.wordy ? 30 : 33
                lead: 1.22
                color: page.called ? Theme.colours.onCall : page.failed || Theme.elder ? Theme.colours.ink : Theme.colours.ink2
            }
        }
    }
    Card {
        id: waitCard
        x: page.zoneX + 40
        y: status.y + status.height + 24
        width: qr.x - 24 - x
        height: next.y - 24 - y
        readonly property bool ranged: (page.wait.figure ?? "") !== ""
        readonly property int above: label.y + label.height
        readonly property int below: facts.visible ? rule.y : note.visible ? note.y : height - 26
        Phrase {
            id: label
            x: 34
            y: 26
            width: parent.width - 60
            text: page.values.label ?? ""
            size: Theme.elder ? 36 : Theme.wordy ? 30 : 34
            lead: 1.2
            maximumLineCount: 2
            color: Theme.elder ? Theme.colours.ink : Theme.colours.ink2
        }
        Row {
            id: figure
            height: Theme.wide ? 100 : 112
            x: 34
            y: waitCard.above + (band.visible ? 4 : (waitCard.below - waitCard.above - height) / 2)
            spacing: 8
            Phrase {
                visible: text !== ""
                text: page.wait.figure ?? ""
                bold: true
                size: Theme.wide ? 92 : 104
                lead: 1.08
                wrapMode: Text.NoWrap
                color: Theme.colours.brand800
            }
            Phrase {
                visible: text !== ""
                y: Theme.wide ? 40 : 48
                text: page.wait.unit ?? ""
                bold: true
                size: 46
                lead: 1.1
                wrapMode: Text.NoWrap
                color: Theme.colours.brand800
            }
        }
        Phrase {
            visible: !waitCard.ranged
            x: 34
            y: waitCard.above + 8
            width: parent.width - 68
            height: (band.visible ? band.y : waitCard.below) - y - 16
            verticalAlignment: Text.AlignVCenter
            wrapMode: Theme.wordy ? Text.WordWrap : Text.NoWrap
            text: page.wait.phrase ?? ""
            bold: true
            size: Theme.wordy ? 80 : 96
            least: 40
            lead: 1.12
            color: Theme.colours.brand800
        }
        Phrase {
            id: note
            visible: text !== ""
            x: 34
            anchors.bottom: parent.bottom
            anchors.bottomMargin: 30
            width: parent.width - 68
            text: page.wait.note ?? ""
            size: Theme.elder ? 38 : 34
            lead: 1.3
        }
        WaitBand {
            id: band
            readonly property int room: waitCard.below - waitCard.above - 116
            visible: (page.wait.band ?? false) && !Theme.elder
            x: 34
            y: waitCard.above + 116 + (room - height) / 2
            width: parent.width - 68
            ticks: room > 84 ? page.wait.ticks ?? [] : []
            low: page.wait.low ?? 0
            high: page.wait.high ?? 0
            likely: page.wait.likely ?? 0
        }
        Rectangle {
            id: rule
            visible: facts.visible
            x: 34
            anchors.bottom: facts.top
            anchors.bottomMargin: 14
            width: parent.width - 68
            height: 2
            color: Theme.colours.line
        }
        Row {
            id: facts
            visible: (page.values.ahead ?? "") !== ""
            x: 34
            anchors.bottom: parent.bottom
            anchors.bottomMargin: 22
            width: parent.width - 68
            Column {
                width: parent.width * 0.45
                Phrase {
                    width: parent.width
                    text: page.values.ahead_label ?? ""
                    size: Theme.elder ? 36 : 30
                    lead: 1.2
                    color: Theme.elder ? Theme.colours.ink : Theme.colours.ink2
                }
                Phrase {
                    text: page.values.ahead ?? ""
                    bold: true
                    size: Theme.wordy ? 38 : 44
                    lead: 1.2
                    wrapMode: Text.NoWrap
                }
            }
            Column {
                visible: (page.values.clock ?? "") !== ""
                width: parent.width * 0.55
                Phrase {
                    width: parent.width
                    text: page.values.clock_label ?? ""
                    size: Theme.elder ? 36 : 30
                    lead: 1.2
                    color: Theme.elder ? Theme.colours.ink : Theme.colours.ink2
                }
                Phrase {
                    text: page.values.clock ?? ""
                    bold: true
                    size: Theme.wordy ? 40 : 44
                    lead: 1.2
                    wrapMode: Text.NoWrap
                }
            }
        }
    }
    Card {
        id: qr
        x: Theme.stageWidth - 40 - width
        y: waitCard.y
        width: Theme.wide ? 360 : 390
        height: waitCard.height
        Column {
            anchors.centerIn: parent
            width: parent.width - 40
            spacing: 8
            QrPicture {
                anchors.horizontalCenter: parent.horizontalCenter
                visible: text !== ""
                side: Math.min(page.failed ? 300 : 270, qr.height - 56 - caption.height - hint.height)
                text: page.values.url ?? ""
            }
            Icon {
                anchors.horizontalCenter: parent.horizontalCenter
                visible: (page.values.url ?? "") === ""
                size: 120
                stroke: 1.8
                name: page.values.qr_icon ?? "seat"
                colour: Theme.colours.brand600
            }
            Phrase {
                id: caption
                width: parent.width
                text: page.values.qr_title ?? ""
                bold: true
                size: Theme.wordy && !Theme.elder ? 32 : 36
                lead: 1.22
                horizontalAlignment: Text.AlignHCenter
            }
            Phrase {
                id: hint
                width: parent.width
                text: page.values.qr_sub ?? ""
                size: Theme.elder ? 36 : Theme.wordy ? 28 : 30
                lead: 1.25
                horizontalAlignment: Text.AlignHCenter
                color: Theme.elder ? Theme.colours.ink : Theme.colours.ink2
            }
        }
    }
    Rectangle {
        id: next
        x: page.zoneX + 40
        y: page.goTop - 24 - height
        width: Theme.stageWidth - page.zoneX - 80
        height: Theme.wide ? (Theme.elder ? 132 : 122) : 140
        radius: 14
        color: Theme.colours.brand50
        border.width: Theme.edge
        border.color: Theme.colours.brand200
        Icon {
            id: nextIcon
            x: 30
            anchors.verticalCenter: parent.verticalCenter
            size: 56
            name: page.values.next_icon ?? ""
            colour: Theme.colours.brand600
        }
        Phrase {
            anchors.verticalCenter: parent.verticalCenter
            x: 108
            width: parent.width - x - 24
            text: page.values.next ?? ""
            size: Theme.elder ? (Theme.wide || Theme.wordy ? 36 : 38) : Theme.wordy ? 32 : 34
            lead: Theme.wide || Theme.elder ? 1.2 : 1.35
        }
    }
    BigButton {
        id: other
        x: page.zoneX + 40
        y: page.goTop
        width: (Theme.stageWidth - page.zoneX - 80 - 24) / 2
        height: 134
        icon: page.values.other?.icon ?? ""
        iconSize: 52
        label: page.values.other?.label ?? ""
        size: Theme.wordy ? 40 : 44
        onTouched: page.vm.act(page.values.other.act)
    }
    BigButton {
        x: other.x + other.width + 24
        y: page.goTop
        width: other.width
        height: 134
        primary: true
        icon: "tick"
        iconSize: 52
        iconStroke: 3
        label: page.values.done ?? ""
        sub: page.values.ends ?? ""
        size: Theme.wordy ? 40 : 44
        subSize: Theme.elder ? 36 : Theme.wordy ? 28 : 30
        onTouched: page.vm.act("done")
    }
}
