"""Chips in as many rows as they need."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from counter.theme import Theme
from counter.widgets.controls import Chip

GAP = 6


class Chips(QWidget):
    chosen = Signal(str)

    def __init__(self, theme: Theme, names: tuple[str, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.chips = {name: Chip(theme, self) for name in names}
        for name, chip in self.chips.items():
            chip.clicked.connect(lambda _checked=False, name=name: self.chosen.emit(name))
        self.setFixedHeight(26)

    def show_texts(self, texts: dict[str, str]) -> None:
        for name, text in texts.items():
            self.chips[name].setText(text)
            self.chips[name].setAccessibleName(text)
        self._place()

    def resizeEvent(self, _event: object) -> None:
        self._place()

    def _place(self) -> None:
        left = top = 0
        for chip in self.chips.values():
            size = chip.sizeHint()
            if left and left + size.width() > max(200, self.width()):
                left, top = 0, top + size.height() + GAP
            chip.setGeometry(left, top, size.width(), size.height())
            left += size.width() + GAP
        self.setFixedHeight(top + 26)
