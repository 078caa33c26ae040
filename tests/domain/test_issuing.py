from dataclasses import replace
from datetime import time, timedelta
from typing import TYPE_CHECKING

import pytest

from server.domain import commands as do
from server.domain.errors import Code
from server.domain.events.tickets import SlipReprinted, TicketExpired, TicketIssued, TicketRenumbered, TicketReturned
from server.domain.ticket import Expected, Waiting
from server.domain.visit import Leg
from server.domain.vocabulary import Channel, CounterNo, CustomerClass, Digest, ServiceId, TicketId, TicketState

if TYPE_CHECKING:
    from tests.domain.conftest import Story

PAY, NEW = ServiceId("pay"), ServiceId("new")
ONE, TWO = CounterNo(1), CounterNo(2)
KIOSK = "kiosk-1"


def test_a_number_is_the_next_of_its_series(story: "Story") -> None:
    numbers = [story.number(story.comes(service)) for service in (PAY, PAY, NEW, PAY)]

    assert numbers == ["B001", "B002", "A001", "B003"]


def test_issuing_keeps_the_promise_as_it_was_told(story: "Story") -> None:
    ticket = story.comes(PAY, promise=(60, 120, 300), ahead=2)

    visit = story.ticket(ticket).visit

    assert (visit.promise, visit.ahead, visit.issued_by) == ((60, 120, 300), 2, KIOSK)


def test_several_services_are_legs_in_order(story: "Story") -> None:
    visit = story.ticket(story.comes(NEW, PAY)).visit

    assert (visit.leg, visit.to_come, visit.series) == (Leg(1, NEW), (Leg(2, PAY),), "A")


def test_online_numbers_skip_the_reserved_range_until_the_series_is_full(story: "Story") -> None:
    numbers = [story.number(story.comes(NEW)) for _ in range(17)]

    assert numbers == [f"A{n:03d}" for n in [*range(1, 10), *range(13, 21)]]
    assert story.refused(story.asks_for(NEW), KIOSK) is Code.SERIES_FULL


def test_an_unknown_service_is_refused(story: "Story") -> None:
    assert story.refused(story.asks_for(ServiceId("ghost")), KIOSK) is Code.UNKNOWN_SERVICE


def test_no_service_at_all_is_refused(story: "Story") -> None:
    assert story.refused(replace(story.asks_for(PAY), services=()), KIOSK) is Code.UNKNOWN_SERVICE


def test_the_same_ticket_is_not_issued_twice(story: "Story") -> None:
    ticket = story.comes(PAY)

    assert story.refused(replace(story.asks_for(PAY), ticket=ticket), KIOSK) is Code.NUMBER_TAKEN


def test_a_full_hall_issues_no_more(story: "Story") -> None:
    story.act(do.AdoptConfig(replace(story.hall.rules, max_tickets=1)))
    story.comes(PAY)

    assert story.refused(story.asks_for(PAY), KIOSK) is Code.NOT_ISSUING


@pytest.mark.parametrize(
    ("opens", "closes", "refused"),
    [
        (time(9), time(12), False),
        (time(9, 1), None, True),
        (None, time(9), True),
        (None, time(9, 1), False),
        (time(20), time(9, 1), False),
        (time(20), time(9), True),
        (time(9), time(2), False),
    ],
)
def test_a_service_gives_numbers_only_in_its_hours(
    story: "Story", opens: time | None, closes: time | None, refused: bool
) -> None:
    services = dict(story.hall.rules.services)
    services[PAY] = replace(services[PAY], opens=opens, closes=closes)
    story.act(do.AdoptConfig(replace(story.hall.rules, services=services)))

    if refused:
        assert story.refused(story.asks_for(PAY), KIOSK) is Code.SERVICE_CLOSED
    else:
        assert story.comes(PAY) in story.hall.live


def test_priority_given_by_a_guide_needs_a_reason(story: "Story") -> None:
    asked = story.asks_for(PAY, customer_class=CustomerClass.ELDER, channel=Channel.GUIDE)

    assert story.refused(asked, "g1", supervisor=True) is Code.REASON_NEEDED
    story.act(replace(asked, class_reason=Digest("why")), "g1", supervisor=True)


def test_an_appointment_is_expected_until_its_check_in(story: "Story") -> None:
    ticket = story.comes(PAY, appointment=story.now + timedelta(hours=1))
    assert isinstance(story.ticket(ticket), Expected)

    story.later(minutes=50).act(do.CheckIn(ticket))

    waiting = story.ticket(ticket)
    assert isinstance(waiting, Waiting)
    assert waiting.visit.seniority == story.now + timedelta(minutes=10)


def test_a_waiting_ticket_cannot_check_in(story: "Story") -> None:
    assert story.refused(do.CheckIn(story.comes(PAY))) is Code.WRONG_STATE


def test_an_offline_number_is_adopted_with_its_true_time(story: "Story") -> None:
    ticket = story.comes(PAY, offline=story.offline(805, minutes_ago=20))

    visit = story.ticket(ticket).visit
    assert (visit.number, visit.offline, visit.adopted_late) == ("B805", True, False)
    assert visit.waited_s(story.now) == 1200


def test_an_offline_number_outside_the_kiosks_own_range_is_refused(story: "Story") -> None:
    assert story.refused(story.asks_for(PAY, offline=story.offline(905)), KIOSK) is Code.BAD_OFFLINE_NUMBER
    assert story.refused(story.asks_for(PAY, offline=story.offline(5)), KIOSK) is Code.BAD_OFFLINE_NUMBER


def test_an_offline_number_is_adopted_once_a_day(story: "Story") -> None:
    story.comes(PAY, offline=story.offline(805))

    assert story.refused(story.asks_for(PAY, offline=story.offline(805)), KIOSK) is Code.NUMBER_TAKEN


def test_an_offline_number_adopted_very_late_is_called_only_on_request(story: "Story") -> None:
    story.opens(ONE)
    late = story.comes(PAY, offline=story.offline(805, minutes_ago=61))

    assert story.ticket(late).visit.adopted_late
    assert story.refused(do.Next(ONE, None)) is Code.NOBODY_WAITING
    assert story.hall.waiting == 0
    story.act(do.Call(ONE, late, None, Digest("came to the desk")))
    assert story.state(late) is TicketState.CALLED


def test_one_adopted_very_late_who_has_come_stands_in_the_queue_again(story: "Story") -> None:
    story.opens(ONE)
    late = story.comes(PAY, offline=story.offline(805, minutes_ago=61))
    story.comes(PAY)

    story.act(do.Revive(late, ONE))

    assert story.calls(ONE) == late


def test_one_adopted_very_late_is_sent_on_as_anybody_else(busy: "Story") -> None:
    late = busy.comes(PAY, NEW, offline=busy.offline(805, minutes_ago=61))
    busy.act(do.Call(ONE, late, None, Digest("came to the desk")))
    busy.act(do.Start(ONE, late))
    busy.finishes(ONE)

    assert busy.calls(TWO) == late


def test_late_adoption_is_measured_against_the_services_target_too(story: "Story") -> None:
    services = dict(story.hall.rules.services)
    services[PAY] = replace(services[PAY], target_s={CustomerClass.NORMAL: 2400})
    story.act(do.AdoptConfig(replace(story.hall.rules, services=services)))

    ticket = story.comes(PAY, offline=story.offline(805, minutes_ago=70))

    assert not story.ticket(ticket).visit.adopted_late


def test_an_offline_number_of_an_earlier_day_is_recorded_and_expired(story: "Story") -> None:
    happened = story.act(story.asks_for(PAY, offline=story.offline(805, minutes_ago=600)), KIOSK)

    assert [type(event) for event in happened] == [TicketIssued, TicketExpired]
    assert story.hall.live == {}
    assert not story.hall.series["B"].has(805, story.hall.rules.series["B"])


def test_paper_wins_when_the_kiosk_printed_another_number(story: "Story") -> None:
    ticket = story.comes(PAY)

    (event,) = story.act(do.Renumber(ticket, story.offline(805)), KIOSK)

    assert isinstance(event, TicketRenumbered)
    assert (event.before, event.number, story.number(ticket)) == ("B001", "B805", "B805")
    assert story.number(story.comes(PAY)) == "B002"
    assert story.refused(story.asks_for(PAY, offline=story.offline(805)), KIOSK) is Code.NUMBER_TAKEN


def test_a_number_being_called_is_called_as_the_paper_says(story: "Story") -> None:
    story.opens(ONE)
    ticket = story.comes(PAY)
    story.calls(ONE)

    story.act(do.Renumber(ticket, story.offline(805)), KIOSK)

    assert [call.number for call in story.hall.calls] == ["B805"]


def test_who_was_called_by_a_number_that_is_on_no_paper_is_back_in_the_queue(story: "Story") -> None:
    story.opens(ONE)
    ticket = story.comes(PAY)
    story.calls(ONE)
    story.later(minutes=1).act(do.NoShow(ONE, ticket))

    _, returned = story.act(do.Renumber(ticket, story.offline(805)), KIOSK)

    assert isinstance(returned, TicketReturned)
    assert (returned.number, story.calls(ONE)) == ("B805", ticket)


def test_renumbering_twice_changes_nothing(story: "Story") -> None:
    ticket = story.comes(PAY)
    story.act(do.Renumber(ticket, story.offline(805)), KIOSK)

    assert story.act(do.Renumber(ticket, story.offline(805)), KIOSK) == ()


def test_renumbering_takes_only_a_free_number_of_the_kiosks_range(story: "Story") -> None:
    ticket = story.comes(PAY)
    story.comes(PAY, offline=story.offline(805))

    assert story.refused(do.Renumber(ticket, story.offline(805)), KIOSK) is Code.NUMBER_TAKEN
    assert story.refused(do.Renumber(ticket, story.offline(905)), KIOSK) is Code.BAD_OFFLINE_NUMBER


def test_reprints_are_counted(story: "Story") -> None:
    ticket = story.comes(PAY)

    happened = [event for _ in range(2) for event in story.act(do.Reprint(ticket), KIOSK)]

    assert [event.count for event in happened if isinstance(event, SlipReprinted)] == [1, 2]


def test_an_unknown_ticket_is_refused(story: "Story") -> None:
    assert story.refused(do.Cancel(TicketId("nobody"))) is Code.UNKNOWN_TICKET


def test_a_hall_without_config_gives_no_numbers(story: "Story") -> None:
    fresh = type(story)()

    assert fresh.refused(fresh.asks_for(PAY), KIOSK) is Code.DAY_CLOSED
