"""Sending a customer on: where to, with its wait; the needed note; what was seen; what the customer will see."""

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPaintEvent, QPen
from PySide6.QtWidgets import QButtonGroup, QFrame, QVBoxLayout, QWidget

from counter.desk import Key, Situation
from counter.panel_looks import TargetLook, papers, targets
from counter.phrases import Said, phrase
from counter.theme import Theme
from counter.viewmodels.desk import DeskModel
from counter.widgets.controls import RIGHT, Painted, Tick
from counter.widgets.flow import Chips
from counter.widgets.parts import NoteField, Papers, SectionHead
from counter.widgets.question_page import QuestionPage
from counter.widgets.strokes import rounded, smooth
from counter.widgets.text import Text

Say = Callable[[Said], str]
MOST_TARGETS = 32
CHIPS = ("papers", "signature", "account", "hearing")


class OptionCard(Painted):
    """One choice of a page with its facts; the chosen one has a thick border and a filled ring."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.setCheckable(True)
        self.title = Text(self, sizes=(14, 13), lines=2, colour=theme["ink"])
        self.under = Text(self, sizes=(13, 12), lines=2, colour=theme["ink-2"])
        self.wait = Text(self, sizes=(14, 13), bold=True, align=RIGHT, colour=theme["ink"])
        self.place = Text(self, sizes=(13, 12), align=RIGHT, colour=theme["ink-2"])
        self.setFixedHeight(53)

    def show_texts(self, title: str, under: str = "", wait: str = "", place: str = "") -> None:
        self.title.set_text(title)
        self.under.set_text(under)
        self.wait.set_text(wait)
        self.place.set_text(place)
        self.setAccessibleName(" ".join(each for each in (title, under, wait, place) if each))
        self._place()

    def resizeEvent(self, _event: object) -> None:
        self._place()

    def _place(self) -> None:
        wide = max(200, self.width())
        right = max(self.wait.sizeHint().width(), self.place.sizeHint().width())
        room = wide - 45 - 13 - (right + 10 if right > 1 else 0)
        title = self.title.heightForWidth(room)
        under = self.under.heightForWidth(room) if self.under.text() else 0
        tall = max(8 + title + under + 9, 46 if not self.under.text() else 53)
        top = (tall - title - under) // 2
        self.title.setGeometry(45, top, room, title)
        self.under.setGeometry(45, top + title, room, under)
        self.wait.setGeometry(wide - 13 - right, tall // 2 - 18, right, 18)
        self.place.setGeometry(wide - 13 - right, tall // 2, right, 17)
        self.setFixedHeight(tall)

    def fits(self) -> bool:
        return all(text.fits() for text in (self.title, self.under, self.wait, self.place))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter, frame, on = smooth(self), QRectF(self.rect()), self.isChecked()
        line = self.colour("brand-600" if on else "line-strong")
        rounded(painter, frame, 8, self.shade("brand-50" if on else "surface"), line, 2 if on else 1)
        dot = QRectF(13, frame.center().y() - 9, 18, 18)
        painter.setBrush(self.colour("surface"))
        painter.setPen(QPen(line, 6 if on else 2))
        inset = 3 if on else 1
        painter.drawEllipse(dot.adjusted(inset, inset, -inset, -inset))
        self.ring(painter, 8)


class Sentence(QFrame):
    """A boxed text that wraps."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("box")
        self.text = Text(self, sizes=(14,), lines=6, colour=theme["ink"])
        self.setFixedHeight(60)

    def show_text(self, text: str) -> None:
        self.text.set_text(text)
        self._place()

    def resizeEvent(self, _event: object) -> None:
        self._place()

    def _place(self) -> None:
        room = max(200, self.width() - 24)
        tall = self.text.heightForWidth(room)
        self.text.setGeometry(12, 10, room, tall)
        self.setFixedHeight(tall + 22)


class TransferPage(QuestionPage):
    def __init__(self, theme: Theme, model: DeskModel, say: Say, parent: QWidget | None = None) -> None:
        super().__init__(theme, model, say, parent)
        self._targets: tuple[TargetLook, ...] = ()
        self._group = QButtonGroup(self)
        self.options: list[OptionCard] = []
        self.cards = [OptionCard(theme) for _ in range(MOST_TARGETS)]
        self.head, self.places = SectionHead(theme), QWidget()
        self._column = QVBoxLayout(self.places)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)
        for index, card in enumerate(self.cards):
            self._group.addButton(card, index)
            self._column.addWidget(card)
        self.nowhere = Text(sizes=(14,), lines=3, colour=theme["ink-2"])
        self.back_to_me = Tick(theme)
        self.note_head, self.chips = SectionHead(theme), Chips(theme, CHIPS)
        self.note = NoteField(enter_confirms=True)
        self.note.setFixedHeight(92)
        self.papers_head, self.papers = SectionHead(theme), Papers(theme)
        self.sees_head, self.sees = SectionHead(theme), Sentence(theme)
        self._show_options(())
        self.section(self.head, self.places, self.nowhere, self.back_to_me)
        self.section(self.note_head, self.chips, self.note)
        self.section(self.papers_head, self.papers)
        self.section(self.sees_head, self.sees)
        self.body.addStretch(1)
        self.note.confirmed.connect(self.confirm)
        self.note.textChanged.connect(lambda: self.model.edit(handover=self.note.toPlainText()))
        self.chips.chosen.connect(lambda chip: self._insert(self.say(phrase(f"chip.{chip}-text"))))
        self.papers.toggled.connect(self.model.see_paper)
        self._group.idClicked.connect(lambda _id: self._show_sees())

    def _insert(self, words: str) -> None:
        self.note.textCursor().insertText(words)
        self.note.setFocus()

    def begin(self) -> None:
        """The page is opened: targets as they are now, the first one chosen."""
        self.back_to_me.setChecked(False)
        self._show_options(())
        self.refresh()
        self.note.setFocus()

    def confirm(self) -> None:
        chosen = self._chosen()
        if chosen is not None:
            self.model.transfer(replace(chosen.to, return_to_sender=self.back_to_me.isChecked()))

    def _chosen(self) -> TargetLook | None:
        index = self._group.checkedId()
        return self._targets[index] if 0 <= index < len(self._targets) else None

    def refresh(self) -> None:
        situation = self.model.situation()
        looks = targets(situation)[:MOST_TARGETS]
        if [each.to for each in looks] != [each.to for each in self._targets]:
            self._show_options(looks)
        self._targets = looks
        for look, card in zip(looks, self.options, strict=True):
            card.show_texts(*(self.say(said) for said in (look.title, look.under, look.wait, look.place)))
        self._show_words(situation)
        self._show_sees()

    def _show_words(self, situation: Situation) -> None:
        say, draft = self.say, self.model.draft
        self.head.show_text(say(phrase("transfer.title")), say(phrase("transfer.title-side")))
        self.nowhere.setVisible(not self._targets)
        self.nowhere.set_text(say(phrase("transfer.nowhere")))
        self.back_to_me.setText(say(phrase("transfer.return")))
        self.note_head.show_text(say(phrase("transfer.note")), say(phrase("transfer.note-side")))
        self.note.setAccessibleName(say(phrase("transfer.note")))
        self.chips.show_texts({chip: say(phrase(f"chip.{chip}")) for chip in CHIPS})
        self.papers_head.show_text(say(phrase("transfer.seen")))
        self.papers.show_papers(papers(situation), say, say(phrase("section.papers-none")))
        self.sees_head.show_text(say(phrase("transfer.sees")))
        if draft is not None:
            self.note.show_text(draft.handover)
        self.show_foot(phrase("transfer.go"), f"{self.model.keys[Key.TRANSFER]} · Enter", bool(self._targets))

    def _show_sees(self) -> None:
        chosen = self._chosen()
        self.sees_head.setVisible(chosen is not None)
        self.sees.setVisible(chosen is not None)
        if chosen is not None:
            self.sees.show_text(self.say(chosen.customer_sees))

    def _show_options(self, looks: tuple[TargetLook, ...]) -> None:
        """What was chosen stays chosen while it is still there."""
        chosen = self._chosen()
        self._targets = looks
        self.options = self.cards[: len(looks)]
        for card in self.cards:
            card.setVisible(card in self.options)
        if self.options:
            there = [each.to for each in looks]
            self.options[there.index(chosen.to) if chosen and chosen.to in there else 0].setChecked(True)
