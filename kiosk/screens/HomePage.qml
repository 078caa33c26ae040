import QtQuick

// What do you need today: groups of services with their waits.
Item {
    id: page

    required property QtObject vm
    readonly property var values: vm.home
    readonly property var groups: values.groups ?? []
    readonly property int heroWidth: Theme.wide ? 640 : Theme.stageWidth
    readonly property int zoneX: Theme.wide ? heroWidth : 0
    readonly property int zoneY: Theme.wide ? 0 : 676
    readonly property int rows: {
        let n = 0;
        for (const group of groups)
            n += Math.ceil(group.tiles.length / 3);
        return Math.max(1, n);
    }
    readonly property int heading: 67
    readonly property int gap: 20
    readonly property int topGap: Theme.wide ? 16 : 22
    readonly property int tileHeight: {
        const room = Theme.zoneBottom - zoneY - topGap - 122 - groups.length * heading - (rows - groups.length) * gap - 20;
        return Math.max(112, Math.min(152, Math.floor(room / rows)));
    }

    Hero {
        id: hero
        width: page.heroWidth
        height: Theme.wide ? Theme.zoneBottom : 676
        head: page.vm.header
        Phrase {
            id: title
            x: 48
            y: Theme.wide ? 206 : 204
            width: hero.width - 96
            text: page.values.title ?? ""
            bold: true
            size: Theme.wide ? 60 : Theme.wordy ? 68 : 80
            lead: 1.15
            color: Theme.colours.onBrand
        }
        Phrase {
            id: sub
            x: 48
            y: title.y + title.height + 12
            width: hero.width - 96
            text: page.values.sub ?? ""
            size: Theme.wordy || Theme.wide ? 32 : 36
            color: Theme.colours.onBrand2
        }
        Panel {
            x: Theme.wide ? 40 : 48
            y: Theme.wide ? hero.height - height - 32 : 396
            width: hero.width - 2 * x
            height: Theme.wide ? 432 : 244
            values: page.values.panel ?? ({})
        }
    }
    Item {
        x: page.zoneX + 40
        y: page.zoneY + page.topGap
        width: Theme.stageWidth - page.zoneX - 80

        Rectangle {
            width: parent.width - contrast.width - 20
            height: 122
            radius: 14
            color: Theme.colours.brand50
            border.width: Theme.edge
            border.color: Theme.colours.brand200
            Icon {
                id: code
                x: 28
                anchors.verticalCenter: parent.verticalCenter
                size: 64
                name: "qr"
                colour: Theme.colours.brand800
            }
            Column {
                x: 116
                anchors.verticalCenter: parent.verticalCenter
                width: parent.width - x - 20
                Phrase {
                    width: parent.width
                    text: page.values.checkin ?? ""
                    bold: true
                    size: Theme.wordy ? 30 : 38
                    lead: 1.15
                    color: Theme.colours.brand800
                }
                Phrase {
                    width: parent.width
                    text: page.values.checkin_sub ?? ""
                    size: Theme.wordy ? 28 : 32
                    lead: 1.2
                    color: Theme.colours.ink2
                }
            }
        }
        BigButton {
            id: contrast
            x: parent.width - width
            width: (parent.width - 40) / 3
            height: 122
            radius: 14
            edge: Theme.edge
            icon: "contrast"
            label: page.values.contrast ?? ""
            size: Theme.wordy ? 30 : 36
            onTouched: page.vm.act("contrast")
        }
        Column {
            y: 122
            width: parent.width
            Repeater {
                model: page.groups.length
                Column {
                    id: group
                    required property int index
                    readonly property var values: page.groups[index] ?? ({})
                    readonly property var tiles: values.tiles ?? []
                    width: parent.width
                    Item {
                        width: parent.width
                        height: page.heading
                        Phrase {
                            x: 4
                            anchors.bottom: parent.bottom
                            anchors.bottomMargin: 8
                            text: group.values.title ?? ""
                            bold: true
                            size: 34
                            lead: 1.2
                            wrapMode: Text.NoWrap
                            color: Theme.colours.brand800
                        }
                        Phrase {
                            visible: group.index === 0
                            x: parent.width - implicitWidth - 4
                            anchors.bottom: parent.bottom
                            anchors.bottomMargin: 8
                            text: page.values.note ?? ""
                            size: 28
                            lead: 1.2
                            wrapMode: Text.NoWrap
                            color: Theme.colours.ink2
                        }
                    }
                    Grid {
                        width: parent.width
                        columns: 3
                        spacing: page.gap
                        Repeater {
                            model: group.tiles.length
                            Tile {
                                required property int index
                                width: (group.width - 40) / 3
                                height: page.tileHeight
                                values: group.tiles[index] ?? ({})
                                onTouched: page.vm.choose(values.id ?? "")
                            }
                        }
                    }
                }
            }
        }
    }
}
