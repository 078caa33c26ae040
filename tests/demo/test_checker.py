"""The checker of what callers were told finds each kind of broken promise, and nothing in a sound history."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from server.demo import told
from server.demo.checker import check
from server.demo.told import Ended, Told
from server.domain.config import HallConfig
from server.domain.vocabulary import CustomerClass
from server.settings import load

NORMAL_TARGET_S, ELDER_TARGET_S = 1200, 600


@pytest.fixture(scope="module")
def rules() -> HallConfig:
    return load(Path(__file__).parents[2] / "config").hall


@dataclass
class Tale:
    """Acts told one after the other; a minute passes from each to the next."""

    lines: list[Told] = field(default_factory=list)
    rev: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def tell(self, act: str, ticket: str = "", counter: int = 2, **facts: Any) -> Told:
        """`ticket` A001 is told as number and id alike."""
        rev = next(self.rev)
        line = Told(act, rev, rev + 0.5, rev=rev, ticket=ticket, number=ticket, counter=counter, at_s=60.0 * rev)
        line = replace(line, **facts)
        self.lines.append(line)
        return line

    def issue(self, *tickets: str, service: str = "pay", of: CustomerClass = CustomerClass.NORMAL) -> None:
        for ticket in tickets:
            self.tell(told.ISSUE, ticket, counter=0, service=service, customer_class=of)

    def serve(self, ticket: str, counter: int = 2) -> None:
        for act in (told.NEXT, told.START, told.FINISH):
            self.tell(act, ticket, counter)

    def change(self, line: Told, **facts: Any) -> None:
        self.lines[self.lines.index(line)] = replace(line, **facts)


@pytest.fixture
def tale() -> Tale:
    return Tale()


def test_a_sound_history_is_found_sound(tale: Tale, rules: HallConfig) -> None:
    tale.issue("A001", "A002", "A003", "A004", "A005")
    tale.serve("A001")
    tale.tell(told.NEXT, "A002")
    tale.tell(told.RECALL, "A002")
    tale.tell(told.NO_SHOW, "A002")
    tale.tell(told.NEXT, "A003")
    tale.tell(told.REVIVE, "A002")
    tale.tell(told.START, "A003")
    tale.tell(told.NEXT, "A002", finished="A003")
    tale.tell(told.START, "A002")
    tale.tell(told.TRANSFER, "A002", service="con")
    tale.tell(told.CANCEL, "A004", counter=0)
    tale.tell(told.NEXT, "A002")
    tale.tell(told.START, "A002")
    tale.tell(told.HOLD, "A002")
    tale.tell(told.REVIVE, "A002")
    tale.serve("A002")
    tale.serve("A005", counter=3)
    tale.tell(told.NEXT, ended=Ended.REFUSED, why="nobody-waiting")
    tale.tell(told.RATE, window="w", why="accepted", rev=0)
    tale.tell(told.RATE, window="w", why="repeated", rev=0)

    assert check(tale.lines, rules) == []


def test_a_number_given_twice_is_found(tale: Tale, rules: HallConfig) -> None:
    tale.issue("A001")
    tale.tell(told.ISSUE, "another", service="pay", number="A001")
    tale.serve("A001")
    tale.serve("another")

    assert check(tale.lines, rules) == ["number A001 was given 2 times"]


def test_the_same_number_on_another_day_is_no_fault(tale: Tale, rules: HallConfig) -> None:
    tale.issue("A001")
    tale.serve("A001")
    tale.tell(told.ISSUE, "tomorrow", service="pay", number="A001", day=1)
    tale.serve("tomorrow")

    assert check(tale.lines, rules) == []


def test_one_ticket_told_to_two_customers_is_found(tale: Tale, rules: HallConfig) -> None:
    tale.issue("A001")
    tale.tell(told.ISSUE, "A001", service="pay", number="A002")
    tale.serve("A001")

    assert "ticket A001 was the answer to 2 customers" in check(tale.lines, rules)


def test_a_customer_called_by_two_counters_is_found(tale: Tale, rules: HallConfig) -> None:
    tale.issue("A001")
    tale.tell(told.NEXT, "A001", counter=2)
    tale.tell(told.NEXT, "A001", counter=3)
    tale.tell(told.START, "A001", counter=3)
    tale.tell(told.FINISH, "A001", counter=3)

    assert check(tale.lines, rules) == ["A001 was called at 3 while it is called at 2"]


def test_a_customer_finished_twice_is_found(tale: Tale, rules: HallConfig) -> None:
    tale.issue("A001")
    tale.serve("A001")
    tale.tell(told.FINISH, "A001")

    assert check(tale.lines, rules) == ["A001 had its finish while it was over"]


def test_a_customer_finished_at_another_counter_is_found(tale: Tale, rules: HallConfig) -> None:
    tale.issue("A001")
    tale.tell(told.NEXT, "A001", counter=2)
    tale.tell(told.START, "A001", counter=2)
    tale.tell(told.FINISH, "A001", counter=3)

    assert check(tale.lines, rules) == ["A001 had its finish at 3 while at 2"]


def test_a_counter_with_two_customers_is_found(tale: Tale, rules: HallConfig) -> None:
    tale.issue("A001", "A002")
    tale.tell(told.NEXT, "A001")
    tale.tell(told.NEXT, "A002")

    assert "2 called A002 and has A001" in check(tale.lines, rules)


@pytest.mark.parametrize("known", [0, 1, 2])
def test_what_was_acknowledged_and_lost_is_found(known: int, tale: Tale, rules: HallConfig) -> None:
    tale.issue("A001")
    for act in (told.NEXT, told.START)[:known]:
        tale.tell(act, "A001")

    assert check(tale.lines, rules) == [
        f"A001 was acknowledged and is {('waiting', 'called', 'serving')[known]} for ever"
    ]


def test_a_call_of_nobody_is_found(tale: Tale, rules: HallConfig) -> None:
    tale.tell(told.NEXT, "A001")

    assert check(tale.lines, rules) == ["A001 was called at 2 and never acknowledged"]


def test_an_older_one_of_the_same_queue_passed_over_is_found(tale: Tale, rules: HallConfig) -> None:
    tale.issue("A001", "A002")
    tale.serve("A002")
    tale.serve("A001")

    assert check(tale.lines, rules) == ["A001 was passed over for A002, of the same queue"]


def test_one_with_more_of_the_target_gone_passed_over_is_found(tale: Tale, rules: HallConfig) -> None:
    targets = rules.services[next(each for each in rules.services if each == "pay")].target_s
    assert (targets[CustomerClass.NORMAL], targets[CustomerClass.ELDER]) == (NORMAL_TARGET_S, ELDER_TARGET_S)
    tale.issue("A001")
    tale.issue("A002", of=CustomerClass.ELDER)
    tale.issue("A003")
    tale.serve("A001")
    tale.serve("A002")
    tale.serve("A003")

    assert check(tale.lines, rules) == ["A002 was passed over for A001, which had less of its target gone"]


def test_a_call_at_a_counter_that_does_not_serve_it_is_found(tale: Tale, rules: HallConfig) -> None:
    tale.issue("A001", service="ent")
    tale.serve("A001", counter=2)

    assert check(tale.lines, rules) == ["A001 was called at 2, which does not serve ent"]


def test_two_acts_in_one_place_of_the_journal_are_found(tale: Tale, rules: HallConfig) -> None:
    tale.issue("A001", "A002")
    tale.change(tale.lines[1], rev=1)
    tale.serve("A001")
    tale.serve("A002")

    assert check(tale.lines, rules) == ["2 acts were told that they are the journal's event 1"]


def test_a_journal_that_went_back_behind_what_was_told_is_found(tale: Tale, rules: HallConfig) -> None:
    tale.issue("A001")
    tale.serve("A001")
    tale.issue("A002")
    tale.serve("A002")
    tale.change(tale.lines[0], asked_s=100.0, told_s=101.0)

    assert check(tale.lines, rules) == ["issue of A001 is event 1, asked after 8 was told"]


def test_a_rating_counted_twice_is_found(tale: Tale, rules: HallConfig) -> None:
    for _ in range(2):
        tale.tell(told.RATE, window="w", why="accepted", rev=0)

    assert check(tale.lines, rules) == ["the rating of w was counted 2 times"]


def test_a_rating_that_was_never_counted_is_found(tale: Tale, rules: HallConfig) -> None:
    tale.tell(told.RATE, window="w", why="repeated", rev=0)

    assert check(tale.lines, rules) == ["the rating of w was given 1 times and never counted"]


def test_an_act_without_an_answer_is_found(tale: Tale, rules: HallConfig) -> None:
    tale.tell(told.ISSUE, ended=Ended.UNKNOWN, tries=7, rev=0)

    assert check(tale.lines, rules) == ["issue was never answered, asked 7 times"]


def test_a_refusal_that_nothing_explains_is_found(tale: Tale, rules: HallConfig) -> None:
    tale.issue("A001")
    tale.tell(told.NEXT, "A001")
    tale.tell(told.START, "A001", ended=Ended.REFUSED, why="wrong-state", rev=0)
    tale.tell(told.START, "A001")
    tale.tell(told.FINISH, "A001")

    assert check(tale.lines, rules) == ["start of A001 was refused: wrong-state"]


def test_a_refusal_after_another_cancelled_the_ticket_is_explained(tale: Tale, rules: HallConfig) -> None:
    tale.issue("A001")
    tale.tell(told.NEXT, "A001")
    tale.tell(told.CANCEL, "A001", counter=0)
    tale.tell(told.START, "A001", ended=Ended.REFUSED, why="wrong-state", rev=0)

    assert check(tale.lines, rules) == []
