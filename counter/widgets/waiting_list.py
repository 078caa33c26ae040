"""Lines of customers with their reasons: those waiting, those set aside, the records that were not taken."""

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QTextLayout
from PySide6.QtWidgets import QWidget

from counter.panel_looks import WaitingLook
from counter.phrases import Said, phrase
from counter.theme import Theme
from counter.widgets.controls import BY_KEYBOARD, CENTRE, LEFT, RIGHT
from counter.widgets.strokes import bar, hatch, rounded, smooth
from counter.widgets.text import draw, font, laid_out, largest_px, width_of

Say = Callable[[Said], str]
ROW = 51
RIGHT_WIDE = 96
STEPS = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}
CHOOSING = frozenset({Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space})


class WaitingList(QWidget):
    """Lines in the order of calling; hatched while they may be out of date.

    A line that may be called is chosen by a click anywhere on it, one with a button by its button;
    by keyboard the arrows go from line to line and Enter chooses.
    """

    chosen = Signal(str)
    """The line on which something may be done: bringing back, calling out of order, being dealt with."""
    reached = Signal(QRect)
    """The place of the line that the keyboard went to."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self._lines: tuple[WaitingLook, ...] = ()
        self._words: list[tuple[str, str, str]] = []
        self._rows: list[QRect] = []
        self._stale, self._button = False, ""
        self._at, self._by_keyboard = 0, False
        self.setMouseTracking(True)

    def show_lines(self, lines: tuple[WaitingLook, ...], say: Say, stale: bool, button: str = "") -> None:
        words = [
            (say(line.title), say(line.reason), say(phrase("line.minutes", target=line.target_min))) for line in lines
        ]
        if (lines, words, stale, button) == (self._lines, self._words, self._stale, self._button):
            return
        self._lines, self._words, self._stale, self._button = lines, words, stale, button
        acts = any(line.revivable or line.callable for line in lines)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus if acts else Qt.FocusPolicy.NoFocus)
        self._at = max(0, min(self._at, len(lines) - 1))
        self._place_rows()
        self.setAccessibleName(
            "; ".join(f"{line.number} {title}" for line, (title, _, _) in zip(lines, self._words, strict=True))
        )
        self.update()

    def row(self, index: int) -> QRect:
        """Where a line is."""
        return self._rows[index]

    def _room(self) -> float:
        return max(200, self.width()) - 84 - 12 - 104

    def _tall(self, index: int) -> int:
        title, reason, _ = self._words[index]
        lines = self._laid(title, 14, 13).lineCount() + self._laid(reason, 13, 12).lineCount()
        return ROW + 17 * (lines - 2)

    def _laid(self, text: str, *sizes: int) -> QTextLayout:
        return laid_out(text, font(largest_px(text, self._room(), *sizes)), self._room())

    def _place_rows(self) -> None:
        self._rows, top = [], 1
        for index in range(len(self._lines)):
            self._rows.append(QRect(1, top, self.width() - 2, self._tall(index)))
            top += self._tall(index)
        self.setFixedHeight(top + 1)

    def resizeEvent(self, _event: object) -> None:
        self._place_rows()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        hand = self._hit(event.position()) is not None
        self.setCursor(Qt.CursorShape.PointingHandCursor if hand else Qt.CursorShape.ArrowCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        line = self._hit(event.position())
        if line is not None and event.button() is Qt.MouseButton.LeftButton:
            self.chosen.emit(line.ticket)

    def _hit(self, at: QPointF) -> WaitingLook | None:
        for line, place in zip(self._lines, self._rows, strict=True):
            row = QRectF(place)
            if row.contains(at):
                return line if line.callable or (line.revivable and _button_box(row).contains(at)) else None
        return None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        line = self._lines[self._at] if self._lines else None
        if key in CHOOSING and line is not None and (line.revivable or line.callable):
            self.chosen.emit(line.ticket)
        elif key in STEPS and 0 <= self._at + STEPS[key] < len(self._lines):
            self._at += STEPS[key]
            self._show_reached()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._by_keyboard = event.reason() in BY_KEYBOARD
        self._at = 0
        self._show_reached()

    def focusOutEvent(self, _event: QFocusEvent) -> None:
        self.update()

    def _show_reached(self) -> None:
        if self._lines:
            self.reached.emit(self.row(self._at))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, frame = smooth(self), QRectF(self.rect())
        ground = QColor(self.theme["stale-bg" if self._stale else "surface"])
        rounded(painter, frame, 10, ground, QColor(self.theme["line"]))
        if self._stale:
            painter.save()
            painter.setClipRect(frame.adjusted(2, 2, -2, -2))
            hatch(painter, frame, self.theme)
            painter.restore()
        for index, row in enumerate(self._rows):
            if row.intersects(event.rect()):
                self._paint_line(painter, self._lines[index], index, QRectF(row))
        if self._lines and self._by_keyboard and self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(self.theme["focus"]), 2))
            painter.drawRoundedRect(QRectF(self.row(self._at)).adjusted(1, 1, -1, -1), 9, 9)

    def _paint_line(self, painter: QPainter, line: WaitingLook, index: int, row: QRectF) -> None:
        title, reason, minutes = self._words[index]
        if line.first and not self._stale:
            rounded(painter, row, 9, QColor(self.theme["brand-50"]), QColor(self.theme["brand-50"]))
        if index:
            painter.fillRect(QRectF(row.left(), row.top(), row.width(), 1), QColor(self.theme["line"]))
        ink = QColor(self.theme["stale" if self._stale else "ink"])
        soft = QColor(self.theme["stale" if self._stale else "ink-2"])
        draw(painter, line.number, QRectF(13, row.top(), 60, row.height()), font(18, True), ink, LEFT)
        painter.setPen(ink)
        first = self._laid(title, 14, 13)
        top = row.top() + 8
        first.draw(painter, QPointF(84, top))
        painter.setPen(soft)
        self._laid(reason, 13, 12).draw(painter, QPointF(84, top + 18 * first.lineCount()))
        right = _right(row)
        if line.callable:
            draw(painter, "›", right.adjusted(0, 0, 4, 0), font(18), soft, RIGHT)
            right.adjust(0, 0, -14, 0)
        if line.revivable:
            self._paint_button(painter, _button_box(row))
        else:
            self._paint_wait(painter, line, minutes, right)

    def _paint_wait(self, painter: QPainter, line: WaitingLook, minutes: str, right: QRectF) -> None:
        tone = "stale" if self._stale else "amber" if line.amber else "ink"
        soft = QColor(self.theme["stale" if self._stale else "ink-2"])
        middle = right.center().y() - 5
        text = QRectF(right.left(), middle - 10, right.width(), 20)
        draw(painter, minutes, text, font(13), soft, RIGHT)
        left = right.right() - width_of(minutes, font(13)) - 4
        waited = QRectF(right.left(), text.top(), left - right.left(), 20)
        draw(painter, str(line.waited_min), waited, font(15, True), QColor(self.theme[tone]), RIGHT)
        fill = "stale-mark" if self._stale else "amber-mark" if line.amber else "brand-500"
        track = QRectF(right.left(), middle + 13, right.width(), 5)
        bar(painter, track, line.share, self.theme["sunken"], self.theme[fill])

    def _paint_button(self, painter: QPainter, box: QRectF) -> None:
        rounded(painter, box, 7, QColor(self.theme["surface"]), QColor(self.theme["line-strong"]))
        px = largest_px(self._button, box.width() - 6, 13, 12)
        draw(painter, self._button, box, font(px), QColor(self.theme["ink"]), CENTRE)


def _right(row: QRectF) -> QRectF:
    return QRectF(row.right() - 12 - RIGHT_WIDE, row.top(), RIGHT_WIDE, row.height())


def _button_box(row: QRectF) -> QRectF:
    right = _right(row)
    return QRectF(right.left(), right.center().y() - 15, right.width(), 30)
