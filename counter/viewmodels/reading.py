"""What is so at one counter, as Qt signals: the last view, the line, the record, the refusal being shown."""

from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject, Signal

from counter.desk import Draft, Key, Line, Situation
from counter.looks import BarLook, bar
from counter.phrases import Phrase, phrase
from counter.refusals import REFUSAL_SHOWN_S
from counter.requests import Asking
from counter.viewmodels.adoption import Adoption
from counter.viewmodels.record import Record
from counter.viewmodels.tools import Tools
from server.contract.views.desk import DeskView
from server.contract.views.services import ServicesView
from server.contract.words import Outcome
from server.link.errors import OutboxFailed
from server.link.stream import LineState


class Reading(QObject):
    """Everything is told by `changed`; `page_wanted` names the panel page that a key opens."""

    changed = Signal()
    page_wanted = Signal(str)
    panel_toggled = Signal()
    locked = Signal()
    """The session is over or the counter paused: the clerk has to give the PIN again."""
    signed_out = Signal()

    def __init__(self, counter: int, keys: Mapping[Key, str], tools: Tools, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.counter, self.keys = counter, keys
        self.staff: str | None = None
        self.services: ServicesView | None = None
        self.view: DeskView | None = None
        self.is_locked = False
        self._tools = tools
        self._asking = Asking(tools.new_id)
        self._line, self._heard = LineState(False, None), tools.monotonic()
        self._refusal: tuple[Phrase, float] | None = None
        self._shown: tuple[BarLook, int] | None = None
        kept = tools.keepsake.load()
        self.adoption = Adoption(tools, counter, kept, self)
        self.record = Record(kept.draft, self.adoption, self._asking)

    def situation(self) -> Situation:
        silent = 0.0 if self._line.up else self._tools.monotonic() - self._heard
        line = Line(self._line.up, silent, self._line.attempts)
        now = self._tools.clock.now()
        return Situation(self.view, self.services, line, now, self.record.draft, self.adoption.away)

    def bar_look(self) -> BarLook:
        return bar(self.counter, self.situation(), self.keys, self.staff, self.refusal, locked=self.is_locked)

    def data_age_s(self) -> int:
        """Whole seconds since the server was last heard."""
        heard = self._line.last_heard if self._line.last_heard is not None else self._heard
        return max(0, int(self._tools.monotonic() - heard))

    @property
    def draft(self) -> Draft | None:
        return self.record.draft

    @property
    def refusal(self) -> Phrase | None:
        if self._refusal is None or self._tools.monotonic() >= self._refusal[1]:
            return None
        return self._refusal[0]

    def tick(self) -> None:
        """Called a few times a second: tells only when the bar or the data's age has changed."""
        if self._line.up and self.staff is not None:
            self.adoption.send_when_due()
        self.refresh()

    def refresh(self) -> None:
        now = self.bar_look(), self.data_age_s()
        if now != self._shown:
            self._shown = now
            self.changed.emit()

    def lock(self) -> None:
        if self.staff is None or self.is_locked:
            return
        self.is_locked = True
        self.locked.emit()
        self.changed.emit()

    def edit(self, **changes: str | Outcome | tuple[str, ...]) -> None:
        """What the clerk typed or chose, kept on disk before anything else happens."""
        self._write(lambda: self.record.edit(**changes))
        self.changed.emit()

    def see_paper(self, paper: str, seen: bool) -> None:
        """A document was ticked as seen, or no longer."""
        if self.draft is not None:
            others = tuple(each for each in self.draft.documents if each != paper)
            self.edit(documents=(*others, paper) if seen else others)

    def refuse(self, words: Phrase) -> None:
        """Says why not, for six seconds."""
        self._refusal = (words, self._tools.monotonic() + REFUSAL_SHOWN_S)
        self.changed.emit()

    def _write(self, write: Callable[[], None]) -> None:
        try:
            write()
        except (OSError, OutboxFailed):
            self.refuse(phrase("refused.disk"))
