"""What all entries of devices.toml share; each kind's own keys stand in its folder."""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from devices.config import Name, Part, PortNumber
from devices.errors import ConfigError
from devices.farend import FarEnd, Machine, PtyEnd, TcpEnd
from devices.mistakes import line_of
from devices.resources import FilePath, Flow, InputPort, Resource, SerialPort, TcpPort, UsbPort

DEVICES_FILE = "devices.toml"


Baudrate = Literal[
    300, 600, 1200, 2400, 4800, 9600, 14400, 19200, 28800, 38400, 57600, 115200, 128000, 230400, 256000, 460800, 500000,
    576000, 921600, 1000000, 1500000, 2000000, 3000000, 4000000
]  # fmt: skip
"""Speeds that serial ports and devices have; any other is a slip of the pen."""


def _hex(text: str) -> str:
    try:
        bytes.fromhex(text)
    except ValueError:
        raise ValueError('must be bytes in hex such as "1D 56 01"') from None
    return text


Hex = Annotated[str, AfterValidator(_hex)]


class Place(Part, ABC):
    """One way to reach a device."""

    @abstractmethod
    def resource(self, data_dir: Path) -> Resource: ...


class SerialPart(Place):
    path: Annotated[str, Field(min_length=1)]
    baudrate: Baudrate = 115200
    flow: Flow = "none"

    def resource(self, data_dir: Path) -> SerialPort:
        return SerialPort(stable_path(self.path, data_dir), self.baudrate, self.flow)


class TcpPart(Place):
    host: Annotated[str, Field(min_length=1)]
    port: PortNumber = 9100

    def resource(self, data_dir: Path) -> TcpPort:
        del data_dir
        return TcpPort(self.host, self.port)


class InputPart(Place):
    """Keys that the machine takes for a keyboard's."""

    path: Annotated[str, Field(min_length=1)]

    def resource(self, data_dir: Path) -> InputPort:
        return InputPort(stable_path(self.path, data_dir))


class DevicePart(Part):
    """What every device says of itself."""

    kind: str
    driver: str
    at: Name

    @property
    def place(self) -> tuple[str, Place] | None:
        """Where it is reached, by its key; None where it has no port of this machine."""
        return next(((key, value) for key, value in self if isinstance(value, Place)), None)

    @property
    def counters_served(self) -> list[tuple[str, int]]:
        """By key, the counters whose customers are its own and no other device's of its kind."""
        return []


class CablePart(DevicePart):
    """A device on a serial or a TCP line."""

    serial: SerialPart | None = None
    tcp: TcpPart | None = None


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

    @property
    def resource(self) -> Resource | None:
        """Where it is reached; None where its entry names no port of this machine."""
        return self.part.place[1].resource(self.data_dir) if self.part.place else None

    def wrong(self, key: str, what: str) -> ConfigError:
        """A mistake that shows only when the device is built."""
        file = Path(self.file)
        text = file.read_text(encoding="utf-8-sig") if file.is_file() else ""
        return ConfigError(self.file, self.name, key, what, line_of(text, ["devices", self.name, *key.split(".")]))

    @property
    def where(self) -> str:
        """Where its cable ends, as a technician names it."""
        match self.resource:
            case TcpPort(host=host, port=port):
                return f"tcp {host}:{port}"
            case UsbPort(vendor=vendor, product=product):
                return f"usb {vendor:04x}:{product:04x}"
            case SerialPort(path=path) | InputPort(path=path) | FilePath(path=path):
                return path
            case None:
                return "without a port"


@dataclass(frozen=True, slots=True)
class Driver:
    part: type[DevicePart]
    build: Callable[[Device], object]
    """-> the kind's protocol."""
    far_end: Callable[[Device, Random], Machine]
    sample: Mapping[str, object] = field(default_factory=dict)
    """An entry to begin with, as it would stand in devices.toml; empty: it has no far end that can be simulated."""


def stable_path(path: str, data_dir: Path) -> str:
    """A relative path starts in the data directory; COM3 is a name, not a path."""
    return path if re.fullmatch(r"COM\d+", path, re.IGNORECASE) else str(data_dir / path)


def far_line(device: Device, resource: Resource) -> FarEnd:
    """The far end of a cable."""
    match resource:
        case TcpPort(host=host, port=port):
            return TcpEnd(host, port)
        case SerialPort(path=path) | InputPort(path=path):
            return PtyEnd(Path(path))
        case _:
            raise device.wrong("", "only devices on tcp, serial and input can be simulated")
