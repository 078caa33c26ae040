"""The server dies by kill -9 at every named point of an act's way (faults 2 and 3): all of it is there, or nothing.

Its caller asks again with the same id and is answered as if nothing had happened.
"""

from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from pydantic import BaseModel

from server.adapters.database import open_engine
from server.adapters.journal import Line, read_lines
from server.adapters.verify import verify
from server.contract import acts
from server.contract.views.answers import TicketView
from server.contract.views.desk import DeskView
from server.demo.mortal import COMMIT, POINTS, PRUNE_POINTS, Mortal
from server.demo.stage import Stage, set_stage
from server.domain.vocabulary import HoldReason, Outcome
from server.link.acts import HallClient, new_request_id
from server.link.errors import HallAway

CONFIG = Path(__file__).parents[2] / "config"
MORNING = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
COUNTER = 2
WAIT_S = 30.0
COMMITTED = POINTS[POINTS.index(COMMIT) + 1 :]
"""Points at which the act is there for good."""

V = TypeVar("V", bound=BaseModel)
Ask = Callable[[str], BaseModel]
"""Asks for one act under the given request id."""


@dataclass
class MortalHall:
    """A hall whose server dies when it is told to."""

    stage: Stage
    server: Mortal
    clients: list[HallClient] = field(default_factory=list)

    def client(self, token: str) -> HallClient:
        client = HallClient(self.stage.url, self.stage.settings.branch, token, timeout_s=WAIT_S)
        self.clients.append(client)
        return client

    def clerk(self) -> HallClient:
        badge = next(badge for badge in self.stage.badges if badge.counter == COUNTER)
        client = self.client(self.stage.tokens[f"counter-{COUNTER}"])
        login = acts.Login(staff=badge.staff, secret=badge.pin, counter=COUNTER)
        client.token = self.until_answered(lambda _: client.login(login), "").token
        return client

    def until_answered(self, ask: Callable[[str], V], request_id: str) -> V:
        until = datetime.now(UTC) + timedelta(seconds=WAIT_S)
        while True:
            try:
                return ask(request_id)
            except HallAway:
                if datetime.now(UTC) > until:
                    raise

    def journal(self) -> list[Line]:
        engine = open_engine(self.stage.settings.database_url)
        try:
            with engine.connect() as connection:
                return list(read_lines(connection, self.stage.settings.branch))
        finally:
            engine.dispose()

    def of_act(self, request_id: str) -> list[str]:
        """The events that an act left in the journal."""
        return [line.type for line in self.journal() if line.request.endswith(f"/{request_id}")]

    def findings(self) -> list[str]:
        engine = open_engine(self.stage.settings.database_url)
        try:
            return [finding.words for finding in verify(engine, self.stage.settings.branch)]
        finally:
            engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def hall(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MortalHall]:
    url = "" if request.param == "sqlite" else str(request.getfixturevalue("pg_url"))
    rules = {"calling": {"no_show_after_s": 0}}
    stage = set_stage(CONFIG, tmp_path, speed=1, start=MORNING, erlangs=1, rules=rules, database_url=url)
    server = Mortal({**stage.environment, "HALL_BROKER": "none"}, tmp_path / "server.log")
    hall = MortalHall(stage, server)
    server.start()
    yield hall
    for client in hall.clients:
        client.close()
    server.kill()


def way(kiosk: HallClient, clerk: HallClient) -> Generator[tuple[str, Ask], BaseModel, None]:
    """Every act once: its name and how it is asked; the answer is sent back."""

    def at_counter(act: str, kind: type[acts.Act], **body: object) -> tuple[str, Ask]:
        return act, lambda known: clerk.counter_act(COUNTER, act, kind.model_validate({"request_id": known, **body}))

    def on(ticket: TicketView, act: str, kind: type[acts.Act] = acts.CurrentAct, **body: object) -> tuple[str, Ask]:
        return at_counter(act, kind, ticket=ticket.id, **body)

    record = acts.Interaction(service_done="pay", outcome=Outcome.DONE, note="paid in full")
    yield at_counter("open", acts.OpenCounter)
    first = told(TicketView, (yield "issue", issue_at(kiosk)))
    yield at_counter("next", acts.NextCustomer, expect=None)
    yield on(first, "recall")
    yield on(first, "start")
    yield on(first, "hold", acts.HoldCustomer, reason=HoldReason.FORM, minutes=5)
    yield on(first, "revive", acts.ReviveTicket)
    yield at_counter("next", acts.NextCustomer, expect=None)
    yield on(first, "start")
    yield on(first, "transfer", acts.TransferCustomer, service="bil", note="see the meter's photo")
    yield at_counter("next", acts.NextCustomer, expect=None)
    yield on(first, "start")
    desk = told(DeskView, (yield on(first, "finish", acts.FinishCustomer, record=record)))
    assert desk.rating is not None
    window = desk.rating.window
    yield "rate", lambda known: kiosk.rate(acts.GiveRating(request_id=known, window=window, score=5))
    second = told(TicketView, (yield "issue", issue_at(kiosk)))
    yield at_counter("next", acts.NextCustomer, expect=None)
    yield on(second, "no-show")
    third = told(TicketView, (yield "issue", issue_at(kiosk)))
    yield "cancel", lambda known: clerk.ticket_act(third.id, "cancel", acts.TicketAct(request_id=known))
    yield at_counter("close", acts.CounterAct)


def issue_at(kiosk: HallClient) -> Callable[[str], TicketView]:
    return lambda known: kiosk.issue(acts.IssueTicket(request_id=known, services=["pay"]))


def told(kind: type[V], answer: BaseModel) -> V:
    assert isinstance(answer, kind)
    return answer


def go(hall: MortalHall, point_of: Callable[[int], str], after_s: float = 0.0) -> None:
    """The whole way of a ticket; in each act the server dies at the point that `point_of` its place says."""
    kiosk, clerk = hall.client(hall.stage.tokens["kiosk-1"]), hall.clerk()
    steps = way(kiosk, clerk)
    name, ask = next(steps)
    for place in range(100):
        answer = die_in(hall, f"{place} {name}", point_of(place), ask, after_s)
        try:
            name, ask = steps.send(answer)
        except StopIteration:
            return


def die_in(hall: MortalHall, act: str, point: str, ask: Ask, after_s: float) -> BaseModel:
    request_id = new_request_id()
    hall.server.doom.set(point, after_s=after_s)
    with suppress(HallAway):
        ask(request_id)
    assert hall.server.died(WAIT_S), f"{act}: nobody passed {point}"
    left = hall.of_act(request_id)
    hall.server.start()
    answer = hall.until_answered(ask, request_id)
    whole = hall.of_act(request_id)

    where = f"{act} killed at {point}"
    assert whole, where
    assert left in ([], whole), f"{where}: half of it was there"
    assert point == COMMIT or bool(left) == (point in COMMITTED), where
    assert hall.until_answered(ask, request_id) == answer, f"{where}: asked again it was answered otherwise"
    assert hall.of_act(request_id) == whole, f"{where}: asked again it was done again"
    return answer


def roll_over(hall: MortalHall, point: str, day: int) -> None:
    """A customer waits over night; the server dies at `point` while it opens the next day."""
    kiosk = hall.client(hall.stage.tokens["kiosk-1"])
    ticket = hall.until_answered(issue_at(kiosk), new_request_id())
    hall.server.kill()
    tomorrow = {"HALL_CLOCK_START": (MORNING + timedelta(days=day)).isoformat()}
    hall.server.doom.set(point)
    hall.server.start(**tomorrow)
    assert hall.server.died(WAIT_S), f"nobody passed {point}"
    hall.server.start(**tomorrow)
    fresh = hall.until_answered(issue_at(kiosk), new_request_id())

    ended = [line.type for line in hall.journal() if ticket.id in line.body.decode() and line.type != "DayOpened"]
    assert ended == ["TicketIssued", "TicketExpired"], point
    assert sum(line.type == "DayOpened" for line in hall.journal()) == day + 1, point
    assert fresh.number == "B001", point


@pytest.mark.fault(2, 3)
def test_a_server_killed_at_any_point_gives_the_same_answer_again_and_never_half_of_an_act(hall: MortalHall) -> None:
    """Each act dies at another point, and each point is met."""
    go(hall, lambda place: POINTS[place % len(POINTS)])

    assert hall.findings() == []


@pytest.mark.fault(3, 8)
def test_a_server_killed_while_the_day_ends_closes_it_once(hall: MortalHall) -> None:
    for day, point in enumerate(("projections_written", COMMIT, *PRUNE_POINTS), 1):
        roll_over(hall, point, day)

    assert hall.findings() == []


@pytest.mark.long
@pytest.mark.fault(2, 3)
@pytest.mark.parametrize("point", POINTS)
def test_every_act_killed_at_every_point_is_done_once_or_not_at_all(hall: MortalHall, point: str) -> None:
    go(hall, lambda _: point)

    assert hall.findings() == []


@pytest.mark.long
@pytest.mark.fault(3, 14)
@pytest.mark.parametrize("after_ms", [0.05, 0.1, 0.2, 0.3, 0.5, 0.8, 1.2, 2.0, 5.0])
def test_every_act_killed_at_any_moment_of_its_commit_is_done_once_or_not_at_all(
    hall: MortalHall, after_ms: float
) -> None:
    go(hall, lambda _: COMMIT, after_ms / 1000)

    assert hall.findings() == []


@pytest.mark.long
@pytest.mark.fault(3, 8)
def test_every_point_of_the_end_of_a_day_may_be_the_last(hall: MortalHall) -> None:
    for day, point in enumerate((*POINTS, *PRUNE_POINTS), 1):
        roll_over(hall, point, day)

    assert hall.findings() == []
