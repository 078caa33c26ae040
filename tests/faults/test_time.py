"""Faults 7, 8, 9, 10: clocks are moved, nights pass unattended, summer time comes and goes, servers are started again.

Whole servers over HTTP; the machine's own clocks are put in their hands at the place where the parts are joined.
"""

import shutil
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from server.adapters.clock import HallTime, since_boot
from server.adapters.closing import closed_days
from server.adapters.long_closure import ClockRefused
from server.adapters.verify import inspect
from server.bootstrap import build
from server.contract import acts
from server.contract.views.desk import CurrentView
from server.domain.vocabulary import Outcome, Role
from server.link.acts import HallClient, new_request_id
from server.settings import load

if TYPE_CHECKING:
    from tests.conftest import ExpectedLogs, ServedHall, ServeHall, Until

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
MORNING = datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI)
CONFIG = Path(__file__).parents[2] / "config"


@dataclass
class Clock:
    """The machine's clocks, running on but for what is added by hand."""

    start: datetime
    began: float = field(default_factory=since_boot)
    slept: timedelta = timedelta()
    moved: timedelta = timedelta()

    def wall(self) -> datetime:
        return self.start + timedelta(seconds=self.monotonic() - self.began) + self.moved

    def monotonic(self) -> float:
        return since_boot() + self.slept.total_seconds()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Every server that is started meets this clock."""
    clock = Clock(MORNING.astimezone(UTC))
    given = partial(HallTime, wall=clock.wall, monotonic=clock.monotonic)
    monkeypatch.setattr("server.bootstrap.HallTime", given)
    return clock


def issue(kiosk: HallClient) -> str:
    return kiosk.issue(acts.IssueTicket(request_id=new_request_id(), services=["pay"])).number


def open_counter(clerk: HallClient) -> None:
    clerk.counter_act(1, "open", acts.OpenCounter(request_id=new_request_id()))


def call(clerk: HallClient) -> CurrentView:
    """The next customer comes to the counter."""
    clerk.counter_act(1, "next", acts.NextCustomer(request_id=new_request_id(), expect=None))
    current = clerk.desk(1).current
    assert current is not None
    clerk.counter_act(1, "start", acts.CurrentAct(request_id=new_request_id(), ticket=current.ticket))
    return current


def finish(clerk: HallClient, customer: CurrentView) -> None:
    record = acts.Interaction(service_done="pay", outcome=Outcome.DONE)
    body = acts.FinishCustomer(request_id=new_request_id(), ticket=customer.ticket, record=record)
    clerk.counter_act(1, "finish", body)


def steps(hall: "ServedHall") -> int:
    """How often the journal tells of a moved clock."""
    read = hall.server.front.read_journal
    return sum(line.type == "TimeStepped" for line in read(0).lines)


def sound(hall: "ServedHall") -> None:
    report = inspect(hall.server.engine, hall.server.settings.branch)
    assert report.findings == []


@pytest.mark.fault(7)
@pytest.mark.parametrize("hours", [24, -2])
def test_a_clock_that_jumps_makes_no_wait_longer_shorter_or_negative(
    serve_hall: "ServeHall",
    tmp_path: Path,
    clock: Clock,
    hours: int,
    until: "Until",
    expected_logs: "ExpectedLogs",
) -> None:
    expected_logs.expect("the wall clock was moved")
    with serve_hall(tmp_path) as hall:
        kiosk, clerk = hall.machine(Role.KIOSK, "kiosk-1"), hall.clerk(1)
        open_counter(clerk)
        numbers = [issue(kiosk)]
        clock.slept += timedelta(minutes=5)
        clock.moved += timedelta(hours=hours)
        assert until(lambda: steps(hall) == 1)
        numbers.append(issue(kiosk))
        view = kiosk.hall()
        (queue,) = (queue for queue in view.queues if queue.service == "pay")
        assert 300 <= queue.longest_wait_s < 330
        customer = call(clerk)
        assert customer.number == numbers[0]
        clock.moved -= timedelta(hours=hours)
        clock.slept += timedelta(minutes=3)
        assert until(lambda: steps(hall) == 2)
        finish(clerk, customer)
        (waited,) = (one for one in hall.server.front.keeper.figures.today().services.values())
        assert 300 <= (waited.p50_s or 0) < 330
        assert hall.server.keeper.hall.business_day == date(2026, 3, 2)
        assert numbers == ["B001", "B002"]
        sound(hall)


@pytest.mark.fault(8)
def test_midnight_changes_nothing_and_the_day_start_changes_everything_once(
    serve_hall: "ServeHall", tmp_path: Path, clock: Clock, until: "Until"
) -> None:
    clock.start = datetime(2026, 3, 2, 23, 58, tzinfo=SHANGHAI).astimezone(UTC)
    with serve_hall(tmp_path) as hall:
        kiosk = hall.machine(Role.KIOSK, "kiosk-1")
        open_counter(hall.clerk(1))
        before = issue(kiosk)
        clock.slept += timedelta(minutes=5)
        assert (before, issue(kiosk)) == ("B001", "B002")
        assert kiosk.hall().waiting == 2

        clock.slept += timedelta(hours=4)
        assert until(lambda: kiosk.hall().waiting == 0)
        assert hall.server.keeper.hall.business_day == date(2026, 3, 3)
        assert [counter.state for counter in kiosk.hall().counters if counter.counter == 1] == ["closed"]
        assert issue(kiosk) == "B001"
        counts = inspect(hall.server.engine, "chengdong").counts
        assert (counts["issued"], counts["expired"], counts["open"]) == (3, 2, 1)
        sound(hall)


@pytest.mark.fault(8)
def test_a_clock_years_ahead_closes_no_day_until_a_person_says_which_is_right(
    serve_hall: "ServeHall", tmp_path: Path, clock: Clock
) -> None:
    with serve_hall(tmp_path) as hall:
        issue(hall.machine(Role.KIOSK, "kiosk-1"))
    clock.start += timedelta(days=3000)
    with pytest.raises(ClockRefused, match=r"3000 days after the last event of chengdong\. Nothing was changed"):
        build(load(CONFIG, {"HALL_DATA": str(tmp_path), "HALL_BROKER": "none"}))

    config = Path(shutil.copytree(CONFIG, tmp_path / "config"))
    text = (config / "hall.toml").read_text(encoding="utf-8")
    (config / "hall.toml").write_text(text.replace("closure_days = 60", "closure_days = 90"), encoding="utf-8")
    clock.start -= timedelta(days=2920)
    with serve_hall(tmp_path, config=config) as hall:
        assert issue(hall.machine(Role.KIOSK, "kiosk-2")) == "B001"
        assert len(list(closed_days(hall.server.engine, "chengdong"))) == 80
        sound(hall)


@pytest.mark.fault(8)
def test_a_hall_that_nobody_closed_for_days_is_closed_day_by_day_at_the_next_start(
    serve_hall: "ServeHall", tmp_path: Path, clock: Clock
) -> None:
    with serve_hall(tmp_path) as hall:
        open_counter(hall.clerk(1))
        issue(hall.machine(Role.KIOSK, "kiosk-1"))
    clock.start += timedelta(days=4)
    with serve_hall(tmp_path) as hall:
        days = list(closed_days(hall.server.engine, "chengdong"))
        assert [day.day for day in days] == [date(2026, 3, 2) + timedelta(days=n) for n in range(4)]
        assert {day.closed_at.astimezone(SHANGHAI).hour for day in days} == {4}
        kiosk = hall.machine(Role.KIOSK, "kiosk-1")
        assert kiosk.hall().waiting == 0
        assert issue(kiosk) == "B001"
        sound(hall)


@pytest.fixture
def berlin(tmp_path: Path) -> Path:
    """The shipped configuration of a hall that has summer time."""
    config = Path(shutil.copytree(CONFIG, tmp_path / "config"))
    file = config / "hall.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("Asia/Shanghai", "Europe/Berlin"), encoding="utf-8")
    return config


@pytest.mark.fault(9)
@pytest.mark.parametrize(("first", "hours"), [(date(2026, 3, 28), 23), (date(2026, 10, 24), 25)])
def test_a_day_of_a_clock_change_is_as_long_as_the_people_find_it(
    serve_hall: "ServeHall", tmp_path: Path, berlin: Path, clock: Clock, first: date, hours: int, until: "Until"
) -> None:
    clock.start = datetime(first.year, first.month, first.day, 23, 0, tzinfo=BERLIN).astimezone(UTC)
    with serve_hall(tmp_path / "data", config=berlin) as hall:
        kiosk = hall.machine(Role.KIOSK, "kiosk-1")
        issue(kiosk)
        began = hall.server.keeper.hall.day_ends
        clock.slept += timedelta(hours=hours - 18)
        assert until(lambda: kiosk.hall().waiting == 0)
        clock.slept += timedelta(days=1)
        assert until(lambda: hall.server.keeper.hall.business_day == first + timedelta(days=2))
        days = list(closed_days(hall.server.engine, "chengdong"))
        assert {day.closed_at.astimezone(BERLIN).hour for day in days} == {4}
        assert began is not None
        opened = datetime(first.year, first.month, first.day, 4, 0, tzinfo=BERLIN).astimezone(UTC)
        assert began - opened == timedelta(hours=hours)
        sound(hall)


@pytest.mark.fault(9)
def test_a_hall_moved_to_another_zone_repeats_no_day_and_keeps_its_times(
    serve_hall: "ServeHall", tmp_path: Path, berlin: Path, clock: Clock
) -> None:
    home = tmp_path / "data"
    with serve_hall(home) as hall:
        kiosk = hall.machine(Role.KIOSK, "kiosk-1")
        assert issue(kiosk) == "B001"
        stored = hall.server.front.read_journal(0).lines
    clock.start += timedelta(minutes=10)
    with serve_hall(home, config=berlin) as hall:
        kiosk = hall.machine(Role.KIOSK, "kiosk-1")
        assert issue(kiosk) == "B002"
        assert hall.server.keeper.hall.business_day == date(2026, 3, 2)
        assert hall.server.front.read_journal(0).lines[: len(stored)] == stored
        sound(hall)


@pytest.mark.fault(10)
def test_a_server_started_again_on_the_same_day_goes_on_with_the_numbers(
    serve_hall: "ServeHall", tmp_path: Path, clock: Clock
) -> None:
    numbers = list[str]()
    for _start in range(3):
        with serve_hall(tmp_path) as hall:
            kiosk = hall.machine(Role.KIOSK, "kiosk-1")
            numbers += [issue(kiosk), issue(kiosk)]
            assert kiosk.hall().waiting == len(numbers)
        clock.slept += timedelta(minutes=30)
    assert numbers == [f"B{n:03}" for n in range(1, 7)]
