import QtQuick

// A code that shows no ticket: what happened, what still holds, what to do now.
Item {
    id: page

    required property QtObject vm
    readonly property var values: vm.notice
    readonly property int heroWidth: Theme.wide ? 640 : Theme.stageWidth
    readonly property int zoneX: Theme.wide ? heroWidth : 0
    readonly property int goTop: Theme.zoneBottom - 24 - 134

    Hero {
        id: hero
        width: page.heroWidth
        height: Theme.wide ? Theme.zoneBottom : 676
        head: page.vm.header
        Column {
            x: 48
            y: hero.barBottom + (hero.height - hero.barBottom - height) / 2
            width: hero.width - 96
            spacing: 32
            Icon {
                x: -14
                size: 136
                stroke: 1.8
                name: page.values.icon ?? ""
                colour: Theme.colours.onBrand2
            }
            Phrase {
                width: parent.width
                text: page.values.title ?? ""
                bold: true
                size: Theme.wide ? 60 : Theme.wordy ? 68 : 80
                lead: 1.15
                color: Theme.colours.onBrand
            }
        }
    }
    Card {
        x: page.zoneX + 40
        y: Theme.wide ? 40 : 700
        width: Theme.stageWidth - page.zoneX - 80
        height: body.height + 24
        raised: true
        Column {
            id: body
            x: 44
            y: 12
            width: parent.width - 88
            Repeater {
                model: (page.values.body ?? "").split("\n")
                Item {
                    id: part
                    required property string modelData
                    required property int index
                    width: parent.width
                    height: words.height + 56
                    Rectangle {
                        visible: part.index > 0
                        width: parent.width
                        height: Theme.edge
                        color: Theme.colours.line
                    }
                    Phrase {
                        id: words
                        anchors.verticalCenter: parent.verticalCenter
                        width: parent.width
                        text: part.modelData
                        size: Theme.elder ? 48 : 44
                        lead: 1.3
                    }
                }
            }
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
        subSize: Theme.elder ? 36 : Theme.wordy ? 28 : 30
        onTouched: page.vm.act("done")
    }
}
