pragma Singleton
import QtQuick

// The tokens in force: palette, stage and how this customer reads.
QtObject {
    property var manner: null
    property bool wide: false

    readonly property var colours: manner ? manner.colours : ({})
    readonly property string family: manner ? manner.font : ""
    readonly property bool contrast: manner ? manner.contrast : false
    readonly property bool elder: manner ? manner.elder : false
    readonly property bool wordy: manner ? manner.long : false

    readonly property int stageWidth: wide ? 1920 : 1080
    readonly property int stageHeight: wide ? 1080 : 1920
    readonly property int dockHeight: wide ? 139 : elder ? 267 : 247
    readonly property int zoneBottom: stageHeight - dockHeight
    readonly property int edge: contrast ? 3 : 2
    readonly property int strongEdge: elder ? 4 : contrast ? 3 : 2
    readonly property int press: 120
    readonly property int change: 200
}
