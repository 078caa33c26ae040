"""Rating pads: what a technician writes of each, and what the entry builds."""

from collections.abc import Mapping
from random import Random
from typing import Annotated, Self, cast

from pydantic import Field, field_validator, model_validator
from ulid import ULID

from devices.checksums import Check
from devices.config import Name, Part, PortNumber
from devices.entries import Device, DevicePart, Driver, Hex, InputPart, SerialPart, far_line
from devices.farend import Machine
from devices.hid import NAMES
from devices.protocols import RatingPad
from devices.rating_pad.short_frames import ShortFrame

GRADES = (3, 4, 5)
Score = Annotated[int, Field(ge=1, le=5)]
ShortHex = Annotated[Hex, Field(max_length=96)]


class PadPart(DevicePart):
    """A rating pad at one counter."""

    counter: Annotated[int, Field(ge=1, le=999)]
    keys: tuple[Score, ...] = (1, 2, 3, 4, 5)

    @field_validator("keys")
    @classmethod
    def _graded(cls, keys: tuple[int, ...]) -> tuple[int, ...]:
        """The best of every pad is 5 and its worst 1, however many keys it has: reports compare them."""
        in_order = sorted(set(keys)) in (list(keys), list(reversed(keys)))
        if len(keys) not in GRADES or not in_order or not {1, 5} <= set(keys):
            raise ValueError("must be 3, 4 or 5 scores, from 1 up to 5 or from 5 down to 1")
        return keys

    @property
    def counters_served(self) -> list[tuple[str, int]]:
        return [("counter", self.counter)]


class SerialPadPart(PadPart):
    serial: SerialPart


class FramedPadPart(SerialPadPart):
    """A pad that speaks in our own frames."""

    address: Annotated[int, Field(ge=0, le=255)]


class ShortPadPart(SerialPadPart):
    """Any maker's pad that sends one short frame a press."""

    header: ShortHex = ""
    tail: ShortHex = ""
    size: Annotated[int, Field(ge=1, le=32)]
    key_at: Annotated[int, Field(ge=0, le=31)]
    codes: tuple[Annotated[int, Field(ge=0, le=255)], ...]
    check: Check = "none"
    invite: ShortHex = ""
    thank: ShortHex = ""
    dark: ShortHex = ""

    @model_validator(mode="after")
    def _possible(self) -> Self:
        _refuse_uneven(self.codes, self.keys)
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


class HidPadPart(PadPart):
    """A pad that the machine takes for a keyboard."""

    input: InputPart
    codes: tuple[str | Annotated[int, Field(ge=1, le=767)], ...] = ()

    @model_validator(mode="after")
    def _possible(self) -> Self:
        known = {*NAMES.values()}
        if strange := [code for code in self.codes if isinstance(code, str) and code not in known]:
            raise ValueError(
                f"codes: no key is called {strange[0]!r}; there are {', '.join(NAMES.values())}, or a number"
            )
        _refuse_uneven(tuple(self.key_of), self.keys)
        return self

    @property
    def key_of(self) -> dict[int, int]:
        """The kernel's code -> key from the left."""
        by_name = {name: code for code, name in NAMES.items()}
        named = self.codes or tuple(map(str, range(1, len(self.keys) + 1)))
        codes = (by_name[code] if isinstance(code, str) else code for code in named)
        return {code: nth for nth, code in enumerate(codes, 1)}


class HallOfPad(Part):
    """The hall that was set in a pad."""

    branch: Name
    broker_host: str = "127.0.0.1"
    broker_port: PortNumber = 1883


class MqttPadPart(PadPart):
    """A pad that speaks to the broker by itself; `at` is its own enrolled name."""

    hall: HallOfPad


def _refuse_uneven(codes: tuple[int, ...], keys: tuple[int, ...]) -> None:
    if len(set(codes)) != len(keys):
        raise ValueError(f"codes: {len(set(codes))} different codes for {len(keys)} keys")


def _framed(device: Device) -> RatingPad:
    from devices.rating_pad.driver import FramedRatingPad

    part = cast("FramedPadPart", device.part)
    return FramedRatingPad(device.name, part.serial.resource(device.data_dir), part.address)


def _framed_far_end(device: Device, random: Random) -> Machine:
    from devices.rating_pad.simulator import SimulatedRatingPad

    part = cast("FramedPadPart", device.part)
    return SimulatedRatingPad(far_line(device, part.serial.resource(device.data_dir)), part.address, random)


def _short(device: Device) -> RatingPad:
    from devices.rating_pad.short import Lamp, ShortFramePad

    part = cast("ShortPadPart", device.part)
    port = part.serial.resource(device.data_dir)
    return ShortFramePad(device.name, port, part.shape(), Lamp(*part.lamp()), new_mark=lambda: str(ULID()))


def _short_far_end(device: Device, random: Random) -> Machine:
    from devices.rating_pad.short import Lamp
    from devices.rating_pad.short_simulator import SimulatedShortFramePad

    part = cast("ShortPadPart", device.part)
    line = far_line(device, part.serial.resource(device.data_dir))
    return SimulatedShortFramePad(line, part.shape(), Lamp(*part.lamp()), random)


def _hid(device: Device) -> RatingPad:
    from devices.rating_pad.hid import HidRatingPad

    part = cast("HidPadPart", device.part)
    port = part.input.resource(device.data_dir)
    return HidRatingPad(device.name, port, part.key_of, new_mark=lambda: str(ULID()))


def _hid_far_end(device: Device, random: Random) -> Machine:
    from devices.rating_pad.hid_simulator import SimulatedHidPad

    del random
    part = cast("HidPadPart", device.part)
    return SimulatedHidPad(far_line(device, part.input.resource(device.data_dir)), part.key_of)


def _mqtt(device: Device) -> RatingPad:
    what = "such a pad speaks to the broker by itself and no program opens it; press a key of it and see the board"
    raise device.wrong("driver", what)


def _mqtt_far_end(device: Device, random: Random) -> Machine:
    from devices.rating_pad.mqtt_simulator import PadPlace, SimulatedMqttPad
    from server.link.broker_address import BrokerAddress

    del random
    part, data = cast("MqttPadPart", device.part), device.data_dir
    hall = part.hall
    try:
        token = (data / "tokens" / device.at).read_text(encoding="utf-8").strip()
    except OSError as cause:
        raise device.wrong("at", f"{cause.filename} cannot be read: {cause.strerror}; enrol the pad") from cause
    address = BrokerAddress(hall.broker_host, hall.broker_port, device.at, token)
    place = PadPlace(hall.branch, device.at, part.counter, part.keys, data / f"{device.at}.outbox")
    return SimulatedMqttPad(place, address, new_mark=lambda: str(ULID()))


_SAMPLE = {"at": "station-1", "counter": 1, "serial": {"path": "serial/pad"}}
_HID_SAMPLE = {"at": "station-1", "counter": 1, "input": {"path": "input/pad"}}
_SHORT_SAMPLE = {"header": "AA 55", "size": 4, "key_at": 2, "codes": [1, 2, 3, 4, 5], "check": "xor"}

DRIVERS: Mapping[str, Driver] = {
    "framed": Driver(FramedPadPart, _framed, _framed_far_end, _SAMPLE | {"address": 1}),
    "short": Driver(ShortPadPart, _short, _short_far_end, _SAMPLE | _SHORT_SAMPLE),
    "hid": Driver(HidPadPart, _hid, _hid_far_end, _HID_SAMPLE),
    "mqtt": Driver(MqttPadPart, _mqtt, _mqtt_far_end),
}
