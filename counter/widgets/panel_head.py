"""The panel's head: the line's message when it is down, and the customer with the running time."""

from collections.abc import Callable

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from counter.looks import BarLook, clock
from counter.phrases import Said
from counter.theme import Theme
from counter.widgets.controls import LEFT, RIGHT
from counter.widgets.icons import paint_icon
from counter.widgets.strokes import bar, smooth, stripes
from counter.widgets.text import Text, draw, font, largest_px, width_of

Say = Callable[[Said], str]
MIDDLE = 63
"""Of the number, and of what stands beside it."""


class Banner(QWidget):
    """Shown above everything while the line is down."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self._title = Text(self, sizes=(15, 14, 13), bold=True)
        self._text = Text(self, sizes=(14, 13), lines=2)

    def show_text(self, title: str, text: str) -> None:
        self._title.set_text(title, self.theme["off"])
        self._text.set_text(text, self.theme["off"])
        self._place()

    def _place(self) -> None:
        room = max(200, self.width() - 52 - 16)
        tall = self._text.heightForWidth(room)
        self._title.setGeometry(52, 9, room, 22)
        self._text.setGeometry(52, 31, room, tall)
        self.setFixedHeight(31 + tall + 10)

    def resizeEvent(self, _event: object) -> None:
        self._place()

    def fits(self) -> bool:
        return self._title.fits() and self._text.fits()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = smooth(self)
        painter.fillRect(self.rect(), QColor(self.theme["off-bg"]))
        painter.fillRect(QRectF(0, self.height() - 1, self.width(), 1), QColor(self.theme["off-mark"]))
        paint_icon(painter, "broken", QRectF(15, 10, 26, 26), QColor(self.theme["off"]), 2)


class Head(QWidget):
    """Number, service, class and leg, wait so far, time against target."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.setFixedHeight(117)
        self._number = Text(self, sizes=(56, 40, 34, 30, 26, 23), bold=True)
        self._service = Text(self, sizes=(16, 15, 14, 13), bold=True, lines=2)
        self._under = Text(self, sizes=(13, 12), lines=3)
        self._number.setGeometry(16, 32, 144, 62)
        self._look: BarLook | None = None
        self._words = ("", "", "")

    def show_look(self, look: BarLook, me: str, link: str, under: str, say: Say) -> None:
        self._look, self._words = look, (me, link, say(look.timer.side))
        white, soft = self.theme["on-brand"], self.theme["on-brand-2"]
        self._number.set_sizes(*((56, 46) if look.head_is_number else (40, 34, 30, 26, 23)))
        self._number.set_text(say(look.head), white)
        self._service.set_text(say(look.service), white)
        self._under.set_text(under, soft)
        self._place()
        self.update()

    def show_sign_in(self, counter: str) -> None:
        """Before a clerk is here: the counter alone."""
        self._look = None
        self._number.set_sizes(40, 34, 30)
        self._number.set_text(counter, self.theme["on-brand"])
        self._number.resize(380, 62)
        self._service.set_text("")
        self._under.set_text("")
        self.update()

    def _place(self) -> None:
        self._number.resize(144, 62)
        left = 168 if self._number.text() else 16
        right = 92
        room = 417 - left - right - 16
        tall = self._service.heightForWidth(room)
        below = self._under.heightForWidth(room) if self._under.text() else 0
        top = max(32, MIDDLE - (tall + below) // 2)
        self._service.setGeometry(left, top, room, tall)
        self._under.setGeometry(left, top + tall, room, below)

    def fits(self) -> bool:
        me, link, _side = self._words
        head_row = width_of(me, font(12)) + width_of(link, font(12)) + 30 <= 385
        return head_row and all(text.fits() for text in (self._number, self._service, self._under))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter, look = smooth(self), self._look
        painter.fillRect(self.rect(), QColor(self.theme["brand-800"]))
        if look is None:
            return
        me, link, side = self._words
        wide, soft = float(self.width()), QColor(self.theme["on-brand-2"])
        px = largest_px(me + link, wide - 64, 13, 12)
        draw(painter, me, QRectF(16, 11, 250, 18), font(px), soft, LEFT)
        draw(painter, link, QRectF(0, 11, wide - 16, 18), font(px), soft, RIGHT)
        left = wide - 16 - width_of(link, font(px)) - 20
        paint_icon(painter, "linked" if look.up else "broken", QRectF(left, 12.5, 15, 15), soft)
        self._paint_time(painter, look, side, wide)

    def _paint_time(self, painter: QPainter, look: BarLook, side: str, wide: float) -> None:
        timer = look.timer
        tone = QColor(self.theme["amber-on-dark"]) if timer.over else QColor(self.theme["on-brand"])
        soft = QColor(self.theme["amber-on-dark" if timer.over else "on-brand-2"])
        if timer.seconds is not None:
            long = timer.seconds >= 3600
            face = font(24 if long else 32, True)
            draw(painter, clock(timer.seconds), QRectF(0, 42, wide - 16, 40), face, tone, RIGHT)
        draw(painter, side, QRectF(0, 77, wide - 16, 18), font(13), soft, RIGHT)
        track = QRectF(16, 99, wide - 32, 6)
        bar(painter, track, timer.fraction, self.theme["brand-900"], self.theme["brand-300"])
        if timer.over:
            stripes(painter, track, self.theme)
