"""The panel's first page: the colleague's note, papers, the record, who waits and who was set aside."""

from collections.abc import Callable

from PySide6.QtCore import QRect, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from counter.desk import Act, Draft, Situation, lawful
from counter.panel_looks import FootLook, feet, not_taken, notes, papers, set_aside, waiting
from counter.phrases import Said, phrase
from counter.theme import Theme
from counter.viewmodels.desk import DeskModel
from counter.widgets.controls import FootButton
from counter.widgets.parts import Foot, NoteCard, Page, Papers, SectionHead
from counter.widgets.record_form import RecordForm
from counter.widgets.text import Text
from counter.widgets.waiting_list import WaitingList

Say = Callable[[Said], str]


class VoiceBox(QFrame):
    """While the line is down: the number of a customer called by voice."""

    asked = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("box")
        self.text = Text(self, sizes=(14, 13), lines=3, colour=theme["ink-2"])
        self.number = QLineEdit(self)
        self.number.setMaxLength(8)
        self.go = FootButton(theme, self)
        self.go.setFixedHeight(40)
        column, row = QVBoxLayout(self), QHBoxLayout()
        column.setContentsMargins(12, 10, 12, 12)
        column.addWidget(self.text)
        row.addWidget(self.number, 1)
        row.addWidget(self.go, 1)
        column.addLayout(row)
        self.go.clicked.connect(self._ask)
        self.number.returnPressed.connect(self._ask)

    def _ask(self) -> None:
        self.asked.emit(self.number.text().strip().upper())


class MainPage(Page):
    def __init__(self, theme: Theme, model: DeskModel, say: Say, parent: QWidget | None = None) -> None:
        self.foot = Foot(theme, small=2)
        super().__init__(theme, self.foot, parent)
        self.model, self.say = model, say
        self._feet: tuple[FootLook, ...] = ()
        self._notes = [NoteCard(theme, self.inside) for _ in range(3)]
        self.voice_head, self.voice = SectionHead(theme), VoiceBox(theme)
        self.papers_head, self.papers = SectionHead(theme), Papers(theme)
        self.record_head, self.record = SectionHead(theme), RecordForm(theme, say)
        self.waiting_head, self.waiting = SectionHead(theme), WaitingList(theme)
        self.empty = Text(sizes=(14,), lines=3, colour=theme["ink-2"])
        self.aside_head, self.aside = SectionHead(theme), WaitingList(theme)
        self.refused_head, self.refused = SectionHead(theme), WaitingList(theme)
        for note in self._notes:
            self.body.addWidget(note)
        for parts in (
            (self.refused_head, self.refused),
            (self.voice_head, self.voice),
            (self.papers_head, self.papers),
            (self.record_head, self.record),
            (self.waiting_head, self.waiting, self.empty),
            (self.aside_head, self.aside),
        ):
            self.section(*parts)
        self.body.addStretch(1)
        self._connect()

    def _connect(self) -> None:
        self.papers.toggled.connect(self.model.see_paper)
        self.record.edited.connect(lambda changes: self.model.edit(**changes))
        self.aside.chosen.connect(self.model.revive)
        self.waiting.chosen.connect(self.model.choose)
        self.refused.chosen.connect(self.model.deal_with)
        for lines in (self.aside, self.waiting, self.refused):
            lines.reached.connect(lambda row, lines=lines: self._reveal(lines, row))
        self.voice.asked.connect(self.model.call_by_voice)
        for index, button in enumerate((*self.foot.small, self.foot.primary)):
            button.clicked.connect(lambda _checked=False, index=index: self.model.do(self._feet[index].act))

    def _reveal(self, lines: WaitingList, row: QRect) -> None:
        """Scrolls to the line that the keyboard went to."""
        shown = QRect(lines.mapTo(self.inside, row.topLeft()), row.size())
        self.scroller.ensureVisible(shown.center().x(), shown.center().y(), 0, row.height() // 2 + 4)

    def refresh(self) -> None:
        situation = self.model.situation()
        self._show_notes(situation)
        self._show_record(situation, self.model.draft)
        self._show_refused()
        self._show_waiting(situation)
        self._show_feet(feet(situation, self.model.keys))
        by_voice = Act.VOICE in lawful(situation)
        self.voice_head.setVisible(by_voice)
        self.voice.setVisible(by_voice)
        if not by_voice:
            self.voice.number.clear()
        self.voice_head.show_text(self.say(phrase("calling.title")))
        self.voice.text.set_text(self.say(phrase("calling.text")))
        self.voice.number.setPlaceholderText(self.say(phrase("calling.number")))
        self.voice.number.setAccessibleName(self.say(phrase("calling.number")))
        self.voice.go.show_text(self.say(phrase("calling.go")), "")

    def _show_notes(self, situation: Situation) -> None:
        looks = notes(situation)
        for index, card in enumerate(self._notes):
            card.setVisible(index < len(looks))
            if index < len(looks):
                card.show_note(looks[index], self.say)

    def _show_record(self, situation: Situation, draft: Draft | None) -> None:
        here = draft is not None
        for part in (self.papers_head, self.papers, self.record_head, self.record):
            part.setVisible(here)
        if draft is None:
            return
        self.papers_head.show_text(self.say(phrase("section.papers")))
        self.papers.show_papers(papers(situation), self.say, self.say(phrase("section.papers-none")))
        over = situation.current is None and not situation.away.voice_number
        if over:
            side = "section.record-saved" if draft.saved else "section.record-unsaved"
            title = phrase("section.record-over", number=draft.number)
        else:
            side = "section.record-when" if situation.line.up else "section.record-away"
            title = phrase("section.record")
        self.record_head.show_text(self.say(title), self.say(phrase(side)))
        self.record.show_draft(draft, situation)

    def _show_refused(self) -> None:
        lines = not_taken(self.model.adoption.not_taken)
        self.refused_head.setVisible(bool(lines))
        self.refused.setVisible(bool(lines))
        head = phrase("section.refused", n=len(lines))
        self.refused_head.show_text(self.say(head), self.say(phrase("section.refused-side")))
        self.refused.show_lines(lines, self.say, False, self.say(phrase("section.refused-done")))

    def _show_waiting(self, situation: Situation) -> None:
        lines, away = waiting(situation), not situation.line.up
        view = situation.view
        if away and view is not None:
            title = phrase("section.waiting-stale", time=situation.local(view.stamp.as_of))
            self.waiting_head.show_text(self.say(title), self.say(phrase("section.waiting-stale-side")))
        else:
            title = phrase("section.waiting", n=len(lines)) if lines else phrase("section.waiting-none")
            side = self.say(phrase("section.waiting-head")) if lines else ""
            self.waiting_head.show_text(self.say(title), side)
        self.waiting.setVisible(bool(lines))
        self.waiting.show_lines(lines, self.say, away)
        self.empty.setVisible(not lines)
        mean = view.mean_interarrival_s if view else None
        empty = phrase("section.waiting-empty" if view else "section.waiting-unknown")
        if mean:
            empty = phrase("section.waiting-mean", minutes=max(1, round(mean / 60)))
        self.empty.set_text(self.say(empty))
        aside = set_aside(situation)
        self.aside_head.setVisible(bool(aside))
        self.aside.setVisible(bool(aside))
        self.aside_head.show_text(self.say(phrase("section.aside", n=len(aside))))
        self.aside.show_lines(aside, self.say, away, self.say(phrase("key.revive")))

    def _show_feet(self, looks: tuple[FootLook, ...]) -> None:
        self._feet = looks
        for look, button in zip(looks, (*self.foot.small, self.foot.primary), strict=True):
            button.show_text(self.say(look.label), self.say(look.under), look.enabled)
