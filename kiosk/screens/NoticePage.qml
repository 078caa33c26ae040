import QtQuick

// A code that shows no ticket: what happened, what still holds, what to do now.
Item {
    id: page

    required property QtObject vm
    readonly property var values: vm.notice
    readonly property int heroWidth: Theme.wide ? 640 : Theme.stageWidth
    readonly property int zoneX: Theme.wide ? heroWidth : 0
    readonly property int goTop: Theme.zoneBottom - (Theme.wide ? 20 : 58) - 134

    Hero {
        id: hero
        width: page.heroWidth
        height: Theme.wide ? Theme.zoneBottom : 676
        head: page.vm.header
        Icon {
            x: 48
            y: Theme.wide ? 240 : 196
            size: 120
            stroke: 1.8
            name: page.values.icon ?? ""
            colour: Theme.colours.onBrand2
        }
        Phrase {
            x: 48
            y: Theme.wide ? 392 : 348
            width: hero.width - 96
            text: page.values.title ?? ""
            bold: true
            size: Theme.wide ? 60 : Theme.wordy ? 68 : 80
            lead: 1.15
            color: Theme.colours.onBrand
        }
    }
    Card {
        x: page.zoneX + 40
        y: Theme.wide ? 40 : 720
        width: Theme.stageWidth - page.zoneX - 80
        height: body.height + 88
        raised: true
        Phrase {
            id: body
            x: 44
            anchors.verticalCenter: parent.verticalCenter
            width: parent.width - 88
            text: page.values.body ?? ""
            size: Theme.elder ? 48 : 42
            lead: 1.4
        }
    }
    BigButton {
        x: page.zoneX + 40 + (Theme.stageWidth - page.zoneX - 80 - 24) / 2 + 24
        y: page.goTop
        width: (Theme.stageWidth - page.zoneX - 80 - 24) / 2
        height: 134
        primary: true
        icon: "back"
        iconSize: 52
        label: page.values.done ?? ""
        sub: page.values.ends ?? ""
        size: Theme.wordy ? 40 : 44
        subSize: Theme.wordy ? 28 : 30
        onTouched: page.vm.act("done")
    }
}
