"""Time as the keeper lives it: clocks that are moved, nights that nobody was there, zones that change."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from server.adapters.journal import EVENTS
from server.adapters.verify import verify
from server.application.duties import WALL_SETTLES_S
from server.domain.commands import CloseCounter
from server.domain.events.days import DayOpened, TimeStepped
from server.domain.events.event import Event
from server.domain.events.tickets import LegFinished, TicketCalled, TicketExpired, TicketIssued
from server.domain.vocabulary import CounterNo, CounterState, TicketId

ONE = CounterNo(1)


def journal(branch: Any) -> list[Event]:
    return [EVENTS.load(line.type, line.body) for line in branch.lines()]


def of(kind: type[Any], branch: Any) -> list[Any]:
    return [event for event in journal(branch) if isinstance(event, kind)]


@pytest.mark.fault(7)
@pytest.mark.parametrize("hours", [3, -30])
def test_a_wall_clock_that_is_moved_while_people_wait_is_recorded_and_in_no_duration(
    branch: Any, hands: Any, hours: int, until: Any, expected_logs: Any
) -> None:
    expected_logs.expect(f"the wall clock was moved by {hours * 3600}")
    keeper = branch.keeper(clock=hands.hall_time(), machine=hands)
    branch.open(keeper)
    branch.done(keeper, branch.issue("t1"))
    day = keeper.hall.business_day
    hands.pass_(minutes=5)
    hands.wall += timedelta(hours=hours)
    hands.pass_(minutes=5)
    assert until(lambda: of(TimeStepped, branch))
    branch.serve(keeper, "t1")

    (step,) = of(TimeStepped, branch)
    (called,) = of(TicketCalled, branch)
    (issued,) = of(TicketIssued, branch)
    (finished,) = of(LegFinished, branch)
    assert step.seconds == hours * 3600
    assert called.waited_s == 600
    assert finished.at - issued.at == timedelta(minutes=10)
    assert all(earlier.at <= later.at for earlier, later in pairwise(journal(branch)))
    assert keeper.hall.business_day == day
    assert keeper.figures.today().services[called.service].p50_s == 600


@pytest.mark.parametrize("hours", [3, -3])
def test_a_hall_at_rest_follows_the_wall_clock_once_that_has_settled(
    sqlite_branch: Any, hands: Any, hours: int, until: Any, expected_logs: Any
) -> None:
    expected_logs.expect("the wall clock was moved")
    branch, clock = sqlite_branch, hands.hall_time()
    keeper = branch.keeper(clock=clock, machine=hands)
    branch.open(keeper)
    branch.done(keeper, branch.issue("t1"))
    hands.pass_(hours=4)
    branch.serve(keeper, "t1")
    hands.wall += timedelta(hours=hours)
    hands.pass_(seconds=2)
    assert until(lambda: of(TimeStepped, branch))
    hands.pass_(seconds=WALL_SETTLES_S + 1)
    assert branch.done(keeper, branch.issue("t2")).hall.at == hands.wall - timedelta(hours=hours)

    branch.serve(keeper, "t2")
    hands.pass_(minutes=1)
    branch.done(keeper, CloseCounter(ONE))
    last = keeper.hall.at
    hands.pass_(seconds=5)
    assert until(lambda: clock.now() == max(hands.wall, last))


def test_a_step_that_could_not_be_written_is_recorded_later_and_once(
    sqlite_branch: Any, hands: Any, until: Any, expected_logs: Any
) -> None:
    expected_logs.expect("the wall clock was moved|cannot be written")
    branch = sqlite_branch
    keeper = branch.keeper(clock=hands.hall_time(), machine=hands)
    with branch.engine.execution_options(writer=True).begin() as connection:
        connection.exec_driver_sql("SELECT 1")
        hands.wall += timedelta(hours=2)
        hands.pass_(seconds=2)
        assert until(lambda: keeper.trouble)
    hands.pass_(seconds=2)
    assert until(lambda: of(TimeStepped, branch))
    branch.done(keeper, branch.issue("t1"))
    assert [step.seconds for step in of(TimeStepped, branch)] == [7200]


def test_a_machine_that_starts_in_the_past_goes_on_from_the_last_event_until_its_clock_is_set(
    sqlite_branch: Any, hands: Any, until: Any, expected_logs: Any
) -> None:
    """Its battery is empty; a time server sets the clock a moment after the start."""
    expected_logs.expect("the wall clock was moved")
    branch = sqlite_branch
    keeper = branch.keeper(clock=hands.hall_time(), machine=hands)
    branch.done(keeper, branch.issue("t1"))
    last = keeper.hall.at
    keeper.stop()
    true, hands.wall = hands.wall + timedelta(hours=26), datetime(2000, 1, 1, tzinfo=UTC)
    clock = hands.hall_time()
    keeper = branch.keeper(clock=clock, machine=hands)
    assert clock.now() == last
    hands.wall = true
    hands.pass_(seconds=2)
    assert until(lambda: of(TimeStepped, branch))
    assert keeper.hall.business_day == last.astimezone(ZoneInfo("Asia/Shanghai")).date()
    branch.done(keeper, branch.issue("t2"))
    keeper.stop()
    keeper = branch.keeper(clock=hands.hall_time(), machine=hands)
    assert until(lambda: len(of(DayOpened, branch)) == 2)
    assert {event.ticket for event in of(TicketExpired, branch)} == {"t1", "t2"}
    assert branch.done(keeper, branch.issue("t3")).hall.at == hands.wall


@pytest.mark.fault(8)
@pytest.mark.parametrize(
    ("zone", "first"),
    [("Asia/Shanghai", None), ("Europe/Berlin", date(2026, 3, 26)), ("Europe/Berlin", date(2026, 10, 22))],
)
def test_nights_that_nobody_was_there_are_closed_one_by_one_as_scheduled(
    branch: Any, hands: Any, zone: str, first: date | None
) -> None:
    """Over a week end on which Berlin changes its clocks, too."""
    here = ZoneInfo(zone)
    if first is not None:
        hands.wall = datetime.combine(first, time(9), here).astimezone(UTC)
    config = replace(branch.config(), timezone=zone)
    keeper = branch.keeper(config=config, clock=hands.hall_time(), machine=hands)
    branch.open(keeper)
    branch.done(keeper, branch.issue("t1"))
    day = keeper.hall.business_day
    keeper.stop()
    hands.pass_(days=5, hours=1)
    keeper = branch.keeper(config=config, clock=hands.hall_time(), machine=hands)

    opened = of(DayOpened, branch)[1:]
    assert [event.day for event in opened] == [day + timedelta(days=n) for n in range(1, 6)]
    assert {event.at.astimezone(here).time() for event in opened} == {time(4)}
    assert {event.at for event in of(TicketExpired, branch)} == {opened[0].at}
    assert keeper.hall.counters[ONE].state is CounterState.CLOSED
    assert branch.done(keeper, branch.issue("t2")).hall.live[TicketId("t2")].visit.number == "A001"
    keeper.stop()
    assert verify(branch.engine, branch.name) == []


@pytest.mark.fault(10)
def test_a_start_on_the_same_day_goes_on_with_the_numbers(branch: Any, hands: Any) -> None:
    for n in range(1, 6):
        keeper = branch.keeper(clock=hands.hall_time(), machine=hands)
        number = branch.done(keeper, branch.issue(f"t{n}")).hall.live[TicketId(f"t{n}")].visit.number
        assert number == f"A00{n}"
        keeper.stop()
        hands.pass_(hours=2)
    assert len(of(DayOpened, branch)) == 1


@pytest.mark.fault(8)
def test_numbers_begin_anew_once_while_the_hall_is_open_over_its_day_start(
    sqlite_branch: Any, hands: Any, until: Any
) -> None:
    branch = sqlite_branch
    hands.wall = datetime(2026, 3, 2, 15, 50, tzinfo=UTC)
    keeper = branch.keeper(clock=hands.hall_time(), machine=hands)
    branch.open(keeper)
    numbers = list[str]()
    for n in range(30):
        answer = branch.done(keeper, branch.issue(f"t{n}"))
        numbers.append(answer.hall.live[TicketId(f"t{n}")].visit.number)
        hands.pass_(minutes=20)
    fresh = numbers.index("A001", 1)
    assert numbers[:fresh] == [f"A{n:03}" for n in range(1, fresh + 1)]
    assert numbers[fresh:] == [f"A{n:03}" for n in range(1, 31 - fresh)]
    assert [event.at for event in of(DayOpened, branch)][1:] == [datetime(2026, 3, 2, 20, 0, tzinfo=UTC)]
    assert len(of(TicketExpired, branch)) == fresh
    keeper.stop()
    assert verify(branch.engine, branch.name) == []


@pytest.mark.parametrize(("zone", "days"), [("Pacific/Auckland", 2), ("Europe/Berlin", 1), ("Pacific/Kiritimati", 2)])
def test_a_branch_moved_to_another_zone_repeats_no_day_and_dates_nothing_back(
    branch: Any, hands: Any, zone: str, days: int
) -> None:
    hands.wall = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)
    keeper = branch.keeper(clock=hands.hall_time(), machine=hands)
    branch.done(keeper, branch.issue("t1"))
    keeper.stop()
    hands.pass_(minutes=10)
    moved = replace(branch.config(), timezone=zone)
    keeper = branch.keeper(config=moved, clock=hands.hall_time(), machine=hands)
    hands.pass_(minutes=1)
    branch.done(keeper, branch.issue("t2"))

    opened = [event.day for event in of(DayOpened, branch)]
    assert opened == sorted(set(opened))
    assert len(opened) == days
    assert all(earlier.at <= later.at for earlier, later in pairwise(journal(branch)))
    keeper.stop()
    assert verify(branch.engine, branch.name) == []


def test_acts_are_forgotten_thirty_days_later_by_the_halls_own_clock(branch: Any, hands: Any) -> None:
    keeper = branch.keeper(clock=hands.hall_time(), machine=hands)
    branch.done(keeper, branch.issue("t1"), "request-old")
    keeper.stop()
    for days, repeated in ((29, True), (2, False)):
        hands.pass_(days=days)
        keeper = branch.keeper(clock=hands.hall_time(), machine=hands)
        name = "t1" if repeated else "t2"
        assert branch.done(keeper, branch.issue(name), "request-old").repeated is repeated
        keeper.stop()
