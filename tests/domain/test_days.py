from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from server.domain import commands as do
from server.domain import events as ev
from server.domain.commands import Digest
from server.domain.hall import Hall, evolve, next_due
from server.domain.ticket import Expected
from server.domain.vocabulary import BranchId, CounterNo, CounterState, HoldReason, ServiceId, TicketState

if TYPE_CHECKING:
    from tests.domain.conftest import Story

PAY, NEW = ServiceId("pay"), ServiceId("new")
ONE, TWO = CounterNo(1), CounterNo(2)
FOUR = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)
"""Four in the morning of the next day, in the hall."""


def test_the_first_config_opens_the_first_day(story: "Story") -> None:
    assert [type(event) for event in story.journal] == [ev.ConfigAdopted, ev.DayOpened]
    assert story.hall.business_day == date(2026, 11, 20)
    assert story.hall.day_ends == FOUR


def test_at_the_day_start_open_tickets_expire_and_counters_close(busy: "Story") -> None:
    called, waiting = busy.comes(PAY), busy.comes(NEW)
    busy.calls(ONE)
    busy.now = FOUR + timedelta(minutes=7)

    happened = busy.ticks()

    kinds = [type(event) for event in happened]
    assert kinds == [ev.TicketExpired, ev.TicketExpired, ev.CounterClosed, ev.CounterClosed, ev.DayOpened]
    assert {event.at for event in happened} == {FOUR}
    assert {busy.closed[ticket].closed_as for ticket in (called, waiting)} == {"expired"}
    assert all(desk.state is CounterState.CLOSED and not desk.current for desk in busy.hall.counters.values())
    assert busy.hall.business_day == date(2026, 11, 21)


def test_numbers_begin_again_each_day(story: "Story") -> None:
    story.comes(PAY)
    story.later(minutes=24 * 60)

    assert story.number(story.comes(PAY)) == "B001"
    assert story.hall.issued_today == 1


def test_any_act_after_the_day_start_rolls_over_first(story: "Story") -> None:
    story.now = FOUR

    happened = story.act(story.asks_for(PAY), "kiosk-1")

    assert [type(event) for event in happened] == [ev.DayOpened, ev.TicketIssued]


def test_missed_days_are_opened_one_by_one_as_scheduled(story: "Story") -> None:
    story.now = FOUR + timedelta(days=2, hours=3)

    opened = [(event.at, event.day) for event in story.ticks() if isinstance(event, ev.DayOpened)]

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


def test_the_opened_day_carries_the_whole_hall(busy: "Story") -> None:
    busy.comes(PAY, appointment=FOUR + timedelta(hours=6))
    busy.now = FOUR
    busy.ticks()

    opened = busy.journal[-1]

    assert isinstance(opened, ev.DayOpened)
    assert evolve(Hall.empty(BranchId("elsewhere")), opened) == busy.hall


def test_a_moved_wall_clock_is_told_and_changes_nothing_else(story: "Story") -> None:
    before = story.hall

    (event,) = story.act(do.StepTime(7200.0))

    assert event == ev.TimeStepped(story.now, 7200.0)
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
