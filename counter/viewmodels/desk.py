"""One clerk's desk as a Qt object: turns keys into acts and tells what came of them."""

import re
from collections.abc import Mapping

from PySide6.QtCore import QObject

from counter.desk import Act, Draft, Key, Situation, Stage, act_of, lawful, why_not
from counter.phrases import phrase
from counter.refusals import failure_words, refusal_words
from counter.requests import Ask, TransferTo
from counter.viewmodels.reading import Reading
from counter.viewmodels.tools import Tools
from server.contract.views.desk import DeskView, WaitingView
from server.contract.views.services import ServicesView
from server.contract.words import CounterState, HoldReason, PauseReason, TicketState
from server.link.errors import ActRefused, HallAway, OutboxFailed
from server.link.stream import LineState

PAGES = {Act.TRANSFER: "transfer", Act.HOLD: "hold", Act.PAUSE: "pause"}
NUMBER = re.compile(r"[A-Z]\d{3,4}")
CALL_PAGE = "call"
PUTS_BACK = frozenset({Act.HOLD, Act.RETURN, Act.NO_SHOW})
"""After these the leg goes on another time, and its record begins anew."""


class DeskModel(Reading):
    """Hears the server and does what the clerk asks; one act at a time, the same wish twice is one act."""

    def __init__(self, counter: int, keys: Mapping[Key, str], tools: Tools, parent: QObject | None = None) -> None:
        super().__init__(counter, keys, tools, parent)
        self._under_way: Ask | None = None
        self._unanswered: Ask | None = None
        self.chosen: WaitingView | None = None
        """Whom the clerk wants to call out of order."""
        self.adoption.adopted.connect(self.receive)
        self.adoption.changed.connect(self.refresh)
        self.adoption.refused.connect(lambda: self.refuse(phrase("refused.kept")))
        self.adoption.session_over.connect(self._lock_session)

    def sign_in(self, staff: str, services: ServicesView | None) -> None:
        """The server has just answered this clerk."""
        self.staff, self.services = staff, services or self.services
        resume = self.is_locked and self.view is not None and self.view.state is CounterState.PAUSED
        self.is_locked = False
        self._heard = self._tools.monotonic()
        self._line = LineState(True, self._heard)
        self.changed.emit()
        if self.adoption.aside:
            self.refuse(phrase("refused.set-aside"))
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
        if not self.adoption.away.voice_number:
            self._write(lambda: self.record.follow(self.situation().current, view.last_leg))
        self._start_what_began_away()
        self._lock_if_paused()
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

    @property
    def is_asking(self) -> bool:
        """An act is on its way to the hall; keys wait for its answer, so a double press is one act."""
        return self._under_way is not None

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
        current, draft = situation.current, self.draft
        if act not in lawful(situation):
            self.refuse(why_not(act, situation))
        elif act in PAGES:
            self.page_wanted.emit(PAGES[act])
        elif act is Act.FINISH:
            self._finish(situation)
        elif act is Act.SAVE and draft is not None:
            self._save(draft, situation)
        elif act is Act.START and not situation.line.up and current:
            self._write(lambda: self.adoption.start_here(current.ticket, situation.now))
            self.changed.emit()
        elif current is not None:
            self._send(self._asking.current(act, current.ticket))
        elif act is Act.NEXT:
            self._send(self._asking.next())
        elif act is Act.OPEN:
            self._send(self._asking.open())
        else:
            self._send(self._asking.plain(act))

    def choose(self, ticket: str) -> None:
        """Somebody in the waiting list is to be called out of order: the clerk is asked why."""
        situation = self.situation()
        waiting = situation.view.waiting if situation.view else []
        self.chosen = next((each for each in waiting if each.ticket == ticket), None)
        if Act.CALL not in lawful(situation):
            self.refuse(why_not(Act.CALL, situation))
        elif self.chosen is not None:
            self.page_wanted.emit(CALL_PAGE)

    def call(self, reason: str) -> None:
        situation = self.situation()
        if Act.CALL not in lawful(situation):
            self.refuse(why_not(Act.CALL, situation))
        elif not reason.strip():
            self.refuse(phrase("refused.reason-needed"))
        elif self.chosen is not None:
            self._send(self._asking.call(self.chosen.ticket, reason.strip()))

    def deal_with(self, entry: str) -> None:
        """A kept act that the server did not take was read; it leaves the list."""
        self._write(lambda: self.adoption.dealt_with(entry))
        self.changed.emit()

    def transfer(self, to: TransferTo) -> None:
        draft, situation = self.draft, self.situation()
        if draft is None or Act.TRANSFER not in lawful(situation):
            self.refuse(why_not(Act.TRANSFER, situation))
        elif not draft.handover.strip():
            self.refuse(phrase("refused.note-missing"))
        else:
            self._send(self._asking.transfer(draft, to))

    def hold(self, reason: HoldReason, minutes: int) -> None:
        draft, situation = self.draft, self.situation()
        if draft is None or Act.HOLD not in lawful(situation):
            self.refuse(why_not(Act.HOLD, situation))
        else:
            self._send(self._asking.hold(draft, reason, minutes))

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
        if not NUMBER.fullmatch(number):
            self.refuse(phrase("calling.bad"))
            return
        known = next((each for each in self.view.waiting if each.number == number), None) if self.view else None
        served = self.services.services if self.services else []
        draft = Draft("", 1, number, known.service if known else served[0].id if served else "")
        self._write(lambda: self.adoption.call_by_voice(number, situation.now, draft))
        self._write(lambda: self.record.begin(draft))
        self.changed.emit()

    def _save(self, draft: Draft, situation: Situation) -> None:
        ask = self._asking.save(draft)
        if situation.line.up:
            self._send(ask)
        else:
            self._keep(ask)

    def _finish(self, situation: Situation) -> None:
        away, current, draft = situation.away, situation.current, self.draft
        if draft is None:
            return
        if away.voice_number and away.voice_since:
            self._keep(self._asking.served_offline(away.voice_number, away.voice_since, situation.now, draft))
        elif current and current.ticket in away.started and not situation.line.up:
            began = away.started[current.ticket]
            self._keep(self._asking.served_offline(current.number, began, situation.now, draft))
        elif situation.line.up:
            self._send(self._asking.finish(draft))
        else:
            self._keep(self._asking.repeated(self._asking.finish(draft), self._unanswered))

    def _keep(self, ask: Ask) -> None:
        """The act stays on this disk until the server has it."""
        try:
            self.adoption.keep(ask)
        except OutboxFailed:
            self.refuse(phrase("refused.disk"))
            return
        self._unanswered = None
        self._write(lambda: self.record.saved(ask))
        self.changed.emit()
        if self._line.up:
            self.adoption.send()

    def _send(self, wish: Ask) -> None:
        if self._under_way is not None:
            return
        ask = self._under_way = self._asking.repeated(wish, self._unanswered)
        hall, counter, token = self._tools.hall, self.counter, self._tools.hall.token
        self._tools.worker.run(
            lambda: ask.put_to(hall, counter),
            lambda view: self._answered(ask, view, token),
            lambda no: self._failed(ask, no, token),
        )

    def _answered(self, ask: Ask, view: DeskView, token: str) -> None:
        self._under_way = self._unanswered = self._refusal = None
        if ask.record is not None:
            self._write(lambda: self.record.saved(ask))
        if ask.act is Act.TRANSFER:
            self._write(self.record.hand_over)
            self.adoption.send()
        elif ask.act in PUTS_BACK:
            self._write(self.record.drop)
        self.receive(view)
        self.page_wanted.emit("main")
        if ask.act is Act.PAUSE:
            self._lock_session(token)
        elif ask.act is Act.CLOSE and token == self._tools.hall.token:
            self._sign_out()
        elif ask.act is Act.TRANSFER and not view.current and view.waiting and view.waiting[0].ticket != ask.ticket:
            self._send(self._asking.next())

    def _failed(self, ask: Ask, error: Exception, token: str) -> None:
        self._under_way = None
        if isinstance(error, ActRefused):
            self._unanswered = None
            self._refused(ask, error, token)
            return
        self._unanswered = ask
        if ask.act in (Act.FINISH, Act.SAVE) and isinstance(error, HallAway):
            self._keep(ask)
        else:
            self.refuse(failure_words(error))
            self._lock_if_paused()

    def _lock_if_paused(self) -> None:
        """The hall did pause, though its answer was lost."""
        asked = self._unanswered is not None and self._unanswered.act is Act.PAUSE
        if asked and self.view is not None and self.view.state is CounterState.PAUSED:
            self._unanswered = self._refusal = None
            self.lock()

    def _refused(self, ask: Ask, error: ActRefused, token: str) -> None:
        problem = error.problem
        if problem.desk is not None:
            self.receive(problem.desk)
        if problem.status == 401:
            self.refuse(phrase("refused.unauthorised"))
            self._lock_session(token)
        elif ask.act is Act.SAVE:
            self._write(lambda: self.adoption.set_aside(ask, problem.code))
            self._write(lambda: self.record.saved(ask))
            self.refuse(phrase("refused.kept"))
        else:
            self.refuse(refusal_words(problem, self.view))

    def _lock_session(self, token: str) -> None:
        """What was asked before the newest sign-in asks nobody for the PIN again."""
        if token == self._tools.hall.token:
            self.lock()

    def _sign_out(self) -> None:
        self._tools.worker.run(self._tools.hall.logout, lambda _done: None, lambda _error: None)
        self.staff, self.view = None, None
        self.signed_out.emit()
        self.changed.emit()

    def _start_what_began_away(self) -> None:
        """A customer who came while the line was down is started with the server too, unless already finished here."""
        current, away = self.view.current if self.view else None, self.adoption.away
        if current is None or not self._line.up or current.ticket not in away.started:
            return
        if current.state is TicketState.CALLED and current.ticket not in away.finished:
            self._send(self._asking.current(Act.START, current.ticket))
        elif self.situation().stage is Stage.SERVING:
            self._write(lambda: self.adoption.forget_start(current.ticket))
