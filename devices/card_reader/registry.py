"""Card readers: what a technician writes of one, and what the entry builds."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import cast

from devices.entries import Device, DevicePart, Driver, SerialPart, far_line
from devices.farend import Machine
from devices.protocols import CardReader

_KEY_BYTES = 32


class SamPart(DevicePart):
    """A reader of second-generation identity cards; `key_file` holds the key by which their numbers are hashed."""

    serial: SerialPart
    key_file: Path = Path("card.key")


def _sam(device: Device) -> CardReader:
    from devices.card_reader.driver import SamCardReader

    part = cast("SamPart", device.part)
    return SamCardReader(device.name, part.serial.resource(device.data_dir), _key(device, part.key_file))


def _key(device: Device, file: Path) -> bytes:
    path = device.data_dir / file.expanduser()
    try:
        key, mode = path.read_bytes(), path.stat().st_mode
    except OSError as cause:
        why = f"{path} cannot be read: {cause.strerror}; `hall init` makes it, and each machine needs the same"
        raise device.wrong("key_file", why) from None
    if len(key) != _KEY_BYTES:
        raise device.wrong("key_file", f"{path} is no key of {_KEY_BYTES} bytes")
    if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise device.wrong("key_file", f"{path} may be read by others; chmod 600")
    return key


def _sam_far_end(device: Device, random: Random) -> Machine:
    from devices.card_reader.simulator import SimulatedCardReader

    part = cast("SamPart", device.part)
    return SimulatedCardReader(far_line(device, part.serial.resource(device.data_dir)), random)


DRIVERS: Mapping[str, Driver] = {
    "sam": Driver(SamPart, _sam, _sam_far_end, {"at": "kiosk-1", "serial": {"path": "serial/card"}})
}
