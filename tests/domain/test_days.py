from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.domain import commands as do
from server.domain.config import HallConfig
from server.domain.errors import Code
from server.domain.events.counters import CounterClosed
from server.domain.events.days import ConfigAdopted, DayOpened, Restored, TimeStepped
from server.domain.events.tickets import TicketExpired, TicketIssued
from server.domain.hall import Hall, evolve, next_due
from server.domain.ticket import Expected
from server.domain.vocabulary import BranchId, CounterNo, CounterState, Digest, HoldReason, ServiceId, TicketState

if TYPE_CHECKING:
    from tests.domain.conftest import Story

PAY, NEW = ServiceId("pay"), ServiceId("new")
Make = Callable[..., HallConfig]
ONE, TWO = CounterNo(1), CounterNo(2)
FOUR = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)
"""Four in the morning of the next day, in the hall."""


def test_the_first_config_opens_the_first_day(story: "Story") -> None:
    assert [type(event) for event in story.journal] == [ConfigAdopted, DayOpened]
    assert story.hall.business_day == date(2026, 11, 20)
    assert story.hall.day_ends == FOUR


def test_at_the_day_start_open_tickets_expire_and_counters_close(busy: "Story") -> None:
    called, waiting = busy.comes(PAY), busy.comes(NEW)
    busy.calls(ONE)
    busy.now = FOUR + timedelta(minutes=7)

    happened = busy.ticks()

    kinds = [type(event) for event in happened]
    assert kinds == [TicketExpired, TicketExpired, CounterClosed, CounterClosed, DayOpened]
    assert {event.at for event in happened} == {FOUR}
    assert {busy.closed[ticket].closed_as for ticket in (called, waiting)} == {"expired"}
    assert all(desk.state is CounterState.CLOSED and not desk.current for desk in busy.hall.counters.values())
    assert busy.hall.business_day == date(2026, 11, 21)


def test_numbers_begin_again_each_day(story: "Story") -> None:
    story.comes(PAY)
    story.later(minutes=24 * 60)

    assert story.number(story.comes(PAY)) == "B001"
    assert story.hall.issued_today == 1


def test_midnight_is_nothing_to_a_hall_that_is_open(busy: "Story") -> None:
    busy.now = FOUR - timedelta(hours=4, minutes=1)
    before, told = busy.comes(PAY), len(busy.journal)
    busy.later(minutes=2)
    after = busy.comes(PAY)

    assert [type(event) for event in busy.journal[told:]] == [TicketIssued]
    assert (busy.number(before), busy.number(after)) == ("B001", "B002")
    assert busy.calls(ONE) == before


def test_what_is_held_delayed_or_missed_at_the_day_start_expires(busy: "Story") -> None:
    busy.now = FOUR - timedelta(minutes=20)
    missed, held, delayed = busy.comes(PAY), busy.comes(PAY), busy.comes(PAY)
    busy.calls(ONE)
    busy.later(minutes=1).act(do.NoShow(ONE, missed))
    busy.serves(ONE)
    busy.act(do.Hold(ONE, held, HoldReason.FORM, 60, Digest("")))
    busy.act(do.Delay(delayed, 30))
    busy.now = FOUR + timedelta(hours=2)
    happened = busy.ticks()

    expired = [event.ticket for event in happened if isinstance(event, TicketExpired)]
    assert expired == [missed, held, delayed]
    assert {event.at for event in happened} == {FOUR}
    assert busy.hall.live == {}


@pytest.mark.fault(9)
@pytest.mark.parametrize(
    ("before", "lengths"),
    [(date(2026, 3, 27), [24, 23, 24]), (date(2026, 10, 23), [24, 25, 24])],
)
@pytest.mark.parametrize("day_start", [time(0), time(2, 30), time(3)])
def test_days_of_a_clock_change_are_an_hour_shorter_or_longer(
    story: "Story", config: Make, before: date, lengths: list[int], day_start: time
) -> None:
    """02:30 does not exist on one of these days in Berlin and comes twice on another."""
    noon = datetime.combine(before, time(12), ZoneInfo("Europe/Berlin")).astimezone(UTC)
    story = type(story)(now=noon)
    story.act(do.AdoptConfig(config(timezone="Europe/Berlin", day_start=day_start)))
    story.now += timedelta(days=4)
    story.ticks()

    began = [event.at for event in story.journal if isinstance(event, DayOpened)][1:]
    days = [event.day for event in story.journal if isinstance(event, DayOpened)]
    assert days == [before + timedelta(days=n) for n in range(5)]
    hours = [(after - at) / timedelta(hours=1) for at, after in pairwise(began)]
    assert sum(hours) == sum(lengths)
    if day_start != time(2, 30):
        assert sorted(hours) == sorted(lengths)


def test_a_hall_moved_eastward_closes_its_day_at_once_and_dates_nothing_back(busy: "Story", config: Make) -> None:
    busy.now = FOUR - timedelta(hours=2)
    ticket = busy.comes(PAY)
    issued_at = busy.now
    busy.act(do.AdoptConfig(config(timezone="Pacific/Auckland")))
    busy.later(minutes=1)
    happened = busy.ticks()

    assert busy.closed[ticket].closed_as == "expired"
    assert {event.at for event in happened} == {issued_at}
    assert busy.hall.business_day == date(2026, 11, 21)
    assert busy.hall.day_ends == datetime(2026, 11, 21, 15, 0, tzinfo=UTC)


def test_a_hall_moved_westward_has_a_long_day_and_repeats_none(story: "Story", config: Make) -> None:
    story.comes(PAY)
    story.act(do.AdoptConfig(config(timezone="Europe/Berlin")))
    story.now = FOUR + timedelta(hours=6, minutes=59)
    story.ticks()
    assert story.number(story.comes(PAY)) == "B002"
    story.later(minutes=1).ticks()

    assert [event.day for event in story.journal if isinstance(event, DayOpened)] == [
        date(2026, 11, 20),
        date(2026, 11, 21),
    ]
    assert story.number(story.comes(PAY)) == "B001"


def test_any_act_after_the_day_start_rolls_over_first(story: "Story") -> None:
    story.now = FOUR

    happened = story.act(story.asks_for(PAY), "kiosk-1")

    assert [type(event) for event in happened] == [DayOpened, TicketIssued]


def test_missed_days_are_opened_one_by_one_as_scheduled(story: "Story") -> None:
    story.now = FOUR + timedelta(days=2, hours=3)

    opened = [(event.at, event.day) for event in story.ticks() if isinstance(event, DayOpened)]

    assert opened == [(FOUR + timedelta(days=n), date(2026, 11, 21) + timedelta(days=n)) for n in range(3)]


def test_an_appointment_of_a_later_day_is_carried_with_its_number(story: "Story") -> None:
    ticket = story.comes(PAY, appointment=FOUR + timedelta(hours=6))
    past = story.comes(PAY, appointment=FOUR - timedelta(hours=6))
    story.now = FOUR
    story.ticks()

    assert isinstance(story.ticket(ticket), Expected)
    assert story.state(past) is TicketState.CLOSED
    assert story.number(ticket) == "B001"
    assert story.number(story.comes(PAY)) == "B002"


def test_an_appointment_of_a_later_day_cannot_be_checked_in_before_it(story: "Story") -> None:
    ticket = story.comes(PAY, appointment=FOUR + timedelta(hours=6))
    assert story.refused(do.CheckIn(ticket)) is Code.TOO_EARLY

    story.now = FOUR
    story.act(do.CheckIn(ticket))
    assert story.state(ticket) is TicketState.WAITING


def test_the_opened_day_carries_the_whole_hall(busy: "Story") -> None:
    busy.comes(PAY, appointment=FOUR + timedelta(hours=6))
    busy.now = FOUR
    busy.ticks()

    opened = busy.journal[-1]

    assert isinstance(opened, DayOpened)
    assert evolve(Hall.empty(BranchId("elsewhere")), opened) == busy.hall


def test_a_moved_wall_clock_is_told_and_changes_nothing_else(story: "Story") -> None:
    before = story.hall

    (event,) = story.act(do.StepTime(7200.0))

    assert event == TimeStepped(story.now, 7200.0)
    assert replace(story.hall, at=before.at) == before


def test_next_due_is_the_first_thing_that_time_will_bring(busy: "Story") -> None:
    assert next_due(busy.hall) == FOUR
    held, delayed = busy.comes(PAY), busy.comes(PAY)
    busy.serves(ONE)
    busy.act(do.Hold(ONE, held, HoldReason.FORM, 30, Digest("")))
    assert next_due(busy.hall) == busy.now + timedelta(minutes=30)
    busy.act(do.Delay(delayed, 20))
    assert next_due(busy.hall) == busy.now + timedelta(minutes=20)

    busy.comes(PAY)
    busy.serves(ONE)
    busy.finishes(ONE)
    assert next_due(busy.hall) == busy.now + timedelta(seconds=10)


def test_after_a_tick_nothing_due_is_left(busy: "Story") -> None:
    for minutes in (10, 20, 30):
        busy.act(do.Delay(busy.comes(PAY), minutes))
    busy.comes(PAY)
    missed = busy.calls(ONE)
    assert missed is not None
    busy.later(minutes=1).act(do.NoShow(ONE, missed))

    while (due := next_due(busy.hall)) is not None and due < FOUR:
        busy.now = due
        assert busy.ticks() != ()

    assert busy.now < FOUR


def test_an_empty_hall_has_nothing_due_and_ticks_in_silence(story: "Story") -> None:
    fresh = type(story)()

    assert next_due(fresh.hall) is None
    assert fresh.ticks() == ()


def test_a_restored_hall_gives_no_number_that_may_have_been_told(story: "Story") -> None:
    told = [story.number(story.comes(PAY)) for _ in range(3)]

    (event,) = story.later(minutes=5).act(do.RecordRestore("J0", 17, 200), "console")

    assert event == Restored(story.now, "J0", 17, story.now - timedelta(minutes=5), 200, "console")
    assert (told, story.number(story.comes(PAY))) == (["B001", "B002", "B003"], "B204")


def test_a_hall_restored_days_later_skips_numbers_of_its_new_day(story: "Story") -> None:
    story.comes(PAY)
    kept_until = story.now
    story.now = FOUR + timedelta(hours=5)

    happened = story.act(do.RecordRestore("J0", 9, 200), "system")

    assert [type(event) for event in happened] == [TicketExpired, DayOpened, Restored]
    assert story.hall.loss is not None
    assert story.hall.loss.since == kept_until
    assert story.number(story.comes(PAY)) == "B201"


def test_a_loss_is_told_until_the_business_day_ends(story: "Story") -> None:
    story.act(do.RecordRestore("J0", 9, 200))
    assert story.hall.loss is not None

    story.now = FOUR
    story.ticks()

    assert story.hall.loss is None


@settings(max_examples=20)
@given(known=st.integers(0, 20), lost=st.integers(0, 200), after=st.integers(1, 20), hours=st.sampled_from([0, 5, 30]))
def test_two_customers_of_a_day_never_hold_one_number_whatever_a_restore_lost(
    new_story: Callable[[], "Story"], known: int, lost: int, after: int, hours: int
) -> None:
    story = new_story()
    told = [(story.hall.business_day, story.number(story.comes(PAY))) for _ in range(known)]
    backup = story.hall
    told += [(story.hall.business_day, story.number(story.comes(PAY))) for _ in range(lost)]

    story.hall = backup
    story.later(minutes=60 * hours).act(do.RecordRestore("J0", known, 200))
    told += [(story.hall.business_day, story.number(story.comes(PAY))) for _ in range(after)]

    assert len(told) == len(set(told))
