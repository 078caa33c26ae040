import QtQuick

// Six large tasks in spoken words, and a person to help.
Item {
    id: page

    required property QtObject vm
    readonly property var values: vm.elder
    readonly property var tiles: values.tiles ?? []
    readonly property int heroWidth: Theme.wide ? 640 : Theme.stageWidth
    readonly property int zoneX: Theme.wide ? heroWidth : 0
    readonly property int columns: 2
    readonly property bool trouble: (values.panel?.kind ?? "live") !== "live"

    Hero {
        id: hero
        width: page.heroWidth
        height: Theme.wide ? Theme.zoneBottom : 670
        head: page.vm.header
        Phrase {
            id: title
            x: 48
            y: Theme.wide ? 230 : page.trouble ? 180 : 206
            width: hero.width - 96
            text: page.values.title ?? ""
            bold: true
            size: Theme.wide ? 76 : Theme.wordy ? 92 : 104
            lead: 1.15
            color: Theme.colours.onBrand
        }
        Phrase {
            id: sub
            visible: !page.trouble
            x: 48
            y: title.y + title.height + 20
            width: hero.width - 96
            text: page.values.sub ?? ""
            size: Theme.wordy || Theme.wide ? 44 : 48
            lead: 1.35
            color: Theme.colours.onBrand
        }
        Panel {
            visible: page.trouble
            x: 48
            y: Theme.wide ? 330 : 330
            width: hero.width - 96
            height: Theme.wide ? 560 : 316
            values: page.values.panel ?? ({})
        }
        Rectangle {
            visible: (page.values.speaking ?? "") !== "" && !page.trouble
            x: 48
            y: sub.y + sub.height + 24
            width: say.width + 68
            height: 76
            radius: 38
            color: "#FFFFFF"
            Row {
                id: say
                anchors.centerIn: parent
                spacing: 18
                Icon {
                    anchors.verticalCenter: parent.verticalCenter
                    size: 52
                    name: "sound"
                    colour: Theme.colours.brand800
                }
                Phrase {
                    anchors.verticalCenter: parent.verticalCenter
                    text: page.values.speaking ?? ""
                    bold: true
                    size: 44
                    wrapMode: Text.NoWrap
                    color: Theme.colours.brand800
                }
            }
        }
    }
    Grid {
        id: grid
        x: page.zoneX + 40
        y: Theme.wide ? 40 : 694
        width: Theme.stageWidth - page.zoneX - 80
        columns: page.columns
        spacing: 24
        Repeater {
            model: page.tiles.length
            ElderTile {
                required property int index
                width: (grid.width - (page.columns - 1) * 24) / page.columns
                height: Theme.wide ? 208 : 226
                values: page.tiles[index] ?? ({})
                onTouched: page.vm.choose(values.id ?? "")
            }
        }
    }
    BigButton {
        x: page.zoneX + 40
        y: Theme.wide ? 40 + 3 * 232 : 1444
        width: Theme.stageWidth - page.zoneX - 80
        height: Theme.wide ? 168 : 185
        primary: true
        icon: page.vm.dock.staff.icon
        iconSize: 88
        iconStroke: 1.8
        label: page.vm.dock.staff.mark === "asked" ? page.vm.dock.staff.label : page.values.help ?? ""
        size: Theme.wordy ? 52 : 62
        onTouched: page.vm.act("staff")
    }
}
