"""The counter's keys, global within the program: one press one act, held-down keys repeat nothing."""

from collections.abc import Callable, Mapping

from PySide6.QtCore import QEvent, QKeyCombination, QObject, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence

from counter.desk import Key
from devices.errors import ConfigError


class Keys(QObject):
    """Install it on the application. Raises ConfigError for a key that Qt does not know."""

    def __init__(self, keys: Mapping[Key, str], press: Callable[[Key], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._keys = {_named(name): key for key, name in keys.items()}
        self._press = press

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() not in (QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride) or not isinstance(event, QKeyEvent):
            return False
        key = self._keys.get(_plain(event))
        if key is None:
            return False
        event.accept()
        if event.type() is QEvent.Type.KeyPress and not event.isAutoRepeat():
            self._press(key)
        return True


def _plain(event: QKeyEvent) -> str:
    modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    return QKeySequence(QKeyCombination(modifiers, Qt.Key(event.key()))).toString()


def _named(name: str) -> str:
    sequence = QKeySequence(name)
    if sequence.count() != 1 or not sequence.toString():
        raise ConfigError("counter.toml", "", "counter.keys", f"{name!r} is not a key")
    return sequence.toString()
