"""After a fault the whole slip is printed again and says so; nobody holds two slips that look like the first."""

import dataclasses
from collections import Counter
from typing import Protocol

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devices.protocols import Printed, PrintOutcome
from devices.sheets import NUMBER, Line, Sheet
from devices.ticket_printer.driver import EscposTicketPrinter
from devices.ticket_printer.simulator import SimulatedPrinter
from devices.ticket_printer.slips import Slip
from server.contract.words import Language

MARK = "补打"
FAULTS = st.sampled_from(
    [
        None,
        ("paper", {"state": "out"}),
        ("paper", {"after": 3}),
        ("paper", {"after": 9}),
        ("paper", {"after": 10}),
        ("cover", {"state": "open"}),
        ("cutter", {"state": "jam"}),
    ]
)


class Bench(Protocol):
    printer: EscposTicketPrinter
    far: SimulatedPrinter

    def press(self, do: str, **facts: object) -> None: ...


def ticket(number: str) -> Sheet:
    return Sheet((Line(number, NUMBER, bold=True), Line("过户 / 更名"), Line("城东供电营业厅")), Language.ZH)


def print_until_it_is_there(bench: Bench, sheet: Sheet) -> list[PrintOutcome]:
    """As a kiosk and its staff do: mend what hinders, then print the whole slip with its mark."""
    outcomes = [bench.printer.print(sheet)]
    while outcomes[-1].printed is not Printed.PRINTED:
        bench.press("mend")
        outcomes.append(bench.printer.print(dataclasses.replace(sheet, copy_mark=f"{MARK} {len(outcomes)}")))
        assert len(outcomes) < 4
    return outcomes


def whole(slips: list[Slip]) -> list[str]:
    return [slip.text for slip in slips if slip.cut]


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(faults=st.lists(FAULTS, min_size=1, max_size=4))
def test_slips_are_the_tickets_and_the_marked_reprints(
    bench: Bench, faults: list[tuple[str, dict[str, object]] | None]
) -> None:
    before, reprints = len(bench.far.slips), 0
    numbers = [f"A{nth:03}" for nth in range(len(faults))]
    for number, fault in zip(numbers, faults, strict=True):
        if fault:
            bench.press(fault[0], **fault[1])
        reprints += len(print_until_it_is_there(bench, ticket(number))) - 1
        bench.press("mend")

    slips = whole(bench.far.slips[before:])
    first = Counter(number for number in numbers for slip in slips if number in slip and MARK not in slip)
    assert all(any(number in slip for slip in slips) for number in numbers)
    assert max(first.values(), default=0) <= 1
    assert len(slips) <= len(numbers) + reprints
    assert len(slips) == first.total() + sum(MARK in slip for slip in slips)


@pytest.mark.parametrize(("button", "facts"), [("cutter", {"state": "jam"}), ("paper", {"after": 5})])
def test_nothing_is_printed_again_before_the_fault_is_mended(
    bench: Bench, button: str, facts: dict[str, object]
) -> None:
    bench.press(button, **facts)

    outcomes = [bench.printer.print(ticket("A001")).printed for _ in range(3)]

    assert outcomes == [Printed.FAILED] * 3
    bench.press("mend")
    assert whole(bench.far.slips) == []
