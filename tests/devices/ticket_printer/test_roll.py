"""How much paper is left: counted, corrected by the sensor, remembered through crashes, told before it ends."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Protocol

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.farend import TcpEnd
from devices.health import Cause, Health, HealthState
from devices.protocols import Printed
from devices.resources import TcpPort
from devices.sheets import Sheet
from devices.ticket_printer.cable import cable_to
from devices.ticket_printer.driver import EscposTicketPrinter
from devices.ticket_printer.layout import Paper, render
from devices.ticket_printer.length import DOTS_A_MM, measure
from devices.ticket_printer.paper import picture_of
from devices.ticket_printer.roll import HOUR, HourOfUse, Roll, ends_soon, lasts, mm_an_hour, told_minutes
from devices.ticket_printer.rollbook import RollBook
from devices.ticket_printer.simulator import SimulatedPrinter
from devices.ticket_printer.slips import Reader

NINE = datetime(2026, 11, 20, 9, tzinfo=UTC)
WELL: frozenset[Cause] = frozenset()
OUT, NEAR, OPEN = (frozenset({each}) for each in (Cause.PAPER_OUT, Cause.PAPER_NEAR_END, Cause.COVER_OPEN))
SILENT = frozenset({Cause.SILENT})
METRE = 1000
MM = st.integers(0, 500)
Wait = Callable[..., None]


class Logs(Protocol):
    def expect(self, pattern: str) -> None: ...


@given(st.lists(MM, max_size=50), st.integers(1, 100_000), st.integers(0, 5_000))
def test_what_is_left_is_never_less_than_nothing_nor_more_than_a_roll(slips: list[int], length: int, near: int) -> None:
    roll = Roll(NINE, length)
    for mm in slips:
        fed = roll.printed(mm, cut=True)
        assert fed.left_mm(near) <= roll.left_mm(near)
        roll = fed

    assert (roll.slips, roll.cuts, roll.used_mm) == (len(slips), len(slips), sum(slips))
    assert 0 <= roll.left_mm(near) <= max(length, near)


@given(st.lists(MM, max_size=20), st.lists(MM, max_size=20), st.integers(1, 5_000))
def test_from_the_sensors_word_on_what_it_sees_is_counted_down(before: list[int], after: list[int], near: int) -> None:
    roll = Roll(NINE, 80 * METRE)
    for mm in before:
        roll = roll.printed(mm, cut=True)
    roll = roll.seen(NEAR, NINE, 80 * METRE)
    for mm in after:
        roll = roll.printed(mm, cut=True).seen(NEAR, NINE, 80 * METRE)

    assert roll.left_mm(near) == max(near - sum(after), 0)


def test_while_the_sensor_is_content_its_length_is_still_there() -> None:
    assert Roll(NINE, 10 * METRE, used_mm=11 * METRE).left_mm(3 * METRE) == 3 * METRE
    assert Roll(NINE, 10 * METRE, used_mm=11 * METRE).left_mm(0) == 0


@pytest.mark.parametrize(
    ("said", "new"),
    [
        ([OUT, WELL], True),
        ([OUT, SILENT, WELL], True),
        ([OUT, OUT | OPEN, WELL], True),
        ([NEAR, OPEN, WELL], True),
        ([NEAR, NEAR | OPEN, NEAR], False),
        ([OPEN | OUT, WELL], False),
        ([NEAR, WELL, NEAR], False),
        ([SILENT, frozenset({Cause.UNPLUGGED}), WELL], False),
        ([frozenset({Cause.CUTTER}), OPEN, WELL], False),
        ([OUT], False),
    ],
)
def test_paper_where_none_was_is_a_new_roll_and_an_open_cover_alone_is_not(
    said: list[frozenset[Cause]], new: bool
) -> None:
    later = NINE + HOUR
    roll = Roll(NINE, 50 * METRE).printed(120, cut=True)

    for causes in said:
        roll = roll.seen(causes, later, 80 * METRE)

    assert (roll.put_in, roll.slips, roll.length_mm) == ((later, 0, 80 * METRE) if new else (NINE, 1, 50 * METRE))


HOURS = st.lists(st.integers(0, 20_000), min_size=1, max_size=40).map(
    lambda used: [HourOfUse(NINE - HOUR * nth, mm) for nth, mm in enumerate(used)]
)


@given(HOURS, st.integers(0, 59))
def test_the_pace_lies_between_the_slowest_and_the_fastest_hour(hours: list[HourOfUse], minute: int) -> None:
    now = NINE + timedelta(minutes=minute)
    used = [hour.mm for hour in hours if hour.mm]

    pace = mm_an_hour(hours, now)

    if used:
        assert min(used) - 1e-6 <= pace <= max(*used, 4 * used[0], 60 / max(minute, 15) * hours[0].mm) + 1e-6
    else:
        assert pace == 0


def test_nights_say_nothing_of_the_days_use() -> None:
    used = [HourOfUse(NINE - HOUR * ago, 1500) for ago in (1, 2, 20, 21)]

    assert mm_an_hour(used, NINE) == 1500


@given(st.integers(0, 80 * METRE), st.floats(1, 20_000))
def test_a_roll_lasts_as_long_as_its_paper_at_this_pace(left: int, pace: float) -> None:
    lasting = lasts(left, pace)

    assert lasting is not None
    assert lasting / HOUR * pace == pytest.approx(left, abs=0.1)
    assert ends_soon(lasting) == (lasting <= timedelta(hours=2))
    assert 0 <= lasting / timedelta(minutes=1) - told_minutes(lasting) + 0.5 <= 31
    assert lasts(left, 0) is None


@pytest.mark.parametrize("name", ["zh_sheet", "ru_sheet", "vi_sheet"])
def test_the_length_of_a_slip_is_that_of_its_picture(name: str, request: pytest.FixtureRequest) -> None:
    data = render(request.getfixturevalue(name), Paper())
    reader = Reader()
    reader.take(data)
    while reader.step() is not False:
        continue

    assert measure(data).dots == picture_of(reader.slip).height
    assert (measure(data).cuts, measure(data).fed) == (1, 1)


def book(path: Path, at: datetime = NINE, length_mm: int = 80 * METRE) -> RollBook:
    return RollBook(path / "printer-1.roll", length_mm, lambda: at, near_end_mm=3 * METRE, fed_mm=12)


def test_the_count_survives_a_program_killed_at_once(tmp_path: Path, zh_sheet: Sheet) -> None:
    slip = tmp_path / "slip"
    slip.write_bytes(render(zh_sheet, Paper()))
    program = (
        "import os, signal, sys; from datetime import UTC, datetime; from pathlib import Path\n"
        "from devices.ticket_printer.rollbook import RollBook\n"
        "home = Path(sys.argv[1])\n"
        "book = RollBook(home / 'printer-1.roll', 80_000, lambda: datetime.now(UTC), fed_mm=12)\n"
        "[book.printed((home / 'slip').read_bytes()) for _ in range(7)]\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    ended = subprocess.run([sys.executable, "-c", program, str(tmp_path)], env=dict(os.environ), check=False)
    assert ended.returncode == -signal.SIGKILL

    counts = book(tmp_path).counts()

    mm = measure(slip.read_bytes()).dots // DOTS_A_MM + 12
    assert (counts["slips"], counts["cuts"], counts["paper-mm"]) == (7, 7, 7 * mm)
    assert 100 < mm < 250


def test_a_new_roll_is_kept_and_so_is_a_technicians_word(tmp_path: Path, zh_sheet: Sheet) -> None:
    first = book(tmp_path)
    first.printed(render(zh_sheet, Paper()))
    first.saw(OUT)
    assert first.counts()["paper-left-mm"] == 0
    first.close()

    second = book(tmp_path, NINE + HOUR)
    second.saw(WELL)
    assert second.counts() | {"paper-minutes": 0} == {
        "slips": 0, "cuts": 0, "paper-mm": 0, "paper-left-mm": 80 * METRE, "paper-minutes": 0
    }  # fmt: skip
    assert second.put_in(40 * METRE)
    assert second.counts()["paper-left-mm"] == 40 * METRE
    second.close()


def test_a_disk_that_does_not_keep_costs_the_count_and_nothing_else(
    tmp_path: Path, zh_sheet: Sheet, expected_logs: Logs
) -> None:
    expected_logs.expect("the roll is not counted")
    (tmp_path / "printer-1.roll").mkdir()

    lost = book(tmp_path)
    lost.printed(render(zh_sheet, Paper()))

    assert (lost.saw(WELL), lost.counts()) == (False, {})


def test_a_roll_that_ends_within_two_hours_is_alarmed_before_it_ends(tmp_path: Path, zh_sheet: Sheet) -> None:
    end = TcpEnd("127.0.0.1", 0)
    far = SimulatedPrinter(end, Random(1))
    far.start()
    roll = RollBook(tmp_path / "printer-1.roll", METRE // 2, lambda: NINE + HOUR / 2, fed_mm=12)
    printer = EscposTicketPrinter("printer-1", cable_to("p", TcpPort("127.0.0.1", end.port)), Paper(), roll=roll)

    assert printer.health() == Health(HealthState.OK)
    assert printer.print(zh_sheet).printed is Printed.PRINTED

    health = printer.health()
    assert (health.state, health.alarm) == (HealthState.OK, Cause.ROLL_ENDING)
    assert printer.counts()["paper-minutes"] <= 120
    far.do({"do": "paper", "state": "out"})
    assert printer.health().alarm is Cause.PAPER_OUT
    far.do({"do": "mend"})
    assert printer.health().ok
    assert printer.counts()["slips"] == 0
    printer.close()
    far.stop()
