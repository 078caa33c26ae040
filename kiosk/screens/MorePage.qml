import QtQuick

// The services that have no place on the first screen.
Item {
    id: page

    required property QtObject vm
    readonly property var values: vm.more
    readonly property var tiles: values.tiles ?? []
    readonly property int heroWidth: Theme.wide ? 640 : Theme.stageWidth
    readonly property int zoneX: Theme.wide ? heroWidth : 0
    readonly property int columns: Theme.elder ? 2 : 3
    readonly property int gap: 20
    readonly property int backTop: Theme.zoneBottom - 22 - 148
    readonly property int rows: Math.max(1, Math.ceil(tiles.length / columns))
    readonly property int tileTop: Theme.wide ? (Theme.elder ? 24 : 72) : Theme.elder ? 696 : 736
    readonly property int tileHeight: Math.min(Theme.elder ? 226 : 152, (backTop - 20 - tileTop - (rows - 1) * gap) / rows)

    Hero {
        width: page.heroWidth
        height: Theme.wide ? Theme.zoneBottom : 676
        head: page.vm.header
        Phrase {
            id: title
            x: 48
            y: 204
            width: parent.width - 96
            text: page.values.title ?? ""
            bold: true
            size: Theme.wide ? 60 : Theme.wordy ? 68 : 80
            lead: 1.15
            color: Theme.colours.onBrand
        }
        Phrase {
            x: 48
            y: title.y + title.height + 12
            width: parent.width - 96
            text: page.values.sub ?? ""
            size: Theme.elder ? (Theme.wide ? 36 : 44) : Theme.wordy ? 32 : 36
            color: Theme.elder ? Theme.colours.onBrand : Theme.colours.onBrand2
        }
        Panel {
            visible: !Theme.elder || values.kind !== "live"
            x: Theme.wide ? 40 : 48
            y: Theme.wide ? parent.height - height - 32 : 396
            width: parent.width - 2 * x
            height: Theme.wide ? 432 : Theme.elder ? 264 : 244
            values: page.values.panel ?? ({})
        }
    }
    Phrase {
        visible: !Theme.elder
        x: Theme.stageWidth - 44 - implicitWidth
        y: page.tileTop - 48
        text: page.values.note ?? ""
        size: 28
        lead: 1.2
        wrapMode: Text.NoWrap
        color: Theme.colours.ink2
    }
    Grid {
        id: grid
        x: page.zoneX + 40
        y: page.tileTop
        width: Theme.stageWidth - page.zoneX - 80
        columns: page.columns
        spacing: page.gap
        Repeater {
            model: page.tiles.length
            Loader {
                id: place
                required property int index
                readonly property var tile: page.tiles[index] ?? ({})
                width: (grid.width - (page.columns - 1) * page.gap) / page.columns
                height: page.tileHeight
                sourceComponent: Theme.elder ? large : usual
                Component {
                    id: usual
                    Tile {
                        values: place.tile
                        height: page.tileHeight
                        onTouched: page.vm.choose(values.id)
                    }
                }
                Component {
                    id: large
                    ElderTile {
                        small: true
                        values: place.tile
                        onTouched: page.vm.choose(values.id)
                    }
                }
            }
        }
    }
    BigButton {
        x: page.zoneX + 40
        y: page.backTop
        width: Theme.wordy ? 300 : 250
        height: 148
        icon: "back"
        iconStroke: 2.6
        label: page.values.back ?? ""
        size: Theme.elder ? 48 : 40
        onTouched: page.vm.back()
    }
}
