"""What all entries of devices.toml share; each kind's own keys stand in its folder."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Annotated

from pydantic import Field

from devices.config import Name, Part, PortNumber
from devices.errors import ConfigError
from devices.farend import FarEnd, Machine, PtyEnd, TcpEnd
from devices.resources import Flow, InputPort, Resource, SerialPort, TcpPort

DEVICES_FILE = "devices.toml"


class SerialPart(Part):
    path: Annotated[str, Field(min_length=1)]
    baudrate: Annotated[int, Field(ge=300, le=4_000_000)] = 115200
    flow: Flow = "none"


class TcpPart(Part):
    host: Annotated[str, Field(min_length=1)]
    port: PortNumber = 9100


class InputPart(Part):
    """Keys that the machine takes for a keyboard's."""

    path: Annotated[str, Field(min_length=1)]


class DevicePart(Part):
    """What every device says of itself."""

    kind: str
    driver: str
    at: Name

    @property
    def claims(self) -> list[tuple[str, object]]:
        """What it must have for itself, by key: a port, a counter's customers."""
        return []


class CablePart(DevicePart):
    """A device on a serial or a TCP line."""

    serial: SerialPart | None = None
    tcp: TcpPart | None = None

    @property
    def claims(self) -> list[tuple[str, object]]:
        if self.serial:
            return [("serial.path", self.serial.path)]
        return [("tcp", f"{self.tcp.host}:{self.tcp.port}")] if self.tcp else []


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


def serial_port(part: SerialPart, data_dir: Path) -> SerialPort:
    return SerialPort(stable_path(part.path, data_dir), part.baudrate, part.flow)


def input_port(part: InputPart, data_dir: Path) -> InputPort:
    return InputPort(stable_path(part.path, data_dir))


def stable_path(path: str, data_dir: Path) -> str:
    """A relative path starts in the data directory; COM3 is a name, not a path."""
    return path if path.upper().startswith("COM") else str(data_dir / path)


def far_line(device: Device, resource: Resource) -> FarEnd:
    """The far end of a cable."""
    match resource:
        case TcpPort(host=host, port=port):
            return TcpEnd(host, port)
        case SerialPort(path=path) | InputPort(path=path):
            return PtyEnd(Path(path))
        case _:
            raise ConfigError(device.file, device.name, "", "only devices on tcp, serial and input can be simulated")
