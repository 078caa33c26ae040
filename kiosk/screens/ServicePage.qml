import QtQuick

// Before the number: how long, what to have with you, the way without queueing.
Item {
    id: page

    required property QtObject vm
    readonly property var values: vm.service
    readonly property int heroWidth: Theme.wide ? 660 : Theme.stageWidth
    readonly property int zoneX: Theme.wide ? heroWidth : 0
    readonly property bool phoneFirst: (values.phone_first ?? false) && !Theme.elder
    readonly property int goTop: Theme.zoneBottom - 22 - 148

    Hero {
        id: hero
        width: page.heroWidth
        height: Theme.wide ? Theme.zoneBottom : 452
        head: page.vm.header
        Steps {
            visible: !Theme.elder
            x: 48
            y: Theme.wide ? 200 : 174
            names: page.values.steps ?? []
            now: 1
        }
        Phrase {
            x: 48
            y: Theme.wide ? 252 : Theme.elder ? 216 : 242
            width: hero.width - 96
            height: Theme.wide ? 116 : Theme.elder ? 150 : 124
            verticalAlignment: Text.AlignVCenter
            text: page.values.title ?? ""
            bold: true
            size: Theme.wide ? 60 : 92
            least: 40
            lead: 1.12
            maximumLineCount: 2
            color: Theme.colours.onBrand
        }
    }
    WaitCard {
        id: wait
        x: 40
        y: 376
        width: Theme.wide ? 580 : 1000
        height: Theme.wide ? Theme.zoneBottom - 376 - 20 : Math.max(400, need)
        values: page.values.wait ?? ({})
        trouble: page.values.trouble ?? ({})
    }
    Documents {
        x: page.zoneX + 40 + (page.phoneFirst ? phone.width + 24 : 0)
        y: Theme.wide ? 24 : wait.y + wait.height + 24
        width: Theme.stageWidth - page.zoneX - 80 - (phone.visible ? phone.width + 24 : 0)
        height: page.goTop - 22 - y
        values: page.values
    }
    PhoneCard {
        id: phone
        visible: !Theme.elder && (values.shown ?? false)
        x: page.phoneFirst ? page.zoneX + 40 : Theme.stageWidth - 40 - width
        y: Theme.wide ? 24 : wait.y + wait.height + 24
        width: 356
        height: page.goTop - 22 - y
        values: page.values.phone ?? ({})
        first: page.phoneFirst
    }
    BigButton {
        id: back
        x: page.zoneX + 40
        y: page.goTop
        width: 250
        height: 148
        open: !(page.values.taking ?? false)
        icon: "back"
        iconStroke: 2.6
        label: page.values.back ?? ""
        size: Theme.wordy ? 36 : 40
        onTouched: page.vm.back()
    }
    BigButton {
        x: back.x + back.width + 24
        y: page.goTop
        width: Theme.stageWidth - 40 - x
        height: 148
        primary: true
        open: page.values.may_take ?? false
        icon: "printer"
        iconSize: 76
        label: page.values.take ?? ""
        sub: page.values.take_sub ?? ""
        size: 60
        subSize: Theme.elder ? 38 : 34
        onTouched: page.vm.take()
    }
}
