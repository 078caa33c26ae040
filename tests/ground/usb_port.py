"""A USB port with one printer on it, as libusb would show it to pyusb. A plugin of conftest.py."""

import array
import errno
import queue
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import usb.backend.libusb1
from usb.backend import IBackend
from usb.core import USBError, USBTimeoutError

from devices.farend import FarEnd
from devices.resources import UsbPort

PORT = UsbPort(0x0416, 0x5011)
OUT, IN = 0x03, 0x81
"""As many a maker numbers them; others take 0x01 and 0x82."""
BULK, PRINTER, CONFIGURATION = 0x02, 7, 1
TICK_S = 0.1


class _Descriptor:
    """What is not said is 0."""

    def __init__(self, **said: int) -> None:
        self.__dict__.update(said)

    def __getattr__(self, _name: str) -> int:
        return 0


@dataclass(eq=False)
class _Handle:
    plugging: int


class UsbEnd(FarEnd, IBackend):  # type: ignore[misc]
    """The printer's end is a `FarEnd`, the host's the backend that pyusb asks."""

    def __init__(self) -> None:
        super().__init__()
        self.full = False
        """It takes no more bytes."""
        self.kernel_has_it = True
        self._plugging = 0
        self._plugged = False
        self._owner: _Handle | None = None
        self._to_printer: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._to_host = b""
        self._news = threading.Condition(self._lock)

    # the printer's end

    @property
    def plugged(self) -> bool:
        return self._plugged

    def plug(self) -> None:
        with self._news:
            self._plugging += not self._plugged
            self._plugged, self.kernel_has_it = True, True

    def unplug(self) -> None:
        with self._news:
            self._plugged, self._owner, self._to_host = False, None, b""
            self._news.notify_all()

    def send(self, data: bytes) -> None:
        with self._news:
            self._to_host += data if self._plugged else b""
            self._news.notify_all()

    def _listen(self) -> bytes:
        try:
            return self._to_printer.get(timeout=TICK_S)
        except queue.Empty:
            return b""

    # the host's end

    def enumerate_devices(self) -> Iterator["UsbEnd"]:
        return iter([self] if self._plugged else [])

    def get_device_descriptor(self, _device: Any) -> _Descriptor:
        return _Descriptor(idVendor=PORT.vendor, idProduct=PORT.product, bNumConfigurations=1)

    def get_configuration_descriptor(self, _device: Any, _nth: int) -> _Descriptor:
        return _Descriptor(bNumInterfaces=1, bConfigurationValue=CONFIGURATION)

    def get_interface_descriptor(self, _device: Any, _nth: int, alternative: int, _configuration: int) -> _Descriptor:
        if alternative:
            raise IndexError(alternative)
        return _Descriptor(bInterfaceClass=PRINTER, bNumEndpoints=2)

    def get_endpoint_descriptor(self, _device: Any, nth: int, *_interface: int) -> _Descriptor:
        return _Descriptor(bEndpointAddress=(IN, OUT)[nth], bmAttributes=BULK, wMaxPacketSize=64)

    def open_device(self, _device: Any) -> _Handle:
        return _Handle(self._plugging)

    def close_device(self, handle: _Handle) -> None:
        self.release_interface(handle, 0)

    def get_configuration(self, handle: _Handle) -> int:
        self._must_be_there(handle)
        return CONFIGURATION

    def claim_interface(self, handle: _Handle, _interface: int) -> None:
        with self._lock:
            if self.kernel_has_it or self._owner not in {None, handle}:
                raise USBError("Resource busy", -6, errno.EBUSY)
            self._owner = handle

    def release_interface(self, handle: _Handle, _interface: int) -> None:
        with self._lock:
            self._owner = None if self._owner is handle else self._owner

    def is_kernel_driver_active(self, _handle: _Handle, _interface: int) -> bool:
        return self.kernel_has_it

    def detach_kernel_driver(self, _handle: _Handle, _interface: int) -> None:
        self.kernel_has_it = False

    def bulk_write(self, handle: _Handle, pipe: int, _interface: int, data: "array.array[int]", _ms: int) -> int:
        self._must_be_there(handle)
        if self.full or pipe != OUT:
            raise USBTimeoutError("Operation timed out", -7, errno.ETIMEDOUT)
        self._to_printer.put(data.tobytes())
        return len(data)

    def bulk_read(self, handle: _Handle, pipe: int, _interface: int, buffer: "array.array[int]", ms: int) -> int:
        with self._news:
            gone = handle.plugging != self._plugging
            came = self._news.wait_for(lambda: self._to_host or gone or not self._plugged, ms / 1000)
            self._must_be_there(handle)
            if not came or pipe != IN:
                raise USBTimeoutError("Operation timed out", -7, errno.ETIMEDOUT)
            said, self._to_host = self._to_host[: len(buffer)], self._to_host[len(buffer) :]
        buffer[: len(said)] = array.array("B", said)
        return len(said)

    def _must_be_there(self, handle: _Handle) -> None:
        if not self._plugged or handle.plugging != self._plugging:
            raise USBError("No such device", -4, errno.ENODEV)


@pytest.fixture
def usb_end(monkeypatch: pytest.MonkeyPatch) -> UsbEnd:
    """A printer at `UsbPort(0x0416, 0x5011)` may be put on it."""
    end = UsbEnd()
    monkeypatch.setattr(usb.backend.libusb1, "get_backend", lambda: end)
    return end
