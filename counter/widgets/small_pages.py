"""The short pages: calling out of order, putting a customer on hold, and pausing or closing the counter."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QWidget

from counter.desk import Act, Key
from counter.looks import service_name
from counter.phrases import Said, phrase
from counter.theme import Theme
from counter.viewmodels.desk import DeskModel
from counter.widgets.controls import FootButton, Segment
from counter.widgets.parts import NoteField, Page, SectionHead
from counter.widgets.question_page import QuestionPage
from counter.widgets.transfer_page import OptionCard
from server.contract.words import HoldReason, PauseReason

Say = Callable[[Said], str]
MINUTES = (10, 20, 30, 60)
USUAL_MINUTES = 20


def cards(page: Page, count: int) -> tuple[QButtonGroup, list[OptionCard]]:
    """Choices of which one holds."""
    group, made = QButtonGroup(page), [OptionCard(page.theme) for _ in range(count)]
    for index, card in enumerate(made):
        group.addButton(card, index)
    return group, made


class CallPage(QuestionPage):
    """Calling one customer out of order: why."""

    def __init__(self, theme: Theme, model: DeskModel, say: Say, parent: QWidget | None = None) -> None:
        super().__init__(theme, model, say, parent)
        self.head, self.note_head = SectionHead(theme), SectionHead(theme)
        self.who = OptionCard(theme)
        self.who.setChecked(True)
        self.who.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.who.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.note = NoteField(enter_confirms=True)
        self.note.setFixedHeight(76)
        self.section(self.head, self.who)
        self.section(self.note_head, self.note)
        self.body.addStretch(1)
        self.note.confirmed.connect(self.confirm)

    def begin(self) -> None:
        self.note.show_text("")
        self.refresh()
        self.note.setFocus()

    def confirm(self) -> None:
        self.model.call(self.note.toPlainText())

    def refresh(self) -> None:
        say, chosen = self.say, self.model.chosen
        number = chosen.number if chosen else ""
        service = service_name(self.model.situation(), chosen.service) if chosen else ""
        self.head.show_text(say(phrase("choosing.title", number=number)), say(phrase("choosing.title-side")))
        self.who.show_texts(number, say(service))
        self.note_head.show_text(say(phrase("choosing.reason")), say(phrase("choosing.reason-side")))
        self.note.setAccessibleName(say(phrase("choosing.reason")))
        self.show_foot(phrase("choosing.go", number=number), "Enter")


class HoldPage(QuestionPage):
    def __init__(self, theme: Theme, model: DeskModel, say: Say, parent: QWidget | None = None) -> None:
        super().__init__(theme, model, say, parent)
        self.head, self.minutes_head, self.note_head = SectionHead(theme), SectionHead(theme), SectionHead(theme)
        self._group, self.reasons = cards(self, len(HoldReason))
        self.minutes = self._minutes(theme)
        self.note = NoteField(enter_confirms=True)
        self.note.setFixedHeight(76)
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(0)
        for segment in self.minutes.values():
            line.addWidget(segment, 1)
        self.section(self.head, *self.reasons)
        self.section(self.minutes_head, row)
        self.section(self.note_head, self.note)
        self.put_back = FootButton(theme)
        self.body.addSpacing(12)
        self.section(self.put_back)
        self.body.addStretch(1)
        self.put_back.clicked.connect(lambda: self.model.do(Act.RETURN))
        self.note.confirmed.connect(self.confirm)
        self.note.textChanged.connect(lambda: self.model.edit(handover=self.note.toPlainText()))

    @staticmethod
    def _minutes(theme: Theme) -> dict[int, Segment]:
        ends = {MINUTES[0]: "first", MINUTES[-1]: "last"}
        return {minutes: Segment(theme, ends=ends.get(minutes, "")) for minutes in MINUTES}

    def begin(self) -> None:
        """The reason and the time of the customer before are not this one's."""
        self.reasons[0].setChecked(True)
        self.minutes[USUAL_MINUTES].setChecked(True)
        self.refresh()
        self.note.setFocus()

    def confirm(self) -> None:
        minutes = next(each for each, segment in self.minutes.items() if segment.isChecked())
        self.model.hold(list(HoldReason)[self._group.checkedId()], minutes)

    def refresh(self) -> None:
        say, draft = self.say, self.model.draft
        self.head.show_text(say(phrase("holding.title")), say(phrase("holding.title-side")))
        for reason, card in zip(HoldReason, self.reasons, strict=True):
            card.show_texts(say(phrase(f"hold.{reason.value}")))
        self.minutes_head.show_text(say(phrase("holding.minutes")))
        for minutes, segment in self.minutes.items():
            segment.setText(say(phrase("holding.minutes-of", n=minutes)))
        self.note_head.show_text(say(phrase("holding.note")), say(phrase("holding.note-side")))
        self.note.setAccessibleName(say(phrase("holding.note")))
        if draft is not None:
            self.note.show_text(draft.handover)
        self.put_back.show_text(say(phrase("holding.put-back")), say(phrase("foot.keeps-place")))
        self.show_foot(phrase("holding.go"), f"{self.model.keys[Key.HOLD]} · Enter")


class PausePage(QuestionPage):
    def __init__(self, theme: Theme, model: DeskModel, say: Say, parent: QWidget | None = None) -> None:
        super().__init__(theme, model, say, parent)
        self.head = SectionHead(theme)
        self._group, self.reasons = cards(self, len(PauseReason))
        self.close_counter = FootButton(theme)
        self.section(self.head, *self.reasons)
        self.body.addSpacing(12)
        self.section(self.close_counter)
        self.body.addStretch(1)
        self.close_counter.clicked.connect(lambda: self.model.do(Act.CLOSE))

    def begin(self) -> None:
        self.reasons[0].setChecked(True)
        self.refresh()
        self.reasons[0].setFocus()

    def confirm(self) -> None:
        self.model.pause(list(PauseReason)[self._group.checkedId()])

    def refresh(self) -> None:
        say = self.say
        self.head.show_text(say(phrase("pausing.title")), say(phrase("pausing.title-side")))
        for reason, card in zip(PauseReason, self.reasons, strict=True):
            card.show_texts(say(phrase(f"pause.{reason.value}")))
        self.close_counter.show_text(say(phrase("pausing.close")), say(phrase("pausing.close-side")))
        self.show_foot(phrase("pausing.go"), f"{self.model.keys[Key.PAUSE]} · Enter")
