"""The one window: the QML screen with the view-model behind it."""

from pathlib import Path

from PySide6.QtCore import QSize, QUrl
from PySide6.QtQuick import QQuickView

from kiosk.viewmodels.kiosk import KioskModel
from kiosk.viewmodels.pictures import Pictures

SCREEN = Path(__file__).parents[1] / "screens" / "Kiosk.qml"


def kiosk_window(model: KioskModel, size: QSize) -> QQuickView:
    """Not yet shown; the model must outlive it."""
    view = QQuickView()
    view.engine().addImageProvider("ph", Pictures())
    view.setResizeMode(QQuickView.ResizeMode.SizeRootObjectToView)
    view.setInitialProperties({"vm": model})
    view.resize(size)
    view.setSource(QUrl.fromLocalFile(str(SCREEN)))
    return view
