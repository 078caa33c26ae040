"""What screens are shown of one committed state: figures that add up, order with reasons, nothing known that is not."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta

import pytest

from server.application.board_view import board_view, wilson
from server.application.desk_view import ERASED, MOST_LINES, desk_view
from server.application.figures import ServiceFigures, Today
from server.application.scene import BranchFacts, Scene
from server.application.views import closed_why, hall_view, services_view, ticket_view
from server.contract.views.services import ServiceView
from server.domain import commands as do
from server.domain.commands import Command, Context
from server.domain.config import Counter, HallConfig, Series, Service
from server.domain.errors import Refusal
from server.domain.evolving import evolve
from server.domain.hall import decide
from server.domain.state import Hall
from server.domain.visit import Record
from server.domain.vocabulary import (
    BranchId,
    Channel,
    ClerkId,
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

PAY, NEW = ServiceId("pay"), ServiceId("new")
ONE, TWO = CounterNo(1), CounterNo(2)
MORNING = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
"""09:00 in the hall."""
FACTS = BranchFacts(
    "chengdong",
    {Language.ZH: "城东供电营业厅"},
    (),
    tuple(
        ServiceView(id=name, series="B", group="bill", name={}, target_minutes={}, handle_target_minutes=5)
        for name in (PAY, NEW)
    ),
    1,
    None,
)


class Day:
    """A hall that is told one act after the other."""

    def __init__(self) -> None:
        target = {CustomerClass.NORMAL: 600, CustomerClass.ELDER: 300}
        config = HallConfig(
            BranchId("chengdong"),
            "Asia/Shanghai",
            time(4, 0),
            {PAY: Service(PAY, "B", target, 300, 180), NEW: Service(NEW, "B", target, 300, 180, closes=time(12, 0))},
            {"B": Series("B", reserved={"kiosk-1": (800, 899)})},
            {ONE: Counter(ONE, (PAY, NEW)), TWO: Counter(TWO, (PAY,))},
        )
        self.now = MORNING
        self.hall = Hall.empty(BranchId("chengdong"))
        self.act(do.AdoptConfig(config))
        self.count = 0

    def act(self, command: Command, by: str = "1001") -> None:
        events = decide(self.hall, command, Context(self.now, by))
        assert not isinstance(events, Refusal), events
        for event in events:
            self.hall = evolve(self.hall, event)

    def issue(self, service: ServiceId = PAY, customer_class: CustomerClass = CustomerClass.NORMAL) -> TicketId:
        self.count += 1
        ticket = TicketId(f"ticket-{self.count}")
        kind = do.Issue(ticket, (service,), customer_class, Digest(""), Language.ZH, Channel.KIOSK)
        self.act(kind, "kiosk-1")
        return ticket

    def later(self, minutes: float) -> None:
        self.now += timedelta(minutes=minutes)

    def open(self, counter: CounterNo, clerk: str) -> None:
        self.act(do.OpenCounter(counter, ClerkId(clerk)))

    def scene(self) -> Scene:
        return Scene(
            FACTS, self.hall, "journal", 7, self.now, lambda _h, _s, _c, ahead, _a: (ahead, 2 * ahead, 3 * ahead)
        )


def no_texts(_digests: Sequence[Digest]) -> Mapping[Digest, str]:
    return {}


@pytest.fixture
def day() -> Day:
    return Day()


def test_hall_view_counts_those_who_wait_and_tells_the_longest_wait(day: Day) -> None:
    day.issue()
    day.later(5)
    day.issue()
    day.issue(NEW)
    day.later(1)
    view = hall_view(day.scene())
    assert view.waiting == 3
    pay = next(queue for queue in view.queues if queue.service == PAY)
    assert (pay.waiting, pay.longest_wait_s, pay.target_s, pay.counters) == (2, 360, 600, [])
    assert pay.forecast is not None
    assert (pay.forecast.low_s, pay.forecast.likely_s, pay.forecast.high_s) == (2, 4, 6)


def test_hall_view_names_no_ticket_and_no_person_but_numbers(day: Day) -> None:
    day.open(ONE, "1001")
    ticket = day.issue()
    day.act(do.Next(ONE, None))
    shown = hall_view(day.scene()).model_dump_json()
    assert "B001" in shown
    assert ticket not in shown


def test_service_is_closed_after_hours_in_the_branchs_own_time(day: Day) -> None:
    service = day.hall.rules.services[NEW]
    assert closed_why(day.hall.rules, service, MORNING) == {}
    why = closed_why(day.hall.rules, service, MORNING + timedelta(hours=3))
    assert set(why) == set(Language)
    assert why[Language.EN] == "Closed at 12:00"


def test_kiosk_learns_only_its_own_numbers(day: Day) -> None:
    assert [(each.first, each.last) for each in services_view(day.scene(), "kiosk-1").reserved] == [(800, 899)]
    assert services_view(day.scene(), "kiosk-2").reserved == []


def test_desk_lists_the_waiting_in_the_order_of_calling_with_reasons(day: Day) -> None:
    day.open(TWO, "1002")
    day.issue()
    day.later(1)
    day.issue(PAY, CustomerClass.ELDER)
    day.issue(NEW)
    day.later(4)
    desk = desk_view(day.scene(), TWO, no_texts)
    assert [line.number for line in desk.waiting] == ["B002", "B001"]
    assert [line.share for line in desk.waiting] == [0.8, 0.5]
    assert {line.reason for line in desk.waiting} == {"target_share"}
    day.act(do.Next(TWO, None))
    current = desk_view(day.scene(), TWO, no_texts).current
    assert current is not None
    assert (current.number, current.waited_s) == ("B002", 240)


def test_desk_shows_held_and_missed_ones_with_the_time_they_come_back(day: Day) -> None:
    day.open(ONE, "1001")
    held, missed = day.issue(), day.issue()
    day.act(do.Next(ONE, None))
    day.act(do.Start(ONE, held))
    day.act(do.Hold(ONE, held, HoldReason.FORM, 10))
    day.act(do.Next(ONE, None))
    day.later(2)
    day.act(do.NoShow(ONE, missed))
    desk = desk_view(day.scene(), ONE, no_texts)
    assert [(line.ticket, line.hold_reason, line.back_at) for line in desk.held] == [
        (held, HoldReason.FORM, MORNING + timedelta(minutes=10))
    ]
    assert [(line.ticket, line.state) for line in desk.missed] == [(missed, TicketState.MISSED)]


def test_who_waits_for_a_slot_has_used_nothing_of_the_target_yet(day: Day) -> None:
    day.open(ONE, "1001")
    ticket, slot = TicketId("early"), day.now + timedelta(minutes=4)
    day.act(do.Issue(ticket, (PAY,), CustomerClass.NORMAL, Digest(""), Language.ZH, Channel.KIOSK, slot), "kiosk-1")
    day.act(do.CheckIn(ticket))
    (line,) = desk_view(day.scene(), ONE, no_texts).waiting
    assert (line.share, line.waited_s, line.appointment) == (0.0, 0, slot)


def test_one_adopted_too_late_is_on_the_desk_to_be_called_and_in_no_queue(day: Day) -> None:
    day.open(ONE, "1001")
    printed = do.OfflineIssue(805, day.now - timedelta(minutes=61))
    ticket = TicketId("late")
    kind = do.Issue(ticket, (PAY,), CustomerClass.NORMAL, Digest(""), Language.ZH, Channel.KIOSK, offline=printed)
    day.act(kind, "kiosk-1")

    desk = desk_view(day.scene(), ONE, no_texts)
    assert [(line.number, line.state, line.back_at) for line in desk.held] == [("B805", TicketState.WAITING, None)]
    assert (desk.waiting, hall_view(day.scene()).waiting) == ([], 0)
    told = ticket_view(day.scene(), day.hall.live[ticket])
    assert (told.ahead, told.forecast) == (None, None)

    day.act(do.Revive(ticket, ONE))
    assert [line.ticket for line in desk_view(day.scene(), ONE, no_texts).waiting] == [ticket]


def test_erased_note_is_told_as_erased_and_a_known_one_as_written(day: Day) -> None:
    day.open(ONE, "1001")
    day.open(TWO, "1002")
    ticket = day.issue()
    day.act(do.Next(ONE, None))
    day.act(do.Start(ONE, ticket))
    day.act(do.Transfer(ONE, ticket, None, TWO, None, False, Digest("abc")))
    day.act(do.Next(TWO, None))

    def notes(known: Mapping[Digest, str]) -> list[str]:
        current = desk_view(day.scene(), TWO, lambda _digests: known).current
        assert current is not None
        return [note.text for note in current.notes]

    assert notes({}) == [ERASED]
    assert notes({Digest("abc"): "needs the meter photo"}) == ["needs the meter photo"]


def test_long_queue_is_cut_on_the_desk_but_counted_whole(day: Day) -> None:
    day.open(ONE, "1001")
    for _ in range(MOST_LINES + 5):
        day.issue()
    desk = desk_view(day.scene(), ONE, no_texts)
    assert len(desk.waiting) == MOST_LINES
    assert next(queue.waiting for queue in desk.queues if queue.service == PAY) == MOST_LINES + 5


def test_rating_window_is_shown_until_its_time_is_over(day: Day) -> None:
    day.open(ONE, "1001")
    ticket = day.issue()
    day.act(do.Next(ONE, None))
    day.act(do.Start(ONE, ticket))
    day.act(do.Finish(ONE, ticket, Record(PAY, Outcome.DONE)))
    desk = desk_view(day.scene(), ONE, no_texts)
    assert desk.rating is not None
    assert desk.last_leg is not None
    assert desk.last_leg.ticket == ticket
    day.later(1)
    assert desk_view(day.scene(), ONE, no_texts).rating is None


def test_ticket_tells_how_many_are_really_ahead(day: Day) -> None:
    first = day.issue()
    day.later(1)
    elder = day.issue(PAY, CustomerClass.ELDER)
    last = day.issue()
    day.later(5)
    ahead = {ticket: ticket_view(day.scene(), day.hall.live[ticket]).ahead for ticket in (first, elder, last)}
    assert ahead == {elder: 0, first: 1, last: 2}


def test_board_lists_the_late_ones_worst_first_and_no_one_else(day: Day) -> None:
    for _ in range(3):
        day.issue()
        day.later(4)
    view = board_view(day.scene(), Today(), ["visits"])
    assert [(line.number, line.share) for line in view.late] == [("B001", 1.2), ("B002", 0.8)]
    assert view.projections_broken == ["visits"]


def test_board_counts_those_still_waiting_over_target_against_the_hall(day: Day) -> None:
    day.issue()
    day.later(11)
    today = Today(services={PAY: ServiceFigures(called=4, p50_s=60, p90_s=300, within_target=4)})
    shown = board_view(day.scene(), today, []).services_today
    assert [(line.within_target, line.of_target) for line in shown] == [(4, 5)]


@pytest.mark.parametrize(("scores", "known"), [({5: 9}, False), ({5: 8, 1: 2}, True)])
def test_interval_of_satisfaction_is_told_only_when_there_are_enough(
    day: Day, scores: dict[int, int], known: bool
) -> None:
    ratings = board_view(day.scene(), Today(by_score=scores, not_rated=50), []).ratings
    assert (ratings.low is not None) is known
    assert ratings.not_rated == 50
    assert ratings.n == sum(scores.values())


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"), [(8, 10, 0.4902, 0.9433), (0, 20, 0.0, 0.1611), (20, 20, 0.8389, 1.0)]
)
def test_wilson_interval(hits: int, n: int, low: float, high: float) -> None:
    assert wilson(hits, n) == pytest.approx((low, high), abs=1e-4)
