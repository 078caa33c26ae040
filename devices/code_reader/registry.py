"""Code readers: what a technician writes of one, and what the entry builds."""

from collections.abc import Mapping
from random import Random
from typing import cast

from devices.entries import Device, DevicePart, Driver, InputPart, SerialPart, far_line
from devices.farend import Machine
from devices.protocols import CodeReader


class SerialCodeReaderPart(DevicePart):
    """A reader that ends each code with CR or CR LF."""

    serial: SerialPart


class HidCodeReaderPart(DevicePart):
    """A reader that plays a keyboard and ends each code with Enter; Linux only."""

    input: InputPart


def _serial(device: Device) -> CodeReader:
    from devices.code_reader.driver import SerialCodeReader

    part = cast("SerialCodeReaderPart", device.part)
    return SerialCodeReader(device.name, part.serial.resource(device.data_dir))


def _hid(device: Device) -> CodeReader:
    from devices.code_reader.driver import HidCodeReader

    part = cast("HidCodeReaderPart", device.part)
    return HidCodeReader(device.name, part.input.resource(device.data_dir))


def _serial_far_end(device: Device, random: Random) -> Machine:
    from devices.code_reader.simulator import SimulatedCodeReader, over_serial

    part = cast("SerialCodeReaderPart", device.part)
    return SimulatedCodeReader(far_line(device, part.serial.resource(device.data_dir)), over_serial, random)


def _hid_far_end(device: Device, random: Random) -> Machine:
    from devices.code_reader.simulator import SimulatedCodeReader, by_keys

    part = cast("HidCodeReaderPart", device.part)
    return SimulatedCodeReader(far_line(device, part.input.resource(device.data_dir)), by_keys, random)


DRIVERS: Mapping[str, Driver] = {
    "serial": Driver(
        SerialCodeReaderPart, _serial, _serial_far_end, {"at": "kiosk-1", "serial": {"path": "serial/reader"}}
    ),
    "hid": Driver(HidCodeReaderPart, _hid, _hid_far_end, {"at": "kiosk-1", "input": {"path": "input/reader"}}),
}
