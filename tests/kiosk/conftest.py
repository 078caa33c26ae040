"""A kiosk on the bench: the configured branch, a hall at 10:42, and a server, worker and printer in memory."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import pytest

from devices.health import Health, HealthState
from devices.protocols import Printed, PrintOutcome
from devices.sheets import Sheet
from kiosk.halltime import HallTime
from kiosk.offline import Clocks, OfflineStore
from kiosk.scanning import ScanDesk
from kiosk.taking import NumberDesk
from kiosk.theme import load_theme
from kiosk.viewmodels.kiosk import KioskModel
from kiosk.viewmodels.tools import Tools
from server.contract.acts import IssueTicket, TicketAct
from server.contract.common import Body, Stamp, WaitRange
from server.contract.held import HeldTicket
from server.contract.views.answers import ProblemView, TicketView
from server.contract.views.hall import CallView, CounterView, HallView, QueueView
from server.contract.views.services import ReservedRange, ServicesView
from server.contract.words import CounterState, CustomerClass, Language, TicketState
from server.link.circuit import Circuit
from server.link.errors import ActRefused, HallAway
from server.settings import load

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("QT_QUICK_BACKEND", "software")

T = TypeVar("T")
CONFIG = Path(__file__).parents[2] / "config"
NOW = datetime(2026, 11, 20, 2, 42, tzinfo=UTC)
STAMP = Stamp(journal="j1", rev=412, as_of=NOW)
WAITS = {"pay": (24, 1290, 1700, 2270), "bil": (2, 200, 270, 350), "inv": (1, 310, 400, 530), "trf": (5, 490, 600, 830)}
"""Waiting, then low, likely and high in seconds; other services have a quiet queue."""
TARGETS = {"pay": 900}
CLOSED_WHY = {
    Language.ZH: "今天 14:00 起办理",
    Language.EN: "Opens at 14:00",
    Language.VI: "Mở lúc 14:00",
    Language.RU: "Откроется в 14:00",
}
CODE = "https://hall.example/t/AZqrSSW1pq0_XC3KkfJmD-4fKq9ZrT7bWmXc2LpVn8"
"""A phone's or slip's, of the ticket HELD."""
HELD = "01KANMJ9DNMTPKYQ1DSA8Z4SGF"

FORECASTS: dict[str, tuple[int, WaitRange | None]] = {
    "short": (1, WaitRange(low_s=10, likely_s=240, high_s=780, as_of=NOW)),
    "long": (31, WaitRange(low_s=2700, likely_s=3300, high_s=4500, as_of=NOW)),
    "none": (0, WaitRange(low_s=0, likely_s=20, high_s=150, as_of=NOW)),
    "unknown": (2, None),
}


@cache
def services_view() -> ServicesView:
    catalogue = load(CONFIG, {}).catalogue
    return ServicesView(
        stamp=STAMP,
        branch="chengdong",
        name=catalogue.name,
        timezone="Asia/Shanghai",
        business_day=date(2026, 11, 20),
        public_url="https://hall.example",
        groups=list(catalogue.groups),
        services=list(catalogue.services),
        reserved=[ReservedRange(series=one, first=800, last=899) for one in "ABCD"],
    )


def hall_view(as_of: datetime = NOW, closed: str = "", issuing: bool = True) -> HallView:
    queues = []
    for service in services_view().services:
        waiting, low, likely, high = WAITS.get(service.id, (3, 130, 200, 290))
        queues.append(
            QueueView(
                service=service.id,
                waiting=waiting,
                longest_wait_s=likely,
                target_s=TARGETS.get(service.id, 1200),
                forecast=WaitRange(low_s=low, likely_s=likely, high_s=high, as_of=as_of),
                open=service.id != closed,
                closed_why=CLOSED_WHY if service.id == closed else {},
            )
        )
    return HallView(
        stamp=Stamp(journal="j1", rev=412, as_of=as_of),
        branch="chengdong",
        name=services_view().name,
        business_day=date(2026, 11, 20),
        issuing=issuing,
        waiting=21,
        queues=queues,
        counters=[
            CounterView(counter=one, state=CounterState.OPEN if one < 6 else CounterState.CLOSED, since=as_of)
            for one in range(1, 7)
        ],
        calls=[
            CallView(seq=3, number="A021", counter=5, service="trf", at=as_of),
            CallView(seq=2, number="B047", counter=2, service="pay", at=as_of - timedelta(minutes=1), active=False),
            CallView(seq=1, number="C012", counter=1, service="flt", at=as_of - timedelta(minutes=2), active=False),
        ],
    )


@dataclass
class Machine:
    """The machine's clocks, moved by hand."""

    wall_now: datetime = NOW
    monotonic_now: float = 1000.0

    def wall(self) -> datetime:
        return self.wall_now

    def monotonic(self) -> float:
        return self.monotonic_now

    def passes(self, seconds: float) -> None:
        self.monotonic_now += seconds
        self.wall_now += timedelta(seconds=seconds)


@dataclass
class Server:
    """What the hall answers, in memory; `away` cuts the line, `refuses` is a problem code."""

    away: bool = False
    loses_reply: bool = False
    refuses: str = ""
    status: int = 409
    phone_url: str | None = "https://hall.example/t/4fJk2mQx9wLrT7vB1nZc"
    issued: dict[str, IssueTicket] = field(default_factory=dict)
    adopted: list[IssueTicket] = field(default_factory=list)
    acts: list[str] = field(default_factory=list)
    held: TicketView | None = None
    """Whose code is held up."""
    ahead: int = 5
    promise: WaitRange | None = field(default_factory=lambda: WaitRange(low_s=490, likely_s=600, high_s=830, as_of=NOW))

    def issue(self, body: IssueTicket) -> TicketView:
        if self.away:
            raise HallAway("no connection")
        if self.refuses:
            raise ActRefused(problem(self.refuses, self.status))
        known = self.issued.setdefault(body.request_id, body)
        if body.offline is not None:
            self.adopted.append(body)
        if self.loses_reply:
            raise HallAway("time over", outcome_unknown=True)
        return self.view(known)

    def ticket_act(self, ticket: str, act: str, body: Body) -> TicketView:
        if self.away:
            raise HallAway("no connection")
        assert isinstance(body, TicketAct)
        self.acts.append(f"{act} {ticket}")
        if self.held is not None:
            if self.refuses:
                raise ActRefused(problem(self.refuses))
            state = TicketState.WAITING if act == "check-in" else self.held.state
            reprints = self.held.reprints + (act == "reprint")
            self.held = self.held.model_copy(update={"state": state, "reprints": reprints})
            return self.held.model_copy(update={"phone_url": self.phone_url})
        return self.view(next(iter(self.issued.values()))).model_copy(update={"reprints": len(self.acts)})

    def held_ticket(self, held: HeldTicket) -> TicketView:
        if self.away:
            raise HallAway("no connection")
        if self.held is None or held.ticket != self.held.id:
            raise ActRefused(problem("unauthorised", 401))
        return self.held

    def view(self, body: IssueTicket) -> TicketView:
        order = list(self.issued).index(body.request_id)
        return TicketView(
            stamp=STAMP,
            id=f"ticket-{order}",
            number=f"A{23 + order:03d}",
            service=body.services[0],
            customer_class=body.customer_class,
            language=body.language,
            state=TicketState.WAITING,
            issued_at=NOW,
            ahead=self.ahead,
            promise=self.promise,
            phone_url=self.phone_url,
        )


def problem(code: str, status: int = 409) -> ProblemView:
    return ProblemView(type=f"urn:powerhall:{code}", title=code, status=status, detail="", code=code)


@dataclass
class Printer:
    """Keeps its sheets; says what it is told to say."""

    says: Printed = Printed.PRINTED
    sheets: list[Sheet] = field(default_factory=list)

    def print(self, sheet: Sheet) -> PrintOutcome:
        self.sheets.append(sheet)
        return PrintOutcome(self.says)

    def health(self) -> Health:
        return Health(HealthState.OK)

    def watch(self, on_health: Callable[[Health], None]) -> None:
        """It says nothing unasked."""

    def counts(self) -> dict[str, int]:
        return {}

    def close(self) -> None:
        pass


class HandWorker:
    """Work waits until the test lets it run."""

    def __init__(self) -> None:
        self.jobs: list[Callable[[], None]] = []

    def run(self, work: Callable[[], T], done: Callable[[T], None], failed: Callable[[Exception], None]) -> None:
        def job() -> None:
            try:
                result = work()
            except Exception as error:  # noqa: BLE001 -- the edge that a bridge is
                failed(error)
            else:
                done(result)

        self.jobs.append(job)

    def call(self, job: Callable[[], None]) -> None:
        self.jobs.append(job)

    def work(self) -> None:
        while self.jobs:
            self.jobs.pop(0)()


@dataclass
class Bench:
    machine: Machine
    server: Server
    printer: Printer
    worker: HandWorker
    store: OfflineStore
    desk: NumberDesk
    model: KioskModel
    staff_hears: list[bool]

    def hear(self, view: HallView | None = None) -> None:
        self.model.hear_services(services_view())
        self.model.hear_hall(view or hall_view())
        self.model.hear_line(self.machine.monotonic())

    def tell_waits(self, kind: str) -> None:
        """One kind of wait for every service and for the ticket: short, long, none or unknown."""
        waiting, promise = FORECASTS[kind]
        view = hall_view()
        queues = [one.model_copy(update={"forecast": promise, "waiting": waiting}) for one in view.queues]
        self.hear(view.model_copy(update={"queues": queues, "waiting": 16 * waiting}))
        self.server.promise, self.server.ahead = promise, waiting

    def close_service(self, service: str) -> None:
        self.hear(hall_view(closed=service))

    def stop_issuing(self) -> None:
        self.hear(hall_view(issuing=False))

    def remember(self) -> None:
        """The branch on the kiosk's own disk, as after a first connection."""
        self.store.remember(services_view())

    def holds_up(self, state: TicketState | None, **facts: Any) -> None:
        """A customer holds the code of a ticket up that is in this state; None: of a ticket the hall does not know."""
        self.settle()
        if state is not None:
            self.server.held = TicketView(
                stamp=STAMP,
                id=HELD,
                number="A019",
                service="trf",
                customer_class=CustomerClass.NORMAL,
                language=Language.ZH,
                state=state,
                issued_at=NOW - timedelta(minutes=30),
                promise=self.server.promise,
            ).model_copy(update=facts)
        self.model.scan(CODE)
        self.worker.work()

    def settle(self) -> None:
        """Time enough for a touch to count."""
        self.machine.passes(1.0)

    def take(self, service: str = "trf") -> None:
        self.settle()
        self.model.choose(service)
        self.settle()
        self.model.take()


@pytest.fixture
def services() -> Callable[[], ServicesView]:
    return services_view


@pytest.fixture
def new_ids() -> Callable[[], Callable[[], str]]:
    return ids


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def printer() -> Printer:
    return Printer()


@pytest.fixture
def store(tmp_path: Path, machine: Machine) -> Iterator[OfflineStore]:
    store = OfflineStore(tmp_path / "kiosk.db", "machine-1", Clocks(machine.wall, machine.monotonic, "boot-1"), ids())
    yield store
    store.close()


def ids() -> Callable[[], str]:
    count = 0

    def new() -> str:
        nonlocal count
        count += 1
        return f"request-{count:04d}"

    return new


@pytest.fixture
def desk(server: Server, store: OfflineStore, printer: Printer, machine: Machine) -> NumberDesk:
    return NumberDesk(server, store, Circuit(clock=machine.monotonic), printer, "1", ids())


@pytest.fixture
def new_bench(qapp: object, tmp_path: Path) -> Iterator[Callable[[], Bench]]:
    """Makes a kiosk that has just been switched on, each with its own disk."""
    made: list[Bench] = []

    def new() -> Bench:
        machine, server, printer, worker = Machine(), Server(), Printer(), HandWorker()
        clocks = Clocks(machine.wall, machine.monotonic, "boot-1")
        store = OfflineStore(tmp_path / f"kiosk-{len(made)}.db", "machine-1", clocks, ids())
        desk = NumberDesk(server, store, Circuit(clock=machine.monotonic), printer, "1", ids())
        staff: list[bool] = [True]
        tools = Tools(
            desk=desk,
            worker=worker,
            monotonic=machine.monotonic,
            hall_time=HallTime(machine.wall, machine.monotonic),
            new_request_id=ids(),
            theme=load_theme(CONFIG),
            call_staff=lambda: staff[0],
            scans=ScanDesk(server, desk.circuit, ids()),
            voice_program="true",
        )
        bench = Bench(machine, server, printer, worker, store, desk, KioskModel(tools), staff)
        made.append(bench)
        return bench

    yield new
    for bench in made:
        bench.model.stop()
        bench.store.close()


@pytest.fixture
def bench(new_bench: Callable[[], Bench]) -> Bench:
    bench = new_bench()
    bench.hear()
    return bench
