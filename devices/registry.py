"""What may stand in devices.toml: the tables of all kinds, and the reading of the file.

README.md of this folder tells how a device is added.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, cast

import structlog
from pydantic import ValidationError

from devices.announcer.registry import DRIVERS as ANNOUNCERS
from devices.call_pad.registry import DRIVERS as PADS_FOR_CALLS
from devices.card_reader.registry import DRIVERS as CARD_READERS
from devices.code_reader.registry import DRIVERS as CODE_READERS
from devices.config import NAME, NAME_RULE, parse_toml, read_text
from devices.entries import DEVICES_FILE, Device, Driver
from devices.errors import ConfigError
from devices.farend import Machine
from devices.led_sign.registry import DRIVERS as LED_SIGNS
from devices.mistakes import line_of, mistakes
from devices.protocols import (
    ANNOUNCER,
    CALL_PADS,
    CARD_READER,
    CODE_READER,
    LED_SIGN,
    RATING_PAD,
    TICKET_PRINTER,
    TicketPrinter,
)
from devices.rating_pad.registry import DRIVERS as RATING_PADS
from devices.resources import FilePath, InputPort, SerialPort, TcpPort, UsbPort
from devices.ticket_printer.registry import DRIVERS as TICKET_PRINTERS

log = structlog.get_logger(__name__)

DRIVERS: Mapping[str, Mapping[str, Driver]] = {
    TICKET_PRINTER: TICKET_PRINTERS,
    RATING_PAD: RATING_PADS,
    LED_SIGN: LED_SIGNS,
    ANNOUNCER: ANNOUNCERS,
    CALL_PADS: PADS_FOR_CALLS,
    CODE_READER: CODE_READERS,
    CARD_READER: CARD_READERS,
}


@dataclass(frozen=True, slots=True)
class Entries:
    """devices.toml as far as it could be read."""

    listed: Mapping[str, Any]
    devices: tuple[Device, ...]
    mistakes: tuple[ConfigError, ...]

    def owner(self, name: str) -> object:
        """Which program opens that device, as far as its entry says."""
        fields = self.listed[name]
        return fields.get("at") if isinstance(fields, dict) else None


def load_devices(config_dir: Path, data_dir: Path) -> tuple[Device, ...]:
    """All devices of the hall. Raises ConfigError with every mistake."""
    entries = read_entries(config_dir, data_dir)
    if entries.mistakes:
        raise ConfigError.of(entries.mistakes)
    return entries.devices


def devices_at(config_dir: Path, data_dir: Path, at: str) -> tuple[Device, ...]:
    """Those that one program opens; mistakes in the entries of others do not stop it. Raises ConfigError."""
    entries = read_entries(config_dir, data_dir)
    others = [each for each in entries.mistakes if each.entry and entries.owner(each.entry) != at]
    if own := [each for each in entries.mistakes if each not in others]:
        raise ConfigError.of(own)
    for each in others:
        log.warning("an entry that is left out", why=str(each))
    return tuple(device for device in entries.devices if device.at == at)


def ticket_printer(config_dir: Path, data_dir: Path, at: str) -> TicketPrinter | None:
    """The printer of one program, not yet connected; None if it has none. Raises ConfigError."""
    found = device_of(config_dir, data_dir, TICKET_PRINTER, at)
    return cast("TicketPrinter", build(found)) if found else None


def device_of(config_dir: Path, data_dir: Path, kind: str, at: str) -> Device | None:
    """The first device of that kind which one program opens. Raises ConfigError."""
    return next((device for device in devices_at(config_dir, data_dir, at) if device.kind == kind), None)


def build(device: Device) -> object:
    """The driver of `device`; it connects when it is first used or started."""
    return DRIVERS[device.part.kind][device.part.driver].build(device)


def far_end(device: Device, random: Random) -> Machine:
    return DRIVERS[device.part.kind][device.part.driver].far_end(device, random)


def read_entries(config_dir: Path, data_dir: Path) -> Entries:
    """Raises ConfigError where the file cannot be read at all."""
    file = config_dir / DEVICES_FILE
    text = read_text(file)
    raw = parse_toml(file, text)
    listed = raw.get("devices", {})
    stray = dict.fromkeys(raw.keys() - {"devices"}, "there is no such key")
    if not isinstance(listed, dict):
        stray, listed = stray | {"devices": "is not a table"}, {}
    wrong = [
        ConfigError(str(file), "", key, f"{what}; devices stand in [devices.NAME]", line_of(text, [key]))
        for key, what in stray.items()
    ]
    devices: list[Device] = []
    for name, fields in listed.items():
        found = _device(file, text, name, fields, data_dir)
        if isinstance(found, Device):
            devices.append(found)
        else:
            wrong += found
    return Entries(listed, tuple(devices), (*wrong, *_sharing(text, devices)))


def _device(file: Path, text: str, name: str, fields: Any, data_dir: Path) -> Device | list[ConfigError]:
    def wrong(key: str, what: str) -> list[ConfigError]:
        return [ConfigError(str(file), name, key, what, line_of(text, ["devices", name, key]))]

    if not isinstance(fields, dict):
        return wrong("", "is not a table")
    if not NAME.fullmatch(name):
        return wrong("", f"is no name for a device: it {NAME_RULE}")
    kind, driver = fields.get("kind"), fields.get("driver")
    if fault := _unknown(kind, DRIVERS):
        return wrong("kind", fault)
    drivers = DRIVERS[str(kind)]
    if fault := _unknown(driver, drivers):
        return wrong("driver", fault)
    part = drivers[str(driver)].part
    try:
        return Device(name, part.model_validate(fields, context=file.parent), str(file), data_dir)
    except ValidationError as cause:
        return mistakes(cause, str(file), text, ["devices", name], part)


def _unknown(word: Any, known: Mapping[str, object]) -> str:
    """Why it cannot be; empty when it is one of them."""
    if word is None:
        return f"is missing; it is one of {', '.join(known)}"
    if not isinstance(word, str) or word not in known:
        return f"{word!r} is not known; it is one of {', '.join(known)}"
    return ""


def _sharing(text: str, devices: Sequence[Device]) -> Iterator[ConfigError]:
    """Two pads for one counter, or two devices on one port, would each get half of what happens."""
    seen: dict[Hashable, str] = {}
    for device in devices:
        for key, what, told in _claims(device):
            if (other := seen.setdefault(what, device.name)) != device.name:
                line = line_of(text, ["devices", device.name, *key.split(".")])
                yield ConfigError(device.file, device.name, key, f"{told} belongs to {other} already", line)


def _claims(device: Device) -> Iterator[tuple[str, Hashable, str]]:
    """The key, what the device must have for itself, and how it is told. COM3 may be a port of every machine."""
    for key, counter in device.part.counters_served:
        yield key, (device.kind, counter), f"counter {counter}"
    key = device.part.place[0] if device.part.place else ""
    match device.resource:
        case TcpPort(host, port):
            yield key, (host, port), f"{host}:{port}"
        case UsbPort(vendor, product):
            yield key, (device.at, vendor, product), f"USB {vendor:04x}:{product:04x}"
        case SerialPort(path=path) | InputPort(path=path) | FilePath(path=path):
            yield f"{key}.path", (device.at, Path(path).resolve()), path
