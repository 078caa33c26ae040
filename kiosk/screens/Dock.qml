import QtQuick

// Languages and help: always in the same place. After a while without a touch it asks whether anybody is there.
Rectangle {
    id: dock

    required property QtObject vm
    readonly property var values: vm.dock
    readonly property var still: vm.still
    readonly property int gap: 20

    color: Theme.colours.surface
    Rectangle {
        width: parent.width
        height: 3
        color: Theme.colours.line
    }
    Icon {
        id: globe
        visible: !Theme.elder
        x: 42
        y: Theme.wide ? 46 : 19 + 18
        size: 48
        colour: Theme.colours.ink2
        name: "globe"
    }
    Row {
        id: languages
        readonly property int room: Theme.wide ? (Theme.elder ? 916 : 836) : dock.width - 80 - (globe.visible ? 72 : 0)
        readonly property int cell: (room - 3 * dock.gap) / 4
        x: globe.visible ? 112 : 40
        y: Theme.elder && !Theme.wide ? 21 : 19
        spacing: dock.gap
        Repeater {
            model: dock.values.languages
            Control {
                id: language
                required property var modelData
                width: languages.cell
                height: Theme.wide ? 100 : Theme.elder ? 92 : 84
                onTouched: dock.vm.speak(modelData.code)
                Rectangle {
                    anchors.fill: parent
                    radius: 14
                    color: language.modelData.chosen ? Theme.colours.brand700 : Theme.colours.surface
                    border.width: language.modelData.chosen ? 0 : Theme.strongEdge
                    border.color: Theme.colours.lineStrong
                }
                Row {
                    anchors.centerIn: parent
                    spacing: 6
                    Icon {
                        anchors.verticalCenter: parent.verticalCenter
                        visible: language.modelData.chosen
                        name: "tick"
                        size: 26
                        stroke: 3
                        colour: Theme.colours.onBrand
                    }
                    Phrase {
                        anchors.verticalCenter: parent.verticalCenter
                        text: language.modelData.name
                        bold: language.modelData.chosen
                        size: Theme.elder ? 36 : 31
                        wrapMode: Text.NoWrap
                        color: language.modelData.chosen ? Theme.colours.onBrand : Theme.colours.ink
                    }
                }
            }
        }
    }
    Row {
        id: acts
        readonly property int from: Theme.wide ? languages.x + languages.room + 32 : 40
        readonly property int count: Math.max(1, dock.values.acts.length)
        readonly property int cell: (dock.width - 40 - from - (count - 1) * dock.gap) / count
        x: from
        y: Theme.wide ? 19 : Theme.elder ? 133 : 123
        spacing: dock.gap
        Repeater {
            model: dock.values.acts
            BigButton {
                required property var modelData
                width: acts.cell
                height: Theme.wide ? 100 : Theme.elder ? 112 : 100
                radius: 14
                edge: Theme.strongEdge
                help: modelData.mark !== ""
                icon: modelData.icon
                iconSize: Theme.elder && !Theme.wide ? 52 : 44
                iconStroke: modelData.icon === "back" ? 2.6 : 2
                label: modelData.label
                size: Theme.elder ? (acts.cell < 340 || Theme.wordy ? 36 : 44) : Theme.wordy ? 28 : acts.cell < 300 ? 30 : 34
                onTouched: dock.vm.act(modelData.act)
            }
        }
    }
    Rectangle {
        objectName: "question"
        anchors.fill: parent
        anchors.topMargin: Theme.wide ? 0 : Theme.elder ? -213 : -194
        visible: dock.still.asking
        z: 1
        color: Theme.colours.surface
        MouseArea {
            anchors.fill: parent
            onClicked: dock.vm.touched()
        }
        Rectangle {
            width: parent.width
            height: 4
            color: Theme.colours.brand700
        }
        Ring {
            id: ring
            x: 48
            anchors.verticalCenter: parent.verticalCenter
            side: Theme.wide ? 100 : 150
            part: dock.still.left
        }
        Column {
            anchors.verticalCenter: parent.verticalCenter
            x: ring.x + ring.width + 32
            width: yes.x - x - 24
            Phrase {
                width: parent.width
                text: dock.still.title
                bold: true
                size: Theme.elder ? 50 : 44
                lead: 1.15
            }
            Phrase {
                width: parent.width
                text: dock.still.sub
                size: Theme.elder ? 40 : 32
                color: Theme.colours.ink2
            }
        }
        BigButton {
            id: yes
            x: parent.width - width - 40
            anchors.verticalCenter: parent.verticalCenter
            width: Theme.wide ? 420 : 360
            height: Theme.wide ? 100 : 148
            open: dock.still.asking
            primary: true
            icon: "tick"
            iconStroke: 3
            label: dock.still.yes
            size: Theme.wordy ? 40 : 48
            onTouched: dock.vm.touched()
        }
    }
}
