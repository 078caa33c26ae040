"""The rating pad's frames on the wire; pure.

    AA 55 | length | address | sequence | type | payload (0 to 32) | CRC-16, high byte first

`length` counts address to payload, the CRC (CCITT, start FFFF) covers length to payload. Numbers are big-endian.

    PRESS   pad -> host   boot (2), key, age in tenths of a second (2)    repeated until its sequence is acknowledged
    HELLO   pad -> host   boot (2), held keys as bits, sequence of the light it shows, 0 when just switched on
                          the answer to PING, and said at power-up
    ACK     host -> pad   boot (2); the sequence is that of the press
    INVITE  host -> pad   seconds (2), number in ASCII
    THANK, DARK, PING     host -> pad, empty

The pad draws `boot` by chance when it is switched on and counts its presses as `sequence`. The host numbers what it
says from 1 on.
"""

from dataclasses import dataclass
from enum import IntEnum

from devices.checksums import crc16_ccitt

HEADER = b"\xaa\x55"
MAX_PAYLOAD = 32
_AROUND = len(HEADER) + 1 + 2
"""Header, length and CRC."""
_FIXED = 3
"""Address, sequence and type."""


class Kind(IntEnum):
    PRESS = 0x01
    HELLO = 0x02
    ACK = 0x81
    INVITE = 0x82
    THANK = 0x83
    DARK = 0x84
    PING = 0x85


@dataclass(frozen=True, slots=True)
class Frame:
    address: int
    sequence: int
    kind: int
    """A `Kind`, or a number that this version does not know."""
    payload: bytes = b""


@dataclass(frozen=True, slots=True)
class Parsed:
    frames: tuple[Frame, ...]
    rest: bytes
    """The torn tail: keep it in front of what comes next."""
    noise: int
    """Bytes that belonged to no frame."""


@dataclass(frozen=True, slots=True)
class PressSaid:
    boot: int
    key: int
    age_s: float


@dataclass(frozen=True, slots=True)
class HelloSaid:
    boot: int
    held: frozenset[int]
    shown: int
    """Sequence of the last INVITE, THANK or DARK that it obeyed."""


def encode(frame: Frame) -> bytes:
    if len(frame.payload) > MAX_PAYLOAD:
        raise ValueError(f"a frame carries {MAX_PAYLOAD} bytes at most, not {len(frame.payload)}")
    body = bytes((_FIXED + len(frame.payload), frame.address, frame.sequence, frame.kind)) + frame.payload
    return HEADER + body + crc16_ccitt(body).to_bytes(2, "big")


def parse(buffer: bytes, *, no_more: bool = False) -> Parsed:
    """Takes whole frames, drops noise, leaves a torn tail; with `no_more` an unfinished frame is noise as well."""
    frames: list[Frame] = []
    at = noise = 0
    while at < len(buffer):
        size = _size_at(buffer, at)
        if size is None and not no_more:
            break
        frame = _frame_at(buffer, at, size) if size else None
        if frame is None:
            at, noise = at + 1, noise + 1
        else:
            frames.append(frame)
            at += size or 0
    return Parsed(tuple(frames), buffer[at:], noise)


def _size_at(buffer: bytes, at: int) -> int | None:
    """Bytes of the frame that may begin here: 0 if none can, None if too little has come to say."""
    start = buffer[at : at + 3]
    if not HEADER.startswith(start[:2]):
        return 0
    if len(start) < 3:
        return None
    if not _FIXED <= start[2] <= _FIXED + MAX_PAYLOAD:
        return 0
    size = _AROUND + start[2]
    return size if at + size <= len(buffer) else None


def _frame_at(buffer: bytes, at: int, size: int) -> Frame | None:
    body, crc = buffer[at + 2 : at + size - 2], buffer[at + size - 2 : at + size]
    if crc16_ccitt(body) != int.from_bytes(crc, "big"):
        return None
    return Frame(body[1], body[2], body[3], body[4:])


def press(boot: int, key: int, age_s: float) -> bytes:
    return boot.to_bytes(2, "big") + bytes((key,)) + min(round(age_s * 10), 0xFFFF).to_bytes(2, "big")


def read_press(payload: bytes) -> PressSaid | None:
    if len(payload) < 5 or not 1 <= payload[2] <= 8:
        return None
    return PressSaid(int.from_bytes(payload[:2], "big"), payload[2], int.from_bytes(payload[3:5], "big") / 10)


def hello(boot: int, held: frozenset[int], shown: int) -> bytes:
    return boot.to_bytes(2, "big") + bytes((sum(1 << key - 1 for key in held), shown))


def read_hello(payload: bytes) -> HelloSaid | None:
    if len(payload) < 4:
        return None
    held = frozenset(key for key in range(1, 9) if payload[2] >> key - 1 & 1)
    return HelloSaid(int.from_bytes(payload[:2], "big"), held, payload[3])


def ack(boot: int) -> bytes:
    return boot.to_bytes(2, "big")


def invite(seconds: float, number: str) -> bytes:
    shown = "".join(char for char in number if "!" <= char <= "~")[:8]
    return min(max(round(seconds), 0), 0xFFFF).to_bytes(2, "big") + shown.encode("ascii")
