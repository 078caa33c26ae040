"""A printer on USB, spoken to past the kernel's own driver, so that it can answer."""

from contextlib import ExitStack
from typing import Any

import usb.core
import usb.util

from devices.errors import DeviceAway, DeviceInUse
from devices.resources import UsbPort
from devices.serial_line import TAKEN
from devices.ticket_printer.cable import WRITE_S, Cable, timed_out

_PRINTER_CLASS = 7


class UsbCable(Cable):
    """For this program alone; of two printers of one model the first."""

    def __init__(self, device: str, port: UsbPort) -> None:
        super().__init__(device)
        self._port = port
        self._usb: Any
        self._out: Any
        self._in: Any

    def open(self) -> None:
        name = f"{self._port.vendor:04x}:{self._port.product:04x}"
        try:
            self._usb = usb.core.find(idVendor=self._port.vendor, idProduct=self._port.product)
            if self._usb is None:
                raise DeviceAway(self._device, f"no USB device {name}")
            with ExitStack() as failed:
                failed.callback(self.close)
                self._claim()
                failed.pop_all()
        except usb.core.NoBackendError as cause:
            raise DeviceAway(self._device, "USB needs the library libusb-1.0") from cause
        except usb.core.USBError as cause:
            if cause.errno in TAKEN:
                raise DeviceInUse(self._device, name) from cause
            raise DeviceAway(self._device, f"cannot open {name}: {cause.strerror}") from cause

    def _claim(self) -> None:
        interfaces = list(self._usb.get_active_configuration())
        interface = next((each for each in interfaces if each.bInterfaceClass == _PRINTER_CLASS), interfaces[0])
        self._out, self._in = _pipe(interface, usb.util.ENDPOINT_OUT), _pipe(interface, usb.util.ENDPOINT_IN)
        if self._out is None:
            raise DeviceAway(self._device, "this USB device takes nothing to print")
        self.speaks = self._in is not None
        self._take_from_kernel(interface.bInterfaceNumber)
        usb.util.claim_interface(self._usb, interface)

    def _take_from_kernel(self, interface: int) -> None:
        """On Linux its driver for printers has them; Windows has nothing to let go."""
        try:
            if self._usb.is_kernel_driver_active(interface):
                self._usb.detach_kernel_driver(interface)
        except NotImplementedError:
            return

    def write(self, data: bytes) -> None:
        with self._translated():
            self._out.write(data, round(WRITE_S * 1000))

    def read(self, within_s: float) -> bytes:
        with self._translated():
            try:
                return bytes(self._in.read(self._in.wMaxPacketSize, max(round(within_s * 1000), 1)))
            except usb.core.USBError as cause:
                if timed_out(cause):
                    return b""
                raise

    def close(self) -> None:
        usb.util.dispose_resources(self._usb)


def _pipe(interface: Any, direction: int) -> Any:
    """The printer itself names its pipes: each make numbers them in its own way."""

    def fits(pipe: Any) -> bool:
        what = usb.util.endpoint_type(pipe.bmAttributes), usb.util.endpoint_direction(pipe.bEndpointAddress)
        return what == (usb.util.ENDPOINT_TYPE_BULK, direction)

    return usb.util.find_descriptor(interface, custom_match=fits)
