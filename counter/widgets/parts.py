"""Parts that the panel's pages share: section heads, boxes, notes, ticks, the note field, the foot."""

from collections.abc import Callable

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPaintEvent, QTextCursor
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPlainTextEdit,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from counter.panel_looks import NoteLook, PaperLook
from counter.phrases import Said
from counter.theme import Theme
from counter.widgets.controls import RIGHT, FootButton, Tick
from counter.widgets.icons import paint_icon
from counter.widgets.strokes import rounded, smooth
from counter.widgets.text import Text, font

Say = Callable[[Said], str]
ABOVE = 6
"""Pixels that part a section from the one before."""
MOST_PAPERS = 8
LONGEST_NOTE = 500
"""Letters of a note, as the contract has it."""


class SectionHead(QWidget):
    """A section's name and, at the right, what to know about it; the second takes its own line when it must."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = Text(self, sizes=(13, 12), bold=True, lines=2, colour=theme["ink-2"])
        self.side = Text(self, sizes=(13, 12), lines=2, align=RIGHT, colour=theme["ink-2"])
        self.setFixedHeight(19 + ABOVE)

    def show_text(self, title: str, side: str = "") -> None:
        self.title.set_text(title)
        self.side.set_text(side)
        self._place()

    def _place(self) -> None:
        wide = self.width()
        title, side = self.title.sizeHint().width() + 2, self.side.sizeHint().width() + 2
        if title + side + 10 <= wide:
            self.title.setGeometry(0, ABOVE, title, 18)
            self.side.setGeometry(wide - side, ABOVE, side, 18)
            self.setFixedHeight(19 + ABOVE)
            return
        tall = self.title.heightForWidth(wide)
        below = self.side.heightForWidth(wide)
        self.title.setGeometry(0, ABOVE, wide, tall)
        self.side.setGeometry(0, ABOVE + tall, wide, below)
        self.setFixedHeight(ABOVE + tall + below + 1)

    def resizeEvent(self, _event: object) -> None:
        self._place()


class NoteCard(QWidget):
    """What a colleague left on this visit."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self._by = Text(self, sizes=(13, 12), lines=2, colour=theme["ink-2"])
        self._text = Text(self, sizes=(14,), lines=40, colour=theme["ink"])

    def show_note(self, note: NoteLook, say: Say) -> None:
        self._by.set_text(say(note.by))
        self._text.set_text(note.text)
        self._place()

    def _place(self) -> None:
        room = max(120, self.width() - 29)
        by, text = self._by.heightForWidth(room - 21), self._text.heightForWidth(room)
        self._by.setGeometry(38, ABOVE + 8, room - 21, by)
        self._text.setGeometry(17, ABOVE + 8 + by + 1, room, text)
        self.setFixedHeight(ABOVE + 8 + by + 1 + text + 9)

    def resizeEvent(self, _event: object) -> None:
        self._place()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter, frame = smooth(self), QRectF(self.rect()).adjusted(0, ABOVE, 0, 0)
        mark = QColor(self.theme["amber-mark"])
        rounded(painter, frame, 8, mark, mark)
        rounded(painter, frame.adjusted(5, 0, 0, 0), 7, QColor(self.theme["note-bg"]), QColor(self.theme["note-line"]))
        painter.fillRect(QRectF(5, ABOVE + 1, 8, frame.height() - 2), QColor(self.theme["note-bg"]))
        paint_icon(painter, "note", QRectF(17, ABOVE + 9, 15, 15), QColor(self.theme["ink-2"]), 2)


class Papers(QFrame):
    """The documents of a service, each ticked once seen."""

    toggled = Signal(str, bool)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("box")
        self.theme = theme
        self.ticks: dict[str, Tick] = {}
        self._empty = Text(self, sizes=(14,), colour=theme["ink-2"])
        self._places = [Tick(theme, self) for _ in range(MOST_PAPERS)]
        for tick in self._places:
            tick.hide()
            tick.clicked.connect(lambda checked, tick=tick: self._toggle(tick, checked))

    def show_papers(self, papers: tuple[PaperLook, ...], say: Say, empty: str) -> None:
        self.ticks = {paper.id: tick for paper, tick in zip(papers, self._places, strict=False)}
        for tick in self._places[len(papers) :]:
            tick.hide()
        for paper in papers[:MOST_PAPERS]:
            tick = self.ticks[paper.id]
            tick.show()
            tick.setText(say(paper.name))
            tick.setAccessibleName(say(paper.name))
            tick.setChecked(paper.seen)
        self._empty.set_text("" if papers else empty)
        self._empty.setVisible(not papers)
        self._place()

    def resizeEvent(self, _event: object) -> None:
        self._place()

    def _place(self) -> None:
        """Two columns; a row is as high as its longer name."""
        wide, top = (max(200, self.width()) - 34) // 2, 9
        ticks = list(self.ticks.values())
        for pair in (ticks[index : index + 2] for index in range(0, len(ticks), 2)):
            tall = max(tick.heightForWidth(wide) for tick in pair)
            for column, tick in enumerate(pair):
                tick.setGeometry(12 + column * (wide + 10), top, wide, tall)
            top += tall + 4
        self._empty.setGeometry(12, 9, self.width() - 24, 20)
        self.setFixedHeight(max(top, 33) + 5)

    def _toggle(self, place: Tick, checked: bool) -> None:
        name = next(name for name, tick in self.ticks.items() if tick is place)
        self.toggled.emit(name, checked)


class NoteField(QPlainTextEdit):
    """A free text; on pages with one confirming button Enter confirms and Shift+Enter breaks the line."""

    confirmed = Signal()

    def __init__(self, parent: QWidget | None = None, *, enter_confirms: bool = False) -> None:
        super().__init__(parent)
        self._enter_confirms = enter_confirms
        self.setTabChangesFocus(True)
        self.setFont(font(14))
        self.textChanged.connect(self._keep_short)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_text(self, text: str) -> None:
        """Leaves the cursor alone while it says the same."""
        if text != self.toPlainText():
            self.blockSignals(True)
            self.setPlainText(text)
            self.moveCursor(QTextCursor.MoveOperation.End)
            self.blockSignals(False)

    def _keep_short(self) -> None:
        if len(self.toPlainText()) > LONGEST_NOTE:
            cursor = self.textCursor()
            at = min(cursor.position(), LONGEST_NOTE)
            self.show_text(self.toPlainText()[:LONGEST_NOTE])
            cursor = self.textCursor()
            cursor.setPosition(at)
            self.setTextCursor(cursor)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        if self._enter_confirms and plain and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.confirmed.emit()
        else:
            super().keyPressEvent(event)


class Foot(QFrame):
    """The buttons at the bottom of a page, the primary one last and widest."""

    def __init__(self, theme: Theme, parent: QWidget | None = None, *, small: int = 1) -> None:
        super().__init__(parent)
        self.setObjectName("foot")
        self.setFixedHeight(75)
        self.small = [FootButton(theme, self) for _ in range(small)]
        self.primary = FootButton(theme, self, primary=True)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 10, 16, 12)
        row.setSpacing(8)
        for button in self.small:
            row.addWidget(button, 1)
        row.addWidget(self.primary, 2)


class Page(QWidget):
    """A page of the panel: sections that scroll when they must, and a foot that stays."""

    def __init__(self, theme: Theme, foot: Foot | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("page")
        self.theme = theme
        self.inside = QWidget()
        self.inside.setObjectName("inside")
        self.body = QVBoxLayout(self.inside)
        self.body.setContentsMargins(16, 6, 16, 5)
        self.body.setSpacing(5)
        self.scroller = QScrollArea(self)
        self.scroller.setObjectName("scroll")
        self.scroller.setWidgetResizable(True)
        self.scroller.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.scroller.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.scroller.setWidget(self.inside)
        self.scroller.verticalScrollBar().rangeChanged.connect(self._make_room)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.scroller, 1)
        if foot is not None:
            column.addWidget(foot)

    def _make_room(self, _least: int, most: int) -> None:
        """The scroll bar lies in the margin, so that nothing moves when it comes."""
        self.body.setContentsMargins(16, 6, 8 if most else 16, 5)

    def section(self, *parts: QWidget) -> None:
        """Adds parts that belong together."""
        for part in parts:
            self.body.addWidget(part)
