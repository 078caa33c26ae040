"""Printing over a real cable to a simulated printer: what came out, and what the driver says of it."""

import dataclasses
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from typing import Protocol

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devices.farend import TcpEnd
from devices.health import Cause, Health, HealthState
from devices.protocols import Printed
from devices.resources import FilePath, TcpPort
from devices.sheets import Sheet
from devices.ticket_printer.cable import cable_to
from devices.ticket_printer.driver import EscposTicketPrinter, Patience
from devices.ticket_printer.layout import Paper
from devices.ticket_printer.simulator import SimulatedPrinter

Wait = Callable[..., None]
WAIT_S = 30.0


class Bench(Protocol):
    """A driver and the printer at the far end of its cable."""

    printer: EscposTicketPrinter
    far: SimulatedPrinter

    def press(self, do: str, **facts: object) -> None: ...


def whole(bench: Bench) -> list[str]:
    answer = bench.far.do({"do": "slips"})
    return [slip["number"] for slip in answer["slips"] if slip["cut"]]


def test_a_printed_sheet_is_confirmed_and_cut(bench: Bench, zh_sheet: Sheet) -> None:
    assert bench.printer.print(zh_sheet).printed is Printed.PRINTED
    assert whole(bench) == ["A023"]


def test_a_healthy_printer_says_so_and_prints_every_language(
    any_printer: EscposTicketPrinter, zh_sheet: Sheet, ru_sheet: Sheet, vi_sheet: Sheet
) -> None:
    outcomes = [any_printer.print(sheet).printed for sheet in (zh_sheet, ru_sheet, vi_sheet)]

    assert outcomes == [Printed.PRINTED] * 3
    assert any_printer.health() == Health(HealthState.OK)


def test_paper_near_its_end_is_told_and_still_prints(bench: Bench, zh_sheet: Sheet) -> None:
    bench.press("paper", state="near_end")

    assert bench.printer.print(zh_sheet).printed is Printed.PRINTED
    assert bench.printer.health() == Health(HealthState.OK, frozenset({Cause.PAPER_NEAR_END}))


@pytest.mark.parametrize(
    ("button", "facts", "cause"),
    [("paper", {"state": "out"}, Cause.PAPER_OUT), ("cover", {"state": "open"}, Cause.COVER_OPEN)],
)
def test_a_fault_before_printing_is_told_and_nothing_is_sent(
    bench: Bench, zh_sheet: Sheet, button: str, facts: dict[str, str], cause: Cause
) -> None:
    bench.press(button, **facts)

    outcome = bench.printer.print(zh_sheet)

    assert (outcome.printed, outcome.cause) == (Printed.FAILED, cause)
    assert bench.printer.health() == Health(HealthState.FAULT, frozenset({cause}))
    bench.press("mend")
    assert bench.far.slips == []


@pytest.mark.fault(16)
def test_paper_that_ends_within_a_ticket_fails_it_and_the_reprint_is_whole(
    bench: Bench, zh_sheet: Sheet, eventually: Wait
) -> None:
    bench.press("paper", after=20)
    outcome = bench.printer.print(zh_sheet)
    eventually(lambda: len(bench.far.slips) == 1)
    bench.press("mend")

    again = bench.printer.print(dataclasses.replace(zh_sheet, copy_mark="补打 1"))

    assert (outcome.printed, outcome.cause) == (Printed.FAILED, Cause.PAPER_OUT)
    assert again.printed is Printed.PRINTED
    assert [slip.cut for slip in bench.far.slips] == [False, True]
    assert bench.far.slips[1].text.startswith("补打 1\n")


@pytest.mark.fault(17)
def test_a_jammed_cutter_is_told_once_and_mended_by_hand(bench: Bench, zh_sheet: Sheet) -> None:
    bench.press("cutter", state="jam")
    first, second = bench.printer.print(zh_sheet), bench.printer.print(zh_sheet)
    bench.press("mend")

    assert [outcome.cause for outcome in (first, second)] == [Cause.CUTTER, Cause.CUTTER]
    assert bench.printer.print(zh_sheet).printed is Printed.PRINTED
    assert whole(bench) == ["A023"]


@pytest.mark.fault(17)
def test_a_freed_cutter_is_well_at_the_next_look_or_slip(bench: Bench, zh_sheet: Sheet, eventually: Wait) -> None:
    bench.press("cutter", state="jam")
    assert bench.printer.print(zh_sheet).cause is Cause.CUTTER
    bench.press("cutter", state="ok")
    eventually(lambda: bench.printer.health().ok)
    bench.press("cutter", state="jam")
    assert bench.printer.print(zh_sheet).cause is Cause.CUTTER
    bench.press("cutter", state="ok")

    assert bench.printer.print(zh_sheet).printed is Printed.PRINTED
    assert whole(bench) == ["A023"]


@pytest.mark.fault(17)
def test_nothing_moves_in_a_jammed_printer_while_its_cover_is_open(bench: Bench, zh_sheet: Sheet) -> None:
    bench.press("cutter", state="jam")
    assert {bench.printer.print(zh_sheet).cause, bench.printer.print(zh_sheet).cause} == {Cause.CUTTER}
    bench.press("cover", state="open")
    bench.press("cutter", state="ok")

    causes = {bench.printer.print(zh_sheet).cause, *bench.printer.health().causes}

    assert bench.far.jammed
    assert causes == {Cause.COVER_OPEN, Cause.CUTTER}


@pytest.mark.fault(17)
def test_a_jam_freed_before_anybody_looked_is_not_told_as_printed(zh_sheet: Sheet, eventually: Wait) -> None:
    end = TcpEnd("127.0.0.1", 0)
    far = SimulatedPrinter(end, Random(1))
    far.start()
    cable = cable_to("printer-1", TcpPort("127.0.0.1", end.port))
    printer = EscposTicketPrinter("printer-1", cable, Paper(), patience=Patience(answer_s=1.0, marker_s=2.0))
    far.do({"do": "cutter", "state": "jam"})
    with ThreadPoolExecutor(1) as pool:
        told = pool.submit(printer.print, zh_sheet)
        eventually(lambda: far.jammed)
        far.do({"do": "cutter", "state": "ok"})
        outcome = told.result(WAIT_S)
    again = printer.print(zh_sheet)
    printer.close()
    far.stop()

    assert outcome.printed is not Printed.PRINTED
    assert again.printed is Printed.PRINTED
    assert [slip.cut for slip in far.slips] == [False, True]


@pytest.mark.fault(15)
def test_the_half_slip_of_a_kiosk_that_died_is_not_the_head_of_the_next(bench: Bench, zh_sheet: Sheet) -> None:
    bench.far.take(b"\x1b@\x1d!\x77A022\n")

    assert bench.printer.print(zh_sheet).printed is Printed.PRINTED
    assert whole(bench) == ["A023"]


@pytest.mark.fault(18)
def test_a_silent_printer_is_unknown_and_its_paper_unconfirmed(bench: Bench, zh_sheet: Sheet) -> None:
    bench.press("silence")

    outcome = bench.printer.print(zh_sheet)

    assert (outcome.printed, outcome.cause) == (Printed.UNCONFIRMED, Cause.SILENT)
    assert bench.printer.health() == Health(HealthState.UNKNOWN, frozenset({Cause.SILENT}))


def test_an_unplugged_printer_fails_at_once_and_prints_after_plugging(
    bench: Bench, zh_sheet: Sheet, eventually: Wait
) -> None:
    bench.printer.print(zh_sheet)
    bench.press("unplug")
    outcome = bench.printer.print(zh_sheet)
    bench.press("plug")
    eventually(lambda: bench.printer.health().ok)

    assert (outcome.printed, outcome.cause) == (Printed.FAILED, Cause.UNPLUGGED)
    assert bench.printer.print(zh_sheet).printed is Printed.PRINTED
    assert whole(bench) == ["A023", "A023"]


def test_a_printer_that_is_back_prints_at_once_though_it_was_away_a_moment_ago(bench: Bench, zh_sheet: Sheet) -> None:
    bench.press("unplug")
    assert bench.printer.health() == Health(HealthState.FAULT, frozenset({Cause.UNPLUGGED}))
    bench.press("plug")

    assert bench.printer.print(zh_sheet).printed is Printed.PRINTED


def test_a_slow_printer_is_waited_for(bench: Bench, zh_sheet: Sheet) -> None:
    bench.press("slow", seconds=0.05)

    assert bench.printer.print(zh_sheet).printed is Printed.PRINTED


FAULTS = st.sampled_from(
    [
        ("paper", {"state": "out"}),
        ("paper", {"state": "near_end"}),
        ("paper", {"after": 5}),
        ("cover", {"state": "open"}),
        ("cutter", {"state": "jam"}),
        ("garbage", {}),
        ("unplug", {}),
        ("plug", {}),
        ("mend", {}),
    ]
)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(FAULTS, max_size=4))
def test_whatever_happens_to_a_printer_it_never_lies_and_comes_back(
    bench: Bench, zh_sheet: Sheet, eventually: Wait, steps: list[tuple[str, dict[str, object]]]
) -> None:
    confirmed, before = 0, len(whole(bench))
    for button, facts in steps:
        bench.press(button, **facts)
        confirmed += bench.printer.print(zh_sheet).printed is Printed.PRINTED
    assert len(whole(bench)) - before >= confirmed

    bench.press("mend")
    bench.press("garbage", on=False)
    eventually(lambda: bench.printer.health().ok)
    assert bench.printer.print(zh_sheet).printed is Printed.PRINTED


def test_nobody_at_the_address_is_unplugged(zh_sheet: Sheet, port: int) -> None:
    printer = EscposTicketPrinter("printer-1", cable_to("printer-1", TcpPort("127.0.0.1", port)), Paper())

    outcome = printer.print(zh_sheet)

    assert (outcome.printed, outcome.cause) == (Printed.FAILED, Cause.UNPLUGGED)
    assert "printer-1" in outcome.detail
    assert printer.health() == Health(HealthState.FAULT, frozenset({Cause.UNPLUGGED}))


def test_a_device_file_takes_the_bytes_and_stays_unknown(zh_sheet: Sheet, tmp_path: Path) -> None:
    device = tmp_path / "lp0"
    device.touch()
    printer = EscposTicketPrinter("printer-1", cable_to("printer-1", FilePath(str(device))), Paper())

    outcome = printer.print(zh_sheet)
    printer.close()

    assert outcome.printed is Printed.UNCONFIRMED
    assert device.read_bytes().count(b"\x1dVB\x00") == 1
