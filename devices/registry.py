"""What may stand in devices.toml: the tables of all kinds, and the reading of the file.

README.md of this folder tells how a device is added.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any, cast

from pydantic import ValidationError

from devices.announcer.registry import DRIVERS as ANNOUNCERS
from devices.call_pad.registry import DRIVERS as PADS_FOR_CALLS
from devices.card_reader.registry import DRIVERS as CARD_READERS
from devices.code_reader.registry import DRIVERS as CODE_READERS
from devices.config import line_of, read_toml, told
from devices.entries import DEVICES_FILE, Device, Driver, stable_path
from devices.errors import ConfigError
from devices.farend import Machine
from devices.led_sign.registry import DRIVERS as LED_SIGNS
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
from devices.ticket_printer.registry import DRIVERS as TICKET_PRINTERS

DRIVERS: Mapping[str, Mapping[str, Driver]] = {
    TICKET_PRINTER: TICKET_PRINTERS,
    RATING_PAD: RATING_PADS,
    LED_SIGN: LED_SIGNS,
    ANNOUNCER: ANNOUNCERS,
    CALL_PADS: PADS_FOR_CALLS,
    CODE_READER: CODE_READERS,
    CARD_READER: CARD_READERS,
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
    try:
        devices = tuple(_device(str(file), name, fields, data_dir) for name, fields in listed.items())
        _refuse_sharing(str(file), devices)
    except ConfigError as fault:
        raise fault.at(line_of(file.read_text(encoding="utf-8"), fault.entry, fault.key)) from None
    return devices


def ticket_printer(config_dir: Path, data_dir: Path, at: str) -> TicketPrinter | None:
    """The printer of one program, not yet connected; None if it has none. Raises ConfigError."""
    found = device_of(config_dir, data_dir, TICKET_PRINTER, at)
    return cast("TicketPrinter", build(found)) if found else None


def device_of(config_dir: Path, data_dir: Path, kind: str, at: str) -> Device | None:
    """The first device of that kind which one program opens. Raises ConfigError."""
    devices = load_devices(config_dir, data_dir)
    return next((device for device in devices if (device.kind, device.at) == (kind, at)), None)


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
        return Device(name, driver.part.model_validate(fields, context=Path(file).parent), file, data_dir)
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
            if (other := seen.setdefault((key, _itself(device, key, value)), device.name)) != device.name:
                raise ConfigError(file, device.name, key, f"{value} belongs to {other} already")


def _itself(device: Device, key: str, value: object) -> object:
    """A port has several names: /dev/ttyUSB0 and those below /dev/serial are links to one file."""
    return Path(stable_path(str(value), device.data_dir)).resolve() if key.endswith(".path") else value
