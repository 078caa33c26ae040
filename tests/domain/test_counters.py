from typing import TYPE_CHECKING

import pytest

from server.domain import commands as do
from server.domain.calling import order
from server.domain.errors import Code
from server.domain.events.counters import CounterClosed, CounterOpened
from server.domain.events.tickets import TicketReleased
from server.domain.vocabulary import ClerkId, CounterNo, CounterState, Digest, PauseReason, ServiceId

if TYPE_CHECKING:
    from tests.domain.conftest import Story

PAY, NEW = ServiceId("pay"), ServiceId("new")
ONE, TWO, THREE = CounterNo(1), CounterNo(2), CounterNo(3)
ANN, BOB = ClerkId("ann"), ClerkId("bob")


def test_a_counter_opens_with_all_it_may_serve_or_a_part(story: "Story") -> None:
    story.act(do.OpenCounter(TWO, ANN))
    assert story.hall.counters[TWO].services == (PAY, NEW)

    story.act(do.OpenCounter(TWO, ANN, (NEW,)))
    assert story.hall.counters[TWO].services == (NEW,)
    assert story.act(do.OpenCounter(TWO, ANN, (NEW,))) == ()


def test_a_counter_serves_only_what_the_branch_lets_it(story: "Story") -> None:
    assert story.refused(do.OpenCounter(ONE, ANN, (NEW,))) is Code.NOT_SERVED_HERE
    assert story.refused(do.OpenCounter(ONE, ANN, (ServiceId("ghost"),))) is Code.UNKNOWN_SERVICE


def test_a_counter_with_another_clerk_is_taken(story: "Story") -> None:
    story.opens(ONE, "ann")

    assert story.refused(do.OpenCounter(ONE, BOB)) is Code.COUNTER_TAKEN


def test_a_clerk_who_opens_elsewhere_moves(story: "Story") -> None:
    story.opens(ONE, "ann")

    happened = story.act(do.OpenCounter(TWO, ANN))

    assert [type(event) for event in happened] == [CounterClosed, CounterOpened]
    assert story.hall.counters[ONE].state is CounterState.CLOSED
    assert story.hall.counters[TWO].clerk == ANN


def test_a_clerk_with_a_customer_cannot_move(story: "Story") -> None:
    story.opens(ONE, "ann")
    story.comes(PAY)
    story.calls(ONE)

    assert story.refused(do.OpenCounter(TWO, ANN)) is Code.CLERK_BUSY


def test_a_customer_sent_to_a_clerk_follows_the_clerk(story: "Story") -> None:
    story.opens(ONE, "ann")
    story.opens(TWO, "bob")
    story.comes(PAY)
    ticket = story.serves(ONE)
    story.act(do.Transfer(ONE, ticket, NEW, None, BOB, False, Digest("note")))

    story.act(do.OpenCounter(THREE, BOB))
    assert [each.ticket.visit.id for each in order(story.hall, THREE, story.now)] == [ticket]

    happened = story.act(do.CloseCounter(THREE))
    assert [type(event) for event in happened] == [CounterClosed, TicketReleased]


def test_a_pause_has_a_reason_and_ends(story: "Story") -> None:
    story.opens(ONE)
    story.act(do.PauseCounter(ONE, PauseReason.MEAL))
    desk = story.hall.counters[ONE]
    assert (desk.state, desk.pause_reason) == (CounterState.PAUSED, PauseReason.MEAL)
    assert story.act(do.PauseCounter(ONE, PauseReason.MEAL)) == ()

    story.act(do.ResumeCounter(ONE))
    assert story.hall.counters[ONE].open
    assert story.act(do.ResumeCounter(ONE)) == ()


@pytest.mark.parametrize("act", [do.PauseCounter(ONE, PauseReason.MEAL), do.CloseCounter(ONE)])
def test_nobody_leaves_a_customer_alone(busy: "Story", act: do.Command) -> None:
    busy.comes(PAY)
    busy.calls(ONE)

    assert busy.refused(act) is Code.COUNTER_BUSY


@pytest.mark.parametrize("act", [do.PauseCounter(ONE, PauseReason.MEAL), do.ResumeCounter(ONE), do.CloseCounter(ONE)])
def test_a_closed_counter_does_nothing(story: "Story", act: do.Command) -> None:
    assert story.refused(act) is Code.COUNTER_CLOSED


def test_a_new_clerk_does_not_see_the_last_leg_of_the_one_before(busy: "Story") -> None:
    busy.comes(PAY)
    busy.serves(ONE)
    busy.finishes(ONE)
    busy.act(do.CloseCounter(ONE))

    busy.opens(ONE, "bob")

    assert busy.hall.counters[ONE].last_leg is None
