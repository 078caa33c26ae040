"""One small hall in memory that speaks the contract, and a counter program around it."""

import itertools
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest

from counter.desk import Key
from counter.hall_clock import HallClock
from counter.keepsake import Keepsake
from counter.settings import DEFAULT_KEYS
from counter.viewmodels.desk import DeskModel
from counter.viewmodels.tools import Tools
from server.contract.acts import Login, PutInteraction
from server.contract.common import Body, Stamp, WaitRange
from server.contract.views.answers import InteractionView, ProblemView, SessionView
from server.contract.views.desk import CurrentView, DeskView, LastLegView, NoteView, WaitingView
from server.contract.views.hall import CounterView, QueueView
from server.contract.views.services import ServicesView
from server.contract.words import CounterState, CustomerClass, HoldReason, Language, PauseReason, TicketState
from server.link.errors import ActRefused, HallAway
from server.link.outbox import Outbox
from server.link.stream import LineState

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

T = TypeVar("T")
NOW = datetime(2026, 11, 20, 2, 42, tzinfo=UTC)
"""10:42 in the hall."""
SERVICES = Path(__file__).parent / "services.json"


def services() -> ServicesView:
    return ServicesView.model_validate_json(SERVICES.read_text(encoding="utf-8"))


def stamp(rev: int, at: datetime = NOW) -> Stamp:
    return Stamp(journal="J1", rev=rev, as_of=at)


def waiting_line(number: str, service: str, waited: int, target: int, **more: Any) -> WaitingView:
    facts: dict[str, Any] = {"customer_class": CustomerClass.NORMAL} | more
    return WaitingView(
        ticket=f"T-{number}",
        number=number,
        service=service,
        waited_s=waited * 60,
        target_s=target * 60,
        share=waited / target,
        **facts,
    )


def waiting_list() -> list[WaitingView]:
    return [
        waiting_line("A018", "trf", 12, 14),
        waiting_line("A021", "new", 7, 10, customer_class=CustomerClass.ELDER),
        waiting_line("A019", "tar", 9, 14),
        waiting_line("A020", "inc", 8, 20),
        waiting_line(
            "A022", "trf", 4, 10, customer_class=CustomerClass.APPOINTMENT, appointment=NOW + timedelta(minutes=18)
        ),
    ]


def current(state: TicketState, seconds: int, now: datetime = NOW, **more: Any) -> CurrentView:
    serving = state is TicketState.SERVING
    note = NoteView(
        text="已核身份证、产权证。缺原户主签字，给了空白表；客户听力不太好，请说慢些。",
        by="1017",
        counter=1,
        at=NOW - timedelta(minutes=11),
    )
    facts: dict[str, Any] = {
        "ticket": "T-A017",
        "number": "A017",
        "service": "trf",
        "customer_class": CustomerClass.ELDER,
        "language": Language.ZH,
        "leg": 2,
        "issued_at": now - timedelta(minutes=20),
        "waited_s": 11 * 60,
        "notes": [note],
        "documents_seen": ["id", "deed", "account"],
        "called_at": now - timedelta(seconds=seconds + (30 if serving else 0)),
        "started_at": now - timedelta(seconds=seconds) if serving else None,
    }
    return CurrentView(state=state, **(facts | more))


def queue(service: str, n: int, counters: list[int], low: int, high: int) -> QueueView:
    forecast = WaitRange(low_s=low * 60, likely_s=(low + high) * 30, high_s=high * 60, as_of=NOW)
    return QueueView(
        service=service, waiting=n, longest_wait_s=n * 200, target_s=840, forecast=forecast, counters=counters
    )


def desk_view(rev: int = 10, **more: Any) -> DeskView:
    counters = [
        CounterView(counter=3, state=CounterState.OPEN, clerk="1023", since=NOW),
        CounterView(counter=5, state=CounterState.OPEN, clerk="1029", since=NOW, number="A016"),
    ]
    facts: dict[str, Any] = {
        "stamp": stamp(rev),
        "branch": "chengdong",
        "counter": 3,
        "state": CounterState.OPEN,
        "clerk": "1023",
        "since": NOW - timedelta(seconds=38),
        "waiting": waiting_list(),
        "counters": counters,
        "queues": [queue("tar", 0, [2, 3, 5], 2, 4), queue("con", 1, [1], 6, 11), queue("trf", 2, [3], 8, 14)],
        "mean_interarrival_s": 360.0,
    }
    return DeskView(**(facts | more))


def missed_line() -> WaitingView:
    return waiting_line("A015", "tar", 18, 14, state=TicketState.MISSED, back_at=NOW + timedelta(minutes=20))


def held_line() -> WaitingView:
    return waiting_line(
        "A013",
        "trf",
        25,
        14,
        state=TicketState.HELD,
        back_at=NOW + timedelta(minutes=8),
        hold_reason=HoldReason.DOCUMENTS,
    )


@dataclass
class Beat:
    """A machine clock that moves only when told."""

    seconds: float = 1000.0

    def __call__(self) -> float:
        return self.seconds


class AtOnce:
    """Does the work when asked, or when released: then a test can press twice before the answer."""

    def __init__(self) -> None:
        self.held = False
        self.waiting: list[Callable[[], None]] = []

    def run(self, work: Callable[[], T], done: Callable[[T], None], failed: Callable[[Exception], None]) -> None:
        def job() -> None:
            try:
                result = work()
            except (HallAway, ActRefused) as error:
                failed(error)
            else:
                done(result)

        if self.held:
            self.waiting.append(job)
        else:
            job()

    def release(self) -> None:
        self.held, jobs = False, self.waiting
        self.waiting = []
        for job in jobs:
            job()


@dataclass
class MemoryHall:
    """A hall of one counter: follows the contract's acts, remembers every request, answers a repeated one as before."""

    view: DeskView = field(default_factory=lambda: desk_view(state=CounterState.CLOSED, clerk=None))
    token: str = "machine"
    away: bool = False
    lose_answer: bool = False
    """The next act is done, but its answer is lost."""
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    done: dict[str, DeskView] = field(default_factory=dict)
    records: dict[tuple[str, int], dict[str, Any]] = field(default_factory=dict)
    revoked: bool = False

    def services(self) -> ServicesView:
        self._line()
        return services()

    def desk(self, counter: int) -> DeskView:
        self._line()
        return self.view

    def login(self, body: Login) -> SessionView:
        self._line()
        if body.secret != "2468":
            raise refused("unauthorised", 401)
        self.revoked = False
        return SessionView(token="session", person=body.staff, role="clerk", counter=body.counter)

    def logout(self) -> None:
        self.token = "machine"

    def put_interaction(self, ticket: str, leg: int, body: PutInteraction) -> InteractionView:
        self._line()
        self.records[ticket, leg] = body.record.model_dump()
        return InteractionView(
            ticket=ticket, leg=leg, service_done=body.record.service_done, outcome=body.record.outcome
        )

    def counter_act(self, counter: int, act: str, body: Body) -> DeskView:
        self._line()
        sent = body.model_dump()
        self.asked.append((act, sent))
        if self.revoked:
            raise refused("unauthorised", 401)
        if sent["request_id"] not in self.done:
            self.view = self._decide(act, sent)
            self.done[sent["request_id"]] = self.view
        if self.lose_answer:
            self.lose_answer = False
            raise HallAway("time over", outcome_unknown=True)
        return self.done[sent["request_id"]]

    def acts(self) -> list[str]:
        return [act for act, _ in self.asked]

    def _line(self) -> None:
        if self.away:
            raise HallAway("no connection")

    def _changed(self, **changes: Any) -> DeskView:
        return self.view.model_copy(update={"stamp": stamp(self.view.stamp.rev + 1), **changes})

    def _decide(self, act: str, sent: dict[str, Any]) -> DeskView:
        now = self.view.current
        if act == "open":
            return self._changed(state=CounterState.OPEN, clerk="1023")
        if act == "resume":
            return self._changed(state=CounterState.OPEN, pause_reason=None)
        if act == "pause":
            return self._changed(state=CounterState.PAUSED, pause_reason=PauseReason(sent["reason"]))
        if act == "close":
            return self._changed(state=CounterState.CLOSED, clerk=None)
        if act == "next":
            return self._call(sent)
        if act == "call":
            chosen = next(each for each in self.view.waiting if each.ticket == sent["ticket"])
            rest = [each for each in self.view.waiting if each is not chosen]
            self.view = self.view.model_copy(update={"waiting": [chosen, *rest]})
            return self._call(sent)
        if act == "revive":
            return self._changed(missed=[], held=[], waiting=[*self.view.waiting, *self.view.missed, *self.view.held])
        if act == "served-offline":
            rest = [each for each in self.view.waiting if each.number != sent["number"]]
            gone = now is not None and now.number == sent["number"]
            return self._changed(waiting=rest, current=None if gone else now)
        if now is None or now.ticket != sent["ticket"]:
            raise refused("wrong-state", 409, self.view)
        return self._act_on(now, act, sent)

    def _call(self, sent: dict[str, Any]) -> DeskView:
        if self.view.current is not None:
            raise refused("expect-mismatch", 409, self.view)
        if not self.view.waiting:
            raise refused("nobody-waiting", 409, self.view)
        first, *rest = self.view.waiting
        called = current(
            TicketState.CALLED,
            0,
            ticket=first.ticket,
            number=first.number,
            service=first.service,
            leg=first.leg,
            notes=[],
        )
        return self._changed(current=called, waiting=rest)

    def _act_on(self, now: CurrentView, act: str, sent: dict[str, Any]) -> DeskView:
        if act == "recall":
            return self._changed(current=now.model_copy(update={"calls": now.calls + 1}))
        if act == "start":
            return self._changed(current=now.model_copy(update={"state": TicketState.SERVING, "started_at": NOW}))
        if act == "finish":
            self.records[now.ticket, now.leg] = sent["record"]
            last = LastLegView(ticket=now.ticket, leg=now.leg, number=now.number, service=now.service, finished_at=NOW)
            return self._changed(current=None, last_leg=last)
        if act == "no-show":
            return self._changed(current=None, missed=[missed_line()])
        if act == "hold":
            return self._changed(current=None, held=[held_line()])
        return self._changed(current=None)


def refused(code: str, status: int, desk: DeskView | None = None, **facts: str | int | float | None) -> ActRefused:
    return ActRefused(
        ProblemView(
            type=f"urn:powerhall:{code}", title=code, status=status, detail=code, code=code, facts=facts, desk=desk
        )
    )


@dataclass
class Post:
    """A counter program without its windows."""

    hall: MemoryHall
    worker: AtOnce
    beat: Beat
    model: DeskModel
    outbox: Outbox
    folder: Path
    keys: dict[Key, str]

    def line(self, up: bool) -> None:
        self.hall.away = not up
        attempts = 0 if up else 9
        self.model.line_changed(LineState(up, self.beat.seconds, attempts))

    def show(self, view: DeskView) -> None:
        self.hall.view = view
        self.model.receive(view)

    def later(self, seconds: float) -> None:
        self.beat.seconds += seconds
        self.model.tick()


@pytest.fixture
def make_post(tmp_path: Path, qapp: object) -> Iterator[Callable[..., Post]]:
    """Builds a counter over a hall; a second one in the same folder is the program after a crash."""
    made: list[Post] = []

    def build(hall: MemoryHall | None = None, folder: Path = tmp_path, signed: bool = True) -> Post:
        hall, worker, beat = hall or MemoryHall(), AtOnce(), Beat()
        outbox = Outbox(folder / "outbox.sqlite")
        ids = itertools.count(1)
        tools = Tools(
            hall=hall,
            worker=worker,
            outbox=outbox,
            keepsake=Keepsake(folder / "draft.json"),
            clock=HallClock(beat, NOW),
            monotonic=beat,
            new_id=lambda: f"request-{len(made)}-{next(ids)}",
        )
        post = Post(hall, worker, beat, DeskModel(3, dict(DEFAULT_KEYS), tools), outbox, folder, dict(DEFAULT_KEYS))
        made.append(post)
        if signed:
            post.model.sign_in("1023", services())
            post.line(up=not hall.away)
            if not hall.away:
                post.model.receive(hall.view)
        return post

    yield build
    for post in made:
        post.outbox.close()


@pytest.fixture
def post(make_post: Callable[..., Post]) -> Post:
    return make_post()


class Story:
    """The views of the look's own story, at hand for every test."""

    now = NOW
    desk_view = staticmethod(desk_view)
    current = staticmethod(current)
    services = staticmethod(services)
    waiting_line = staticmethod(waiting_line)
    missed_line = staticmethod(missed_line)
    held_line = staticmethod(held_line)
    refused = staticmethod(refused)
    hall = MemoryHall


@pytest.fixture
def story() -> Story:
    return Story()
