"""What forecasts have learned is what the journal tells, each event once, through faults, restarts and nights."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert

from server.adapters.clock import HallTime
from server.adapters.journal import ROOT
from server.adapters.tables import events
from server.application.answers import Accepted, NotOwner
from server.domain.commands import Finish, Next, OpenCounter, Start
from server.domain.events.days import ConfigAdopted
from server.domain.visit import Record
from server.domain.vocabulary import ClerkId, CounterNo, CustomerClass, Outcome, ServiceId, TicketId
from server.forecasting.hall_waits import HallWaits

PAY, ONE = ServiceId("pay"), CounterNo(1)
MINUTES = timedelta(minutes=1)
MORNING = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def forecasts(keeper: Any, waits: HallWaits) -> list[tuple[int, int, int] | None]:
    return [waits(keeper.hall, PAY, CustomerClass.NORMAL, ahead, keeper.hall.at) for ahead in range(12)]


def serve(branch: Any, keeper: Any, clock: HallTime, ticket: str, minutes: int) -> None:
    assert isinstance(branch.ask(keeper, branch.issue(ticket)), Accepted)
    assert isinstance(branch.ask(keeper, Next(ONE, None)), Accepted)
    assert isinstance(branch.ask(keeper, Start(ONE, TicketId(ticket))), Accepted)
    clock.not_before(clock.now() + minutes * MINUTES)
    assert isinstance(branch.ask(keeper, finish(ticket)), Accepted)


def finish(ticket: str) -> Finish:
    return Finish(ONE, TicketId(ticket), Record(PAY, Outcome.DONE))


def a_morning(branch: Any, clock: HallTime) -> tuple[Any, HallWaits]:
    waits = HallWaits()
    keeper = branch.keeper(learner=waits, clock=clock)
    branch.open(keeper)
    for n in range(6):
        serve(branch, keeper, clock, f"t{n}", 9)
    return keeper, waits


def again(branch: Any, clock: HallTime) -> tuple[Any, HallWaits]:
    waits = HallWaits()
    return branch.keeper(learner=waits, clock=clock), waits


def test_a_server_started_again_forecasts_as_before(branch: Any) -> None:
    clock = HallTime(start=MORNING)
    keeper, waits = a_morning(branch, clock)
    before = forecasts(keeper, waits)
    keeper.stop()
    assert before != forecasts(keeper, HallWaits())
    assert forecasts(*again(branch, clock)) == before


def test_what_was_learned_outlives_the_night_and_a_restart_after_it(branch: Any) -> None:
    clock = HallTime(start=MORNING)
    keeper, waits = a_morning(branch, clock)
    day = keeper.hall.business_day
    untaught = HallWaits()
    untaught.learn([ConfigAdopted(clock.now(), keeper.hall.rules, "system")])
    clock.not_before(clock.now() + timedelta(hours=24))
    assert isinstance(branch.ask(keeper, OpenCounter(ONE, ClerkId("1001"))), Accepted)
    assert keeper.hall.business_day > day
    before = forecasts(keeper, waits)
    assert before != forecasts(keeper, untaught)
    serve(branch, keeper, clock, "t8", 2)
    grown = forecasts(keeper, waits)
    assert grown != before
    keeper.stop()
    assert forecasts(*again(branch, clock)) == grown


def test_a_day_read_anew_counts_once_and_what_was_not_committed_not_at_all(branch: Any, expected_logs: Any) -> None:
    expected_logs.expect("another writer keeps")
    expected_logs.expect("psycopg: error ignored terminating")
    clock = HallTime(start=MORNING)
    keeper, waits = a_morning(branch, clock)
    for command in (branch.issue("t9"), Next(ONE, None), Start(ONE, TicketId("t9"))):
        assert isinstance(branch.ask(keeper, command), Accepted)
    before = forecasts(keeper, waits)
    clock.not_before(clock.now() + 2 * MINUTES)
    with branch.engine.execution_options(writer=True).begin() as connection:
        connection.execute(insert(events), foreign_line(branch.name, keeper.rev + 1))
    assert branch.ask(keeper, finish("t9")) == NotOwner()
    assert keeper.wait_ready(10)
    assert forecasts(keeper, waits) == before
    assert isinstance(branch.ask(keeper, finish("t9")), Accepted)
    assert forecasts(keeper, waits) != before


def foreign_line(branch: str, seq: int) -> dict[str, Any]:
    body = b'{"at":"2026-03-02T02:00:00+00:00","seconds":3.0}'
    head = {"branch": branch, "seq": seq, "journal": "other", "at_us": 0, "by": "other", "request": ""}
    return head | {"type": "TimeStepped", "body": body, "prev_hash": ROOT, "hash": ROOT}
