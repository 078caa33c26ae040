from datetime import UTC, datetime, timedelta

from server.adapters.clock import HallTime

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


class Hands:
    """The machine's clocks, moved by hand."""

    def __init__(self) -> None:
        self.wall = START
        self.monotonic_s = 100.0

    def pass_s(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)
        self.monotonic_s += seconds

    def hall_time(self, speed: float = 1.0, start: datetime | None = None) -> HallTime:
        return HallTime(speed=speed, start=start, wall=lambda: self.wall, monotonic=lambda: self.monotonic_s)


def test_hall_time_is_the_wall_at_start_and_monotonic_since() -> None:
    hands = Hands()
    clock = hands.hall_time()
    hands.pass_s(5)
    hands.wall += timedelta(hours=1)
    assert clock.now() == START + timedelta(seconds=5)


def test_a_demo_day_runs_scaled_from_its_own_start() -> None:
    hands = Hands()
    clock = hands.hall_time(speed=60, start=START - timedelta(days=9))
    hands.pass_s(2)
    assert clock.now() == START - timedelta(days=9) + timedelta(minutes=2)
    assert clock.seconds_until(clock.now() + timedelta(minutes=3)) == 3
    assert clock.seconds_until(clock.now() - timedelta(minutes=3)) == 0


def test_hall_time_goes_on_from_the_last_event_when_it_is_behind() -> None:
    hands = Hands()
    clock = hands.hall_time()
    clock.not_before(START + timedelta(minutes=7))
    clock.not_before(START)
    hands.pass_s(1)
    assert clock.now() == START + timedelta(minutes=7, seconds=1)


def test_a_moved_wall_clock_is_told_once_and_small_steps_never() -> None:
    hands = Hands()
    clock = hands.hall_time(speed=60)
    hands.pass_s(30)
    assert clock.wall_step() == 0
    hands.wall += timedelta(seconds=1.5)
    assert clock.wall_step() == 0
    hands.wall -= timedelta(seconds=61.5)
    assert clock.wall_step() == -60
    assert clock.wall_step() == 0


def test_joining_the_wall_the_hall_shows_what_it_would_after_a_start() -> None:
    hands = Hands()
    clock, demo = hands.hall_time(), hands.hall_time(speed=60, start=START - timedelta(days=9))
    hands.pass_s(10)
    hands.wall += timedelta(hours=2)
    clock.join_wall(START)
    demo.join_wall(None)
    assert clock.now() == START + timedelta(hours=2, seconds=10)
    assert demo.now() == START - timedelta(days=9) + timedelta(hours=2, seconds=10) * 60


def test_joining_a_wall_that_went_back_the_hall_shows_nothing_before_the_last_event() -> None:
    hands = Hands()
    clock = hands.hall_time()
    hands.pass_s(3600)
    hands.wall -= timedelta(hours=8)
    last = START + timedelta(minutes=50)
    clock.join_wall(last)
    assert clock.now() == last
    hands.pass_s(1)
    clock.join_wall(last)
    assert clock.now() == last + timedelta(seconds=1)


def test_a_wall_that_was_moved_years_ahead_is_not_joined() -> None:
    hands = Hands()
    clock = HallTime(wall=lambda: hands.wall, monotonic=lambda: hands.monotonic_s, longest_closure=timedelta(days=60))
    hands.wall += timedelta(days=3000)
    clock.join_wall(None)
    assert clock.now() == START
    hands.wall -= timedelta(days=2941)
    clock.join_wall(None)
    assert clock.now() == START + timedelta(days=59)


def test_a_small_difference_is_not_joined() -> None:
    hands = Hands()
    clock = hands.hall_time()
    hands.wall += timedelta(seconds=1.9)
    clock.join_wall(None)
    assert clock.now() == START
