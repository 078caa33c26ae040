"""The places where devices are reached."""

from dataclasses import dataclass
from typing import Literal

Flow = Literal["none", "hardware", "software"]


@dataclass(frozen=True, slots=True)
class SerialPort:
    """`path` is a stable name (/dev/serial/by-id/…, COM3): a plain ttyUSB0 may come back as ttyUSB1."""

    path: str
    baudrate: int = 115200
    flow: Flow = "none"


@dataclass(frozen=True, slots=True)
class TcpPort:
    host: str
    port: int = 9100


@dataclass(frozen=True, slots=True)
class UsbPort:
    vendor: int
    product: int


@dataclass(frozen=True, slots=True)
class InputPort:
    """A device of keys: /dev/input/by-id/…-event-kbd on Linux."""

    path: str


@dataclass(frozen=True, slots=True)
class FilePath:
    """A device file such as /dev/usb/lp0: written only, so its printer stays *unknown*."""

    path: str


Resource = SerialPort | TcpPort | UsbPort | FilePath | InputPort
