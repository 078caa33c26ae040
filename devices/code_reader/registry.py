"""Code readers: what a technician writes of one, and what the entry builds."""

from collections.abc import Mapping
from random import Random
from typing import cast

from devices.entries import Device, DevicePart, Driver, InputPart, SerialPart, far_line, input_port, serial_port
from devices.farend import Machine
from devices.protocols import CodeReader


class SerialCodeReaderPart(DevicePart):
    """A reader that ends each code with CR or CR LF."""

    serial: SerialPart

    @property
    def claims(self) -> list[tuple[str, object]]:
        return [("serial.path", self.serial.path)]


class HidCodeReaderPart(DevicePart):
    """A reader that plays a keyboard and ends each code with Enter; Linux only."""

    input: InputPart

    @property
    def claims(self) -> list[tuple[str, object]]:
        return [("input.path", self.input.path)]


def _serial(device: Device) -> CodeReader:
    from devices.code_reader.driver import SerialCodeReader

    part = cast("SerialCodeReaderPart", device.part)
    return SerialCodeReader(device.name, serial_port(part.serial, device.data_dir))


def _hid(device: Device) -> CodeReader:
    from devices.code_reader.driver import HidCodeReader

    part = cast("HidCodeReaderPart", device.part)
    return HidCodeReader(device.name, input_port(part.input, device.data_dir))


def _serial_far_end(device: Device, random: Random) -> Machine:
    from devices.code_reader.simulator import SimulatedCodeReader, over_serial

    part = cast("SerialCodeReaderPart", device.part)
    return SimulatedCodeReader(far_line(device, serial_port(part.serial, device.data_dir)), over_serial, random)


def _hid_far_end(device: Device, random: Random) -> Machine:
    from devices.code_reader.simulator import SimulatedCodeReader, by_keys

    part = cast("HidCodeReaderPart", device.part)
    return SimulatedCodeReader(far_line(device, input_port(part.input, device.data_dir)), by_keys, random)


DRIVERS: Mapping[str, Driver] = {
    "serial": Driver(
        SerialCodeReaderPart, _serial, _serial_far_end, {"at": "kiosk-1", "serial": {"path": "serial/reader"}}
    ),
    "hid": Driver(HidCodeReaderPart, _hid, _hid_far_end, {"at": "kiosk-1", "input": {"path": "input/reader"}}),
}
