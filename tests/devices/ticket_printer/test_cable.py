"""The ways to a printer: how each port is opened, and what its errors mean to the hall."""

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from devices.farend import PtyEnd
from devices.resources import Flow, SerialPort
from devices.ticket_printer.cable import cable_to
from devices.ticket_printer.simulator import SimulatedPrinter

termios = pytest.importorskip("termios", reason="serial lines are looked at where they are terminals")


@pytest.fixture
def plugged(tmp_path: Path) -> Iterator[Path]:
    far = SimulatedPrinter(PtyEnd(tmp_path / "printer-1"), Random(1))
    far.start()
    yield tmp_path / "printer-1"
    far.stop()


@pytest.mark.parametrize(
    ("flow", "rts_cts", "xon_xoff"), [("none", False, False), ("hardware", True, False), ("software", False, True)]
)
def test_a_serial_line_keeps_the_handshake_that_is_written_for_it(
    plugged: Path, flow: Flow, rts_cts: bool, xon_xoff: bool
) -> None:
    watcher = plugged.open("rb", buffering=0)
    cable = cable_to("printer-1", SerialPort(str(plugged), flow=flow))
    cable.open()

    said, _, control, *_ = termios.tcgetattr(watcher)

    cable.close()
    watcher.close()
    assert bool(control & termios.CRTSCTS) is rts_cts
    assert bool(said & termios.IXON) is xon_xoff
