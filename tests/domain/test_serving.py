from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from server.domain import commands as do
from server.domain.calling import order
from server.domain.errors import Code
from server.domain.events.counters import CounterClosed
from server.domain.events.tickets import (
    ClassChanged,
    InteractionRecorded,
    LegFinished,
    LegServedOffline,
    TicketReleased,
    TicketReturned,
)
from server.domain.ticket import Held, Waiting
from server.domain.visit import Leg, Record
from server.domain.vocabulary import (
    ClerkId,
    CounterNo,
    CustomerClass,
    Digest,
    HoldReason,
    Outcome,
    ServiceId,
    TicketState,
)

if TYPE_CHECKING:
    from tests.domain.conftest import Story

PAY, NEW = ServiceId("pay"), ServiceId("new")
ONE, TWO, THREE = CounterNo(1), CounterNo(2), CounterNo(3)
PAID, OPENED = Record(PAY, Outcome.DONE), Record(NEW, Outcome.DONE)
NOTE = Digest("note")


def test_finish_records_what_was_done_and_how_long_it_took(busy: "Story") -> None:
    busy.comes(PAY)
    ticket = busy.later(minutes=3).serves(ONE)

    event = busy.later(minutes=4).finishes(ONE)[0]

    assert isinstance(event, LegFinished)
    assert (event.waited_s, event.served_s, event.record, event.upcoming) == (180, 240, PAID, None)
    assert busy.hall.counters[ONE].last_leg is not None
    assert busy.hall.counters[ONE].current is None
    assert ticket not in busy.hall.live


def test_finish_needs_a_started_customer_and_a_known_service(busy: "Story") -> None:
    busy.comes(PAY)
    ticket = busy.calls(ONE)
    assert ticket is not None
    assert busy.refused(do.Finish(ONE, ticket, PAID)) is Code.WRONG_STATE

    busy.act(do.Start(ONE, ticket))
    ghost = Record(ServiceId("ghost"), Outcome.DONE)
    assert busy.refused(do.Finish(ONE, ticket, ghost)) is Code.UNKNOWN_SERVICE


def test_the_next_leg_of_a_visit_waits_with_its_seniority(busy: "Story") -> None:
    ticket = busy.comes(NEW, PAY)
    busy.later(minutes=5).serves(TWO)

    event = busy.later(minutes=10).finishes(TWO, OPENED)[0]

    assert isinstance(event, LegFinished)
    assert event.upcoming == Leg(2, PAY)
    waiting = busy.ticket(ticket)
    assert isinstance(waiting, Waiting)
    assert waiting.visit.waited_s(busy.now) == 900


def test_a_held_customer_is_back_when_the_time_is_over(busy: "Story") -> None:
    ticket = busy.comes(PAY)
    busy.serves(ONE)
    busy.act(do.Hold(ONE, ticket, HoldReason.DOCUMENTS, 15, NOTE))
    held = busy.ticket(ticket)
    assert isinstance(held, Held)
    assert (held.visit.notes[0].text, busy.hall.current(ONE)) == (NOTE, None)

    (event,) = busy.later(minutes=15).ticks()

    assert isinstance(event, TicketReturned)
    assert event.was is TicketState.HELD
    assert busy.ticket(ticket).visit.waited_s(busy.now) == 900


def test_a_held_customer_may_be_back_before(busy: "Story") -> None:
    ticket = busy.comes(PAY)
    busy.serves(ONE)
    busy.act(do.Hold(ONE, ticket, HoldReason.DOCUMENTS, 15))

    busy.later(minutes=2).act(do.Revive(ticket, ONE))

    assert busy.calls(ONE) == ticket


def test_transfer_to_a_service_starts_a_leg_with_number_note_and_seniority(busy: "Story") -> None:
    ticket = busy.comes(PAY)
    busy.serves(ONE)
    number = busy.number(ticket)

    busy.later(minutes=6).act(do.Transfer(ONE, ticket, NEW, None, None, False, NOTE, ("id-card",)))

    visit = busy.ticket(ticket).visit
    assert (visit.leg, visit.number, visit.waited_s(busy.now)) == (Leg(2, NEW), number, 360)
    assert (visit.notes[0].text, visit.documents_seen) == (NOTE, ("id-card",))
    assert busy.hall.current(ONE) is None


def test_transfer_returns_to_the_sender_when_asked(busy: "Story") -> None:
    ticket = busy.comes(PAY)
    busy.serves(ONE)
    busy.act(do.Transfer(ONE, ticket, NEW, None, None, True, NOTE))

    busy.serves(TWO)
    busy.finishes(TWO, OPENED)

    assert busy.ticket(ticket).visit.leg == Leg(3, PAY, ONE)
    assert order(busy.hall, TWO, busy.now) == []
    assert busy.calls(ONE) == ticket


def test_a_customer_sent_on_and_on_never_has_two_legs_of_one_number(busy: "Story") -> None:
    """First to another service and back, then the second service of the visit, and from there on again."""
    ticket = busy.comes(PAY, PAY)
    busy.serves(ONE)
    busy.act(do.Transfer(ONE, ticket, NEW, None, None, True, NOTE))
    busy.serves(TWO)
    busy.finishes(TWO, OPENED)
    busy.serves(ONE)
    busy.finishes(ONE)
    busy.serves(ONE)
    busy.act(do.Transfer(ONE, ticket, NEW, None, None, True, NOTE))

    visit = busy.ticket(ticket).visit
    legs = [leg.number for leg in (visit.leg, *visit.to_come)] + [past.number for past in visit.done]
    assert len(legs) == len(set(legs))


def test_a_return_to_a_sender_who_has_closed_goes_to_the_service(busy: "Story") -> None:
    ticket = busy.comes(PAY)
    busy.serves(ONE)
    busy.act(do.Transfer(ONE, ticket, NEW, None, None, True, NOTE))
    busy.act(do.CloseCounter(ONE))

    busy.serves(TWO)
    busy.finishes(TWO, OPENED)

    assert busy.ticket(ticket).visit.leg == Leg(3, PAY)
    assert busy.calls(TWO) == ticket


def test_a_target_that_closes_gives_its_customers_to_the_service(busy: "Story") -> None:
    ticket = busy.comes(PAY)
    busy.serves(ONE)
    busy.act(do.Transfer(ONE, ticket, PAY, TWO, None, False, NOTE))
    waiting = busy.comes(PAY)

    happened = busy.act(do.CloseCounter(TWO))

    assert [type(event) for event in happened] == [CounterClosed, TicketReleased]
    assert [each.ticket.visit.id for each in order(busy.hall, ONE, busy.now)] == [ticket, waiting]


def test_a_target_that_closes_gives_back_also_those_who_wait_elsewhere(busy: "Story") -> None:
    ticket = busy.comes(PAY)
    busy.serves(ONE)
    busy.act(do.Transfer(ONE, ticket, PAY, TWO, None, False, NOTE))
    busy.act(do.Delay(ticket, 5))

    busy.act(do.CloseCounter(TWO))
    busy.later(minutes=5).ticks()

    assert busy.calls(ONE) == ticket


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"service": ServiceId("ghost")}, Code.UNKNOWN_SERVICE),
        ({"to_counter": CounterNo(9)}, Code.UNKNOWN_COUNTER),
        ({"to_counter": THREE}, Code.COUNTER_CLOSED),
        ({"to_clerk": ClerkId("nobody")}, Code.UNKNOWN_CLERK),
    ],
)
def test_transfer_to_nobody_is_refused(busy: "Story", changes: dict[str, object], code: Code) -> None:
    ticket = busy.comes(PAY)
    busy.serves(ONE)
    transfer = do.Transfer(ONE, ticket, None, None, None, False, NOTE)

    assert busy.refused(replace(transfer, **changes)) is code  # type: ignore[arg-type]


def test_any_open_ticket_can_be_cancelled_and_frees_its_counter(busy: "Story") -> None:
    waiting, called = busy.comes(NEW), busy.comes(PAY)
    busy.calls(ONE)

    for ticket in (waiting, called):
        busy.act(do.Cancel(ticket))

    assert busy.hall.live == {}
    assert busy.hall.current(ONE) is None
    assert {busy.closed[ticket].closed_as for ticket in (waiting, called)} == {"cancelled"}


def test_a_customer_being_served_cannot_cancel_by_phone(busy: "Story") -> None:
    busy.comes(PAY)
    ticket = busy.serves(ONE)

    assert busy.refused(do.Cancel(ticket), f"phone:{ticket}") is Code.WRONG_STATE
    busy.act(do.Cancel(ticket), "c1")


def test_acts_on_a_closed_visit_say_so(busy: "Story") -> None:
    ticket = busy.comes(PAY)
    busy.act(do.Cancel(ticket))

    assert busy.refused(do.Cancel(ticket), closed=ticket) is Code.WRONG_STATE


def test_a_class_is_changed_by_those_who_may_with_a_reason(busy: "Story") -> None:
    ticket = busy.comes(PAY)
    change = do.ChangeClass(ticket, CustomerClass.ELDER, Digest("over seventy"))

    assert busy.refused(change, "kiosk-1") is Code.NOT_ALLOWED
    assert busy.refused(replace(change, reason=Digest("")), "g1", supervisor=True) is Code.REASON_NEEDED
    (event,) = busy.act(change, "c1")

    assert isinstance(event, ClassChanged)
    assert (event.before, event.by) == (CustomerClass.NORMAL, "c1")
    assert busy.ticket(ticket).visit.customer_class is CustomerClass.ELDER
    assert busy.act(change, "g1", supervisor=True) == ()


def test_a_record_may_be_edited_by_its_clerk_until_the_day_closes(busy: "Story") -> None:
    ticket = busy.comes(PAY)
    busy.serves(ONE)
    busy.finishes(ONE)
    edit = do.PutInteraction(ticket, 1, replace(PAID, outcome=Outcome.BACK_OFFICE))

    assert busy.refused(edit, "c2", closed=ticket) is Code.NOT_ALLOWED
    assert busy.refused(replace(edit, leg=2), "c1", closed=ticket) is Code.UNKNOWN_LEG
    (event,) = busy.act(edit, "c1", closed=ticket)
    assert isinstance(event, InteractionRecorded)
    assert event.record.outcome is Outcome.BACK_OFFICE
    busy.act(edit, "m1", supervisor=True, closed=ticket)

    busy.later(minutes=24 * 60).ticks()
    assert busy.refused(edit, "c1", closed=ticket) is Code.DAY_CLOSED


def test_the_record_of_a_leg_that_was_transferred_can_be_written(busy: "Story") -> None:
    ticket = busy.comes(PAY)
    busy.serves(ONE)
    busy.act(do.Transfer(ONE, ticket, NEW, None, None, False, NOTE))

    busy.act(do.PutInteraction(ticket, 1, replace(PAID, note=Digest("more"))), "c1")

    visit = busy.ticket(ticket).visit
    assert visit.done[0].record is not None
    assert [note.text for note in visit.notes] == [NOTE, "more"]


def served_away(story: "Story", number: str, **changes: object) -> do.AdoptServedOffline:
    start = story.now - timedelta(minutes=10)
    asked = do.AdoptServedOffline(ONE, number, start, start + timedelta(minutes=4), PAID)
    return replace(asked, **changes)  # type: ignore[arg-type]


def test_a_customer_served_away_from_the_server_is_adopted(busy: "Story") -> None:
    ticket = busy.comes(PAY)
    busy.later(minutes=15)

    event = busy.act(served_away(busy, busy.number(ticket)), "c1")[0]

    assert isinstance(event, LegServedOffline)
    assert (event.waited_s, event.served_s) == (300, 240)
    assert busy.closed[ticket].closed_as == "finished"


@pytest.mark.parametrize("state", ["called", "serving", "held", "delayed", "missed", "expected"])
def test_a_customer_in_any_open_state_can_be_adopted_as_served(busy: "Story", state: str) -> None:
    slot = busy.now + timedelta(minutes=5) if state == "expected" else None
    ticket = busy.comes(PAY, appointment=slot)
    if state == "delayed":
        busy.act(do.Delay(ticket, 30))
    if state in ("called", "serving", "held", "missed"):
        busy.calls(ONE)
    if state in ("serving", "held"):
        busy.act(do.Start(ONE, ticket))
    if state == "held":
        busy.act(do.Hold(ONE, ticket, HoldReason.FORM, 30))
    if state == "missed":
        busy.later(minutes=1).act(do.NoShow(ONE, ticket))
    assert busy.state(ticket) == state

    busy.later(minutes=12).act(served_away(busy, busy.number(ticket)), "c1")

    assert busy.closed[ticket].closed_as == "finished"
    assert busy.hall.current(ONE) is None


def test_a_customer_at_another_counter_is_not_adopted(busy: "Story") -> None:
    ticket = busy.comes(PAY)
    busy.calls(TWO)

    assert busy.refused(served_away(busy, busy.number(ticket)), "c1") is Code.WRONG_STATE
    assert busy.refused(served_away(busy, "B999"), "c1") is Code.UNKNOWN_TICKET


def test_a_record_kept_over_night_does_not_end_the_visit_of_who_holds_the_number_today(busy: "Story") -> None:
    number = busy.number(busy.comes(PAY))
    kept = served_away(busy, number)
    busy.later(minutes=24 * 60).ticks()
    today = busy.comes(PAY)
    assert busy.number(today) == number

    assert busy.refused(kept, "c1") is Code.UNKNOWN_TICKET
    assert busy.state(today) is TicketState.WAITING


def test_adopting_one_served_away_leaves_the_customer_at_the_counter(busy: "Story") -> None:
    away, present = busy.comes(PAY), busy.comes(PAY)
    busy.act(do.Call(ONE, present, None, Digest("first")))

    busy.later(minutes=12).act(served_away(busy, busy.number(away)), "c1")

    current = busy.hall.current(ONE)
    assert current is not None
    assert current.visit.id == present
