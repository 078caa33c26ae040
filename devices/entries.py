"""What all entries of devices.toml share; each kind's own keys stand in its folder."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Annotated

from pydantic import Field

from devices.config import Name, Part, PortNumber
from devices.errors import ConfigError
from devices.farend import FarEnd, Machine, PtyEnd, TcpEnd
from devices.resources import Flow, InputPort, Resource, SerialPort, TcpPort

DEVICES_FILE = "devices.toml"


class Place(Part):
    """One way to reach a device."""

    def resource(self, data_dir: Path) -> Resource:
        raise NotImplementedError


class SerialPart(Place):
    path: Annotated[str, Field(min_length=1)]
    baudrate: Annotated[int, Field(ge=300, le=4_000_000)] = 115200
    flow: Flow = "none"

    def resource(self, data_dir: Path) -> SerialPort:
        return serial_port(self, data_dir)


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
        return input_port(self, data_dir)


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

    @property
    def resource(self) -> Resource | None:
        """Where it is reached; None where its entry names no port of this machine."""
        places = [value for _, value in self.part if isinstance(value, Place)]
        return places[0].resource(self.data_dir) if places else None


@dataclass(frozen=True, slots=True)
class Driver:
    part: type[DevicePart]
    build: Callable[[Device], object]
    """-> the kind's protocol."""
    far_end: Callable[[Device, Random], Machine]
    sample: Mapping[str, object] = field(default_factory=dict)
    """An entry to begin with, as it would stand in devices.toml; empty: it has no far end that can be simulated."""


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
