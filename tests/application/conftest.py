"""A branch's keeper over a real database, started and stopped as a server would."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine

from server.adapters.clock import HallTime, Machine
from server.adapters.database import open_engine
from server.adapters.journal import Line, read_lines
from server.adapters.ledger import SqlLedger
from server.adapters.locks import Lock
from server.adapters.private_store import PrivateStore
from server.adapters.projections.writer import PROJECTIONS, Projection
from server.adapters.upkeep import migrate
from server.application.answers import Accepted, Answer
from server.application.deliberation import Request
from server.application.keeper import Keeper
from server.application.ports import Checkpoint, MachineClock, pass_by
from server.domain.commands import Command, Finish, Issue, Next, OpenCounter, Start
from server.domain.config import Counter, HallConfig, Series, Service
from server.domain.events.event import Event
from server.domain.state import Hall
from server.domain.visit import Record
from server.domain.vocabulary import (
    BranchId,
    Channel,
    ClerkId,
    CounterNo,
    CustomerClass,
    Digest,
    Language,
    Outcome,
    ServiceId,
    TicketId,
)

PAY, TRF = ServiceId("pay"), ServiceId("trf")
MORNING = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
"""09:00 in the hall."""


def a_config(branch: str) -> HallConfig:
    target = {CustomerClass.NORMAL: 900, CustomerClass.ELDER: 300}
    services = {one: Service(one, "A", target, 300, 240) for one in (PAY, TRF)}
    counters = {CounterNo(n): Counter(CounterNo(n), (PAY, TRF)) for n in (1, 2, 3)}
    series = {"A": Series("A", last=799, reserved={"kiosk-1": (800, 899)})}
    return HallConfig(BranchId(branch), "Asia/Shanghai", time(4), services, series, counters)


def tell_rev(_hall: Hall, events: Sequence[Event], _command: Command, rev: int) -> str:
    return f'{{"rev":{rev},"events":{len(events)}}}'


class Gate:
    """A checkpoint at which the keeper can be made to stand still."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._open = threading.Event()
        self._reached = threading.Event()
        self._open.set()

    def pass_(self, name: str) -> None:
        if name == self._name and not self._open.is_set():
            self._reached.set()
            self._open.wait(10)

    def shut(self) -> None:
        self._open.clear()

    def wait_reached(self) -> None:
        assert self._reached.wait(30)

    def open(self) -> None:
        self._open.set()


class NoLock:
    """Taken away on purpose: everybody has it."""

    def take(self, connection: Connection) -> bool:
        return True

    def held(self, connection: Connection) -> bool:
        return True

    def drop(self) -> None:
        pass


class Hands:
    """The machine's clocks, moved by hand."""

    def __init__(self, wall: datetime = MORNING) -> None:
        self.wall = wall
        self.passed_s = 1000.0

    def monotonic(self) -> float:
        return self.passed_s

    def pass_(self, **time: float) -> None:
        self.wall += timedelta(**time)
        self.passed_s += timedelta(**time).total_seconds()

    def hall_time(self) -> HallTime:
        return HallTime(wall=lambda: self.wall, monotonic=self.monotonic)


@dataclass
class Branch:
    """One branch in one database; every keeper asked for is stopped at the end."""

    url: str
    name: str
    engine: Engine
    keepers: list[Keeper] = field(default_factory=list)
    count: int = 0

    def keeper(
        self,
        *,
        start: datetime | None = MORNING,
        config: HallConfig | None = None,
        projections: Sequence[Projection] = PROJECTIONS,
        begin: bool = True,
        engine: Engine | None = None,
        clock: HallTime | None = None,
        machine: MachineClock | None = None,
        lock: Lock | None = None,
        checkpoint: Checkpoint = pass_by,
        **options: Any,
    ) -> Keeper:
        """`start` is the hall time it begins with."""
        engine = engine or self.engine
        ledger = SqlLedger(
            engine,
            self.name,
            private=PrivateStore(engine, self.name),
            new_journal_id=lambda: f"J{len(self.keepers)}",
            now=lambda: MORNING,
            projections=projections,
            lock=lock,
            checkpoint=checkpoint,
        )
        keeper = Keeper(
            BranchId(self.name),
            config or a_config(self.name),
            ledger=ledger,
            clock=clock or HallTime(start=start),
            machine=machine or Machine(),
            checkpoint=checkpoint,
            **options,
        )
        self.keepers.append(keeper)
        if begin:
            keeper.start()
        return keeper

    def ask(self, keeper: Keeper, command: Command, request_id: str = "", **options: Any) -> Answer:
        """Asks and waits for the answer."""
        return keeper.submit(command, **self.envelope(command, request_id) | options).result(20)

    def done(self, keeper: Keeper, command: Command, request_id: str = "", **options: Any) -> Accepted:
        """An act that must be accepted."""
        answer = self.ask(keeper, command, request_id, **options)
        assert isinstance(answer, Accepted), answer
        return answer

    def together(self, keeper: Keeper, asked: Sequence[tuple[Command, dict[str, Any]]]) -> list[Answer]:
        """Asks all of these at once, so that they form one batch."""
        if not keeper.owner:
            keeper.start()
        heard = [Future[Answer]() for _ in asked]
        keeper.ask(
            [
                Request(command, **envelope, tell=future.set_result)
                for (command, envelope), future in zip(asked, heard, strict=True)
            ]
        )
        return [future.result(20) for future in heard]

    def envelope(self, command: Command, request_id: str = "") -> dict[str, Any]:
        self.count += 1
        return {
            "by": "1001",
            "client": "kiosk-1",
            "request_id": request_id or f"request-{self.count:06}",
            "body_digest": sha256(repr(command).encode()).hexdigest(),
            "render": tell_rev,
        }

    def config(self) -> HallConfig:
        return a_config(self.name)

    def issue(self, ticket: str) -> Issue:
        return Issue(
            TicketId(ticket), (PAY,), CustomerClass.NORMAL, Digest(""), Language.ZH, Channel.KIOSK, promise=(0, 60, 120)
        )

    def serve(self, keeper: Keeper, ticket: str, counter: int = 1) -> None:
        """Calls, starts and finishes a ticket that is next."""
        number, record = CounterNo(counter), Record(PAY, Outcome.DONE, ("id",))
        for command in (
            Next(number, None),
            Start(number, TicketId(ticket)),
            Finish(number, TicketId(ticket), record),
        ):
            self.done(keeper, command)

    def open(self, keeper: Keeper, counter: int = 1) -> None:
        self.done(keeper, OpenCounter(CounterNo(counter), ClerkId(f"100{counter}")))

    def lines(self) -> list[Line]:
        """The journal as stored."""
        with self.engine.connect() as connection:
            return list(read_lines(connection, self.name))


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database, once of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'hall.db'}"
    url: str = request.getfixturevalue("pg_url")
    return url


def _branch(url: str, name: str) -> Iterator[Branch]:
    engine = open_engine(url)
    migrate(engine)
    branch = Branch(url, name, engine)
    yield branch
    for keeper in branch.keepers:
        keeper.stop()
    engine.dispose()


@pytest.fixture
def branch(database_url: str, branch_id: str) -> Iterator[Branch]:
    """A branch on SQLite and on PostgreSQL."""
    yield from _branch(database_url, branch_id)


@pytest.fixture
def sqlite_branch(tmp_path: Path, branch_id: str) -> Iterator[Branch]:
    """A branch on SQLite alone."""
    yield from _branch(f"sqlite:///{tmp_path / 'hall.db'}", branch_id)


@pytest.fixture
def pg_branch(pg_url: str, branch_id: str) -> Iterator[Branch]:
    """A branch on PostgreSQL alone."""
    yield from _branch(pg_url, branch_id)


@pytest.fixture
def no_lock() -> NoLock:
    """For two keepers that both believe to be the only one."""
    return NoLock()


@pytest.fixture
def hands() -> Hands:
    """Clocks of the test's own, at nine in the morning."""
    return Hands()


@pytest.fixture
def gate() -> Callable[[str], Gate]:
    return Gate
