"""What a demo's voice said and its signs showed, against the calls in the journal: all of it, nothing else, once."""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from server.contract.clips import ClipSet
from server.contract.sentences import Utterance
from server.contract.voice import Manner
from server.demo.troubles import Spell
from server.domain.events.event import Event
from server.domain.events.tickets import TicketCalled, TicketIssued, TicketRecalled
from server.settings import Settings

SOON_S = 10.0
"""A call that stood shorter may have been over before its turn; machine seconds."""
AFTER_S = 70.0
"""A trouble may be felt so long: a hung loudspeaker is given up only after a minute."""
CALLED = re.compile(r"([A-Z]\d{3,4})(?:\D+(\d+))?")
"""A number and its counter, in any language of a sign."""


@dataclass(frozen=True, slots=True)
class CallMade:
    """A call and how long it stood, by the wall's clock."""

    utterance: Utterance
    since: float
    until: float


@dataclass(frozen=True, slots=True)
class VoiceAccount:
    said: int
    unsaid: dict[str, int]
    """By reason."""
    problems: list[str]


def calls_made(events: Sequence[Event], settings: Settings, manner: Manner) -> list[CallMade]:
    """All calls of the journal, first ones and repeated ones."""
    return _calls(events, manner, _wall(settings))


def _wall(settings: Settings) -> Callable[[Event], float]:
    """When an event of the demo's hall time happened by the wall's clock."""
    start = settings.clock_start
    assert start is not None

    def wall(event: Event) -> float:
        return settings.clock_epoch + (event.at - start).total_seconds() / settings.speed

    return wall


def _calls(events: Sequence[Event], manner: Manner, wall: Callable[[Event], float]) -> list[CallMade]:
    languages = {event.ticket: event.visit.language for event in events if isinstance(event, TicketIssued)}
    ended: dict[str, float] = {}
    made: list[CallMade] = []
    for event in reversed(events):
        ticket = getattr(event, "ticket", None)
        if ticket is None:
            continue
        if isinstance(event, TicketCalled | TicketRecalled):
            utterance = manner.utterance(event.number, event.counter, languages[event.ticket])
            made.append(CallMade(utterance, wall(event), ended.get(ticket, float("inf"))))
        ended[ticket] = wall(event)
    return made[::-1]


def judge(made: Sequence[CallMade], heard: Iterable[str], clips: ClipSet, troubles: Sequence[Spell]) -> VoiceAccount:
    """`heard`: the SHA-256 of each sound that the loudspeaker played. Each call is said once, or there is a reason."""
    said = Counter(heard)
    total, unsaid = said.total(), Counter[str]()
    problems: list[str] = []
    for call in sorted(made, key=lambda call: call.until - call.since, reverse=True):
        sound = hashlib.sha256(clips.say(call.utterance).sound).hexdigest()
        if said[sound]:
            said[sound] -= 1
        elif call.until - call.since < SOON_S:
            unsaid["over before its turn"] += 1
        elif any(each.since - SOON_S < call.until and call.since < each.until + AFTER_S for each in troubles):
            unsaid["in a time of trouble"] += 1
        else:
            problems.append(f"{call.utterance.number} was called to {call.utterance.counter} and not said")
    strange = said.total()
    if strange:
        problems.append(f"{strange} calls were said that nobody made, or more than once")
    return VoiceAccount(total - strange, dict(unsaid), problems)


def wrongly_shown(made: Sequence[CallMade], sign: str, shown: Iterable[str], counter: int | None = None) -> list[str]:
    """Texts of a sign that tell a call which was never made; `counter`: of a sign that tells numbers alone."""
    true = {(call.utterance.number, call.utterance.counter) for call in made}
    found = ((text, CALLED.search(text)) for text in shown)
    return [
        f"{sign} showed {text}"
        for text, told in found
        if told and (told.group(1), int(told.group(2) or counter or 0)) not in true
    ]


def clips_in(folder: Path, manner: Manner) -> ClipSet:
    return ClipSet(lambda file: (folder / manner.voices / file).read_bytes())
