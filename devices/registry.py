"""The only place where drivers and simulators meet: what may stand in devices.toml, and what each entry builds.

README.md of this folder tells how a device is added.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, cast

from pydantic import ValidationError
from ulid import ULID

from devices.config import read_toml, told
from devices.entries import (
    DEVICES_FILE,
    AnnouncerPart,
    Bx6Part,
    CallPadsPart,
    DevicePart,
    FramedPadPart,
    LineSignPart,
    PrinterPart,
    ShortPadPart,
    serial_port,
)
from devices.errors import ConfigError
from devices.farend import FarEnd, Machine, PtyEnd, TcpEnd
from devices.protocols import (
    ANNOUNCER,
    CALL_PADS,
    LED_SIGN,
    RATING_PAD,
    TICKET_PRINTER,
    Announcer,
    CallPads,
    LedSign,
    RatingPad,
    TicketPrinter,
)
from devices.resources import Resource, SerialPort, TcpPort


@dataclass(frozen=True, slots=True)
class Device:
    """One entry of devices.toml, checked."""

    name: str
    part: DevicePart
    file: str
    data_dir: Path

    @property
    def kind(self) -> str:
        return self.part.kind

    @property
    def at(self) -> str:
        return self.part.at


@dataclass(frozen=True, slots=True)
class Driver:
    part: type[DevicePart]
    build: Callable[[Device], object]
    """-> the kind's protocol."""
    far_end: Callable[[Device, Random], Machine]


def _escpos(device: Device) -> TicketPrinter:
    """Parts are imported where they are built, so that a machine needs the libraries of its own devices alone."""
    from devices.ticket_printer.cable import cable_to
    from devices.ticket_printer.driver import EscposTicketPrinter
    from devices.ticket_printer.layout import Paper

    part = cast("PrinterPart", device.part)
    paper = Paper(part.dots, part.chinese_font, part.raster_budget)
    return EscposTicketPrinter(device.name, cable_to(device.name, part.resource(device.data_dir)), paper)


def _escpos_far_end(device: Device, random: Random) -> Machine:
    from devices.ticket_printer.simulator import SimulatedPrinter

    return SimulatedPrinter(_line(device, cast("PrinterPart", device.part).resource(device.data_dir)), random)


def _line(device: Device, resource: Resource) -> FarEnd:
    """The far end of a cable."""
    match resource:
        case TcpPort(host=host, port=port):
            return TcpEnd(host, port)
        case SerialPort(path=path):
            return PtyEnd(Path(path))
        case _:
            raise ConfigError(device.file, device.name, "", "only devices on tcp and serial can be simulated")


def _framed(device: Device) -> RatingPad:
    from devices.rating_pad.driver import FramedRatingPad

    part = cast("FramedPadPart", device.part)
    return FramedRatingPad(device.name, serial_port(part.serial, device.data_dir), part.address)


def _framed_far_end(device: Device, random: Random) -> Machine:
    from devices.rating_pad.simulator import SimulatedRatingPad

    part = cast("FramedPadPart", device.part)
    return SimulatedRatingPad(_line(device, serial_port(part.serial, device.data_dir)), part.address, random)


def _short(device: Device) -> RatingPad:
    from devices.rating_pad.short import Lamp, ShortFramePad

    part = cast("ShortPadPart", device.part)
    port = serial_port(part.serial, device.data_dir)
    return ShortFramePad(device.name, port, part.shape(), Lamp(*part.lamp()), new_mark=lambda: str(ULID()))


def _short_far_end(device: Device, random: Random) -> Machine:
    from devices.rating_pad.short import Lamp
    from devices.rating_pad.short_simulator import SimulatedShortFramePad

    part = cast("ShortPadPart", device.part)
    line = _line(device, serial_port(part.serial, device.data_dir))
    return SimulatedShortFramePad(line, part.shape(), Lamp(*part.lamp()), random)


def _bx6(device: Device) -> LedSign:
    from devices.led_sign.driver import Bx6, WiredLedSign
    from devices.led_sign.frames import Place

    part = cast("Bx6Part", device.part)
    dialect = Bx6(part.address, Place(part.width, part.height), part.encoding)
    return WiredLedSign(device.name, part.resource(device.data_dir), dialect)


def _bx6_far_end(device: Device, random: Random) -> Machine:
    from devices.led_sign.simulator import Bx6Panel, SimulatedSign

    part = cast("Bx6Part", device.part)
    return SimulatedSign(_line(device, part.resource(device.data_dir)), Bx6Panel(part.address), part.encoding, random)


def _line_sign(device: Device) -> LedSign:
    from devices.led_sign.driver import Lines, WiredLedSign

    part = cast("LineSignPart", device.part)
    return WiredLedSign(device.name, part.resource(device.data_dir), Lines(part.form(), part.encoding))


def _line_sign_far_end(device: Device, random: Random) -> Machine:
    from devices.led_sign.simulator import LinePanel, SimulatedSign

    part = cast("LineSignPart", device.part)
    return SimulatedSign(_line(device, part.resource(device.data_dir)), LinePanel(part.form()), part.encoding, random)


def _clips(device: Device) -> Announcer:
    from devices.announcer.clips import ClipSet
    from devices.announcer.driver import ClipAnnouncer, Loudspeaker, Manner, NetworkSpeaker, ProgramSpeaker

    part = cast("AnnouncerPart", device.part)
    speaker: Loudspeaker
    match part.speaker:
        case TcpPort() as port:
            speaker = NetworkSpeaker(device.name, port)
        case command:
            speaker = ProgramSpeaker(device.name, command)
    manner = Manner(part.volume / 100, part.yao, tuple((each.since, each.until) for each in part.quiet))
    clips = ClipSet(Path(device.file).parent / part.voices)
    return ClipAnnouncer(device.name, clips, speaker, manner, lambda: datetime.now().time())  # noqa: DTZ005 -- as the clock on the wall


def _clips_far_end(device: Device, _random: Random) -> Machine:
    from devices.announcer.simulator import SimulatedSpeaker

    speaker = cast("AnnouncerPart", device.part).speaker
    if not isinstance(speaker, TcpPort):
        raise ConfigError(device.file, device.name, "player", "only a loudspeaker on tcp can be simulated")
    return SimulatedSpeaker(speaker.host, speaker.port)


def _call_pads(device: Device, *, checked: bool) -> CallPads:
    from devices.call_pad.driver import WiredCallPads
    from devices.call_pad.frames import Form

    part = cast("CallPadsPart", device.part)
    port = serial_port(part.serial, device.data_dir)
    form = Form.CHECKED if checked else Form.PLAIN
    return WiredCallPads(device.name, port, part.counter_of, form, new_mark=lambda: str(ULID()))


def _call_pads_far_end(device: Device, random: Random, *, checked: bool) -> Machine:
    from devices.call_pad.frames import Form
    from devices.call_pad.simulator import SimulatedCallPads

    part = cast("CallPadsPart", device.part)
    form = Form.CHECKED if checked else Form.PLAIN
    line = _line(device, serial_port(part.serial, device.data_dir))
    return SimulatedCallPads(line, part.counter_of, form, random)


DRIVERS: Mapping[str, Mapping[str, Driver]] = {
    TICKET_PRINTER: {"escpos": Driver(PrinterPart, _escpos, _escpos_far_end)},
    RATING_PAD: {
        "framed": Driver(FramedPadPart, _framed, _framed_far_end),
        "short": Driver(ShortPadPart, _short, _short_far_end),
    },
    LED_SIGN: {
        "bx6": Driver(Bx6Part, _bx6, _bx6_far_end),
        "lines": Driver(LineSignPart, _line_sign, _line_sign_far_end),
    },
    ANNOUNCER: {"clips": Driver(AnnouncerPart, _clips, _clips_far_end)},
    CALL_PADS: {
        "plain": Driver(CallPadsPart, partial(_call_pads, checked=False), partial(_call_pads_far_end, checked=False)),
        "checked": Driver(CallPadsPart, partial(_call_pads, checked=True), partial(_call_pads_far_end, checked=True)),
    },
}


def load_devices(config_dir: Path, data_dir: Path) -> tuple[Device, ...]:
    """All devices of the hall. Raises ConfigError."""
    file = config_dir / DEVICES_FILE
    raw = read_toml(file)
    if stray := sorted(set(raw) - {"devices"}):
        raise ConfigError(str(file), "", stray[0], "unknown key; devices stand in [devices.NAME]")
    listed = raw.get("devices", {})
    if not isinstance(listed, dict):
        raise ConfigError(str(file), "", "devices", "is not a table; devices stand in [devices.NAME]")
    devices = tuple(_device(str(file), name, fields, data_dir) for name, fields in listed.items())
    _refuse_sharing(str(file), devices)
    return devices


def ticket_printer(config_dir: Path, data_dir: Path, at: str) -> TicketPrinter | None:
    """The printer of one program, not yet connected; None if it has none. Raises ConfigError."""
    found = [
        device for device in load_devices(config_dir, data_dir) if (device.kind, device.at) == (TICKET_PRINTER, at)
    ]
    return cast("TicketPrinter", build(found[0])) if found else None


def build(device: Device) -> object:
    """The driver of `device`; it connects when it is first used or started."""
    return DRIVERS[device.part.kind][device.part.driver].build(device)


def far_end(device: Device, random: Random) -> Machine:
    return DRIVERS[device.part.kind][device.part.driver].far_end(device, random)


def _device(file: str, name: str, fields: Any, data_dir: Path) -> Device:
    if not isinstance(fields, dict):
        raise ConfigError(file, name, "", "is not a table")
    if not re.fullmatch(r"[a-z0-9-]{1,32}", name):
        raise ConfigError(file, name, "", "is no name for a device: small letters, digits, hyphens, at most 32")
    drivers = DRIVERS.get(_word(file, name, fields, "kind", DRIVERS))
    driver = (drivers or {})[_word(file, name, fields, "driver", drivers or {})]
    try:
        return Device(name, driver.part.model_validate(fields), file, data_dir)
    except ValidationError as cause:
        raise told(cause, file, name) from None


def _word(file: str, name: str, fields: dict[str, Any], key: str, known: Mapping[str, object]) -> str:
    if key not in fields:
        raise ConfigError(file, name, key, f"is missing; it is one of {', '.join(known)}")
    word = fields[key]
    if not isinstance(word, str) or word not in known:
        raise ConfigError(file, name, key, f"{word!r} is not known; it is one of {', '.join(known)}")
    return word


def _refuse_sharing(file: str, devices: tuple[Device, ...]) -> None:
    """Two pads for one counter, or two devices on one port, would each get half of what happens."""
    seen: dict[tuple[str, object], str] = {}
    for device in devices:
        for key, value in device.part.claims:
            if (other := seen.setdefault((key, value), device.name)) != device.name:
                raise ConfigError(file, device.name, key, f"{value} belongs to {other} already")
