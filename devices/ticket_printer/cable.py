"""The printer's end of a cable: python-escpos opens and writes, its errors become the hall's."""

import select
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from devices.errors import DeviceAway, DeviceError, DeviceSilent
from devices.resources import FilePath, InputPort, Resource, SerialPort, TcpPort, UsbPort
from devices.serial_line import open_line

_CONNECT_S = 0.8
"""Less than a customer's patience at the kiosk; a printer on the same network answers in milliseconds."""
_WRITE_S = 5.0
"""A printer whose buffer is full and stays full so long is not printing."""


class Cable(Protocol):
    """Raises DeviceAway when the far end is gone, DeviceSilent when it takes no more bytes."""

    speaks: bool
    """False: nothing can be read from this kind of cable."""
    bytes_per_s: float

    def open(self) -> None: ...

    def write(self, data: bytes) -> None: ...

    def read(self, within_s: float) -> bytes:
        """What has come, or comes within the time; empty if nothing does."""
        ...

    def close(self) -> None: ...


class _Escpos:
    speaks = True
    bytes_per_s = 50_000.0

    def __init__(self, device: str, printer: Any) -> None:
        self._device = device
        self._printer = printer

    def open(self) -> None:
        from escpos.exceptions import DeviceNotFoundError

        try:
            self._printer.open()
        except (DeviceNotFoundError, OSError) as cause:
            raise DeviceAway(self._device, " ".join(str(cause).split())) from cause

    def write(self, data: bytes) -> None:
        with self._translated():
            self._printer._raw(data)

    def close(self) -> None:
        try:
            self._printer.close()
        except OSError:
            self._printer.device = False

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except TimeoutError as cause:
            raise DeviceSilent(self._device, "takes no more bytes") from cause
        except OSError as cause:
            raise DeviceAway(self._device, f"went away: {cause}") from cause


class NetworkCable(_Escpos):
    def __init__(self, device: str, port: TcpPort) -> None:
        from escpos.printer import Network

        super().__init__(device, Network(port.host, port.port, timeout=_CONNECT_S))
        self._address = (port.host, port.port)

    def open(self) -> None:
        """Opened here: python-escpos leaves the socket of each refused attempt open."""
        try:
            self._printer.device = socket.create_connection(self._address, _CONNECT_S)
        except OSError as cause:
            raise DeviceAway(self._device, f"nobody at {self._address[0]}:{self._address[1]}: {cause}") from cause

    def write(self, data: bytes) -> None:
        with self._translated():
            self._printer.device.settimeout(_WRITE_S)
            self._printer.device.sendall(data)

    def read(self, within_s: float) -> bytes:
        """Waits without the socket's own timeout, which is the writer's."""
        with self._translated():
            ready, _, _ = select.select([self._printer.device], [], [], within_s)
            if not ready:
                return b""
            data: bytes = self._printer.device.recv(64)
            if not data:
                raise ConnectionResetError("closed by the printer")
            return data


class SerialCable(_Escpos):
    def __init__(self, device: str, port: SerialPort) -> None:
        from escpos.printer import Serial

        super().__init__(device, Serial(port.path, port.baudrate))
        self._port = port
        self.bytes_per_s = port.baudrate / 10

    def open(self) -> None:
        """Opened here: python-escpos would take a port that another program has."""
        self._printer.device = open_line(self._device, self._port)

    def write(self, data: bytes) -> None:
        from serial import SerialTimeoutException

        with self._translated():
            self._printer.device.write_timeout = _WRITE_S + len(data) / self.bytes_per_s
            try:
                self._printer.device.write(data)
            except SerialTimeoutException as cause:
                raise TimeoutError(str(cause)) from cause

    def close(self) -> None:
        """Without python-escpos' flush: it would wait for a printer that no longer takes bytes."""
        port, self._printer.device = self._printer.device, False
        if port:
            port.close()

    def read(self, within_s: float) -> bytes:
        with self._translated():
            self._printer.device.timeout = within_s
            first: bytes = self._printer.device.read(1)
            rest: bytes = self._printer.device.read(self._printer.device.in_waiting) if first else b""
            return first + rest


class UsbCable(_Escpos):
    def __init__(self, device: str, port: UsbPort) -> None:
        from escpos.printer import Usb

        super().__init__(device, Usb(port.vendor, port.product, timeout=round(_WRITE_S * 1000)))

    def read(self, within_s: float) -> bytes:
        with self._translated():
            try:
                return bytes(self._printer.device.read(self._printer.in_ep, 64, max(round(within_s * 1000), 1)))
            except TimeoutError:
                return b""
            except OSError as cause:
                if cause.errno in _USB_TIMEOUTS:
                    return b""
                raise


_USB_TIMEOUTS = (110, 10060)


class FileCable(_Escpos):
    speaks = False

    def __init__(self, device: str, path: FilePath) -> None:
        from escpos.printer import File

        super().__init__(device, File(path.path))

    def read(self, within_s: float) -> bytes:
        del within_s
        return b""


def cable_to(device: str, resource: Resource) -> Cable:
    match resource:
        case TcpPort():
            return NetworkCable(device, resource)
        case SerialPort():
            return SerialCable(device, resource)
        case UsbPort():
            return UsbCable(device, resource)
        case FilePath():
            return FileCable(device, resource)
        case InputPort():
            raise DeviceError(device, "a printer is reached by serial, tcp, usb or file")
