"""Rating pads: what a technician writes of each, and what the entry builds."""

from collections.abc import Mapping
from random import Random
from typing import Annotated, Self, cast

from pydantic import Field, model_validator
from ulid import ULID

from devices.checksums import Check
from devices.entries import (
    Device,
    DevicePart,
    Driver,
    SerialPart,
    far_line,
    serial_port,
)
from devices.farend import Machine
from devices.protocols import RatingPad
from devices.rating_pad.short_frames import ShortFrame

Score = Annotated[int, Field(ge=1, le=5)]
Hex = Annotated[str, Field(pattern=r"^([0-9A-Fa-f]{2} ?)*$", max_length=96)]


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


def _framed(device: Device) -> RatingPad:
    from devices.rating_pad.driver import FramedRatingPad

    part = cast("FramedPadPart", device.part)
    return FramedRatingPad(device.name, serial_port(part.serial, device.data_dir), part.address)


def _framed_far_end(device: Device, random: Random) -> Machine:
    from devices.rating_pad.simulator import SimulatedRatingPad

    part = cast("FramedPadPart", device.part)
    return SimulatedRatingPad(far_line(device, serial_port(part.serial, device.data_dir)), part.address, random)


def _short(device: Device) -> RatingPad:
    from devices.rating_pad.short import Lamp, ShortFramePad

    part = cast("ShortPadPart", device.part)
    port = serial_port(part.serial, device.data_dir)
    return ShortFramePad(device.name, port, part.shape(), Lamp(*part.lamp()), new_mark=lambda: str(ULID()))


def _short_far_end(device: Device, random: Random) -> Machine:
    from devices.rating_pad.short import Lamp
    from devices.rating_pad.short_simulator import SimulatedShortFramePad

    part = cast("ShortPadPart", device.part)
    line = far_line(device, serial_port(part.serial, device.data_dir))
    return SimulatedShortFramePad(line, part.shape(), Lamp(*part.lamp()), random)


DRIVERS: Mapping[str, Driver] = {
    "framed": Driver(FramedPadPart, _framed, _framed_far_end),
    "short": Driver(ShortPadPart, _short, _short_far_end),
}
