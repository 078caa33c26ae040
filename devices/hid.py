"""Key pads and code readers that a machine takes for keyboards: read alone, so that their keys reach no other program.

Linux only. Events are those of <linux/input.h>, explained in the kernel's Documentation/input/input.rst:

    seconds, microseconds (two longs) | type (2) | code (2) | value (4)      24 bytes where a long has 8

A key is `EV_KEY` with value 1 pressed, 0 let go, 2 repeated by the kernel while it is held.
"""

import errno
import os
import select
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from devices.errors import DeviceAway, DeviceInUse
from devices.resources import InputPort
from devices.serial_line import TAKEN

READ_S = 0.1
_EVENT = struct.Struct("llHHi")
LET_GO, PRESSED, REPEATED = 0, 1, 2
_EV_SYN, _EV_KEY, _EV_MAX = 0x00, 0x01, 0x1F
_SYN_REPORT, _SYN_DROPPED = 0, 3
_KEY_MAX = 0x2FF
_EVIOCGRAB = 0x40044590
_EVIOCSCLOCKID = 0x400445A0
"""_IOW('E', 0x90, int) and _IOW('E', 0xA0, int)."""
_CLOCK_MONOTONIC = struct.pack("i", 1)
_INPUT_MAJOR = 13
_PTY_MAJORS = range(136, 144)
"""Device numbers of Documentation/admin-guide/devices.txt."""
_MOST = 64 * _EVENT.size

_PLAIN = {2: "1234567890-=", 16: "qwertyuiop[]", 30: "asdfghjkl;'`", 43: "\\zxcvbnm,./", 57: " "}
_SHIFTED = {2: "!@#$%^&*()_+", 16: "QWERTYUIOP{}", 30: 'ASDFGHJKL:"~', 43: "|ZXCVBNM<>?", 57: " "}
_KEYPAD = {71: "789-456+1230.", 98: "/"}


def _by_code(rows: dict[int, str]) -> dict[int, str]:
    return {first + nth: char for first, row in rows.items() for nth, char in enumerate(row)}


KEYPAD = _by_code(_KEYPAD)
PLAIN = _by_code(_PLAIN) | KEYPAD
SHIFTED = _by_code(_SHIFTED) | KEYPAD
"""Code -> character of a US keyboard, as pads and code readers play it."""
ENTERS = frozenset({28, 96})
SHIFTS = frozenset({42, 54})
NAMES = (
    {code: char for code, char in _by_code(_PLAIN).items() if char.isalnum()}
    | {code: f"kp{char}" for code, char in KEYPAD.items() if char.isdigit()}
    | {59 + nth: f"f{nth + 1}" for nth in range(10)}
    | {1: "esc", 14: "backspace", 15: "tab", 28: "enter", 57: "space", 96: "kpenter"}
    | {103: "up", 105: "left", 106: "right", 108: "down"}
)
"""Code -> what a technician calls it in devices.toml."""


@dataclass(frozen=True, slots=True)
class KeyEvent:
    """A key went down or up; repeats of a held key are left out."""

    code: int
    down: bool
    at_s: float
    """Machine clock (`time.monotonic`), as the kernel stamped it."""


@dataclass(frozen=True, slots=True)
class Lost:
    """The reader was too slow and the kernel dropped events: nobody knows which keys are held."""


@dataclass(frozen=True, slots=True)
class Parsed:
    events: tuple[KeyEvent | Lost, ...]
    rest: bytes
    """The torn tail: keep it in front of what comes next."""
    noise: int
    """Bytes that were no event."""


def encode(code: int, value: int, at_s: float) -> bytes:
    """As the kernel tells a key: the event, and the report that ends it."""
    seconds, part = divmod(at_s, 1)
    stamp = (int(seconds), int(part * 1_000_000))
    return _EVENT.pack(*stamp, _EV_KEY, code, value) + _EVENT.pack(*stamp, _EV_SYN, _SYN_REPORT, 0)


def encode_lost() -> bytes:
    return _EVENT.pack(0, 0, _EV_SYN, _SYN_DROPPED, 0)


def parse(buffer: bytes, *, no_more: bool = False) -> Parsed:
    """Takes whole events, drops noise, leaves a torn tail; with `no_more` an unfinished event is noise as well."""
    events: list[KeyEvent | Lost] = []
    at = noise = 0
    while len(buffer) - at >= _EVENT.size:
        seconds, micros, kind, code, value = _EVENT.unpack_from(buffer, at)
        if not (seconds >= 0 <= micros < 1_000_000 and kind <= _EV_MAX and code <= _KEY_MAX):
            at, noise = at + 1, noise + 1
            continue
        at += _EVENT.size
        if kind == _EV_KEY and value in {PRESSED, LET_GO}:
            events.append(KeyEvent(code, value == PRESSED, seconds + micros / 1_000_000))
        elif (kind, code) == (_EV_SYN, _SYN_DROPPED):
            events.append(Lost())
    left = buffer[at:]
    return Parsed(tuple(events), b"", noise + len(left)) if no_more else Parsed(tuple(events), left, noise)


class Keyboard:
    """An input device that this program reads alone."""

    def __init__(self, device: str, handle: int) -> None:
        self._device = device
        self._handle = handle
        self._torn = b""

    def read(self) -> tuple[KeyEvent | Lost, ...]:
        """What has come; empty after `READ_S` without anything. Raises DeviceAway."""
        try:
            ready, _, _ = select.select([self._handle], [], [], READ_S)
            data = os.read(self._handle, _MOST) if ready else b""
        except OSError as cause:
            raise DeviceAway(self._device, f"went away: {cause}") from cause
        if ready and not data:
            raise DeviceAway(self._device, "went away: end of file")
        parsed = parse(self._torn + data, no_more=not data)
        self._torn = parsed.rest
        return parsed.events


@contextmanager
def open_keyboard(device: str, port: InputPort) -> Iterator[Keyboard]:
    """Raises DeviceAway."""
    try:
        handle = os.open(port.path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY)
    except OSError as cause:
        raise DeviceAway(device, f"cannot open {port.path}: {cause.strerror}") from cause
    try:
        try:
            _take_alone(handle)
        except OSError as cause:
            if cause.errno in TAKEN:
                raise DeviceInUse(device, port.path) from cause
            raise DeviceAway(device, f"cannot have {port.path} alone: {cause.strerror}") from cause
        yield Keyboard(device, handle)
    finally:
        os.close(handle)


def _take_alone(handle: int) -> None:
    """Of this hall's programs by the lock, of all others by the kernel's grab. Raises OSError."""
    import fcntl

    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    major = os.major(os.fstat(handle).st_rdev)
    if major == _INPUT_MAJOR:
        fcntl.ioctl(handle, _EVIOCSCLOCKID, _CLOCK_MONOTONIC)
        fcntl.ioctl(handle, _EVIOCGRAB, 1)
    elif major not in _PTY_MAJORS:
        raise OSError(errno.ENOTTY, "it is no input device")
