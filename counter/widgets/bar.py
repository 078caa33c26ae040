"""The docked bar, 1280 by 96: who I am, whom I serve, what I may do, who waits. It never takes the focus."""

from collections.abc import Callable

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStackedWidget, QWidget

from counter.desk import Act, Key
from counter.looks import BAR_KEYS, BarLook
from counter.phrases import Said
from counter.theme import Theme
from counter.widgets.bar_cells import AwayCell, CurrentCell
from counter.widgets.controls import LEFT, KeyButton, Painted
from counter.widgets.icons import paint_icon
from counter.widgets.strokes import hatch, smooth
from counter.widgets.text import Text, draw, font, largest_px, width_of

SIZE = QSize(1280, 96)
Say = Callable[[Said], str]


class MeCell(QWidget):
    """Counter, clerk, line."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.setFixedWidth(124)
        self._up = True
        self._counter = Text(self, sizes=(22, 20, 18), bold=True)
        self._staff = Text(self, sizes=(13, 12))
        self._link = Text(self, sizes=(13, 12))
        self._counter.setGeometry(14, 8, 106, 28)
        self._staff.setGeometry(14, 39, 106, 19)
        self._link.setGeometry(33, 61, 89, 19)

    def show_look(self, look: BarLook, say: Say) -> None:
        self._up = look.up
        second = self.theme["on-brand-2" if look.up else "on-brand"]
        self._counter.set_text(say(look.counter), self.theme["on-brand"])
        self._staff.set_text(say(look.staff), second)
        self._link.set_text(say(look.link), second)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = smooth(self)
        painter.fillRect(self.rect(), QColor(self.theme["brand-800" if self._up else "off"]))
        if not self._link.text():
            return
        colour = QColor(self.theme["on-brand-2" if self._up else "on-brand"])
        paint_icon(painter, "linked" if self._up else "broken", QRectF(14, 63, 14, 14), colour)


class WaitingCell(Painted):
    """How many wait and the longest wait; opens the panel."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFixedWidth(128)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self._count: tuple[str, str, str] = ("", "", "")
        """What stands before the figure, the figure, what stands after it."""
        self._lines, self._stale = ("", ""), False

    def show_look(self, look: BarLook, say: Say) -> None:
        count = say(look.waiting)
        self._count, self._stale = count.partition(look.waiting_n), look.stale
        self._lines = (say(look.longest) if look.longest else "", say(look.panel))
        self.setAccessibleName(f"{count}, {self._lines[0]}")
        self.update()

    def fits(self) -> bool:
        return all(width_of(line, font(12)) <= 104 for line in self._lines) and self._count_wide(20) <= 91

    def _count_wide(self, px: int) -> float:
        before, figure, after = self._count
        return width_of(before + after, font(13)) + width_of(figure, font(px, True))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = smooth(self)
        painter.fillRect(self.rect(), self.shade("stale-bg" if self._stale else "surface"))
        if self._stale:
            hatch(painter, QRectF(self.rect()), self.theme)
        painter.fillRect(QRectF(0, 0, 1, self.height()), self.colour("line"))
        soft = self.colour("stale" if self._stale else "ink-2")
        large = next((px for px in (26, 23) if self._count_wide(px) <= 91), 20)
        faces = (font(13), font(large, True), font(13))
        tones = (soft, self.colour("stale" if self._stale else "ink"), soft)
        left = 13.0
        for text, face, tone in zip(self._count, faces, tones, strict=True):
            lower = (QFontMetricsF(faces[1]).capHeight() - QFontMetricsF(face).capHeight()) / 2
            draw(painter, text, QRectF(left, 10 + lower, 60, 24), face, tone, LEFT)
            left += width_of(text, face)
        for index, line in enumerate(self._lines):
            px = largest_px(line, 104, 13, 12)
            draw(painter, line, QRectF(13, 42 + index * 20, 108, 18), font(px), soft, LEFT)
        paint_icon(painter, "up", QRectF(106, 14, 16, 16), soft)


class KeyRow(QWidget):
    """The eight keys in their fixed places."""

    pressed = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.keys = {key: KeyButton(theme, self) for key in BAR_KEYS}
        for key, button in self.keys.items():
            button.clicked.connect(lambda _checked=False, key=key: self.pressed.emit(key))

    def show_look(self, look: BarLook, say: Say) -> None:
        for key in look.keys:
            icon = "resume" if key.act is Act.RESUME else key.act.value
            self.keys[key.key].show_key(say(key.label), icon, key.cap, key.enabled, key.primary)

    def resizeEvent(self, _event: object) -> None:
        gap, edge = 6, 8
        unit = (self.width() - 2 * edge - gap * (len(BAR_KEYS) - 1)) / (len(BAR_KEYS) + 0.35)
        left = float(edge)
        for index, button in enumerate(self.keys.values()):
            wide = unit * (1.35 if index == 0 else 1)
            button.setGeometry(round(left), 8, round(left + wide) - round(left), self.height() - 16)
            left += wide + gap


class Bar(QWidget):
    pressed = Signal(object)
    """A `Key`."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("bar")
        self.setWindowFlags(
            Qt.WindowType.Tool
            | Qt.WindowType.FramelessWindowHint
            | Qt.WindowType.WindowStaysOnTopHint
            | Qt.WindowType.WindowDoesNotAcceptFocus
        )
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setFixedSize(SIZE)
        self.theme = theme
        self._edge = "brand-700"
        self.me, self.current = MeCell(theme, self), CurrentCell(theme, self)
        self.keys, self.away = KeyRow(theme, self), AwayCell(theme, self)
        self.waiting = WaitingCell(theme, self)
        self._middle = QStackedWidget(self)
        self._middle.addWidget(self.keys)
        self._middle.addWidget(self.away)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 3, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.me)
        row.addWidget(self.current)
        row.addWidget(self._middle, 1)
        row.addWidget(self.waiting)
        self.keys.pressed.connect(self.pressed)
        self.away.pressed.connect(self.pressed)
        self.waiting.clicked.connect(lambda: self.pressed.emit(Key.PANEL))

    def show_look(self, look: BarLook, say: Say) -> None:
        self._edge = look.edge
        self.me.show_look(look, say)
        self.current.show_look(look, say)
        self.keys.show_look(look, say)
        self.waiting.show_look(look, say)
        if look.away is not None:
            self.away.show_look(look.away, say)
        self._middle.setCurrentWidget(self.away if look.away is not None else self.keys)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = smooth(self)
        painter.fillRect(self.rect(), QColor(self.theme["surface"]))
        painter.fillRect(QRectF(0, 0, self.width(), 3), QColor(self.theme[self._edge]))
