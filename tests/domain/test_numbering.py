from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.config import Series
from server.domain.numbering import Numbers, business_day, day_begins, next_number, reserved_for

SERIES = Series("A", 1, 20, {"kiosk-1": (5, 7)})


def test_numbers_skip_the_reserved_range_and_what_is_taken() -> None:
    numbers, given_out = Numbers(1, (9,)), []
    while (ordinal := next_number(numbers, SERIES)) is not None:
        given_out.append(ordinal)
        numbers = numbers.passed(ordinal)

    assert given_out == [n for n in range(1, 21) if n not in (5, 6, 7, 9)]


def test_as_many_numbers_are_left_out_as_may_have_been_given_around_the_reserved_range() -> None:
    assert next_number(Numbers(3, (9,)).skipping(4, SERIES), SERIES) == 11
    assert next_number(Numbers(3).skipping(200, SERIES), SERIES) is None


def test_a_used_up_series_has_no_next_number() -> None:
    assert next_number(Numbers(21), SERIES) is None


@pytest.mark.parametrize(
    ("ordinal", "has"), [(1, True), (3, True), (4, False), (5, False), (6, True), (15, True), (16, False)]
)
def test_numbers_know_what_is_held_today(ordinal: int, has: bool) -> None:
    assert Numbers(4).took(6).took(15).has(ordinal, SERIES) is has


@pytest.mark.parametrize(
    ("kiosk", "ordinal", "may"), [("kiosk-1", 5, True), ("kiosk-1", 8, False), ("kiosk-2", 5, False)]
)
def test_each_kiosk_has_its_own_range(kiosk: str, ordinal: int, may: bool) -> None:
    assert reserved_for(kiosk, ordinal, SERIES) is may


@pytest.mark.parametrize(
    ("day", "start", "timezone", "begins"),
    [
        (date(2026, 11, 20), time(4), "Asia/Shanghai", datetime(2026, 11, 19, 20, tzinfo=UTC)),
        (date(2026, 3, 8), time(2, 30), "America/New_York", datetime(2026, 3, 8, 7, tzinfo=UTC)),
        (date(2026, 11, 1), time(1, 30), "America/New_York", datetime(2026, 11, 1, 5, 30, tzinfo=UTC)),
        (date(2026, 10, 4), time(2, 15), "Australia/Lord_Howe", datetime(2026, 10, 3, 15, 30, tzinfo=UTC)),
    ],
)
def test_a_day_begins_at_its_local_time_or_the_next_that_exists(
    day: date, start: time, timezone: str, begins: datetime
) -> None:
    assert day_begins(day, start, timezone) == begins


def test_before_the_day_start_it_is_still_yesterday() -> None:
    at = datetime(2026, 11, 19, 20, tzinfo=UTC)

    assert business_day(at, time(4), "Asia/Shanghai") == date(2026, 11, 20)
    assert business_day(at - timedelta(seconds=1), time(4), "Asia/Shanghai") == date(2026, 11, 19)


@given(
    st.integers(1_577_836_800, 1_893_456_000),
    st.times(),
    st.sampled_from(["Asia/Shanghai", "America/New_York", "Australia/Lord_Howe", "Europe/Moscow"]),
)
def test_every_moment_lies_in_its_business_day(second: int, start: time, timezone: str) -> None:
    at = datetime.fromtimestamp(second, UTC)
    start = start.replace(second=0, microsecond=0)

    day = business_day(at, start, timezone)

    assert day_begins(day, start, timezone) <= at < day_begins(day + timedelta(days=1), start, timezone)
    assert abs((day - at.astimezone(ZoneInfo(timezone)).date()).days) <= 1
