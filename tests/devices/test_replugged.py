"""A serial device that comes back under another name is found by its stable one, and told what it should show."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from devices.call_pad.driver import WiredCallPads
from devices.call_pad.frames import Form
from devices.call_pad.simulator import SimulatedCallPads
from devices.farend import PtyEnd
from devices.health import Cause
from devices.led_sign.driver import Bx6, WiredLedSign
from devices.led_sign.frames import Place
from devices.led_sign.simulator import Bx6Panel, SimulatedSign
from devices.protocols import CallLight, PadLight, Printed
from devices.rating_pad.driver import FramedRatingPad
from devices.rating_pad.simulator import SimulatedRatingPad
from devices.resources import SerialPort
from devices.sheets import Sheet
from devices.ticket_printer.cable import cable_to
from devices.ticket_printer.driver import EscposTicketPrinter
from devices.ticket_printer.layout import Paper
from devices.ticket_printer.simulator import SimulatedPrinter

Wait = Callable[..., None]
PATIENCE_S = 30.0
FOUND_WITHIN_TRIES = 5
"""One a second: the promise of five seconds, whatever else the machine does meanwhile."""

pytestmark = pytest.mark.fault(19)


@pytest.fixture
def cable(tmp_path: Path) -> PtyEnd:
    return PtyEnd(tmp_path / "by-id")


@pytest.fixture
def port(cable: PtyEnd) -> SerialPort:
    return SerialPort(str(cable.path))


@pytest.fixture
def elsewhere(cable: PtyEnd) -> Iterator[Callable[[], None]]:
    """Plugs it in again where the system gives it another name, as ttyUSB0 comes back as ttyUSB1."""
    taken: list[int] = []

    def plug() -> None:
        taken.extend(os.openpty())
        cable.plug()

    yield plug
    for end in taken:
        os.close(end)


def test_a_rating_pad_is_found_within_five_seconds_and_lit_again(
    cable: PtyEnd, port: SerialPort, elsewhere: Callable[[], None], eventually: Wait
) -> None:
    far = SimulatedRatingPad(cable, 1, Random(3))
    far.start()
    pad = FramedRatingPad("pad-1", port, 1)
    keys: list[int] = []
    pad.start(lambda press: keys.append(press.key), lambda _health: None)
    try:
        eventually(lambda: pad.health().ok, PATIENCE_S)
        before = cable.path.readlink()
        cable.unplug()
        eventually(lambda: Cause.UNPLUGGED in pad.health().causes, PATIENCE_S)
        pad.invite(60, "A023")
        tries = pad.counts["tries"]
        elsewhere()
        eventually(lambda: pad.health().ok, PATIENCE_S)

        assert cable.path.readlink() != before
        assert pad.counts["tries"] - tries <= FOUND_WITHIN_TRIES
        eventually(lambda: (far.light, far.number) == (PadLight.INVITE, "A023"), PATIENCE_S)
        far.do({"do": "press", "key": 4})
        eventually(lambda: keys == [4], PATIENCE_S)
    finally:
        pad.close()
        far.stop()


def test_call_pads_are_found_and_lit_again(
    cable: PtyEnd, port: SerialPort, elsewhere: Callable[[], None], eventually: Wait
) -> None:
    far = SimulatedCallPads(cable, [1], Form.CHECKED, Random(3))
    far.start()
    pads = WiredCallPads("keys-1", port, [1], Form.CHECKED, new_mark=lambda: "1")
    pads.start(lambda _key: None, lambda _health: None)
    try:
        eventually(lambda: pads.health().ok, PATIENCE_S)
        cable.unplug()
        eventually(lambda: Cause.UNPLUGGED in pads.health().causes, PATIENCE_S)
        pads.light(1, CallLight.SERVING)
        elsewhere()

        eventually(lambda: pads.health().ok and far.lights == {1: CallLight.SERVING}, PATIENCE_S)
    finally:
        pads.close()
        far.stop()


def test_a_sign_is_found_and_told_its_text_again(
    cable: PtyEnd, port: SerialPort, elsewhere: Callable[[], None], eventually: Wait
) -> None:
    far = SimulatedSign(cable, Bx6Panel(1), "gb18030", Random(3))
    far.start()
    sign = WiredLedSign("sign-1", port, Bx6(1, Place(64, 16), "gb18030"))
    sign.show("A023")
    sign.start(lambda _health: None)
    try:
        eventually(lambda: far.text == "A023", PATIENCE_S)
        cable.unplug()
        far.do({"do": "restart"})
        sign.show("A024")
        elsewhere()

        eventually(lambda: sign.health().ok and far.text == "A024", PATIENCE_S)
    finally:
        sign.close()
        far.stop()


def test_a_printer_is_found_and_prints(
    cable: PtyEnd, port: SerialPort, elsewhere: Callable[[], None], eventually: Wait, zh_sheet: Sheet
) -> None:
    far = SimulatedPrinter(cable, Random(3))
    far.start()
    printer = EscposTicketPrinter("printer-1", cable_to("printer-1", port), Paper())
    try:
        eventually(lambda: printer.health().ok, PATIENCE_S)
        cable.unplug()
        eventually(lambda: Cause.UNPLUGGED in printer.health().causes, PATIENCE_S)
        elsewhere()
        eventually(lambda: printer.health().ok, PATIENCE_S)

        assert printer.print(zh_sheet).printed is Printed.PRINTED
    finally:
        printer.close()
        far.stop()
