from collections.abc import Callable
from dataclasses import replace
from datetime import time, timedelta
from typing import TYPE_CHECKING

import pytest

from server.domain import commands as do
from server.domain.config import Counter, HallConfig, Series, Service
from server.domain.errors import Refusal
from server.domain.vocabulary import BranchId, CounterNo, CustomerClass, ServiceId

if TYPE_CHECKING:
    from tests.domain.conftest import Story

PAY, NEW = ServiceId("pay"), ServiceId("new")
ONE, TWO, THREE = CounterNo(1), CounterNo(2), CounterNo(3)
Make = Callable[..., HallConfig]


def fault(story: "Story", config: HallConfig) -> object:
    outcome = story.ask(do.AdoptConfig(config))
    assert isinstance(outcome, Refusal)
    assert outcome.code == "bad-config"
    return outcome.facts["fault"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"branch": BranchId("elsewhere")}, "other-branch"),
        ({"timezone": "Mars/Olympus"}, "unknown-timezone"),
        ({"timezone": "../etc/passwd"}, "unknown-timezone"),
        ({"timezone": "America"}, "unknown-timezone"),
        ({"interleave_n": 0}, "interleave-below-one"),
        ({"counters": {ONE: Counter(ONE, (PAY,))}}, "nobody-can-serve"),
        ({"counters": {ONE: Counter(ONE, (PAY, NEW, ServiceId("ghost")))}}, "unknown-service"),
        ({"series": {"A": Series("A")}}, "unknown-series"),
        ({"series": {"A": Series("A"), "B": Series("B", 5, 4)}}, "bad-range"),
        ({"series": {"A": Series("A"), "B": Series("B", 1, 9, {"k": (3, 2)})}}, "bad-range"),
        ({"series": {"A": Series("A"), "B": Series("B", 1, 9, {"k": (3, 5), "l": (5, 7)})}}, "ranges-overlap"),
    ],
)
def test_a_config_with_a_fault_is_refused_by_name(
    story: "Story", config: Make, changes: dict[str, object], expected: str
) -> None:
    assert fault(story, config(**changes)) == expected


@pytest.mark.parametrize("targets", [{}, {CustomerClass.ELDER: 60}, {CustomerClass.NORMAL: 0}])
def test_a_service_needs_a_normal_target(story: "Story", config: Make, targets: dict[CustomerClass, int]) -> None:
    services = {**config().services, PAY: Service(PAY, "B", targets, 300, 180)}

    assert fault(story, config(services=services)) == "bad-target"


def test_the_same_config_again_changes_nothing(story: "Story", config: Make) -> None:
    assert story.act(do.AdoptConfig(config())) == ()


def test_a_service_that_is_waited_for_cannot_vanish(story: "Story", config: Make) -> None:
    story.comes(PAY, NEW)
    smaller = config(
        services={PAY: config().services[PAY]}, counters={ONE: Counter(ONE, (PAY,))}, series={"B": Series("B")}
    )

    assert fault(story, smaller) == "service-in-use"


def test_a_counter_with_a_clerk_cannot_vanish(busy: "Story", config: Make) -> None:
    smaller = config(counters={TWO: Counter(TWO, (PAY, NEW))})

    assert fault(busy, smaller) == "counter-in-use"


def test_an_open_counter_keeps_those_of_its_services_that_are_left(busy: "Story", config: Make) -> None:
    counters = {ONE: Counter(ONE, (NEW,)), TWO: Counter(TWO, (PAY,))}

    busy.act(do.AdoptConfig(config(counters=counters)))

    assert busy.hall.counters[ONE].services == (NEW,)
    assert busy.hall.counters[TWO].services == (PAY,)
    assert THREE not in busy.hall.counters


def test_numbers_go_on_and_those_now_reserved_stay_taken(story: "Story", config: Make) -> None:
    for _ in range(3):
        story.comes(PAY)
    series = {**config().series, "B": Series("B", 1, 799, {"kiosk-1": (2, 5)})}

    story.act(do.AdoptConfig(config(series=series)))

    assert story.number(story.comes(PAY)) == "B006"
    outcome = story.ask(story.asks_for(PAY, offline=story.offline(3)), "kiosk-1")
    assert isinstance(outcome, Refusal)
    assert outcome.code == "number-taken"
    assert story.number(story.comes(PAY, offline=story.offline(4))) == "B004"


def test_a_new_day_start_moves_the_next_rollover(story: "Story", config: Make) -> None:
    before = story.hall.day_ends
    assert before is not None

    story.act(do.AdoptConfig(replace(config(), day_start=time(5, 0))))

    assert story.hall.day_ends == before + timedelta(hours=1)
