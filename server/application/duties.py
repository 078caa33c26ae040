"""What the keeper asks of its hall by itself: to adopt the configuration, to notice time, to notice a moved clock."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from server.application.answers import Accepted, Answer, Refused
from server.application.deliberation import Request
from server.application.ports import HallClock, MachineClock, Recorded
from server.domain.commands import AdoptConfig, Command, StepTime, Tick
from server.domain.config import HallConfig
from server.domain.events.days import ConfigAdopted, DayOpened
from server.domain.events.event import Event
from server.domain.events.ratings import RatingOpened
from server.domain.events.tickets import TicketDelayed, TicketHeld, TicketMissed
from server.domain.hall import next_due
from server.domain.state import Hall
from server.domain.ticket import Expected
from server.domain.vocabulary import CounterState

log = logging.getLogger(__name__)

PULSE_S = 1.0
"""How often the clocks are looked at when nobody asks anything."""

WALL_SETTLES_S = 60.0
"""After a step the wall clock must have run on for so long before the hall's clock joins it."""


class ConfigRefused(Exception):
    """The hall has no configuration and the one it was given is refused."""


class Duties:
    """Remembers what is due, so that a duty that changes nothing is not repeated before a pulse has passed."""

    def __init__(self, config: HallConfig, clock: HallClock, machine: MachineClock) -> None:
        self._config = config
        self._clock = clock
        self._machine = machine
        self._hall: Hall | None = None
        self._due: datetime | None = None
        self._unadopted = False
        self._done_for: Hall | None = None
        self._rest_until = 0.0
        self._look_at_clock = self._wall_settles_at = 0.0
        self._answers: list[tuple[Command, Answer]] = []
        self._step = 0.0
        """By how much the wall clock was moved, until that is in the journal."""

    def look(self, hall: Hall) -> None:
        """Takes in a whole hall, as read from its journal."""
        self._hall = hall
        self._due = next_due(hall)
        self._unadopted = hall.config != self._config

    def follow(self, recorded: Sequence[Recorded], hall: Hall) -> None:
        """Takes in what was committed: events can only bring the next due moment nearer, so no ticket is looked at."""
        self._hall = hall
        for one in recorded:
            if isinstance(one.event, DayOpened | ConfigAdopted):
                self.look(hall)
            moment = _brings_due(one.event)
            if moment is not None and (self._due is None or moment < self._due):
                self._due = moment

    def pause_s(self) -> float:
        """Machine seconds until there may be something to do."""
        if self._resting():
            return PULSE_S
        if self._unadopted:
            return 0.0
        return PULSE_S if self._due is None else min(PULSE_S, self._clock.seconds_until(self._due))

    def requests(self) -> list[Request]:
        """What is to be decided now."""
        if self._machine.monotonic() >= self._look_at_clock:
            self._watch_wall()
        own = [self._own(StepTime(self._step))] if self._step else []
        if not self._resting():
            own += self._pending()
        return own

    def heard(self) -> None:
        """Learns how its own requests were answered; raises ConfigRefused when the hall cannot do without."""
        answers, self._answers = self._answers, []
        for command, answer in answers:
            if isinstance(command, StepTime) and isinstance(answer, Accepted):
                self._step = 0.0
            if not isinstance(command, AdoptConfig) or not isinstance(answer, Refused):
                continue
            refusal = answer.refusal
            if answer.hall.config is None:
                raise ConfigRefused(f"{refusal.code}: {refusal.facts}")
            log.error("the configuration is refused, the adopted one stays: %s %s", refusal.code, refusal.facts)
            self._config, self._unadopted = answer.hall.config, False

    def _watch_wall(self) -> None:
        self._look_at_clock = self._machine.monotonic() + PULSE_S
        step = self._clock.wall_step()
        if step:
            log.warning("the wall clock was moved by %.1f s", step)
            self._step += step
            self._wall_settles_at = self._look_at_clock + WALL_SETTLES_S
        elif self._hall is not None and _at_rest(self._hall) and self._look_at_clock >= self._wall_settles_at:
            self._clock.join_wall(self._hall.at)

    def _pending(self) -> list[Request]:
        """A hall without configuration adopts one first; any other adopts after its overdue rollovers."""
        now = self._clock.now()
        if self._due is not None and self._due <= now and self._hall is not None:
            self._due = next_due(self._hall)
        if self._due is not None and self._due <= now:
            return self._once(Tick())
        if self._unadopted:
            return self._once(AdoptConfig(self._config))
        return []

    def _once(self, command: Command) -> list[Request]:
        self._done_for, self._rest_until = self._hall, self._machine.monotonic() + PULSE_S
        return [self._own(command)]

    def _own(self, command: Command) -> Request:
        return Request(command, "system", tell=lambda answer: self._answers.append((command, answer)))

    def _resting(self) -> bool:
        return self._done_for is self._hall and self._hall is not None and self._machine.monotonic() < self._rest_until


def _at_rest(hall: Hall) -> bool:
    """No duration runs: nobody waits or is served, no counter is open, no rating is asked for."""
    return all(desk.state is CounterState.CLOSED and desk.window is None for desk in hall.counters.values()) and all(
        isinstance(ticket, Expected) for ticket in hall.live.values()
    )


def _brings_due(event: Event) -> datetime | None:
    match event:
        case TicketDelayed() | TicketHeld() | TicketMissed():
            return event.until
        case RatingOpened():
            return event.opened_at + timedelta(seconds=event.seconds)
        case _:
            return None
