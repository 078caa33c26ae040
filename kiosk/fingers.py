"""Fingers for trials: each line on standard input is one tap on the real window, where a customer's finger would go."""

import threading
from collections.abc import Callable, Iterable

from pydantic import BaseModel, ConfigDict, ValidationError
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtQml import QJSValue
from PySide6.QtQuick import QQuickItem, QQuickView


class Tap(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    service: str = ""
    """Whose tile; empty: the one act that the screen asks for."""


class Tapped(BaseModel):
    at: float = 0.0
    """Machine clock, when the finger came down."""
    error: str = ""


class Fingers(QObject):
    """Lives on the Qt thread; answers each line with one line."""

    _said = Signal(str)

    def __init__(self, window: QQuickView, monotonic: Callable[[], float], answer: Callable[[str], None]) -> None:
        super().__init__()
        self._window = window
        self._monotonic = monotonic
        self._answer = answer
        self._said.connect(self._take)

    def listen(self, lines: Iterable[str]) -> None:
        threading.Thread(target=self._hear, args=(lines,), name="fingers", daemon=True).start()

    def _hear(self, lines: Iterable[str]) -> None:
        for line in lines:
            self._said.emit(line)

    def _take(self, line: str) -> None:
        try:
            tap = Tap.model_validate_json(line)
        except ValidationError as cause:
            self._answer(Tapped(error=f"malformed: {cause.errors(include_url=False)[0]['msg']}").model_dump_json())
            return
        found = next((item for item in _controls(self._window.contentItem()) if _is_meant(item, tap)), None)
        told = Tapped(at=self._press(found)) if found else Tapped(error="nothing like that is on the screen")
        self._answer(told.model_dump_json())

    def _press(self, item: QQuickItem) -> float:
        centre = item.mapToScene(QPointF(item.width() / 2, item.height() / 2))
        left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
        at = self._monotonic()
        for kind, held in ((QEvent.Type.MouseButtonPress, left), (QEvent.Type.MouseButtonRelease, none)):
            there = self._window.mapToGlobal(centre)
            event = QMouseEvent(kind, centre, there, left, held, Qt.KeyboardModifier.NoModifier)
            QCoreApplication.sendEvent(self._window, event)
        return at


def _controls(item: QQuickItem) -> Iterable[QQuickItem]:
    """What may be touched now."""
    if not item.isVisible():
        return
    if item.property("isControl") and item.property("open"):
        yield item
    for child in item.childItems():
        yield from _controls(child)


def _is_meant(item: QQuickItem, tap: Tap) -> bool:
    if not tap.service:
        return bool(item.property("primary"))
    values = item.property("values")
    known = values.toVariant() if isinstance(values, QJSValue) else values
    return isinstance(known, dict) and known.get("id") == tap.service
