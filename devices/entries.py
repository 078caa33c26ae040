"""What a technician may write of each device in devices.toml, checked."""

from datetime import time
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from devices.checksums import Check
from devices.config import Name, Part, PortNumber
from devices.led_sign.lines import LineFormat
from devices.rating_pad.short_frames import ShortFrame
from devices.resources import FilePath, Flow, Resource, SerialPort, TcpPort, UsbPort
from server.contract.words import Language

DEVICES_FILE = "devices.toml"
Score = Annotated[int, Field(ge=1, le=5)]
Hex = Annotated[str, Field(pattern=r"^([0-9A-Fa-f]{2} ?)*$", max_length=96)]


class SerialPart(Part):
    path: Annotated[str, Field(min_length=1)]
    baudrate: Annotated[int, Field(ge=300, le=4_000_000)] = 115200
    flow: Flow = "none"


class TcpPart(Part):
    host: Annotated[str, Field(min_length=1)]
    port: PortNumber = 9100


class UsbPart(Part):
    vendor: Annotated[int, Field(ge=0, le=0xFFFF)]
    product: Annotated[int, Field(ge=0, le=0xFFFF)]


class FilePart(Part):
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


class PrinterPart(CablePart):
    """A ticket printer that speaks ESC/POS."""

    usb: UsbPart | None = None
    file: FilePart | None = None
    dots: Annotated[int, Field(ge=384, le=832, multiple_of=8)] = 576
    chinese_font: bool = True
    raster_budget: Annotated[int, Field(ge=6_000, le=200_000)] = 12_000

    @model_validator(mode="after")
    def _one_cable(self) -> Self:
        given = [name for name in ("serial", "tcp", "usb", "file") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"needs exactly one of serial, tcp, usb, file; it has {', '.join(given) or 'none'}")
        return self

    def resource(self, data_dir: Path) -> Resource:
        if self.tcp:
            return TcpPort(self.tcp.host, self.tcp.port)
        if self.usb:
            return UsbPort(self.usb.vendor, self.usb.product)
        if self.file:
            return FilePath(stable_path(self.file.path, data_dir))
        assert self.serial is not None
        return serial_port(self.serial, data_dir)


class PadPart(DevicePart):
    """A rating pad at one counter."""

    serial: SerialPart
    counter: Annotated[int, Field(ge=1, le=999)]
    keys: Annotated[tuple[Score, ...], Field(min_length=2, max_length=8)] = (1, 2, 3, 4, 5)

    @property
    def claims(self) -> list[tuple[str, object]]:
        return [("counter", self.counter), ("serial.path", self.serial.path)]


class FramedPadPart(PadPart):
    """A pad that speaks in our own frames."""

    address: Annotated[int, Field(ge=0, le=255)]


class ShortPadPart(PadPart):
    """Any maker's pad that sends one short frame a press."""

    header: Hex = ""
    tail: Hex = ""
    size: Annotated[int, Field(ge=1, le=32)]
    key_at: Annotated[int, Field(ge=0, le=31)]
    codes: Annotated[tuple[Annotated[int, Field(ge=0, le=255)], ...], Field(min_length=2, max_length=8)]
    check: Check = "none"
    invite: Hex = ""
    thank: Hex = ""
    dark: Hex = ""

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if len(self.codes) != len(self.keys):
            raise ValueError(f"codes: {len(self.codes)} codes for {len(self.keys)} keys")
        if fault := self.shape().fault():
            raise ValueError(fault)
        return self

    def shape(self) -> ShortFrame:
        codes = {code: nth for nth, code in enumerate(self.codes, 1)}
        return ShortFrame(
            bytes.fromhex(self.header), bytes.fromhex(self.tail), self.size, self.key_at, codes, self.check
        )

    def lamp(self) -> tuple[bytes, bytes, bytes]:
        """Bytes for invite, thanks and dark."""
        return bytes.fromhex(self.invite), bytes.fromhex(self.thank), bytes.fromhex(self.dark)


class SignPart(CablePart):
    """An LED sign, of one counter or of the whole hall."""

    counter: Annotated[int, Field(ge=1, le=999)] | None = None
    language: Language = Language.ZH
    encoding: Literal["gb18030", "ascii", "cp1251", "cp1258"] = "gb18030"
    each_s: Annotated[float, Field(ge=1, le=60)] = 5.0

    @model_validator(mode="after")
    def _one_cable(self) -> Self:
        if (self.serial is None) == (self.tcp is None):
            raise ValueError("needs exactly one of serial, tcp")
        return self

    def resource(self, data_dir: Path) -> SerialPort | TcpPort:
        if self.tcp:
            return TcpPort(self.tcp.host, self.tcp.port)
        assert self.serial is not None
        return serial_port(self.serial, data_dir)


class Bx6Part(SignPart):
    """A sign behind an Onbon BX-6 controller."""

    address: Annotated[int, Field(ge=1, le=0xFFFE)] = 1
    width: Annotated[int, Field(ge=16, le=1024, multiple_of=8)] = 64
    height: Annotated[int, Field(ge=16, le=256)] = 16


class LineSignPart(SignPart):
    """A sign that takes a line of text in the framing told here."""

    before: Annotated[str, Field(max_length=16, pattern=r"^[\x00-\xff]*$")] = ""
    after: Annotated[str, Field(min_length=1, max_length=16, pattern=r"^[\x00-\xff]+$")] = "\r\n"
    columns: Annotated[int, Field(ge=4, le=200)] = 16
    checksum: Check = "none"

    def form(self) -> LineFormat:
        return LineFormat(self.before.encode("latin-1"), self.after.encode("latin-1"), self.columns, self.checksum)


class CallPadsPart(DevicePart):
    """The call pads of one RS-485 line; `counters` says for each pad's address whose it is."""

    serial: SerialPart
    counters: Annotated[
        dict[Annotated[str, Field(pattern=r"^\d{1,3}$")], Annotated[int, Field(ge=1, le=999)]], Field(min_length=1)
    ]

    @model_validator(mode="after")
    def _one_pad_a_place(self) -> Self:
        if wrong := sorted(address for address in self.counters if int(address) > 255):
            raise ValueError(f"counters: {wrong[0]} is no address of a pad, 0 to 255")
        if len(set(self.counters.values())) < len(self.counters):
            raise ValueError("counters: two pads for one counter")
        return self

    @property
    def claims(self) -> list[tuple[str, object]]:
        keys: list[tuple[str, object]] = [("counters", f"the pad of counter {n}") for n in self.counters.values()]
        return [*keys, ("serial.path", self.serial.path)]

    @property
    def counter_of(self) -> dict[int, int]:
        """By address."""
        return {int(address): counter for address, counter in self.counters.items()}


class QuietPart(Part):
    """A time of day in which nothing is said, local time."""

    since: time
    until: time


class AnnouncerPart(DevicePart):
    """A voice that calls numbers from recorded clips."""

    player: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    tcp: TcpPart | None = None

    @property
    def claims(self) -> list[tuple[str, object]]:
        return [("tcp", f"{self.tcp.host}:{self.tcp.port}")] if self.tcp else []

    @property
    def speaker(self) -> TcpPort | tuple[str, ...]:
        if self.tcp:
            return TcpPort(self.tcp.host, self.tcp.port)
        assert self.player is not None
        return self.player

    voices: str = "voices"
    languages: Annotated[tuple[Language, ...], Field(min_length=1, max_length=4)] = (Language.ZH,)
    volume: Annotated[int, Field(ge=0, le=100)] = 100
    yao: bool = False
    quiet: tuple[QuietPart, ...] = ()

    @model_validator(mode="after")
    def _one_speaker(self) -> Self:
        if (self.player is None) == (self.tcp is None):
            raise ValueError("needs exactly one of player, tcp")
        return self


def serial_port(part: SerialPart, data_dir: Path) -> SerialPort:
    return SerialPort(stable_path(part.path, data_dir), part.baudrate, part.flow)


def stable_path(path: str, data_dir: Path) -> str:
    """A relative path starts in the data directory; COM3 is a name, not a path."""
    return path if path.upper().startswith("COM") else str(data_dir / path)
