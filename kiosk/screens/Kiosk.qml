import QtQuick

// The whole screen: one stage, scaled to the window, with the page of the present step and the dock.
Rectangle {
    id: root

    required property QtObject vm

    color: Theme.manner ? Theme.colours.paper : "#F1F5F3"
    Component.onCompleted: {
        Theme.wide = Qt.binding(() => root.width > root.height);
        Theme.manner = Qt.binding(() => root.vm.manner);
    }

    Item {
        id: stage
        width: Theme.stageWidth
        height: Theme.stageHeight
        anchors.centerIn: parent
        scale: Math.min(root.width / width, root.height / height)

        Loader {
            id: loader
            width: stage.width
            height: stage.height
            active: Theme.manner !== null
            sourceComponent: {
                switch (root.vm.page) {
                case "elder": return elder;
                case "more": return more;
                case "service": return service;
                case "ticket": return ticket;
                case "notice": return notice;
                default: return home;
                }
            }
            onLoaded: arrive.restart()
            ParallelAnimation {
                id: arrive
                NumberAnimation { target: loader; property: "opacity"; from: 0; to: 1; duration: Theme.change; easing.type: Easing.OutQuad }
                NumberAnimation { target: loader; property: "y"; from: 12; to: 0; duration: Theme.change; easing.type: Easing.OutQuad }
            }
        }
        Loader {
            y: Theme.zoneBottom
            width: stage.width
            height: Theme.dockHeight
            active: Theme.manner !== null
            sourceComponent: Dock { vm: root.vm }
        }
    }
    Component { id: home; HomePage { vm: root.vm } }
    Component { id: more; MorePage { vm: root.vm } }
    Component { id: elder; ElderPage { vm: root.vm } }
    Component { id: service; ServicePage { vm: root.vm } }
    Component { id: ticket; TicketPage { vm: root.vm } }
    Component { id: notice; NoticePage { vm: root.vm } }
}
