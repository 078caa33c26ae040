"""A serial line as a driver holds it: opened alone, read without waiting long, its errors told as the device's."""

import errno
import os

import serial
from serial.urlhandler import protocol_socket

from devices.errors import DeviceAway, DeviceInUse
from devices.resources import SerialPort, TcpPort

READ_S = 0.1
"""Also how long a torn frame waits for its rest."""
WRITE_S = 0.5
TAKEN = frozenset({errno.EWOULDBLOCK, errno.EBUSY})
"""What the system says of a port that another program has for itself."""
_MAX_WAITING = 4096
"""Bytes taken at a time from a device that floods."""


def open_line(device: str, port: SerialPort | TcpPort) -> serial.SerialBase:
    """Raises DeviceAway."""
    try:
        if isinstance(port, TcpPort):
            return _Socket(f"socket://{port.host}:{port.port}", timeout=READ_S, write_timeout=WRITE_S)
        return serial.Serial(
            port.path,
            port.baudrate,
            timeout=READ_S,
            write_timeout=WRITE_S,
            rtscts=port.flow == "hardware",
            xonxoff=port.flow == "software",
            exclusive=True,
        )
    except (OSError, ValueError) as cause:
        if isinstance(cause, OSError) and cause.errno in TAKEN:
            raise DeviceInUse(device, _told(port)) from cause
        raise DeviceAway(device, f"cannot open {_told(port)}: {_reason(cause)}") from cause


def read(device: str, line: serial.SerialBase) -> bytes:
    """What has come; empty after `READ_S` without anything. Raises DeviceAway."""
    try:
        first: bytes = line.read(1)
        rest: bytes = line.read(min(line.in_waiting, _MAX_WAITING)) if first else b""
    except (OSError, TypeError) as cause:
        raise DeviceAway(device, f"went away: {cause}") from cause
    return first + rest


def read_byte(device: str, line: serial.SerialBase) -> int | None:
    """The next byte; None after `READ_S` without one. Raises DeviceAway."""
    try:
        data: bytes = line.read(1)
    except (OSError, TypeError) as cause:
        raise DeviceAway(device, f"went away: {cause}") from cause
    return data[0] if data else None


def forget(device: str, line: serial.SerialBase) -> None:
    """What has come and was not read. Raises DeviceAway."""
    try:
        for _ in range(line.in_waiting):
            line.read(1)
    except (OSError, TypeError) as cause:
        raise DeviceAway(device, f"went away: {cause}") from cause


def write(device: str, line: serial.SerialBase, data: bytes) -> None:
    """Raises DeviceAway."""
    try:
        line.write(data)
    except OSError as cause:
        raise DeviceAway(device, f"takes no bytes: {cause}") from cause


class _Socket(protocol_socket.Serial):  # type: ignore[misc]  # pyserial has no types
    """pyserial forgets a socket whose far end went first, without closing it."""

    def close(self) -> None:
        held = self._socket if self.is_open else None
        super().close()
        if held:
            held.close()


def _reason(cause: Exception) -> str:
    """The system's own words, which pyserial says twice within its own."""
    for each in (cause, cause.__context__):
        if isinstance(each, OSError) and each.errno:
            return os.strerror(each.errno)
    return str(cause)


def _told(port: SerialPort | TcpPort) -> str:
    return f"{port.host}:{port.port}" if isinstance(port, TcpPort) else port.path
