"""The small controls of the counter, painted by token: bar keys, foot buttons, ticks, choices, chips, progress."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QPainter, QPainterPath, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QAbstractButton, QComboBox, QSizePolicy, QWidget

from counter.theme import Theme
from counter.widgets.icons import paint_icon
from counter.widgets.strokes import rounded, smooth
from counter.widgets.text import draw, font, laid_out, largest_px, line_height, width_of

CENTRE = Qt.AlignmentFlag.AlignHCenter
LEFT = Qt.AlignmentFlag.AlignLeft
RIGHT = Qt.AlignmentFlag.AlignRight
BY_KEYBOARD = frozenset({Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason})


class Painted(QAbstractButton):
    """A button that paints itself from tokens and shows keyboard focus by a ring inside its edge."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme, self._by_keyboard = theme, False
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The ring is for those who go by keyboard."""
        self._by_keyboard = event.reason() in BY_KEYBOARD
        super().focusInEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter presses the button that has the focus; on a choice it is the page's, which confirms."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not self.isCheckable():
            self.click()
        else:
            super().keyPressEvent(event)

    def shows_focus(self) -> bool:
        return self._by_keyboard and self.hasFocus()

    def colour(self, token: str) -> QColor:
        return QColor(self.theme[token])

    def ring(self, painter: QPainter, radius: float) -> None:
        if self.shows_focus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self.colour("focus"), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), radius, radius)

    def shade(self, token: str) -> QColor:
        """The colour, a little darker while pressed."""
        colour = self.colour(token)
        return colour.darker(112) if self.isDown() and self.isEnabled() else colour


class KeyButton(Painted):
    """One place of the bar: icon, word and keyboard key; it never takes the focus."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.icon_name, self.cap, self.primary = "next", "", False

    def show_key(self, text: str, icon: str, cap: str, enabled: bool, primary: bool) -> None:
        self.setText(text)
        self.setAccessibleName(text)
        self.icon_name, self.cap, self.primary = icon, cap, primary
        self.setEnabled(enabled)
        self.update()

    def fits(self) -> bool:
        return width_of(self.text(), font(self._px(), self.primary)) <= self.width() - 6

    def _px(self) -> int:
        return largest_px(self.text(), self.width() - 6, 14, 13, 12, bold=self.primary)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter, box = smooth(self), QRectF(self.rect())
        live = self.isEnabled()
        ground = self.shade("brand-700" if self.primary else "surface" if live else "paper")
        line = self.colour("brand-700" if self.primary else "line-strong" if live else "line")
        ink = self.colour("on-brand" if self.primary else "ink" if live else "off-text")
        rounded(painter, box, 8, ground, line)
        middle, top = box.center().x(), (box.height() - 61) / 2
        paint_icon(painter, self.icon_name, QRectF(middle - 12, top, 24, 24), ink)
        draw(painter, self.text(), QRectF(0, top + 24, box.width(), 20), font(self._px(), self.primary), ink, CENTRE)
        self._paint_cap(painter, QRectF(0, top + 45, box.width(), 16), ink)

    def _paint_cap(self, painter: QPainter, row: QRectF, ink: QColor) -> None:
        wide = width_of(self.cap, font(12)) + 12
        cap = QRectF(row.center().x() - wide / 2, row.top(), wide, row.height())
        fill = self.colour("brand-800" if self.primary else "paper")
        rounded(painter, cap, 4, fill, self.colour("brand-500" if self.primary else "line"))
        text = ink if self.primary or not self.isEnabled() else self.colour("ink-2")
        draw(painter, self.cap, cap, font(12, self.primary), text, CENTRE)


class FootButton(Painted):
    """A large button of two lines: the act and, small, its key or when it will work again."""

    def __init__(self, theme: Theme, parent: QWidget | None = None, *, primary: bool = False) -> None:
        super().__init__(theme, parent)
        self.primary, self.under = primary, ""
        self.setFixedHeight(52)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_text(self, text: str, under: str, enabled: bool = True) -> None:
        self.setText(text)
        self.setAccessibleName(text)
        self.under = under
        self.setEnabled(enabled)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(90, 52)

    def fits(self) -> bool:
        return width_of(self.text(), font(self._px(), self.primary)) <= self.width() - 8 and (
            width_of(self.under, font(12)) <= self.width() - 6
        )

    def _px(self) -> int:
        sizes = (16, 15, 14, 13) if self.primary else (14, 13, 12)
        return largest_px(self.text(), self.width() - 8, *sizes, bold=self.primary)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter, box = smooth(self), QRectF(self.rect())
        live, main = self.isEnabled(), self.primary and self.isEnabled()
        ground = self.shade("brand-700" if main else "surface" if live else "paper")
        rounded(painter, box, 8, ground, self.colour("brand-700" if main else "line-strong" if live else "line"))
        ink = self.colour("on-brand" if main else "ink" if live else "off-text")
        small = self.colour("on-brand-2" if main else "ink-2" if live else "off-text")
        top = QRectF(0, 7 if self.under else (box.height() - 21) / 2, box.width(), 21)
        draw(painter, self.text(), top, font(self._px(), self.primary), ink, CENTRE)
        draw(painter, self.under, QRectF(0, 28, box.width(), 17), font(12), small, CENTRE)
        self.ring(painter, 8)


class Tick(Painted):
    """A document: seen or not."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.setCheckable(True)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        policy = self.sizePolicy()
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def sizeHint(self) -> QSize:
        return QSize(120, self.heightForWidth(max(self.width(), 120)))

    def heightForWidth(self, width: int) -> int:
        face = font(14)
        lines = laid_out(self.text(), face, width - 26).lineCount()
        return max(20, round(lines * line_height(face.pixelSize())) + 2)

    def fits(self) -> bool:
        return self.heightForWidth(self.width()) <= self.height() + 1

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = smooth(self)
        box = QRectF(1, 1, 18, 18)
        on = self.isChecked()
        rounded(
            painter,
            box,
            4,
            self.colour("brand-600" if on else "surface"),
            self.colour("brand-600" if on else "line-strong"),
            1.5,
        )
        if on:
            paint_icon(painter, "finish", QRectF(3.5, 3.5, 13, 13), self.colour("on-brand"), 3.5)
        painter.setPen(self.colour("ink"))
        layout = laid_out(self.text(), font(14), self.width() - 26)
        layout.draw(painter, QPointF(26, 1))
        if self.shows_focus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self.colour("focus"), 2))
            painter.drawRoundedRect(QRectF(0, 0, 20, 20), 5, 5)


class Chip(Painted):
    """A short ready-made sentence that goes into the note."""

    def sizeHint(self) -> QSize:
        return QSize(round(width_of(self._words(), font(13))) + 22, 26)

    def _words(self) -> str:
        return f"+ {self.text()}"

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter, box = smooth(self), QRectF(self.rect())
        rounded(painter, box, box.height() / 2, self.shade("surface"), self.colour("line-strong"))
        draw(painter, self._words(), box, font(13), self.colour("ink"), CENTRE)
        self.ring(painter, box.height() / 2)


class Segment(Painted):
    """One of a row of choices that share their borders."""

    def __init__(self, theme: Theme, parent: QWidget | None = None, *, ends: str = "") -> None:
        super().__init__(theme, parent)
        self.ends = ends
        self.setCheckable(True)
        self.setAutoExclusive(True)
        self.setFixedHeight(32)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def fits(self) -> bool:
        return width_of(self.text(), font(12, self.isChecked())) <= self.width() - 4

    def fitting_px(self) -> int:
        return largest_px(self.text(), self.width() - 6, 14, 13, 12, bold=True)

    def _px(self) -> int:
        """One size for the whole row."""
        row = self.parentWidget()
        return min(each.fitting_px() for each in (row.findChildren(Segment) if row else [self]))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter, box = smooth(self), QRectF(self.rect())
        on = self.isChecked()
        left, right = (7 if "first" in self.ends else 0), (7 if "last" in self.ends else 0)
        path = _pill(box.adjusted(0.5, 0.5, -0.5 if right else 0.5, -0.5), left, right)
        painter.setPen(QPen(self.colour("brand-700" if on else "line-strong"), 1))
        painter.setBrush(self.shade("brand-700" if on else "surface"))
        painter.drawPath(path)
        draw(painter, self.text(), box, font(self._px(), on), self.colour("on-brand" if on else "ink"), CENTRE)
        self.ring(painter, 6)


def _pill(box: QRectF, left: float, right: float) -> QPainterPath:
    path = QPainterPath()
    path.addRoundedRect(box, max(left, right), max(left, right))
    square = QPainterPath()
    if not left:
        square.addRect(QRectF(box.left(), box.top(), box.width() / 2, box.height()))
    if not right:
        square.addRect(QRectF(box.center().x(), box.top(), box.width() / 2, box.height()))
    return path.united(square)


class Choice(QComboBox):
    """A list to choose from, closed to one line."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.setFixedHeight(32)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setFont(font(14))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scrolls the page under it; a wheel that passes over the record changes nothing in it."""
        event.ignore()

    def fits(self) -> bool:
        return width_of(self.currentText(), font(12)) <= self.width() - 40

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter, box = smooth(self), QRectF(self.rect())
        focus = self.hasFocus()
        line = QColor(self.theme["focus" if focus else "line-strong"])
        rounded(painter, box, 7, QColor(self.theme["surface"]), line, 2 if focus else 1)
        ink = QColor(self.theme["ink"])
        px = largest_px(self.currentText(), box.width() - 40, 14, 13, 12)
        draw(painter, self.currentText(), box.adjusted(11, 0, -30, 0), font(px), ink, LEFT)
        paint_icon(painter, "down", QRectF(box.right() - 27, box.center().y() - 8, 16, 16), ink, 2)
