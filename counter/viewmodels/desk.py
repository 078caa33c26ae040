"""One clerk's desk as a Qt object: holds the last view, the line, the draft; turns keys into acts; tells of every change."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from PySide6.QtCore import QObject, Signal

from counter.desk import Act, Draft, Key, Line, Situation, Stage, act_of, draft_for, edited, lawful, why_not
from counter.hall_clock import HallClock
from counter.keepsake import Keepsake, Kept
from counter.looks import BarLook, bar
from counter.phrases import Phrase, phrase
from counter.ports import Hall, Worker
from counter.refusals import REFUSAL_SHOWN_S, refusal_words
from counter.requests import Ask, Asking, TransferTo
from counter.viewmodels.adoption import Adoption
from server.contract.views import DeskView, ServicesView
from server.contract.words import CounterState, HoldReason, Outcome, PauseReason, TicketState
from server.link.errors import ActRefused, HallAway, OutboxFailed
from server.link.outbox import Outbox
from server.link.stream import LineState

PAGES = {Act.TRANSFER: "transfer", Act.HOLD: "hold", Act.PAUSE: "pause"}


@dataclass(frozen=True, slots=True)
class Tools:
    """What a desk works with."""

    hall: Hall
    worker: Worker
    outbox: Outbox
    keepsake: Keepsake
    clock: HallClock
    monotonic: Callable[[], float]
    new_id: Callable[[], str]


class DeskModel(QObject):
    """Everything is told by `changed`; `page_wanted` names the panel page that a key opens."""

    changed = Signal()
    page_wanted = Signal(str)
    panel_toggled = Signal()
    locked = Signal()
    """The session is over or the counter paused: the clerk has to give the PIN again."""

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
        self._under_way: Ask | None = None
        self._unanswered: Ask | None = None
        self._refusal: tuple[Phrase, float] | None = None
        self._shown: BarLook | None = None
        kept = tools.keepsake.load()
        self._draft = kept.draft
        self.adoption = Adoption(tools, counter, kept, self)
        self.adoption.adopted.connect(self.receive)
        self.adoption.changed.connect(self.refresh)
        self.adoption.refused.connect(self._adoption_refused)

    # --- what is so

    def situation(self) -> Situation:
        silent = 0.0 if self._line.up else self._tools.monotonic() - self._heard
        line = Line(self._line.up, silent, self._line.attempts)
        return Situation(self.view, self.services, line, self._tools.clock.now(), self._draft, self.adoption.away)

    def bar_look(self) -> BarLook:
        staff = None if self.is_locked and self.view is None else self.staff
        return bar(self.counter, self.situation(), self.keys, staff, self.refusal)

    def data_age_s(self) -> int:
        """Whole seconds since the server was last heard."""
        heard = self._line.last_heard if self._line.last_heard is not None else self._heard
        return max(0, int(self._tools.monotonic() - heard))

    @property
    def refusal(self) -> Phrase | None:
        if self._refusal is None or self._tools.monotonic() >= self._refusal[1]:
            return None
        return self._refusal[0]

    @property
    def busy(self) -> bool:
        """An act is on its way."""
        return self._under_way is not None

    # --- what is heard

    def sign_in(self, staff: str, services: ServicesView | None) -> None:
        self.staff, self.services = staff, services or self.services
        resume = self.is_locked and self.view is not None and self.view.state is CounterState.PAUSED
        self.is_locked = False
        self.changed.emit()
        if resume:
            self._send(self._asking.plain(Act.RESUME))
        self.adoption.send()

    def receive(self, view: DeskView) -> None:
        """A newer view, from the stream or as an answer; an older one of the same journal is dropped."""
        shown = self.view
        if shown and shown.stamp.journal == view.stamp.journal and view.stamp.rev < shown.stamp.rev:
            return
        self.view = view
        self._tools.clock.hear(view.stamp.as_of)
        self._follow_customer()
        self._start_what_began_away()
        self.changed.emit()

    def line_changed(self, line: LineState) -> None:
        if line.refused is not None and line.refused.status in (401, 403):
            self.lock()
            return
        was_up, self._line = self._line.up, line
        if line.up:
            self._heard = self._tools.monotonic()
        if line.up and not was_up:
            self.adoption.send()
        self.refresh()

    def tick(self) -> None:
        """Called a few times a second: tells only what has changed on the bar."""
        if self._line.up and self.adoption.away.pending:
            self.adoption.send_when_due()
        self.refresh()

    def refresh(self) -> None:
        look = self.bar_look()
        if look != self._shown:
            self._shown = look
            self.changed.emit()

    def lock(self) -> None:
        self.is_locked = True
        self.locked.emit()
        self.changed.emit()

    # --- what the clerk does

    def press(self, key: Key) -> None:
        if key is Key.PANEL:
            self.panel_toggled.emit()
        elif self.staff is None or self.is_locked:
            self.locked.emit()
        else:
            self.do(act_of(key, self.situation()))

    def do(self, act: Act) -> None:
        """An act that needs nothing more said, or the page on which to say it."""
        situation = self.situation()
        if act not in lawful(situation):
            self.refuse(why_not(act, situation))
        elif act in PAGES:
            self.page_wanted.emit(PAGES[act])
        elif act is Act.FINISH:
            self._finish()
        elif act is Act.SAVE and self._draft is not None:
            self._send(self._asking.save(self._draft))
        elif act is Act.START and not situation.line.up and situation.current:
            self.adoption.start_here(situation.current.ticket, situation.now)
            self.changed.emit()
        elif act in (Act.RECALL, Act.START, Act.NO_SHOW, Act.RETURN) and situation.current:
            self._send(self._asking.current(act, situation.current.ticket))
        elif act is Act.NEXT:
            self._send(self._asking.next())
        elif act is Act.OPEN:
            self._send(self._asking.open())
        elif act in (Act.RESUME, Act.CLOSE):
            self._send(self._asking.plain(act))

    def transfer(self, to: TransferTo) -> None:
        self._with_draft(Act.TRANSFER, lambda draft: self._asking.transfer(draft, to), needs_note=True)

    def hold(self, reason: HoldReason, minutes: int) -> None:
        self._with_draft(Act.HOLD, lambda draft: self._asking.hold(draft, reason, minutes))

    def pause(self, reason: PauseReason) -> None:
        if Act.PAUSE in lawful(self.situation()):
            self._send(self._asking.pause(reason))

    def revive(self, ticket: str) -> None:
        situation = self.situation()
        if Act.REVIVE in lawful(situation):
            self._send(self._asking.revive(ticket))
        else:
            self.refuse(why_not(Act.REVIVE, situation))

    def call_by_voice(self, number: str) -> None:
        """Takes the customer with this number while the server is away."""
        situation = self.situation()
        if Act.VOICE not in lawful(situation):
            self.refuse(why_not(Act.VOICE, situation))
            return
        known = next((each for each in self.view.waiting if each.number == number), None) if self.view else None
        served = self.services.services if self.services else []
        service = known.service if known else (served[0].id if served else "")
        self._draft = Draft("", 1, number, service)
        self.adoption.call_by_voice(number, situation.now, self._draft)
        self.changed.emit()

    # --- the record, kept at every stroke

    @property
    def draft(self) -> Draft | None:
        return self._draft

    def edit(self, **changes: str | Outcome | tuple[str, ...]) -> None:
        if self._draft is None:
            return
        self._draft = edited(self._draft, **changes)
        self._keep_draft()
        self.changed.emit()

    def refuse(self, words: Phrase) -> None:
        """Says why not, for six seconds."""
        self._refusal = (words, self._tools.monotonic() + REFUSAL_SHOWN_S)
        self.changed.emit()

    # --- inside

    def _with_draft(self, act: Act, build: Callable[[Draft], Ask], needs_note: bool = False) -> None:
        situation = self.situation()
        if act not in lawful(situation) or self._draft is None:
            self.refuse(why_not(act, situation))
        elif needs_note and not self._draft.handover.strip():
            self.refuse(phrase("refused.note-missing"))
        else:
            self._send(build(self._draft))

    def _finish(self) -> None:
        situation = self.situation()
        if self._draft is None:
            return
        away = situation.away
        if away.voice_number and away.voice_since:
            self._keep_served(away.voice_number, away.voice_since, situation.now)
        elif situation.current and situation.current.ticket in away.started and not situation.line.up:
            self._keep_served(situation.current.number, away.started[situation.current.ticket], situation.now)
        elif situation.line.up:
            self._send(self._asking.finish(self._draft))
        else:
            self._keep_ask(self._asking.repeated(self._asking.finish(self._draft), self._unanswered))

    def _keep_served(self, number: str, started_at: datetime, now: datetime) -> None:
        assert self._draft is not None
        ask = self._asking.served_offline(number, started_at, now, self._draft)
        self._keep_ask(replace(ask, ticket=self._draft.ticket or None))

    def _keep_ask(self, ask: Ask) -> None:
        """The act stays on this disk until the server has it."""
        try:
            self.adoption.keep(ask)
        except OutboxFailed:
            self.refuse(phrase("refused.disk"))
            return
        self._unanswered = None
        if self._draft is not None:
            self._draft = replace(self._draft, saved=True)
            self._keep_draft()
        self.changed.emit()
        if self._line.up:
            self.adoption.send()

    def _send(self, wish: Ask) -> None:
        if self._under_way is not None:
            return
        ask = self._under_way = self._asking.repeated(wish, self._unanswered)
        hall, counter = self._tools.hall, self.counter

        def work() -> DeskView:
            if ask.act is Act.SAVE:
                hall.put_interaction(ask.ticket or "", ask.leg, ask.body)  # type: ignore[arg-type]
                return hall.desk(counter)
            return hall.counter_act(counter, ask.act.value, ask.body)

        self._tools.worker.run(work, lambda view: self._answered(ask, view), lambda error: self._failed(ask, error))

    def _answered(self, ask: Ask, view: DeskView) -> None:
        self._under_way = self._unanswered = self._refusal = None
        if ask.act in (Act.FINISH, Act.SAVE) and self._draft and self._draft.ticket == ask.ticket:
            self._draft = replace(self._draft, saved=True)
            self._keep_draft()
        if ask.act in (Act.TRANSFER, Act.HOLD, Act.RETURN, Act.NO_SHOW):
            self._draft = None
            self._keep_draft()
        self.receive(view)
        self.page_wanted.emit("main")
        if ask.act is Act.PAUSE:
            self.lock()
        if ask.act is Act.TRANSFER and view.waiting and view.current is None:
            self._send(self._asking.next())

    def _failed(self, ask: Ask, error: Exception) -> None:
        self._under_way = None
        if isinstance(error, ActRefused):
            self._unanswered = None
            self._refused(error)
            return
        self._unanswered = ask
        if ask.act in (Act.FINISH, Act.SAVE) and isinstance(error, HallAway):
            self._keep_ask(ask)
            return
        unknown = isinstance(error, HallAway) and error.outcome_unknown
        busy = isinstance(error, HallAway) and error.code == "busy"
        self.refuse(phrase("refused.busy" if busy else "refused.outcome-unknown" if unknown else "refused.away"))

    def _refused(self, error: ActRefused) -> None:
        problem = error.problem
        if problem.desk is not None:
            self.receive(problem.desk)
        self.refuse(refusal_words(problem, self.view))
        if problem.status == 401:
            self.lock()

    def _adoption_refused(self, status: int) -> None:
        if status in (401, 403):
            self.lock()
        else:
            self.refuse(phrase("refused.kept"))

    def _follow_customer(self) -> None:
        """The draft belongs to whoever is here; one typed for a leg that is over stays until it is saved."""
        current = self.situation().current
        if current is None:
            last = self.view.last_leg if self.view else None
            over = self._draft and (last is None or (last.ticket, last.leg) != (self._draft.ticket, self._draft.leg))
            if over and self._draft and (self._draft.saved or not self._is_edited(self._draft)):
                self._draft = None
                self._keep_draft()
            return
        draft = draft_for(current, self._draft)
        if draft != self._draft:
            self._draft = draft
            self._keep_draft()

    @staticmethod
    def _is_edited(draft: Draft) -> bool:
        return bool(draft.note.strip())

    def _keep_draft(self) -> None:
        try:
            self.adoption.remember(self._draft)
        except OSError:
            self.refuse(phrase("refused.disk"))

    def _start_what_began_away(self) -> None:
        current = self.view.current if self.view else None
        if current is None or not self._line.up or current.ticket not in self.adoption.away.started:
            return
        if current.state is TicketState.CALLED and current.ticket not in self.adoption.away.finished:
            self._send(self._asking.current(Act.START, current.ticket))
        elif self.situation().stage is Stage.SERVING:
            self.adoption.forget_start(current.ticket)


def kept_of(draft: Draft | None, kept: Kept) -> Kept:
    return replace(kept, draft=draft)
