"""What the docked bar shows in each situation, as phrases and token names; no colour values, no widgets."""

from collections.abc import Mapping
from dataclasses import dataclass

from counter.desk import Act, Key, Situation, Stage, act_of, lawful, no_show_in_s, primary, since_s
from counter.phrases import Phrase, Said, phrase
from server.contract.views.desk import CurrentView
from server.contract.words import CustomerClass

BAR_KEYS: tuple[Key, ...] = tuple(key for key in Key if key is not Key.PANEL)


@dataclass(frozen=True, slots=True)
class Tag:
    said: Said
    tone: str
    """plain, brand, quiet or amber."""
    icon: str | None = None


@dataclass(frozen=True, slots=True)
class KeyLook:
    key: Key
    act: Act
    label: Phrase
    cap: str
    """The keyboard key, as configured."""
    enabled: bool
    primary: bool


@dataclass(frozen=True, slots=True)
class TimerLook:
    seconds: int | None
    """None: nothing to count."""
    fraction: float = 0.0
    over: bool = False
    side: Said = ""


@dataclass(frozen=True, slots=True)
class AwayLook:
    """The message in place of the keys while the line is down, with the one act that is left."""

    title: Phrase
    text: Phrase
    act: Act | None = None
    label: Phrase | None = None
    under: Phrase | None = None


@dataclass(frozen=True, slots=True)
class BarLook:
    edge: str
    """Token of the line along the top."""
    counter: Phrase
    staff: Phrase
    link: Said
    """Empty before sign-in, when nothing is known of the line."""
    up: bool
    mood: str
    """idle, called, serving, over or away; names the edge and tints the cell of who was called."""
    head: Said
    head_is_number: bool
    service: Said
    tags: tuple[Tag, ...]
    timer: TimerLook
    keys: tuple[KeyLook, ...]
    waiting: Phrase
    """How many wait; the figure in it is `waiting_n`."""
    waiting_n: str
    longest: Phrase | None
    """Or, while the line is down, the time of what is shown."""
    panel: Phrase
    stale: bool = False
    away: AwayLook | None = None
    refusal: Phrase | None = None


def clock(seconds: float) -> str:
    """12:05, or 1:02:05 from an hour on; the width changes only then."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes:02d}:{rest:02d}"


def short_clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02d}"


def bar(
    counter: int,
    situation: Situation,
    keys: Mapping[Key, str],
    staff: str | None,
    refusal: Phrase | None = None,
    *,
    locked: bool = False,
) -> BarLook:
    """`keys` names the keyboard key of each place; `staff` is None before sign-in; `locked` waits for the PIN."""
    view, line = situation.view, situation.line
    timer = timer_of(situation)
    mood = mood_of(situation, timer, staff)
    head, is_number = _head(situation, staff)
    waiting_n = str(len(view.waiting)) if view else "–"
    away = None if line.up or staff is None else away_look(situation, keys)
    return BarLook(
        edge=EDGES[mood],
        counter=phrase("me.counter", counter=counter),
        staff=phrase("me.staff", staff=staff) if staff else phrase("me.nobody"),
        link="" if staff is None else phrase("link.up") if line.up else phrase("link.down"),
        up=line.up or staff is None,
        mood=mood,
        head=head,
        head_is_number=is_number,
        service=_service(situation, staff),
        tags=(_locked_tag(situation),) if locked else _tags(situation, timer, staff),
        timer=timer,
        keys=tuple(_key(key, situation, keys, staff is not None, locked) for key in BAR_KEYS),
        waiting=phrase("waiting.count", n=waiting_n),
        waiting_n=waiting_n,
        longest=_longest(situation),
        panel=phrase("waiting.panel", key=keys[Key.PANEL]),
        stale=not line.up and staff is not None,
        away=away,
        refusal=refusal,
    )


EDGES = {
    "idle": "brand-700",
    "called": "call",
    "serving": "brand-700",
    "over": "amber-mark",
    "away": "off",
}


def mood_of(situation: Situation, timer: TimerLook, staff: str | None) -> str:
    if staff is None:
        return "idle"
    if not situation.line.up:
        return "away"
    if situation.stage is Stage.CALLED:
        return "called"
    if situation.stage is Stage.SERVING:
        return "over" if timer.over else "serving"
    return "idle"


def timer_of(situation: Situation) -> TimerLook:
    """The running time of what is going on, against what it should take."""
    current = situation.current
    if situation.away.voice_number and situation.away.voice_since:
        return TimerLook(int(since_s(situation.now, situation.away.voice_since)))
    if current is None:
        return _idle_timer(situation)
    if situation.stage is Stage.CALLED:
        return _called_timer(situation, current)
    return _serving_timer(situation, current)


def _idle_timer(situation: Situation) -> TimerLook:
    view = situation.view
    if view is None:
        return TimerLook(None)
    since = max(view.since, view.last_leg.finished_at) if view.last_leg else view.since
    side = {Stage.PAUSED: "timer.paused", Stage.CLOSED: "timer.closed"}.get(situation.stage, "timer.idle")
    seconds = None if situation.stage is Stage.CLOSED else int(since_s(situation.now, since))
    return TimerLook(seconds, side=phrase(side))


def _called_timer(situation: Situation, current: CurrentView) -> TimerLook:
    waited = since_s(situation.now, current.last_call_at or current.called_at)
    if not situation.line.up:
        return TimerLook(int(waited), side=phrase("timer.called"))
    left = no_show_in_s(situation)
    side = phrase("timer.no-show-in", seconds=left) if left else phrase("timer.no-show-now")
    return TimerLook(int(waited), min(1.0, waited / max(1, situation.no_show_after_s)), side=side)


def _serving_timer(situation: Situation, current: CurrentView) -> TimerLook:
    seconds = since_s(situation.now, current.started_at or current.called_at)
    service = situation.service(current.service)
    if service is None:
        return TimerLook(int(seconds))
    target = service.handle_target_minutes * 60
    if int(seconds) > target:
        return TimerLook(int(seconds), 1.0, True, phrase("timer.over", time=short_clock(seconds - target)))
    return TimerLook(int(seconds), seconds / target, False, phrase("timer.target", time=clock(target)))


def _head(situation: Situation, staff: str | None) -> tuple[Said, bool]:
    if staff is None:
        return phrase("head.signed-out"), False
    if situation.away.voice_number:
        return situation.away.voice_number, True
    if situation.current is not None:
        return situation.current.number, True
    return phrase(f"head.{situation.stage.value}"), False


def service_name(situation: Situation, service: str) -> Said:
    """The service in words, or its id while the branch's services are not known."""
    known = situation.service(service)
    return known.name if known else service


def _service(situation: Situation, staff: str | None) -> Said:
    if staff is None:
        return phrase("service.sign-in")
    if situation.away.voice_number:
        return phrase("service.voice")
    if situation.current is not None:
        return service_name(situation, situation.current.service)
    if situation.view is None:
        return phrase("service.unknown")
    if situation.stage is Stage.PAUSED and situation.view.pause_reason:
        return phrase(f"pause.{situation.view.pause_reason.value}")
    return phrase("service.nobody")


def _tags(situation: Situation, timer: TimerLook, staff: str | None) -> tuple[Tag, ...]:
    current = situation.current
    if staff is None:
        return ()
    if situation.away.pending:
        return (Tag(phrase("pending.count", n=situation.away.pending), "stale", "save"),)
    if situation.unsaved:
        return (Tag(phrase("tag.unsaved", number=situation.unsaved.number), "amber", "warn"),)
    if not situation.line.up:
        return (Tag(phrase("tag.own-time"), "plain"),) if current or situation.away.voice_number else ()
    if current is None:
        next_one = who_is_next(situation)
        return (Tag(next_one, "plain"),) if next_one else ()
    tags: list[Tag] = []
    if timer.over:
        return (Tag(phrase("tag.over"), "amber", "warn"),)
    if current.customer_class is not CustomerClass.NORMAL:
        tags.append(Tag(phrase(f"class.{current.customer_class.value}"), "brand"))
    if situation.stage is Stage.CALLED:
        tags.append(Tag(phrase("tag.calls", times=current.calls), "quiet"))
    elif current.notes:
        tags.append(Tag(phrase("tag.note"), "plain"))
    return tuple(tags)


def _locked_tag(situation: Situation) -> Tag:
    """After a pause the PIN is as expected; at any other time it needs a hand."""
    said = phrase("tag.locked")
    return Tag(said, "plain") if situation.stage is Stage.PAUSED else Tag(said, "amber", "warn")


def who_is_next(situation: Situation) -> Phrase | None:
    """Who would be called by a free counter now; None while that cannot be said."""
    view = situation.view
    if view is None or not situation.line.up or situation.stage is not Stage.IDLE:
        return None
    return phrase("tag.next", number=view.waiting[0].number) if view.waiting else phrase("tag.nobody-waiting")


def _longest(situation: Situation) -> Phrase | None:
    view = situation.view
    if view is not None and not situation.line.up:
        return phrase("waiting.as-of", time=situation.local(view.stamp.as_of))
    if view is None:
        return None
    if not view.waiting:
        return phrase("waiting.none")
    minutes = max(line.waited_s for line in view.waiting) // 60
    return phrase("waiting.longest", minutes=minutes) if minutes else phrase("waiting.longest-short")


def _key(key: Key, situation: Situation, caps: Mapping[Key, str], signed: bool, locked: bool) -> KeyLook:
    """While locked only going on is offered: it asks for the PIN."""
    act = act_of(key, situation)
    may = signed and act in lawful(situation) and (act is Act.RESUME or not locked)
    return KeyLook(key, act, phrase(f"key.{act.value}"), caps[key], may, may and act is primary(situation))


def away_look(situation: Situation, keys: Mapping[Key, str]) -> AwayLook:
    minutes, seconds = divmod(int(situation.line.silent_s), 60)
    title = (
        phrase("away.title-minutes", minutes=minutes, seconds=seconds)
        if minutes
        else phrase("away.title-seconds", seconds=seconds)
    )
    act = primary(situation)
    if act is None:
        return AwayLook(title, phrase("away.text-idle"))
    text = {Act.FINISH: "away.text-serving", Act.START: "away.text-called"}.get(act, "away.text-idle")
    key = {Act.START: Key.START}.get(act, Key.FINISH)
    label = phrase("away.act", act=phrase(f"key.{act.value}"), key=keys[key])
    return AwayLook(title, phrase(text), act, label, phrase("away.under"))
