from typing import TYPE_CHECKING

from server.domain import commands as do
from server.domain.calling import order
from server.domain.errors import Code
from server.domain.events.tickets import TicketCalled
from server.domain.vocabulary import (
    CounterNo,
    ServiceId,
    TicketId,
    TicketState,
)

if TYPE_CHECKING:
    from tests.domain.conftest import Story

PAY = ServiceId("pay")
ONE = CounterNo(1)


def in_order(story: "Story", counter: CounterNo) -> list[TicketId]:
    return [candidate.ticket.visit.id for candidate in order(story.hall, counter, story.now)]


def test_a_no_show_waits_its_time_after_the_last_call(busy: "Story") -> None:
    ticket = busy.comes(PAY)
    busy.calls(ONE)
    busy.later(seconds=40).act(do.Recall(ONE, ticket))

    assert busy.later(seconds=44).refused(do.NoShow(ONE, ticket)) is Code.TOO_EARLY
    busy.later(seconds=1).act(do.NoShow(ONE, ticket))
    assert busy.state(ticket) is TicketState.MISSED
    assert busy.hall.current(ONE) is None


def test_a_missed_customer_returns_at_their_seniority(busy: "Story") -> None:
    ticket = busy.comes(PAY)
    busy.calls(ONE)
    busy.later(minutes=1).act(do.NoShow(ONE, ticket))
    later = busy.comes(PAY)

    busy.later(minutes=29).act(do.Revive(ticket))

    assert in_order(busy, ONE) == [ticket, later]


def test_a_missed_customer_who_stays_away_is_closed_as_no_show(busy: "Story") -> None:
    ticket = busy.comes(PAY)
    busy.calls(ONE)
    busy.later(minutes=1).act(do.NoShow(ONE, ticket))
    busy.later(minutes=31)
    assert busy.refused(do.Revive(ticket)) is Code.TOO_LATE

    busy.ticks()

    assert busy.closed[ticket].closed_as == "no_show"
    assert busy.refused(do.Revive(ticket), closed=ticket) is Code.TOO_LATE


def test_only_parked_tickets_can_be_revived(busy: "Story") -> None:
    assert busy.refused(do.Revive(busy.comes(PAY))) is Code.WRONG_STATE


def test_a_customer_may_delay_once(busy: "Story") -> None:
    ticket = busy.comes(PAY)
    busy.act(do.Delay(ticket, 10))
    assert in_order(busy, ONE) == []
    assert busy.refused(do.Delay(ticket, 10)) is Code.WRONG_STATE

    busy.later(minutes=10).ticks()

    assert in_order(busy, ONE) == [ticket]
    assert busy.ticket(ticket).visit.waited_s(busy.now) == 0
    assert busy.refused(do.Delay(ticket, 10)) is Code.ALREADY_DELAYED


def test_a_delayed_customer_may_come_back_early(busy: "Story") -> None:
    ticket = busy.comes(PAY)
    busy.act(do.Delay(ticket, 30))

    busy.later(minutes=3).act(do.CheckIn(ticket))

    assert in_order(busy, ONE) == [ticket]


def test_sent_back_unserved_keeps_seniority(busy: "Story") -> None:
    first, second = busy.comes(PAY), busy.comes(PAY)
    busy.later(minutes=2).serves(ONE)

    busy.act(do.Return(ONE, first))

    assert in_order(busy, ONE) == [first, second]
    assert busy.hall.current(ONE) is None
    (event,) = busy.act(do.Next(ONE, None))
    assert isinstance(event, TicketCalled)
    assert event.called_before
