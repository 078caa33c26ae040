"""The ways to a printer: how each port is opened, and what its errors mean to the hall."""

import fcntl
import os
import termios
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
import usb.libloader

from devices.errors import DeviceAway, DeviceInUse, DeviceSilent
from devices.farend import FarEnd, PtyEnd
from devices.health import Cause
from devices.protocols import Printed
from devices.resources import FilePath, Flow, SerialPort, UsbPort
from devices.sheets import Sheet
from devices.ticket_printer.cable import cable_to
from devices.ticket_printer.driver import EscposTicketPrinter
from devices.ticket_printer.layout import Paper
from devices.ticket_printer.simulator import SimulatedPrinter

PRINTER = UsbPort(0x0416, 0x5011)


class UsbEnd(FarEnd):
    full: bool
    kernel_has_it: bool


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


@pytest.fixture
def on_usb(usb_end: UsbEnd) -> Iterator[UsbEnd]:
    far = SimulatedPrinter(usb_end, Random(1))
    far.start()
    yield usb_end
    far.stop()


def test_a_usb_printer_is_taken_from_the_kernel_and_held_by_one_program_alone(on_usb: UsbEnd) -> None:
    one, two = cable_to("printer-1", PRINTER), cable_to("printer-2", PRINTER)
    one.open()
    assert not on_usb.kernel_has_it

    with pytest.raises(DeviceInUse, match="printer-2: 0416:5011 is in use by another program"):
        two.open()

    one.close()
    two.open()
    two.close()


def test_a_usb_printer_that_takes_no_more_is_silent_and_one_that_is_pulled_out_is_away(on_usb: UsbEnd) -> None:
    cable = cable_to("printer-1", PRINTER)
    cable.open()
    on_usb.full = True
    with pytest.raises(DeviceSilent, match="takes no more bytes"):
        cable.write(b"A023")

    on_usb.unplug()

    with pytest.raises(DeviceAway, match="went away"):
        cable.write(b"A023")
    with pytest.raises(DeviceAway, match="went away"):
        cable.read(0.1)
    cable.close()
    with pytest.raises(DeviceAway, match="no USB device 0416:5011"):
        cable.open()


def test_a_machine_without_libusb_says_so_and_prints_nothing(zh_sheet: Sheet, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_names: object, **_how: object) -> None:
        raise usb.libloader.NoLibraryCandidatesException("libusb")

    monkeypatch.setattr(usb.libloader, "load_locate_library", missing)
    for backend in ("libusb1", "libusb0", "openusb"):
        monkeypatch.setattr(f"usb.backend.{backend}._lib", None)
    printer = EscposTicketPrinter("printer-1", cable_to("printer-1", PRINTER), Paper())

    outcome = printer.print(zh_sheet)

    assert (outcome.printed, outcome.cause) == (Printed.FAILED, Cause.UNPLUGGED)
    assert outcome.detail == "printer-1: USB needs the library libusb-1.0"


def test_a_device_file_that_is_not_there_is_away_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(DeviceAway, match=r"cannot open .*lp9: No such file"):
        cable_to("printer-1", FilePath(str(tmp_path / "lp9"))).open()

    assert not (tmp_path / "lp9").exists()


def test_a_device_file_that_takes_no_more_is_silent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("devices.ticket_printer.cable.WRITE_S", 0.2)
    os.mkfifo(tmp_path / "lp0")
    printer = os.open(tmp_path / "lp0", os.O_RDONLY | os.O_NONBLOCK)
    cable = cable_to("printer-1", FilePath(str(tmp_path / "lp0")))
    cable.open()

    cable.write(b"A023")
    with pytest.raises(DeviceSilent, match="takes no more bytes"):
        cable.write(bytes(fcntl.fcntl(printer, fcntl.F_GETPIPE_SZ)))

    cable.close()
    os.close(printer)
