"""The demo's account: what the crowd saw, what is on paper and what the hall says must agree, or it is told."""

from datetime import UTC, date, datetime

from server.contract.common import Stamp
from server.contract.views.board import BoardView, RatingsToday
from server.contract.words import CustomerClass, Language
from server.demo.history import History
from server.demo.plan import Customer
from server.demo.report import Report, reconcile
from server.demo.simulated import PrintedSlip

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


def customer(tag: str) -> Customer:
    return Customer(tag, 0, "pay", CustomerClass.NORMAL, Language.ZH, 60, None, 5)


def board(issued: int = 2, ratings: int = 0) -> BoardView:
    return BoardView(
        stamp=Stamp(journal="j", rev=1, as_of=NOON),
        branch="chengdong",
        name={Language.ZH: "城东供电营业厅"},
        business_day=date(2026, 11, 20),
        waiting=0,
        queues=[],
        counters=[],
        calls=[],
        ratings=RatingsToday(n=ratings, satisfied=ratings),
        issued=issued,
    )


def two_served() -> History:
    history = History()
    for tag, number in (("c1", "A001"), ("c2", "A002")):
        walk = history.arrived(customer(tag), 0)
        history.issued(walk, f"ticket-{tag}", number, "printed", offline=False)
        history.begin_service(walk, 1)
        history.end_service(walk, "finished")
    return history


def account(
    history: History, slips: list[str], *, issued: int = 2, ratings: int = 0, expected: int = 2, late: int = 0
) -> Report:
    paper = [PrintedSlip(f"交费 {number}", "", 260) for number in slips]
    hall, ignored = board(issued, ratings), {"late": late}
    return reconcile(history, hall, paper, [], expected=expected, complete=True, killed={}, died=[], ignored=ignored)


def test_a_day_in_which_all_agrees_has_no_problem() -> None:
    assert account(two_served(), ["A001", "A002"]).problems == []


def test_paper_without_a_ticket_and_a_ticket_without_its_paper_are_told() -> None:
    assert account(two_served(), ["A001", "B009"]).problems == [
        "B009 is on paper but no ticket",
        "A002 was said to be printed, but is not on paper",
    ]


def test_a_number_printed_twice_is_told() -> None:
    told = account(two_served(), ["A001", "A002", "A002"])

    assert told.problems == ["A002 was printed 2 times, 0 of them asked for again"]


def test_a_slip_that_failed_and_was_printed_again_is_no_problem() -> None:
    history = two_served()
    walk = history.walks["c2"]
    walk.printings = ["failed", "failed"]
    history.reprinted(walk, "printed")

    told = account(history, ["A001", "A002"])

    assert told.problems == []
    assert (told.printed, told.reprints, told.unprinted) == (2, 2, 2)


def test_a_slip_of_which_nothing_was_said_back_counts_by_whether_it_is_on_paper() -> None:
    history = two_served()
    history.walks["c2"].printings = ["unconfirmed"]

    lost, held = account(history, ["A001"]), account(history, ["A001", "A002"])

    assert (lost.problems, lost.printed, lost.unprinted) == ([], 1, 1)
    assert (held.problems, held.printed, held.unprinted) == ([], 2, 0)


def test_a_press_that_nobody_knows_of_is_told() -> None:
    history = two_served()
    for walk in history.walks.values():
        walk.pressed = 5

    assert account(history, ["A001", "A002"], ratings=1, late=1).problems == []
    lost = account(history, ["A001", "A002"], ratings=1)
    assert lost.problems == ["2 customers pressed, the hall knows of 1 presses"]


def test_a_number_given_to_two_people_is_told() -> None:
    history = two_served()
    third = history.arrived(customer("c3"), 0)
    history.issued(third, "ticket-c3", "A001", "failed", offline=False)
    history.end_service(third, "no_show")

    assert account(history, ["A001", "A002"], issued=3, expected=3).problems == [
        "A001 was given to c1 and c3",
        "A001 was given out 2 times",
    ]


def test_a_customer_at_two_counters_at_once_is_told() -> None:
    history = two_served()
    walk = history.walks["c1"]
    history.begin_service(walk, 1)
    history.begin_service(walk, 2)

    assert account(history, ["A001", "A002"]).problems == ["A001 is served at 1 and 2 at once"]


def test_a_hall_that_counts_otherwise_than_the_crowd_is_told() -> None:
    assert account(two_served(), ["A001", "A002"], issued=3, ratings=1).problems == [
        "the hall says 3 tickets were issued, the crowd holds 2",
        "1 ratings are counted, 0 customers pressed",
    ]


def test_who_is_left_over_at_the_end_of_the_day_is_told() -> None:
    history = two_served()
    walk = history.arrived(customer("c3"), 0)
    history.issued(walk, "ticket-c3", "A003", "printed", offline=False)

    assert account(history, ["A001", "A002", "A003"], issued=3, expected=3).problems == ["c3 (A003) ended nowhere"]
