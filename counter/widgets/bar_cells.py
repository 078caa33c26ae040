"""The two cells of the bar that change with the situation: the customer, and the message while the line is down."""

from collections.abc import Callable

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from counter.desk import Act, Key
from counter.looks import AwayLook, BarLook, Tag, clock
from counter.phrases import Said
from counter.theme import Theme
from counter.widgets.controls import CENTRE, LEFT, RIGHT, Painted
from counter.widgets.icons import paint_icon
from counter.widgets.strokes import bar, rounded, smooth, stripes
from counter.widgets.text import Text, draw, font, largest_px, width_of

Say = Callable[[Said], str]
TONES = {
    "brand": ("brand-100", "brand-800"),
    "quiet": ("sunken", "ink-2"),
    "amber": ("amber-bg", "amber"),
    "stale": ("stale-bg", "stale"),
}
NUMBER_WIDE, SERVICE_WIDE = 112, 162
MIDDLE = 29
"""Of the number, and of what stands beside it."""


class CurrentCell(QWidget):
    """Number, service, tags and the running time; a refusal takes its lower part for six seconds."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.setFixedWidth(306)
        self._head = Text(self, sizes=(42, 32, 28, 24, 21), bold=True)
        self._service = Text(self, sizes=(15, 14, 13, 12), bold=True, lines=2)
        self._refusal = Text(self, sizes=(14, 13, 12), lines=2)
        self._head.setGeometry(14, 5, NUMBER_WIDE, 48)
        self._refusal.setGeometry(40, 55, 254, 34)
        self._look: BarLook | None = None
        self._tags: tuple[tuple[Tag, str], ...] = ()
        self._side = ""

    def show_look(self, look: BarLook, say: Say) -> None:
        self._look, self._side = look, say(look.timer.side)
        self._tags = tuple((tag, say(tag.said)) for tag in look.tags)
        self._head.set_sizes(*((42, 36, 30) if look.head_is_number else (32, 28, 24, 21, 19)))
        self._head.set_text(say(look.head), self.theme["ink" if look.head_is_number else "ink-2"])
        self._service.set_text(say(look.service), self.theme["ink"])
        self._place_service()
        self._refusal.setVisible(look.refusal is not None)
        if look.refusal is not None:
            self._refusal.set_text(say(look.refusal), self.theme["amber"])
            tall = self._refusal.heightForWidth(254)
            self._refusal.setGeometry(40, 71 - tall // 2, 254, tall)
        self.update()

    def _place_service(self) -> None:
        """Service and tags stand together beside the middle of the number; a refusal leaves room for one line less."""
        tall = self._service.heightForWidth(SERVICE_WIDE)
        tags = 21 if self._shows_tags() else 0
        self._service.setGeometry(138, round(MIDDLE - (tall + tags) / 2), SERVICE_WIDE, tall)

    def _shows_tags(self) -> bool:
        one_line = self._service.heightForWidth(SERVICE_WIDE) <= 24
        return bool(self._tags) and (one_line or self._look is None or self._look.refusal is None)

    def fits(self) -> bool:
        tags = sum(self._tag_wide(tag, text) + 6 for tag, text in self._tags) <= 168
        side = width_of(self._side, font(12)) <= 278 - 74 - 30
        return tags and side

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._look is None:
            return
        painter = smooth(self)
        called = self._look.mood == "called"
        painter.fillRect(self.rect(), QColor(self.theme["call-tint" if called else "surface"]))
        painter.fillRect(QRectF(self.width() - 1, 0, 1, self.height()), QColor(self.theme["line"]))
        if self._shows_tags():
            self._paint_tags(painter, self._service.geometry().bottom() + 3)
        if self._look.refusal is not None:
            self._paint_refusal_ground(painter)
        else:
            self._paint_timer(painter, self._look)

    def _tag_wide(self, tag: Tag, text: str) -> float:
        if tag.tone == "plain":
            return width_of(text, font(largest_px(text, 160, 13, 12)))
        return width_of(text, font(12, True)) + 12 + (17 if tag.icon else 0)

    def _paint_tags(self, painter: QPainter, top: float) -> None:
        left = 138.0
        for tag, text in self._tags:
            wide = self._tag_wide(tag, text)
            box = QRectF(left, top, wide, 19)
            if tag.tone == "plain":
                draw(painter, text, box, font(largest_px(text, 160, 13, 12)), QColor(self.theme["ink-2"]), LEFT)
            else:
                ground, ink = (QColor(self.theme[token]) for token in TONES[tag.tone])
                rounded(painter, box, 5, ground, ground)
                if tag.icon:
                    paint_icon(painter, tag.icon, QRectF(left + 5, top + 3, 13, 13), ink, 2.6)
                draw(painter, text, box.adjusted(6 + (17 if tag.icon else 0), 0, 0, 0), font(12, True), ink, LEFT)
            left += wide + 6

    def _paint_timer(self, painter: QPainter, look: BarLook) -> None:
        timer, row = look.timer, QRectF(14, 57, 278, 24)
        if timer.seconds is None:
            draw(painter, self._side, row, font(13), QColor(self.theme["ink-2"]), LEFT)
            return
        time = clock(timer.seconds)
        ink = QColor(self.theme["amber" if timer.over else "ink"])
        draw(painter, time, row, font(20, True), ink, LEFT)
        left = row.left() + width_of("0" * len(time.replace(":", "")) + ":" * time.count(":"), font(20, True)) + 10
        px = largest_px(self._side, row.right() - left - 40, 13, 12)
        side_wide = width_of(self._side, font(px))
        soft = QColor(self.theme["amber" if timer.over else "ink-2"])
        draw(painter, self._side, row, font(px), soft, RIGHT)
        track = QRectF(left, row.center().y() - 4, row.right() - side_wide - 10 - left, 8)
        if track.width() < 16:
            return
        bar(painter, track, timer.fraction, self.theme["sunken"], self.theme["brand-500"])
        if timer.over:
            stripes(painter, track, self.theme)

    def _paint_refusal_ground(self, painter: QPainter) -> None:
        ground = QColor(self.theme["amber-bg"])
        rounded(painter, QRectF(8, 54, 290, 35), 6, ground, QColor(self.theme["amber-mark"]))
        paint_icon(painter, "warn", QRectF(15, 62, 18, 18), QColor(self.theme["amber"]))


class AwayButton(Painted):
    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.under = ""

    def wanted(self) -> float:
        return max(width_of(self.text(), font(14, True)), width_of(self.under, font(12))) + 30

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter, box = smooth(self), QRectF(self.rect())
        rounded(painter, box, 8, self.shade("surface"), self.colour("off-mark"))
        draw(painter, self.text(), QRectF(0, 8, box.width(), 20), font(14, True), self.colour("off"), CENTRE)
        draw(painter, self.under, QRectF(0, 29, box.width(), 17), font(12), self.colour("off"), CENTRE)


class AwayCell(QWidget):
    """What happened, what still holds, what to do; and the one act that can be kept here."""

    pressed = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self._act: Act | None = None
        self._title = Text(self, sizes=(16, 15, 14), bold=True)
        self._text = Text(self, sizes=(14, 13), lines=2)
        self.button = AwayButton(theme, self)
        self.button.clicked.connect(self._press)

    def show_look(self, look: AwayLook, say: Say) -> None:
        self._act = look.act
        self._title.set_text(say(look.title), self.theme["off"])
        self._text.set_text(say(look.text), self.theme["off"])
        self.button.setVisible(look.act is not None)
        if look.label is not None and look.under is not None:
            self.button.setText(say(look.label))
            self.button.setAccessibleName(say(look.label))
            self.button.under = say(look.under)
        self._place()

    def resizeEvent(self, _event: object) -> None:
        self._place()

    def _place(self) -> None:
        wide = round(self.button.wanted()) if self._act else 0
        self.button.setGeometry(self.width() - wide - 16, 19, wide, 54)
        room = self.width() - 62 - wide - 30
        tall = self._text.heightForWidth(room)
        top = (self.height() - 24 - tall) // 2
        self._title.setGeometry(62, top, room, 24)
        self._text.setGeometry(62, top + 24, room, tall)

    def _press(self) -> None:
        keys = {Act.FINISH: Key.FINISH, Act.SAVE: Key.FINISH, Act.START: Key.START}
        if self._act in keys:
            self.pressed.emit(keys[self._act])

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = smooth(self)
        painter.fillRect(self.rect(), QColor(self.theme["off-bg"]))
        paint_icon(painter, "broken", QRectF(16, self.height() / 2 - 17, 34, 34), QColor(self.theme["off"]), 2)
