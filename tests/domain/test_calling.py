from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from server.domain import commands as do
from server.domain.calling import order
from server.domain.errors import Code
from server.domain.events.ratings import RatingOpened
from server.domain.events.tickets import LegFinished, TicketCalled
from server.domain.visit import Record
from server.domain.vocabulary import (
    CallPolicy,
    ClerkId,
    CounterNo,
    CustomerClass,
    Digest,
    Language,
    Outcome,
    PauseReason,
    ServiceId,
    TicketId,
    TicketState,
)

if TYPE_CHECKING:
    from tests.domain.conftest import Story

PAY, NEW = ServiceId("pay"), ServiceId("new")
ONE, TWO, THREE = CounterNo(1), CounterNo(2), CounterNo(3)
PAID = Record(PAY, Outcome.DONE)
ELDER = CustomerClass.ELDER


def in_order(story: "Story", counter: CounterNo) -> list[TicketId]:
    return [candidate.ticket.visit.id for candidate in order(story.hall, counter, story.now)]


def under(story: "Story", policy: CallPolicy, n: int = 2) -> None:
    story.act(do.AdoptConfig(replace(story.hall.rules, policy=policy, interleave_n=n)))


def test_next_calls_the_largest_share_of_a_target_and_says_why(busy: "Story") -> None:
    slow = busy.comes(NEW)
    busy.later(minutes=5)
    quick = busy.comes(PAY)
    busy.later(minutes=10)

    (event,) = busy.act(do.Next(TWO, None))

    assert isinstance(event, TicketCalled)
    assert (event.ticket, event.counter, event.clerk) == (quick, TWO, "c2")
    assert (event.waited_s, event.target_s, round(event.share, 2)) == (600, 900, 0.67)
    assert (event.candidates, event.runner_up, event.runner_up_share) == (2, slow, 0.5)
    assert event.policy is CallPolicy.TARGET_SHARE


def test_ties_go_to_the_number_taken_first(busy: "Story") -> None:
    first, second = busy.comes(PAY), busy.comes(PAY)

    assert in_order(busy, ONE) == [first, second]


def test_a_counter_calls_only_what_it_serves(busy: "Story") -> None:
    busy.comes(NEW)

    assert busy.refused(do.Next(ONE, None)) is Code.NOBODY_WAITING


def test_two_counters_at_once_get_two_customers_or_one_nobody(busy: "Story") -> None:
    first, second = busy.comes(PAY), busy.comes(PAY)

    assert (busy.calls(ONE), busy.calls(TWO)) == (first, second)

    busy.act(do.Cancel(first))
    assert busy.refused(do.Next(ONE, None)) is Code.NOBODY_WAITING


def test_priority_goes_ahead_by_its_shorter_target(busy: "Story") -> None:
    normal = busy.comes(PAY)
    busy.later(minutes=4)
    elder = busy.comes(PAY, customer_class=ELDER)
    busy.later(minutes=5)

    assert in_order(busy, ONE) == [elder, normal]

    busy.later(seconds=-240)
    assert in_order(busy, ONE) == [normal, elder]


def test_strict_priority_calls_priority_first(busy: "Story") -> None:
    under(busy, CallPolicy.STRICT_PRIORITY)
    normal = busy.comes(PAY)
    busy.later(minutes=60)
    elder = busy.comes(PAY, customer_class=ELDER)

    assert in_order(busy, ONE) == [elder, normal]
    assert busy.calls(ONE) == elder


def test_n_for_1_calls_n_priority_customers_for_each_normal_one(busy: "Story") -> None:
    under(busy, CallPolicy.N_FOR_1)
    normal = [busy.comes(PAY) for _ in range(2)]
    elders = [busy.comes(PAY, customer_class=ELDER) for _ in range(5)]
    expected = [*elders[:2], normal[0], *elders[2:4], normal[1], elders[4]]
    assert in_order(busy, ONE) == expected

    called = []
    for _ in range(7):
        ticket = busy.serves(ONE)
        called.append(ticket)
        busy.finishes(ONE)

    assert called == expected


def test_the_list_shown_is_the_order_called(busy: "Story") -> None:
    for n in range(12):
        busy.comes(PAY, customer_class=ELDER if n % 3 == 0 else CustomerClass.NORMAL)
        busy.later(seconds=97)
    shown, called = in_order(busy, ONE), []

    while busy.hall.waiting:
        called.append(busy.serves(ONE))
        busy.finishes(ONE)

    assert called == shown


def test_a_checked_in_appointment_is_due_shortly_before_its_slot(busy: "Story") -> None:
    ticket = busy.comes(PAY, appointment=busy.now + timedelta(minutes=30))
    busy.act(do.CheckIn(ticket))
    assert in_order(busy, ONE) == []

    busy.later(minutes=25)
    assert in_order(busy, ONE) == [ticket]

    walk_in = busy.comes(PAY)
    busy.later(minutes=6)
    assert in_order(busy, ONE) == [walk_in, ticket]


def test_next_needs_to_know_who_is_current(busy: "Story") -> None:
    busy.comes(PAY)
    ticket = busy.serves(ONE)

    assert busy.refused(do.Next(ONE, None, PAID)) is Code.EXPECT_MISMATCH
    assert busy.refused(do.Next(ONE, TicketId("other"), PAID)) is Code.EXPECT_MISMATCH
    assert busy.refused(do.Next(TWO, ticket, PAID)) is Code.EXPECT_MISMATCH


def test_next_from_serving_finishes_and_calls_in_one(busy: "Story") -> None:
    first, second = busy.comes(PAY), busy.comes(PAY)
    busy.serves(ONE)

    happened = busy.act(do.Next(ONE, first, PAID))

    assert [type(event) for event in happened] == [LegFinished, RatingOpened, TicketCalled]
    assert busy.state(first) is TicketState.CLOSED
    assert busy.state(second) is TicketState.CALLED


def test_next_from_serving_finishes_even_when_nobody_waits(busy: "Story") -> None:
    busy.comes(PAY)
    ticket = busy.serves(ONE)

    busy.act(do.Next(ONE, ticket, PAID))

    assert busy.state(ticket) is TicketState.CLOSED
    assert busy.hall.current(ONE) is None


def test_next_from_serving_needs_the_record(busy: "Story") -> None:
    busy.comes(PAY)
    ticket = busy.serves(ONE)

    assert busy.refused(do.Next(ONE, ticket)) is Code.REASON_NEEDED


def test_next_from_called_is_refused(busy: "Story") -> None:
    busy.comes(PAY)
    busy.comes(PAY)
    ticket = busy.calls(ONE)

    assert busy.refused(do.Next(ONE, ticket, PAID)) is Code.WRONG_STATE


def test_next_needs_an_open_counter(story: "Story") -> None:
    story.comes(PAY)
    assert story.refused(do.Next(ONE, None)) is Code.COUNTER_CLOSED
    assert story.refused(do.Next(CounterNo(9), None)) is Code.UNKNOWN_COUNTER

    story.opens(ONE)
    story.act(do.PauseCounter(ONE, PauseReason.MEAL))
    assert story.refused(do.Next(ONE, None)) is Code.COUNTER_PAUSED


def test_calling_out_of_order_needs_a_reason_and_says_who_was_passed_over(busy: "Story") -> None:
    first, second = busy.comes(PAY), busy.comes(PAY)
    assert busy.refused(do.Call(ONE, second, None, Digest(""))) is Code.REASON_NEEDED

    (event,) = busy.act(do.Call(ONE, second, None, Digest("unwell")))

    assert isinstance(event, TicketCalled)
    assert (event.ticket, event.runner_up, event.reason) == (second, first, "unwell")


def test_calling_out_of_order_from_serving_finishes_first(busy: "Story") -> None:
    first, second = busy.comes(PAY), busy.comes(PAY)
    busy.serves(ONE)

    busy.act(do.Call(ONE, second, first, Digest("unwell"), PAID))

    assert (busy.state(first), busy.state(second)) == (TicketState.CLOSED, TicketState.CALLED)


def test_a_delayed_customer_can_be_called_on_request(busy: "Story") -> None:
    ticket = busy.comes(PAY)
    busy.act(do.Delay(ticket, 30))

    busy.act(do.Call(ONE, ticket, None, Digest("is here")))

    assert busy.state(ticket) is TicketState.CALLED


def test_a_counter_calls_out_of_order_only_what_it_may_serve(busy: "Story") -> None:
    ticket = busy.comes(NEW)

    assert busy.refused(do.Call(ONE, ticket, None, Digest("please"))) is Code.NOT_SERVED_HERE


def test_a_ticket_sent_to_a_counter_or_clerk_is_called_only_there(busy: "Story") -> None:
    busy.opens(THREE)
    busy.comes(NEW)
    ticket = busy.serves(TWO)
    busy.act(do.Transfer(TWO, ticket, PAY, ONE, None, False, Digest("note")))

    assert (in_order(busy, ONE), in_order(busy, TWO)) == ([ticket], [])
    assert order(busy.hall, ONE, busy.now)[0].reason == "named"

    busy.serves(ONE)
    busy.act(do.Transfer(ONE, ticket, None, None, ClerkId("c3"), False, Digest("note")))
    assert (in_order(busy, ONE), in_order(busy, THREE)) == ([], [ticket])


def test_recalls_end_at_the_limit(busy: "Story") -> None:
    ticket = busy.comes(PAY)
    busy.calls(ONE)

    for _ in range(busy.hall.rules.recall_limit):
        busy.later(seconds=20).act(do.Recall(ONE, ticket))

    assert busy.refused(do.Recall(ONE, ticket)) is Code.RECALL_LIMIT
    assert busy.hall.calls[0].times == 4


def test_a_recall_is_for_the_customer_at_this_counter(busy: "Story") -> None:
    ticket = busy.comes(PAY)
    busy.calls(ONE)

    assert busy.refused(do.Recall(TWO, ticket)) is Code.EXPECT_MISMATCH
    busy.act(do.Start(ONE, ticket))
    assert busy.refused(do.Recall(ONE, ticket)) is Code.WRONG_STATE


def test_the_last_five_calls_are_kept_newest_first(busy: "Story") -> None:
    for _ in range(6):
        busy.comes(PAY)
    called = []
    for _ in range(6):
        called.append(busy.serves(ONE))
        busy.finishes(ONE)

    assert [call.ticket for call in busy.hall.calls] == called[:0:-1]
    assert not any(busy.hall.calling_now(call) for call in busy.hall.calls)


def test_a_call_knows_the_language_that_its_customer_chose(busy: "Story") -> None:
    busy.comes(PAY, language=Language.VI)
    busy.calls(ONE)
    busy.act(do.Recall(ONE, busy.hall.calls[0].ticket))

    assert [(call.language, call.times) for call in busy.hall.calls] == [(Language.VI, 2)]
