"""Call pads: what a technician writes of a line of them, and what the entry builds."""

import re
from collections.abc import Mapping
from functools import partial
from random import Random
from typing import Annotated, Self, cast

from pydantic import Field, model_validator
from ulid import ULID

from devices.entries import Device, DevicePart, Driver, SerialPart, far_line
from devices.farend import Machine
from devices.protocols import CallPads


class CallPadsPart(DevicePart):
    """The call pads of one RS-485 line; `counters` says for each pad's address whose it is."""

    serial: SerialPart
    counters: Annotated[dict[str, Annotated[int, Field(ge=1, le=999)]], Field(min_length=1)]

    @model_validator(mode="after")
    def _one_pad_a_place(self) -> Self:
        if wrong := [each for each in self.counters if not re.fullmatch(r"\d{1,3}", each) or int(each) > 255]:
            raise ValueError(f"counters: {wrong[0]} is no address of a pad, 0 to 255")
        if len(set(self.counters.values())) < len(self.counters):
            raise ValueError("counters: two pads for one counter")
        return self

    @property
    def counters_served(self) -> list[tuple[str, int]]:
        return [("counters", counter) for counter in self.counters.values()]

    @property
    def counter_of(self) -> dict[int, int]:
        """By address."""
        return {int(address): counter for address, counter in self.counters.items()}


def _call_pads(device: Device, *, checked: bool) -> CallPads:
    from devices.call_pad.driver import WiredCallPads
    from devices.call_pad.frames import Form

    part = cast("CallPadsPart", device.part)
    port = part.serial.resource(device.data_dir)
    form = Form.CHECKED if checked else Form.PLAIN
    return WiredCallPads(device.name, port, part.counter_of, form, new_mark=lambda: str(ULID()))


def _call_pads_far_end(device: Device, random: Random, *, checked: bool) -> Machine:
    from devices.call_pad.frames import Form
    from devices.call_pad.simulator import SimulatedCallPads

    part = cast("CallPadsPart", device.part)
    form = Form.CHECKED if checked else Form.PLAIN
    line = far_line(device, part.serial.resource(device.data_dir))
    return SimulatedCallPads(line, part.counter_of, form, random)


_SAMPLE = {"at": "station-1", "serial": {"path": "serial/keys"}, "counters": {"1": 1, "2": 2}}

DRIVERS: Mapping[str, Driver] = {
    "plain": Driver(
        CallPadsPart, partial(_call_pads, checked=False), partial(_call_pads_far_end, checked=False), _SAMPLE
    ),
    "checked": Driver(
        CallPadsPart, partial(_call_pads, checked=True), partial(_call_pads_far_end, checked=True), _SAMPLE
    ),
}
