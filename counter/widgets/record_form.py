"""The clerk's record: service really done, outcome, note; every stroke goes to the model."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QWidget

from counter.desk import Draft, Situation
from counter.phrases import Said, phrase
from counter.theme import Theme
from counter.widgets.controls import Choice, Segment
from counter.widgets.parts import NoteField
from counter.widgets.text import Text
from server.contract.words import Outcome

Say = Callable[[Said], str]


class RecordForm(QFrame):
    edited = Signal(dict)
    """Fields of `Draft` that the clerk changed."""

    def __init__(self, theme: Theme, say: Say, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("box")
        self.say = say
        self.labels = {
            name: Text(self, sizes=(13, 12), lines=2, middle=True, colour=theme["ink-2"])
            for name in ("service-done", "outcome", "note")
        }
        self.service = Choice(theme, self)
        self.outcomes = self._segments(theme)
        self.note = NoteField(self)
        self.note.setFixedHeight(76)
        grid = QGridLayout(self)
        grid.setContentsMargins(12, 10, 12, 10)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(7)
        grid.setColumnMinimumWidth(0, 66)
        grid.setColumnStretch(1, 1)
        segments = QHBoxLayout()
        segments.setSpacing(0)
        for segment in self.outcomes.values():
            segments.addWidget(segment, 1)
        for row, label in enumerate(self.labels.values()):
            label.setFixedSize(66, 32)
            grid.addWidget(label, row, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(self.service, 0, 1)
        grid.addLayout(segments, 1, 1)
        grid.addWidget(self.note, 2, 1)
        self.service.activated.connect(lambda _index: self.edited.emit({"service_done": self.service.currentData()}))
        self.note.textChanged.connect(lambda: self.edited.emit({"note": self.note.toPlainText()}))

    def _segments(self, theme: Theme) -> dict[Outcome, Segment]:
        ends = {Outcome.DONE: "first", Outcome.NOT_DONE: "last"}
        made = {outcome: Segment(theme, self, ends=ends.get(outcome, "")) for outcome in Outcome}
        for outcome, segment in made.items():
            segment.clicked.connect(lambda _checked=False, outcome=outcome: self.edited.emit({"outcome": outcome}))
        return made

    def show_draft(self, draft: Draft, situation: Situation) -> None:
        for name, label in self.labels.items():
            label.set_text(self.say(phrase(f"section.{name}")))
        self.service.setAccessibleName(self.labels["service-done"].text())
        self.note.setAccessibleName(self.labels["note"].text())
        for outcome, segment in self.outcomes.items():
            segment.setText(self.say(phrase(f"outcome.{outcome.value}")))
            segment.setChecked(outcome is draft.outcome)
        services = [
            (each.id, self.say(each.name)) for each in (situation.services.services if situation.services else [])
        ]
        if services != [(self.service.itemData(i), self.service.itemText(i)) for i in range(self.service.count())]:
            self.service.clear()
            for name, text in services:
                self.service.addItem(text, name)
        self.service.setCurrentIndex(self.service.findData(draft.service_done))
        self.note.show_text(draft.note)
