"""A business day lived before the server starts: real acts, judged and journalled by the keeper, without HTTP."""

import itertools
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import timedelta

from server.adapters.clock import HallTime, Machine
from server.adapters.database import open_engine
from server.adapters.ledger import SqlLedger
from server.adapters.private_store import PrivateStore
from server.application.answers import Accepted, Answer, Refused
from server.application.anteroom import Anteroom
from server.application.fresh_ids import FreshIds
from server.application.keeper import Keeper
from server.demo.badges import Badge
from server.demo.siege import SERVICES
from server.demo.stage import Stage
from server.domain import commands as do
from server.domain.commands import Command
from server.domain.ticket import Called, Serving
from server.domain.visit import Record
from server.domain.vocabulary import NO_TEXT, Channel, ClerkId, CounterNo, CustomerClass, Language, Outcome, ServiceId
from server.forecasting.hall_waits import HallWaits

OPENING_HOURS_S = 9 * 3600
STEP_S = 5
"""From a customer's call to the start of the service."""
ELDER_EVERY, RATED_EVERY = 10, 2
HALL_HOLDS = 40
"""Customers waiting at once in a day like any other."""


@contextmanager
def keeper_of(stage: Stage, clock: HallTime) -> Iterator[Keeper]:
    """The branch's keeper as the server has it, in this process and not yet started."""
    settings, waits = stage.settings, HallWaits()
    engine = open_engine(settings.database_url)
    private = PrivateStore(engine, settings.branch)
    ledger = SqlLedger(engine, settings.branch, private=private, new_journal_id=lambda: "BENCH", now=clock.now)
    laws = Anteroom(waits).laws()
    keeper = Keeper(
        settings.branch, settings.hall, ledger=ledger, clock=clock, machine=Machine(), laws=laws, learner=waits
    )
    try:
        yield keeper
    finally:
        keeper.stop()
        engine.dispose()


def live(stage: Stage, tickets: int, waiting: int = HALL_HOLDS) -> None:
    """So many customers have come today; all but those who are at the counters or `waiting` have been served."""
    clock = HallTime(start=stage.settings.clock_start)
    with keeper_of(stage, clock) as keeper:
        keeper.start()
        _Day(keeper, clock, stage.badges).live(tickets, waiting)


class _Day:
    def __init__(self, keeper: Keeper, clock: HallTime, badges: Iterable[Badge]) -> None:
        self._keeper = keeper
        self._clock = clock
        self._clerks = {CounterNo(badge.counter): ClerkId(badge.staff) for badge in badges}
        self._counters = list(self._clerks)
        self._ids = FreshIds()
        self._serial = itertools.count(1)
        self._services = itertools.cycle(map(ServiceId, SERVICES))

    def live(self, tickets: int, waiting: int) -> None:
        pace = timedelta(seconds=OPENING_HOURS_S * len(self._counters) / tickets - STEP_S)
        self._together(do.OpenCounter(number, clerk) for number, clerk in self._clerks.items())
        come = 0
        while come < tickets:
            coming = min(len(self._counters), tickets - come)
            come += coming
            leaving = max(0, self._keeper.hall.waiting + coming - waiting)
            self._together([*self._issues(coming), *self._calls(leaving)])
            self._pass(timedelta(seconds=STEP_S))
            self._together([*self._ratings(), *self._starts()])
            self._pass(pace)

    def _issues(self, coming: int) -> Iterator[Command]:
        for _ in range(coming):
            kind = CustomerClass.NORMAL if next(self._serial) % ELDER_EVERY else CustomerClass.ELDER
            yield do.Issue(self._ids.ticket(), (next(self._services),), kind, NO_TEXT, Language.ZH, Channel.KIOSK)

    def _calls(self, most: int) -> Iterator[Command]:
        """Each counter finishes its customer and calls the next one."""
        for number in self._counters[::-1][:most]:
            current = self._keeper.hall.current(number)
            if isinstance(current, Serving):
                record = Record(current.visit.leg.service, Outcome.DONE, ("id",))
                yield do.Next(number, current.visit.id, record)
            elif current is None:
                yield do.Next(number, None)

    def _starts(self) -> Iterator[Command]:
        for number in self._counters:
            current = self._keeper.hall.current(number)
            if isinstance(current, Called):
                yield do.Start(number, current.visit.id)

    def _ratings(self) -> Iterator[Command]:
        for number in self._counters[::RATED_EVERY]:
            window = self._keeper.hall.counters[number].window
            if window is not None and window.score is None:
                yield do.GiveRating(f"pad-{number}", Channel.PAD, 5, self._clock.now(), window.id)

    def _pass(self, pause: timedelta) -> None:
        self._clock.not_before(self._clock.now() + pause)

    def _together(self, commands: Iterable[Command]) -> None:
        answers = [self._ask(command) for command in commands]
        for answer in answers:
            told = answer.result(30)
            if not isinstance(told, Accepted):
                raise RuntimeError(f"the hall answered {told.refusal if isinstance(told, Refused) else told}")

    def _ask(self, command: Command) -> Future[Answer]:
        request = f"past-{next(self._serial):08}"
        return self._keeper.submit(command, by="kiosk-1", client="kiosk-1", request_id=request, body_digest=request)
