"""What a clerk may do at one counter: from the desk as the server tells it, the line, the unsaved record, the time."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from zoneinfo import ZoneInfo

from counter.phrases import Phrase, phrase
from server.contract.views.desk import CurrentView, DeskView
from server.contract.views.services import ServicesView, ServiceView
from server.contract.words import CounterState, Outcome, TicketState


class Act(StrEnum):
    """The acts of a clerk; the values are the last words of the server's paths, but for the three that stay here."""

    OPEN = "open"
    NEXT = "next"
    CALL = "call"
    """Calls a chosen customer out of order, with a reason."""
    RECALL = "recall"
    START = "start"
    FINISH = "finish"
    TRANSFER = "transfer"
    HOLD = "hold"
    NO_SHOW = "no-show"
    RETURN = "return"
    PAUSE = "pause"
    RESUME = "resume"
    CLOSE = "close"
    REVIVE = "revive"
    SAVE = "save"
    """Puts an edited record of the leg finished last."""
    VOICE = "voice"
    """Takes a customer called by voice while the server is away."""
    PANEL = "panel"


class Key(StrEnum):
    """The places of the bar, in their fixed order; what the place does depends on the state."""

    NEXT = "next"
    RECALL = "recall"
    START = "start"
    FINISH = "finish"
    TRANSFER = "transfer"
    HOLD = "hold"
    NO_SHOW = "no-show"
    PAUSE = "pause"
    PANEL = "panel"


class Stage(StrEnum):
    UNKNOWN = "unknown"
    """Nothing heard from the server yet."""
    CLOSED = "closed"
    PAUSED = "paused"
    IDLE = "idle"
    CALLED = "called"
    SERVING = "serving"


@dataclass(frozen=True, slots=True)
class Line:
    """How the line to the server is; `silent_s` counts since it was last heard."""

    up: bool
    silent_s: float = 0.0
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Draft:
    """The clerk's record of one leg as typed so far, and the note for the next colleague."""

    ticket: str
    leg: int
    number: str
    service_done: str
    outcome: Outcome = Outcome.DONE
    documents: tuple[str, ...] = ()
    note: str = ""
    handover: str = ""
    saved: bool = False
    """The server (or the outbox) has this record as it stands."""


@dataclass(frozen=True, slots=True)
class Away:
    """What this counter did on its own while the server was away and has not heard of yet."""

    started: Mapping[str, datetime] = field(default_factory=lambda: MappingProxyType({}))
    """Ticket -> hall time of its start here."""
    finished: frozenset[str] = frozenset()
    voice_number: str | None = None
    """The customer called by voice who is at the counter now."""
    voice_since: datetime | None = None
    pending: int = 0
    """Entries in the outbox."""


@dataclass(frozen=True, slots=True)
class Situation:
    view: DeskView | None
    services: ServicesView | None
    line: Line
    now: datetime
    draft: Draft | None = None
    away: Away = field(default_factory=Away)

    @property
    def current(self) -> CurrentView | None:
        """The customer at this counter, with what was done here while the line was down."""
        current = self.view.current if self.view else None
        if current is None or current.ticket in self.away.finished:
            return None
        started = self.away.started.get(current.ticket)
        if started is None or current.state is TicketState.SERVING:
            return current
        return current.model_copy(update={"state": TicketState.SERVING, "started_at": started})

    @property
    def stage(self) -> Stage:
        if self.away.voice_number:
            return Stage.SERVING
        if self.view is None:
            return Stage.UNKNOWN
        if self.current is not None:
            return Stage.SERVING if self.current.state is TicketState.SERVING else Stage.CALLED
        return {
            CounterState.CLOSED: Stage.CLOSED,
            CounterState.PAUSED: Stage.PAUSED,
            CounterState.OPEN: Stage.IDLE,
        }[self.view.state]

    @property
    def unsaved(self) -> Draft | None:
        """The edited record of a leg that is over: it must be saved before the next customer."""
        over = self.current is None and not self.away.voice_number
        return self.draft if over and self.draft is not None and not self.draft.saved else None

    def service(self, service: str) -> ServiceView | None:
        if self.services is None:
            return None
        return next((each for each in self.services.services if each.id == service), None)

    def local(self, at: datetime) -> str:
        """Clock time in the branch."""
        zone = ZoneInfo(self.services.timezone) if self.services else None
        return at.astimezone(zone).strftime("%H:%M")

    @property
    def no_show_after_s(self) -> int:
        return self.services.no_show_after_s if self.services else 45

    @property
    def recall_limit(self) -> int:
        return self.services.recall_limit if self.services else 3


def since_s(now: datetime, then: datetime) -> float:
    return max(0.0, (now - then).total_seconds())


def no_show_in_s(situation: Situation) -> int:
    """Whole seconds until the customer who was called may be marked as not come."""
    current = situation.current
    if current is None or situation.stage is not Stage.CALLED:
        return 0
    left = situation.no_show_after_s - since_s(situation.now, current.last_call_at or current.called_at)
    return max(0, -int(-left // 1))


def lawful(situation: Situation) -> frozenset[Act]:
    """The acts that the server would take in this state (or, with the line down, that can be kept here)."""
    stage = situation.stage
    if not situation.line.up:
        return _lawful_away(situation)
    if situation.away.voice_number:
        return frozenset({Act.FINISH})
    if stage is Stage.IDLE:
        more = {Act.SAVE} if situation.unsaved else {Act.NEXT, Act.CALL} if not situation.away.pending else set[Act]()
        return frozenset({Act.PAUSE, Act.CLOSE, Act.REVIVE} | more)
    if stage is Stage.CALLED:
        return _lawful_called(situation)
    save = frozenset({Act.SAVE}) if situation.unsaved else frozenset[Act]()
    return {
        Stage.UNKNOWN: frozenset[Act](),
        Stage.CLOSED: frozenset({Act.OPEN}) | save,
        Stage.PAUSED: frozenset({Act.RESUME, Act.CLOSE}) | save,
        Stage.SERVING: frozenset({Act.FINISH, Act.TRANSFER, Act.HOLD, Act.RETURN}),
    }[stage]


def _lawful_away(situation: Situation) -> frozenset[Act]:
    if situation.stage is Stage.SERVING:
        return frozenset({Act.FINISH})
    if situation.stage is Stage.CALLED:
        return frozenset({Act.START})
    if situation.stage is Stage.IDLE:
        return frozenset({Act.SAVE}) if situation.unsaved else frozenset({Act.VOICE})
    return frozenset()


def _lawful_called(situation: Situation) -> frozenset[Act]:
    acts = {Act.START, Act.RETURN}
    current = situation.current
    if current is not None and current.calls <= situation.recall_limit:
        acts.add(Act.RECALL)
    if no_show_in_s(situation) == 0:
        acts.add(Act.NO_SHOW)
    return frozenset(acts)


def primary(situation: Situation) -> Act | None:
    """The one act that the state asks for next."""
    stage = situation.stage
    wanted = {
        Stage.CLOSED: Act.OPEN,
        Stage.PAUSED: Act.RESUME,
        Stage.IDLE: Act.NEXT,
        Stage.CALLED: Act.START,
        Stage.SERVING: Act.FINISH,
    }.get(stage)
    if situation.unsaved:
        wanted = Act.SAVE
    return wanted if wanted in lawful(situation) else None


def act_of(key: Key, situation: Situation) -> Act:
    """What a place of the bar does in this state."""
    if key is Key.PAUSE:
        return {Stage.CLOSED: Act.OPEN, Stage.PAUSED: Act.RESUME}.get(situation.stage, Act.PAUSE)
    if key is Key.FINISH and situation.unsaved:
        return Act.SAVE
    return Act(key.value)


def why_not(act: Act, situation: Situation) -> Phrase:
    """What to say to a clerk who asks for an act that is not lawful now."""
    if not situation.line.up:
        return phrase("refused.away")
    stage, current = situation.stage, situation.current
    if stage is Stage.UNKNOWN:
        return phrase("refused.unknown")
    if stage is Stage.CLOSED:
        return phrase("refused.counter-closed")
    if stage is Stage.PAUSED:
        return phrase("refused.counter-paused")
    calls = act in (Act.NEXT, Act.CALL)
    if calls and situation.unsaved:
        return phrase("refused.unsaved", number=situation.unsaved.number)
    if calls and situation.away.pending:
        return phrase("refused.pending", n=situation.away.pending)
    if current is None:
        return phrase("refused.nobody-here")
    return _why_not_with_customer(act, stage, current, situation)


def _why_not_with_customer(act: Act, stage: Stage, current: CurrentView, situation: Situation) -> Phrase:
    if act is Act.NO_SHOW and stage is Stage.CALLED:
        return phrase("refused.too-early-full", number=current.number, seconds=no_show_in_s(situation))
    if act is Act.RECALL and stage is Stage.CALLED:
        return phrase("refused.recall-limit-full", number=current.number, times=current.calls)
    if stage is Stage.CALLED:
        return phrase("refused.start-first", number=current.number)
    return phrase("refused.finish-first", number=current.number)


def draft_for(current: CurrentView, kept: Draft | None) -> Draft:
    """The record to show for this customer: what was typed before, or a fresh one."""
    if kept is not None and (kept.ticket, kept.leg) == (current.ticket, current.leg):
        return kept
    return Draft(current.ticket, current.leg, current.number, current.service, documents=tuple(current.documents_seen))


def edited(draft: Draft, **changes: str | Outcome | tuple[str, ...]) -> Draft:
    """The draft with what the clerk typed; a note for a colleague does not unsettle a saved record."""
    touched = replace(draft, **changes)  # type: ignore[arg-type]  # each named as its field
    if touched == draft or set(changes) == {"handover"}:
        return touched
    return replace(touched, saved=False)
