"""Reads devices.toml, station.toml and a program's line to its hall; a fault names file, device and key."""

import tomllib
from collections.abc import Mapping
from datetime import time
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from devices.errors import ConfigError
from devices.led_sign.lines import Checksum, LineFormat
from devices.rating_pad.short_frames import Check, ShortFrame
from devices.resources import FilePath, Flow, Resource, SerialPort, TcpPort, UsbPort
from server.contract.words import Language

DEVICES_FILE = "devices.toml"
STATION_FILE = "station.toml"
DATA_DIR = "~/.local/share/powerhall"
F = TypeVar("F", bound=BaseModel)

Name = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,32}$")]
PortNumber = Annotated[int, Field(ge=1, le=65535)]
Score = Annotated[int, Field(ge=1, le=5)]
Hex = Annotated[str, Field(pattern=r"^([0-9A-Fa-f]{2} ?)*$", max_length=96)]


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


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


class PrinterPart(DevicePart):
    """A ticket printer that speaks ESC/POS."""

    serial: SerialPart | None = None
    tcp: TcpPart | None = None
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


class SignPart(DevicePart):
    """An LED sign, of one counter or of the whole hall."""

    serial: SerialPart | None = None
    tcp: TcpPart | None = None
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
    checksum: Checksum = "none"

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


class HallPart(Part):
    """A program's line to the hall."""

    branch: Name
    device: Name
    token_file: Path
    url: str = "http://127.0.0.1:8080"
    ca_file: Path | None = None
    broker_host: str = "127.0.0.1"
    broker_port: PortNumber = 1883
    broker_ca_file: Path | None = None
    data_dir: Path = Path(DATA_DIR)


class StationFile(Part):
    hall: HallPart


ENVIRONMENT = {
    "HALL_URL": "url",
    "HALL_BRANCH": "branch",
    "HALL_DEVICE": "device",
    "HALL_TOKEN_FILE": "token_file",
    "HALL_BROKER_HOST": "broker_host",
    "HALL_BROKER_PORT": "broker_port",
    "HALL_DATA": "data_dir",
}


def serial_port(part: SerialPart, data_dir: Path) -> SerialPort:
    return SerialPort(stable_path(part.path, data_dir), part.baudrate, part.flow)


def stable_path(path: str, data_dir: Path) -> str:
    """A relative path starts in the data directory; COM3 is a name, not a path."""
    return path if path.upper().startswith("COM") else str(data_dir / path)


def data_dir(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("HALL_DATA") or DATA_DIR).expanduser()


def read_hall(config_dir: Path, environ: Mapping[str, str]) -> HallPart:
    """`station.toml`, its paths absolute. Raises ConfigError."""
    part = read_program(config_dir / STATION_FILE, StationFile, environ, ENVIRONMENT).hall
    data = part.data_dir.expanduser()
    found = {"data_dir": data, "token_file": data / part.token_file.expanduser()}
    authorities = {
        "ca_file": config_dir / part.ca_file if part.ca_file else None,
        "broker_ca_file": config_dir / part.broker_ca_file if part.broker_ca_file else None,
    }
    return part.model_copy(update=found | authorities)


def read_program(file: Path, kind: type[F], environ: Mapping[str, str], variables: Mapping[str, str]) -> F:
    """A program's own file, where there is one; set variables go before its [hall] table. Raises ConfigError."""
    raw = read_toml(file) if file.exists() else {}
    hall = raw.get("hall", {})
    if not isinstance(hall, dict):
        raise ConfigError(str(file), "", "hall", "is a table: [hall]")
    given = {key: environ[name] for name, key in variables.items() if environ.get(name)}
    try:
        return kind.model_validate({**raw, "hall": {**hall, **given}})
    except ValidationError as cause:
        raise told(cause, str(file), "") from None


def read_toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as cause:
        raise ConfigError(str(file), "", "", f"cannot be read: {cause.strerror}") from cause
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as cause:
        raise ConfigError(str(file), "", "", f"is not TOML: {cause}") from cause


def told(cause: ValidationError, file: str, device: str) -> ConfigError:
    """The first fault in words."""
    first = cause.errors(include_url=False)[0]
    key = ".".join(str(step) for step in first["loc"])
    match first["type"]:
        case "extra_forbidden":
            what = "unknown key; is it a typo?"
        case "missing":
            what = "is missing"
        case _:
            what = f"{first['msg'].removeprefix('Value error, ')}, not {first['input']!r}" if key else first["msg"]
    return ConfigError(file, device, key, what.removeprefix("Value error, "))
