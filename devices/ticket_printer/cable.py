"""The printer's end of a cable: bytes go out, answers come in, and its troubles are told as the hall's."""

import errno
import os
import select
import socket
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager

import serial

from devices.errors import DeviceAway, DeviceError, DeviceSilent
from devices.resources import FilePath, InputPort, Resource, SerialPort, TcpPort, UsbPort
from devices.serial_line import open_line, read

_CONNECT_S = 0.8
"""Less than a customer's patience at the kiosk; a printer on the same network answers in milliseconds."""
WRITE_S = 5.0
"""A printer whose buffer is full and stays full so long is not printing."""
_TIMED_OUT = frozenset({errno.ETIMEDOUT, 10060})
"""As Linux and Windows count it."""
_RECEIVED = 64
_WRITTEN_ONLY = os.O_WRONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
"""Linux and Windows have one of the two each."""
_FULL_S = 0.05
"""The kernel calls a printer without paper ready, and then takes nothing."""


class Cable(ABC):
    """Raises DeviceAway when the far end is gone, DeviceSilent when it takes no more bytes; opened before all else."""

    speaks = True
    """False: nothing can be read from this kind of cable."""
    bytes_per_s = 50_000.0

    def __init__(self, device: str) -> None:
        self._device = device

    @abstractmethod
    def open(self) -> None: ...

    @abstractmethod
    def write(self, data: bytes) -> None: ...

    @abstractmethod
    def read(self, within_s: float) -> bytes:
        """What has come, or comes within the time; empty if nothing does."""

    @abstractmethod
    def close(self) -> None: ...

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except OSError as cause:
            if timed_out(cause):
                raise DeviceSilent(self._device, "takes no more bytes") from cause
            raise DeviceAway(self._device, f"went away: {cause}") from cause


class NetworkCable(Cable):
    def __init__(self, device: str, port: TcpPort) -> None:
        super().__init__(device)
        self._address = (port.host, port.port)
        self._socket: socket.socket

    def open(self) -> None:
        try:
            self._socket = socket.create_connection(self._address, _CONNECT_S)
        except OSError as cause:
            raise DeviceAway(self._device, f"nobody at {self._address[0]}:{self._address[1]}: {cause}") from cause
        self._socket.settimeout(WRITE_S)

    def write(self, data: bytes) -> None:
        with self._translated():
            self._socket.sendall(data)

    def read(self, within_s: float) -> bytes:
        """Waits without the socket's own timeout, which is the writer's."""
        with self._translated():
            ready, _, _ = select.select([self._socket], [], [], within_s)
            if not ready:
                return b""
            data = self._socket.recv(_RECEIVED)
            if not data:
                raise ConnectionResetError("closed by the printer")
            return data

    def close(self) -> None:
        self._socket.close()


class SerialCable(Cable):
    def __init__(self, device: str, port: SerialPort) -> None:
        super().__init__(device)
        self._port = port
        self._line: serial.SerialBase
        self.bytes_per_s = port.baudrate / 10

    def open(self) -> None:
        self._line = open_line(self._device, self._port)

    def write(self, data: bytes) -> None:
        with self._translated():
            self._line.write_timeout = WRITE_S + len(data) / self.bytes_per_s
            try:
                self._line.write(data)
            except serial.SerialTimeoutException as cause:
                raise TimeoutError(str(cause)) from cause

    def read(self, within_s: float) -> bytes:
        with self._translated():
            self._line.timeout = within_s
            return read(self._device, self._line)

    def close(self) -> None:
        self._line.close()


class FileCable(Cable):
    speaks = False

    def __init__(self, device: str, path: FilePath) -> None:
        super().__init__(device)
        self._path = path.path
        self._handle: int

    def open(self) -> None:
        """Never makes the file: what is printed into a mistyped name would be lost without a word."""
        try:
            self._handle = os.open(self._path, _WRITTEN_ONLY)
        except OSError as cause:
            raise DeviceAway(self._device, f"cannot open {self._path}: {cause.strerror}") from cause

    def write(self, data: bytes) -> None:
        """Until the printer has taken all of it: what is on its way when the file is shut would be lost."""
        until = time.monotonic() + WRITE_S
        with self._translated():
            self._wait(until)
            while data:
                try:
                    data = data[os.write(self._handle, data) :]
                except BlockingIOError:
                    time.sleep(_FULL_S)
                self._wait(until)

    def _wait(self, until: float) -> None:
        """A full printer is not waited for without end, where the system can tell that it is."""
        left = max(until - time.monotonic(), 0)
        if not left or (os.name == "posix" and not select.select([], [self._handle], [], left)[1]):
            raise TimeoutError

    def read(self, within_s: float) -> bytes:
        del within_s
        return b""

    def close(self) -> None:
        os.close(self._handle)


def timed_out(cause: OSError) -> bool:
    return isinstance(cause, TimeoutError) or cause.errno in _TIMED_OUT


def cable_to(device: str, resource: Resource) -> Cable:
    match resource:
        case TcpPort():
            return NetworkCable(device, resource)
        case SerialPort():
            return SerialCable(device, resource)
        case UsbPort():
            from devices.ticket_printer.usb_cable import UsbCable

            return UsbCable(device, resource)
        case FilePath():
            return FileCable(device, resource)
        case InputPort():
            raise DeviceError(device, "a printer is reached by serial, tcp, usb or file")
