"""LED signs: what a technician writes of each, and what the entry builds."""

from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Annotated, Literal, Self, cast

from pydantic import AfterValidator, Field, model_validator

from devices.checksums import Check
from devices.entries import CablePart, Device, Driver, far_line
from devices.farend import Machine
from devices.led_sign.lines import LineFormat
from devices.led_sign.texts import has_letters, letters
from devices.protocols import LedSign
from devices.resources import SerialPort, TcpPort
from server.contract.words import Language

_LONGEST_CALL = "A999 > 99"


def _framing(text: str) -> str:
    if max(text, default="") > "\xff":
        raise ValueError('must be bytes: ASCII letters, others such as "\\u0002"')
    return text


Framing = Annotated[str, AfterValidator(_framing)]


class SignPart(CablePart):
    """An LED sign, of one counter or of the whole hall."""

    counter: Annotated[int, Field(ge=1, le=999)] | None = None
    language: Language = Language.ZH
    encoding: Literal["gb18030", "ascii", "cp1251", "cp1258"] = "gb18030"
    each_s: Annotated[float, Field(ge=1, le=60)] = 5.0
    also_customers: bool = False

    @model_validator(mode="after")
    def _one_cable(self) -> Self:
        if (self.serial is None) == (self.tcp is None):
            raise ValueError("needs exactly one of serial, tcp")
        return self

    @model_validator(mode="after")
    def _can_be_read(self) -> Self:
        if not self.speaks(self.language):
            raise ValueError(f"encoding: {self.encoding} has no letters for language {self.language.value}")
        return self

    def speaks(self, language: Language) -> bool:
        return has_letters(self.encoding, language)

    def holds(self, text: str) -> bool:
        """Whether it shows the whole text: as wide as need be, for a text too wide for its dots runs through."""
        del text
        return True

    def cable(self, data_dir: Path) -> SerialPort | TcpPort:
        if self.tcp:
            return self.tcp.resource(data_dir)
        assert self.serial is not None
        return self.serial.resource(data_dir)


class Bx6Part(SignPart):
    """A sign behind an Onbon BX-6 controller."""

    address: Annotated[int, Field(ge=1, le=0xFFFE)] = 1
    width: Annotated[int, Field(ge=16, le=1024, multiple_of=8)] = 64
    height: Annotated[int, Field(ge=16, le=256)] = 16


class LineSignPart(SignPart):
    """A sign that takes a line of text in the framing told here."""

    before: Annotated[Framing, Field(max_length=16)] = ""
    after: Annotated[Framing, Field(min_length=1, max_length=16)] = "\r\n"
    columns: Annotated[int, Field(ge=4, le=200)] = 16
    checksum: Check = "none"

    @model_validator(mode="after")
    def _wide_enough(self) -> Self:
        if self.counter is None and not self.holds(_LONGEST_CALL):
            what = f"columns: must be at least {len(_LONGEST_CALL)} for a sign of the hall, as for {_LONGEST_CALL}"
            raise ValueError(what)
        return self

    def holds(self, text: str) -> bool:
        return len(letters(text, self.encoding)) <= self.columns

    def form(self) -> LineFormat:
        return LineFormat(self.before.encode("latin-1"), self.after.encode("latin-1"), self.columns, self.checksum)


def _bx6(device: Device) -> LedSign:
    from devices.led_sign.driver import Bx6, WiredLedSign
    from devices.led_sign.frames import Place

    part = cast("Bx6Part", device.part)
    dialect = Bx6(part.address, Place(part.width, part.height), part.encoding)
    return WiredLedSign(device.name, part.cable(device.data_dir), dialect)


def _bx6_far_end(device: Device, random: Random) -> Machine:
    from devices.led_sign.simulator import Bx6Panel, SimulatedSign

    part = cast("Bx6Part", device.part)
    return SimulatedSign(far_line(device, part.cable(device.data_dir)), Bx6Panel(part.address), part.encoding, random)


def _line_sign(device: Device) -> LedSign:
    from devices.led_sign.driver import Lines, WiredLedSign

    part = cast("LineSignPart", device.part)
    return WiredLedSign(device.name, part.cable(device.data_dir), Lines(part.form(), part.encoding))


def _line_sign_far_end(device: Device, random: Random) -> Machine:
    from devices.led_sign.simulator import LinePanel, SimulatedSign

    part = cast("LineSignPart", device.part)
    return SimulatedSign(far_line(device, part.cable(device.data_dir)), LinePanel(part.form()), part.encoding, random)


_SAMPLE = {"at": "station-1", "serial": {"path": "serial/sign"}}

DRIVERS: Mapping[str, Driver] = {
    "bx6": Driver(Bx6Part, _bx6, _bx6_far_end, _SAMPLE),
    "lines": Driver(LineSignPart, _line_sign, _line_sign_far_end, _SAMPLE),
}
