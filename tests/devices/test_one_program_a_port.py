"""One program has a port: a second one is told whose it is not, and has it when the first lets go."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from random import Random

import pytest

from devices.farend import PtyEnd
from devices.health import Cause, Health, HealthState
from devices.led_sign.driver import Bx6, WiredLedSign
from devices.led_sign.driver import Pace as SignPace
from devices.led_sign.frames import Place
from devices.protocols import Printed, RatingPad
from devices.rating_pad.driver import FramedRatingPad, Pace
from devices.rating_pad.simulator import SimulatedRatingPad
from devices.resources import SerialPort
from devices.sheets import Sheet
from devices.ticket_printer.cable import cable_to
from devices.ticket_printer.driver import EscposTicketPrinter
from devices.ticket_printer.layout import Paper
from devices.ticket_printer.simulator import SimulatedPrinter

Wait = Callable[..., None]
IN_USE = Health(HealthState.FAULT, frozenset({Cause.IN_USE}))
QUICK = Pace(reopen_s=0.1, ping_s=0.1, silent_s=0.6)
PATIENCE_S = 30.0


@pytest.fixture
def first(tmp_path: Path, eventually: Wait) -> Iterator[RatingPad]:
    """A pad that another program holds already."""
    with ExitStack() as stack:
        far = SimulatedRatingPad(PtyEnd(tmp_path / "port"), 1, Random(3))
        far.start()
        stack.callback(far.stop)
        pad = FramedRatingPad("pad-1", SerialPort(str(tmp_path / "port")), 1, pace=QUICK)
        pad.start(lambda _press: None, lambda _health: None)
        stack.callback(pad.close)
        eventually(lambda: pad.health().ok, PATIENCE_S)
        yield pad


def test_the_second_program_at_a_port_says_so_and_has_it_when_the_first_lets_go(
    first: RatingPad, tmp_path: Path, eventually: Wait, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    port = str(tmp_path / "port")
    second = FramedRatingPad("pad-2", SerialPort(port), 1, pace=QUICK)
    second.start(lambda _press: None, lambda _health: None)
    try:
        eventually(lambda: second.health() == IN_USE, PATIENCE_S)
        assert f"{port} is in use by another program" in caplog.text
        assert "device='pad-2'" in caplog.text
        assert first.health().ok

        first.close()

        eventually(lambda: second.health().ok, PATIENCE_S)
    finally:
        second.close()


def test_a_sign_on_a_port_of_another_program_does_not_disturb_it(
    first: RatingPad, tmp_path: Path, eventually: Wait
) -> None:
    pace = SignPace(reopen_s=0.05)
    sign = WiredLedSign("sign-1", SerialPort(str(tmp_path / "port")), Bx6(1, Place(64, 16), "ascii"), pace=pace)
    sign.start(lambda _health: None)
    try:
        eventually(lambda: sign.health() == IN_USE, PATIENCE_S)
        assert first.health().ok
    finally:
        sign.close()


def test_two_kiosks_that_name_one_printer_do_not_print_into_each_others_slips(
    tmp_path: Path, zh_sheet: Sheet, eventually: Wait
) -> None:
    far = SimulatedPrinter(PtyEnd(tmp_path / "port"), Random(1))
    far.start()
    port = SerialPort(str(tmp_path / "port"))
    one, two = (EscposTicketPrinter(name, cable_to(name, port), Paper()) for name in ("printer-1", "printer-2"))
    try:
        eventually(lambda: one.health().ok, PATIENCE_S)

        refused = two.print(zh_sheet)

        assert (refused.printed, refused.cause) == (Printed.FAILED, Cause.IN_USE)
        assert "printer-2" in refused.detail
        assert str(tmp_path / "port") in refused.detail
        assert two.health() == IN_USE
        assert far.slips == []

        one.close()

        eventually(lambda: two.health().ok, PATIENCE_S)
    finally:
        one.close()
        two.close()
        far.stop()
