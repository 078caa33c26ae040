from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from server.domain.ticket import (
    Called,
    ClosedVisit,
    Delayed,
    Expected,
    Held,
    Missed,
    Serving,
    Ticket,
    Waiting,
    state_of,
)
from server.domain.visit import DoneLeg, Leg, Note, Record, Visit
from server.domain.vocabulary import (
    Channel,
    ClerkId,
    ClosedAs,
    CounterNo,
    CustomerClass,
    Digest,
    HoldReason,
    Language,
    Outcome,
    ServiceId,
    TicketId,
    TicketState,
)

T0 = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
NOW, SOON = T0 + timedelta(minutes=10), T0 + timedelta(minutes=20)
PAY, NEW = ServiceId("pay"), ServiceId("new")
ONE, CLERK = CounterNo(1), ClerkId("c1")
RECORD = Record(PAY, Outcome.DONE, ("id-card",), Digest("said"))
NOTE = Note(1, NOW, CLERK, ONE, Digest("note"), ("meter",))
NEXT_LEG = Leg(2, NEW)
PAST = DoneLeg(1, PAY, ONE, CLERK, T0, NOW, RECORD)
VISIT = Visit(
    id=TicketId("t1"),
    seq=1,
    day=date(2026, 11, 20),
    series="B",
    ordinal=23,
    customer_class=CustomerClass.NORMAL,
    language=Language.ZH,
    channel=Channel.KIOSK,
    issued_at=T0,
    seniority=T0,
    leg=Leg(1, PAY),
)

STATES: dict[type, Ticket] = {
    Expected: Expected(VISIT),
    Waiting: Waiting(VISIT),
    Delayed: Delayed(VISIT, T0, SOON),
    Called: Called(VISIT, ONE, CLERK, T0, T0, 1, 0.0),
    Missed: Missed(VISIT, ONE, T0, SOON),
    Serving: Serving(VISIT, ONE, CLERK, T0, T0, 1, 0.0),
    Held: Held(VISIT, ONE, HoldReason.FORM, T0, SOON),
}

Move = Callable[[Any], object]
ENDS: dict[str, tuple[Move, type]] = {
    "cancel": (lambda ticket: ticket.cancel(NOW), ClosedVisit),
    "expire": (lambda ticket: ticket.expire(NOW), ClosedVisit),
}
CHART: dict[type, dict[str, tuple[Move, type]]] = {
    Expected: {"check_in": (lambda ticket: ticket.check_in(NOW), Waiting)},
    Waiting: {
        "call": (lambda ticket: ticket.call(ONE, CLERK, NOW), Called),
        "join": (lambda ticket: ticket.join(), Waiting),
        "delay": (lambda ticket: ticket.delay(SOON, NOW), Delayed),
        "served_away": (lambda ticket: ticket.served_away(PAST, None), ClosedVisit),
    },
    Delayed: {"back": (lambda ticket: ticket.back(NOW), Waiting)},
    Called: {
        "recall": (lambda ticket: ticket.recall(NOW), Called),
        "begin": (lambda ticket: ticket.begin(NOW), Serving),
        "miss": (lambda ticket: ticket.miss(SOON, NOW), Missed),
        "send_back": (lambda ticket: ticket.send_back(), Waiting),
        "served_away": (lambda ticket: ticket.served_away(PAST, NEXT_LEG), Waiting),
    },
    Missed: {
        "revive": (lambda ticket: ticket.revive(), Waiting),
        "give_up": (lambda ticket: ticket.give_up(NOW), ClosedVisit),
    },
    Serving: {
        "finish": (lambda ticket: ticket.finish(RECORD, None, NOW), ClosedVisit),
        "hold": (lambda ticket: ticket.hold(SOON, HoldReason.FORM, NOTE, NOW), Held),
        "transfer": (lambda ticket: ticket.transfer(NEXT_LEG, None, NOTE, NOW), Waiting),
        "send_back": (lambda ticket: ticket.send_back(), Waiting),
        "served_away": (lambda ticket: ticket.served_away(PAST, None), ClosedVisit),
    },
    Held: {"back": (lambda ticket: ticket.back(NOW), Waiting)},
}


@pytest.mark.parametrize("state", CHART, ids=lambda state: state.__name__)
def test_state_chart(state: type) -> None:
    """Each state has these moves and no other, and each leads where the chart says."""
    moves = CHART[state] | ENDS
    ticket = STATES[state]

    assert {name for name in dir(state) if not name.startswith("_") and callable(getattr(state, name))} == set(moves)
    assert {name: type(move(ticket)) for name, (move, _) in moves.items()} == {
        name: leads_to for name, (_, leads_to) in moves.items()
    }


@pytest.mark.parametrize("state", CHART, ids=lambda state: state.__name__)
def test_a_ticket_has_one_word_for_its_state_and_knows_its_visit(state: type) -> None:
    assert state_of(STATES[state]) is TicketState(state.__name__.lower())
    assert STATES[state].visit == VISIT


def test_ends_say_how_the_visit_ended() -> None:
    served = Serving(VISIT, ONE, CLERK, T0, T0, 1, 0.0)

    assert served.cancel(NOW).closed_as is ClosedAs.CANCELLED
    assert served.expire(NOW).closed_as is ClosedAs.EXPIRED
    assert Missed(VISIT, ONE, T0, SOON).give_up(NOW).closed_as is ClosedAs.NO_SHOW
    finished = served.finish(RECORD, None, NOW)
    assert isinstance(finished, ClosedVisit)
    assert (finished.closed_as, finished.state) == (ClosedAs.FINISHED, TicketState.CLOSED)


def test_number_is_what_people_read() -> None:
    assert VISIT.number == "B023"


def test_seniority_of_an_appointment_is_the_later_of_check_in_and_slot() -> None:
    def since(slot: datetime) -> datetime:
        return Expected(replace(VISIT, appointment=slot)).check_in(NOW).visit.seniority

    assert (since(SOON), since(T0)) == (SOON, NOW)


def test_delay_does_not_count_as_waiting() -> None:
    back = Waiting(VISIT).delay(SOON, NOW).back(SOON)

    assert back.visit.waited_s(SOON) == 600
    assert back.visit.delayed


def test_a_pause_before_the_slot_of_an_appointment_costs_no_place() -> None:
    early = Waiting(replace(VISIT, appointment=SOON, seniority=SOON))

    assert early.delay(NOW, T0).back(NOW).visit.seniority == SOON
    late = early.delay(SOON + timedelta(minutes=5), NOW).back(SOON + timedelta(minutes=5))
    assert late.visit.seniority == SOON + timedelta(minutes=5)


@pytest.mark.parametrize("pause", [Delayed(VISIT, T0, NOW), Held(VISIT, ONE, HoldReason.CUSTOMER_AWAY, T0, NOW)])
def test_who_is_brought_back_later_than_they_asked_waits_from_the_time_they_asked_for(pause: Delayed | Held) -> None:
    assert pause.back(SOON).visit.waited_s(SOON) == 600


@pytest.mark.parametrize(("reason", "waited_s"), [(HoldReason.FORM, 1200), (HoldReason.CUSTOMER_AWAY, 600)])
def test_hold_counts_as_waiting_unless_the_customer_asked_for_it(reason: HoldReason, waited_s: int) -> None:
    back = Serving(VISIT, ONE, CLERK, T0, T0, 1, 0.0).hold(SOON, reason, NOTE, NOW).back(SOON)

    assert back.visit.waited_s(SOON) == waited_s


def test_called_again_keeps_the_wait_to_the_first_call_of_its_leg() -> None:
    first = Waiting(VISIT).call(ONE, CLERK, NOW)
    again = first.send_back().call(ONE, CLERK, SOON)

    assert (first.waited_s, again.waited_s, again.called_at) == (600, 600, SOON)


def test_a_finished_leg_leaves_record_note_and_documents_to_the_next() -> None:
    visit = replace(VISIT, to_come=(NEXT_LEG, Leg(3, PAY)))

    after = Serving(visit, ONE, CLERK, T0, T0, 1, 0.0).finish(RECORD, NEXT_LEG, NOW)

    assert isinstance(after, Waiting)
    assert after.visit.leg == NEXT_LEG
    assert after.visit.to_come == (Leg(3, PAY),)
    assert after.visit.done == (DoneLeg(1, PAY, ONE, CLERK, T0, NOW, RECORD),)
    assert after.visit.notes == (Note(1, NOW, CLERK, ONE, Digest("said"), ("id-card",)),)
    assert after.visit.documents_seen == ("id-card",)


def test_transfer_puts_the_return_to_the_sender_before_what_was_to_come() -> None:
    visit = replace(VISIT, to_come=(Leg(2, PAY),))

    after = Serving(visit, ONE, CLERK, T0, T0, 1, 0.0).transfer(Leg(3, NEW), Leg(4, PAY, ONE), NOTE, NOW)

    assert after.visit.leg == Leg(3, NEW)
    assert after.visit.to_come == (Leg(4, PAY, ONE), Leg(2, PAY))
    assert after.visit.notes == (NOTE,)
    assert after.visit.done[0].record is None
    assert after.visit.next_leg_number() == 5


def test_a_leg_that_is_done_keeps_its_number_to_itself() -> None:
    """The service that was to come first is leg 2, though leg 3 was done before it."""
    visit = replace(VISIT, leg=Leg(2, PAY), done=(replace(PAST, number=1), replace(PAST, number=3)))

    assert visit.next_leg_number() == 4


def test_an_edited_record_replaces_the_note_it_had() -> None:
    finished = Serving(VISIT, ONE, CLERK, T0, T0, 1, 0.0).finish(RECORD, None, NOW)
    assert isinstance(finished, ClosedVisit)

    edited = finished.record(1, replace(RECORD, note=Digest("better")), CLERK, SOON)

    assert [note.text for note in edited.visit.notes] == ["better"]
    assert edited.visit.done_leg(1) == replace(PAST, started_at=T0, record=replace(RECORD, note=Digest("better")))


def test_a_document_taken_out_of_a_record_is_no_longer_seen() -> None:
    ticked = Record(PAY, Outcome.DONE, ("id-card", "deed"))
    finished = Serving(VISIT, ONE, CLERK, T0, T0, 1, 0.0).finish(ticked, NEXT_LEG, NOW)
    assert finished.visit.documents_seen == ("id-card", "deed")

    edited = finished.visit.recorded(1, replace(ticked, documents_seen=("id-card",)), CLERK, SOON)

    assert (edited.documents_seen, len(edited.notes)) == (("id-card",), 1)


def test_editing_a_leg_that_never_was_changes_nothing() -> None:
    assert VISIT.recorded(7, RECORD, CLERK, NOW) == VISIT
