"""What the expanded panel shows: header, note, papers, waiting list with reasons, transfer targets, footer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from counter.desk import Act, Key, Situation, Stage, lawful, primary
from counter.looks import service_name, who_is_next
from counter.phrases import Phrase, Said, phrase
from counter.refusals import code_words
from counter.requests import TransferTo
from counter.sending import NotTaken
from server.contract.common import WaitRange
from server.contract.telling import APART_MIN, told_minutes
from server.contract.views.desk import WaitingView
from server.contract.views.hall import CounterView, QueueView
from server.contract.words import CounterState, CustomerClass, TicketState

NEARLY_OVER = 0.8
"""From this share of its target on a waiting customer is shown in amber."""


@dataclass(frozen=True, slots=True)
class NoteLook:
    by: Phrase
    text: str


@dataclass(frozen=True, slots=True)
class PaperLook:
    id: str
    name: Said
    seen: bool


@dataclass(frozen=True, slots=True)
class WaitingLook:
    ticket: str
    number: str
    title: Said
    reason: Said
    waited_min: int
    target_min: int
    share: float
    amber: bool
    first: bool = False
    revivable: bool = False
    callable: bool = False
    """May be chosen to be called out of order."""


@dataclass(frozen=True, slots=True)
class TargetLook:
    """One place a customer may be transferred to."""

    to: TransferTo
    title: Said
    under: Said
    wait: Said
    place: Said
    customer_sees: Phrase


@dataclass(frozen=True, slots=True)
class FootLook:
    act: Act
    label: Phrase
    under: Said
    enabled: bool
    primary: bool = False


def notes(situation: Situation) -> tuple[NoteLook, ...]:
    """The colleagues' notes on this visit, newest first."""
    current = situation.current
    if current is None:
        return ()
    looks = []
    for note in reversed(current.notes):
        at = situation.local(note.at)
        by = (
            phrase("note.by-counter", counter=note.counter, staff=note.by, time=at)
            if note.counter
            else phrase("note.by", staff=note.by, time=at)
        )
        looks.append(NoteLook(by, note.text))
    return tuple(looks)


def papers(situation: Situation) -> tuple[PaperLook, ...]:
    """The documents of the service really done, with those already seen."""
    draft = situation.draft
    service = situation.service(draft.service_done) if draft else None
    if draft is None or service is None:
        return ()
    return tuple(PaperLook(each.id, each.name, each.id in draft.documents) for each in service.documents)


def header_under(situation: Situation) -> tuple[Said, ...]:
    current = situation.current
    if current is None:
        next_one = who_is_next(situation)
        return (next_one,) if next_one else ()
    leg = phrase("panel.class-leg", customer=phrase(f"class.{current.customer_class.value}"), leg=current.leg)
    minutes = current.waited_s // 60
    return leg, phrase("panel.waited", minutes=minutes) if minutes else phrase("panel.waited-short")


def waiting(situation: Situation) -> tuple[WaitingLook, ...]:
    view = situation.view
    if view is None:
        return ()
    return tuple(_line(each, situation, index == 0) for index, each in enumerate(view.waiting))


def set_aside(situation: Situation) -> tuple[WaitingLook, ...]:
    """Those who did not come and those put on hold: each may be brought back."""
    view = situation.view
    if view is None:
        return ()
    may = Act.REVIVE in lawful(situation)
    return tuple(_aside(each, situation, may) for each in (*view.missed, *view.held))


def _line(line: WaitingView, situation: Situation, first: bool) -> WaitingLook:
    return WaitingLook(
        ticket=line.ticket,
        number=line.number,
        title=_title(line, situation),
        reason=phrase("line.order-open") if first and not situation.line.up else _reason(line, first),
        waited_min=line.waited_s // 60,
        target_min=max(1, round(line.target_s / 60)),
        share=line.share,
        amber=line.share >= NEARLY_OVER,
        first=first,
        callable=Act.CALL in lawful(situation),
    )


def not_taken(acts: Sequence[NotTaken]) -> tuple[WaitingLook, ...]:
    """Kept acts that the server did not take: whose, which, and why; each leaves the list when it was dealt with."""
    return tuple(_not_taken(each) for each in acts)


def _not_taken(kept: NotTaken) -> WaitingLook:
    act = Act.FINISH if kept.act is Act.VOICE else kept.act
    said = phrase(f"key.{act.value}"), code_words(kept.why)
    return WaitingLook(kept.id, kept.number, *said, 0, 1, 0.0, amber=False, revivable=True)


def _title(line: WaitingView, situation: Situation) -> Said:
    name = service_name(situation, line.service)
    if line.appointment is not None:
        return phrase("line.appointment", service=name, time=situation.local(line.appointment))
    if line.customer_class is CustomerClass.NORMAL:
        return name
    return phrase("line.class", service=name, customer=phrase(f"class.{line.customer_class.value}"))


def _reason(line: WaitingView, first: bool) -> Said:
    share = round(line.share * 100)
    if line.leg > 1 and line.has_note:
        return phrase("line.transferred", share=share)
    if first:
        return phrase("line.first", share=share)
    if line.customer_class is not CustomerClass.NORMAL:
        return phrase("line.target", minutes=max(1, round(line.target_s / 60)), share=share)
    return phrase("line.share", share=share)


def _aside(line: WaitingView, situation: Situation, may: bool) -> WaitingLook:
    look = _line(line, situation, False)
    reason = _aside_reason(line, situation)
    return WaitingLook(
        look.ticket, look.number, look.title, reason, look.waited_min, look.target_min, look.share, False, False, may
    )


def _aside_reason(line: WaitingView, situation: Situation) -> Said:
    back = situation.local(line.back_at) if line.back_at else None
    if line.state is TicketState.DELAYED and back:
        return phrase("aside.delayed-until", time=back)
    if line.state is TicketState.WAITING:
        return phrase("aside.too-late")
    if line.state is TicketState.MISSED:
        return phrase("aside.missed-until", time=back) if back else phrase("aside.missed")
    why = phrase(f"hold.{line.hold_reason.value}") if line.hold_reason else phrase("hold.other")
    return phrase("aside.held-until", why=why, time=back) if back else phrase("aside.held", why=why)


def wait_words(wait: WaitRange | None) -> Phrase:
    """A forecast as LOOK words it: a range, `under` or `over` a limit, or not known."""
    if wait is None:
        return phrase("wait.unknown")
    low, high = told_minutes(wait.low_s, wait.high_s)
    if high <= APART_MIN:
        return phrase("wait.short")
    if low >= 40:
        return phrase("wait.long")
    return phrase("wait.range", low=low, high=high)


def targets(situation: Situation) -> tuple[TargetLook, ...]:
    """Where this customer may go: other services open now, those not served here first, then other open counters."""
    view, current = situation.view, situation.current
    if view is None or current is None:
        return ()
    services = [
        _to_service(queue, current.number, situation)
        for queue in sorted(view.queues, key=lambda queue: view.counter in queue.counters)
        if queue.open and queue.counters and queue.service != current.service
    ]
    counters = [
        _to_counter(each, current.number)
        for each in view.counters
        if each.counter != view.counter and each.state is CounterState.OPEN
    ]
    return (*services, *counters)


def _to_service(queue: QueueView, number: str, situation: Situation) -> TargetLook:
    name = service_name(situation, queue.service)
    return TargetLook(
        TransferTo(service=queue.service),
        phrase("target.service", service=name),
        phrase("target.counters", counters=tuple(queue.counters)),
        wait_words(queue.forecast),
        phrase("target.place", place=queue.waiting + 1),
        _sees("sees.service", number, queue.forecast, service=name),
    )


def _to_counter(counter: CounterView, number: str) -> TargetLook:
    state = phrase("target.counter-busy") if counter.number else phrase("target.counter-free")
    under = phrase("target.staff", staff=counter.clerk, state=state) if counter.clerk else state
    return TargetLook(
        TransferTo(counter=counter.counter),
        phrase("target.counter", counter=counter.counter),
        under,
        "",
        "",
        phrase("sees.counter", number=number, counter=counter.counter),
    )


def _sees(key: str, number: str, wait: WaitRange | None, **figures: Said) -> Phrase:
    words = wait_words(wait)
    if words.key == "wait.range":
        return phrase(f"{key}-range", number=number, wait=words, **figures)
    return phrase(key, number=number, **figures)


def feet(situation: Situation, keys: Mapping[Key, str]) -> tuple[FootLook, ...]:
    """The three buttons at the panel's foot: two that put the customer elsewhere, and the primary.

    Who was called and is not served yet cannot be transferred, only put back.
    """
    may, up = lawful(situation), situation.line.up
    back = phrase("foot.when-back")
    here = situation.stage in (Stage.CALLED, Stage.SERVING)
    left = (Act.TRANSFER, Key.TRANSFER), (Act.NEXT, Key.NEXT) if here and not up else (Act.HOLD, Key.HOLD)
    buttons = [FootLook(act, phrase(f"key.{act.value}"), keys[key] if up else back, act in may) for act, key in left]
    if up and situation.stage is Stage.CALLED:
        buttons[0] = FootLook(Act.RETURN, phrase("key.return"), phrase("foot.keeps-place"), True)
    return (*buttons, _primary_foot(situation, keys))


PRIMARY_KEYS = {
    Act.NEXT: Key.NEXT,
    Act.START: Key.START,
    Act.FINISH: Key.FINISH,
    Act.SAVE: Key.FINISH,
    Act.OPEN: Key.PAUSE,
    Act.RESUME: Key.PAUSE,
}


def _primary_foot(situation: Situation, keys: Mapping[Key, str]) -> FootLook:
    act = primary(situation)
    if act is None:
        shown = {Stage.CALLED: Act.START, Stage.SERVING: Act.FINISH}.get(situation.stage, Act.NEXT)
        when: Said = keys[PRIMARY_KEYS[shown]] if situation.line.up else phrase("foot.when-back")
        return FootLook(shown, phrase(f"key.{shown.value}"), when, False, True)
    key = keys[PRIMARY_KEYS[act]]
    if act is Act.FINISH and not situation.line.up:
        pending = situation.away.pending
        under: Said = phrase("foot.key-pending", key=key, n=pending) if pending else key
        return FootLook(act, phrase("foot.finish-away"), under, True, True)
    label = phrase("foot.finish") if act is Act.FINISH else phrase(f"key.{act.value}")
    return FootLook(act, label, key, True, True)
