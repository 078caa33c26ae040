"""The frames of BX-6 sign controllers on the wire; pure.

    A5 … A5 | escaped( header (16) | data | CRC-16 ) | 5A

A5 and 5A stand nowhere else: within, A5 goes as A6 02, A6 as A6 01, 5A as 5B 02, 5B as 5B 01. The CRC (ARC: polynomial
A001, start 0) covers header and data before escaping. Numbers are little-endian.

    header   to (2), from (2), version, reserved, controller type (2), reserved (4), length of the data (4)
    PING     A2 00 | 01 00 00
    SHOW     A3 06 | 01 00 00 | areas to delete (1) | areas (1) | length (2) | area: place, manner, length (4), text
    ACK      A0 00 …, NACK  A0 01 …

Source: the public analysis of the maker's set-up program (strongercjd/Onbon-Protocol-Analysis), and the area layout
that open programs for the same controllers send; not yet met with a real controller.
"""

from dataclasses import dataclass

from devices.checksums import crc16_arc

_SYNC, _END = b"\xa5", b"\x5a"
_ESCAPED = {0xA5: b"\xa6\x02", 0xA6: b"\xa6\x01", 0x5A: b"\x5b\x02", 0x5B: b"\x5b\x01"}
_MEANT = {value: key for key, value in _ESCAPED.items()}
_ESCAPES = frozenset({0xA6, 0x5B})
_SYNCS = 8
HOST = 0x8000
EVERYBODY = 0xFFFE
_HEADER = 16
_CRC = 2
MAX_DATA = 2048
_LONGEST = 2 * (_HEADER + MAX_DATA + _CRC)

PING = b"\xa2\x00"
SHOW = b"\xa3\x06"
ACK = b"\xa0\x00"
NACK = b"\xa0\x01"
_WANTS_ANSWER = b"\x01\x00\x00"
_AREA_FIXED = 27
"""Bytes of an area before its text."""


@dataclass(frozen=True, slots=True)
class Frame:
    to: int
    source: int
    data: bytes

    @property
    def command(self) -> bytes:
        return self.data[:2]


@dataclass(frozen=True, slots=True)
class Parsed:
    frames: tuple[Frame, ...]
    rest: bytes
    """The torn tail: keep it in front of what comes next."""
    noise: int
    """Bytes that belonged to no frame."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where on the sign the text stands, in dots."""

    width: int
    height: int


def encode(frame: Frame) -> bytes:
    if len(frame.data) > MAX_DATA:
        raise ValueError(f"a frame carries {MAX_DATA} bytes at most, not {len(frame.data)}")
    header = b"".join(
        (
            frame.to.to_bytes(2, "little"),
            frame.source.to_bytes(2, "little"),
            bytes((0, 0, 0xFE, 0, 0, 0, 0, 0)),
            len(frame.data).to_bytes(4, "little"),
        )
    )
    body = header + frame.data
    body += crc16_arc(body).to_bytes(_CRC, "little")
    escaped = b"".join(_ESCAPED.get(byte, bytes((byte,))) for byte in body)
    return _SYNC * _SYNCS + escaped + _END


def parse(buffer: bytes) -> Parsed:
    """Takes whole frames, drops noise, leaves a torn tail; any sync byte begins anew."""
    frames: list[Frame] = []
    noise = 0
    rest = buffer
    while (end := rest.find(_END)) >= 0:
        taken, rest = rest[: end + 1], rest[end + 1 :]
        before, sync, escaped = taken[:-1].rpartition(_SYNC)
        frame = _frame(escaped) if sync else None
        noise += len(before.rstrip(_SYNC)) if frame else len(taken)
        frames += [frame] if frame else []
    kept = rest[rest.rfind(_SYNC) :] if _SYNC in rest else b""
    if len(kept) > _LONGEST:
        kept = b""
    return Parsed(tuple(frames), kept, noise + len(rest) - len(kept))


def _frame(escaped: bytes) -> Frame | None:
    body = _unescaped(escaped)
    if body is None or len(body) < _HEADER + _CRC:
        return None
    data = body[_HEADER:-_CRC]
    if int.from_bytes(body[12:_HEADER], "little") != len(data):
        return None
    if crc16_arc(body[:-_CRC]) != int.from_bytes(body[-_CRC:], "little"):
        return None
    return Frame(int.from_bytes(body[:2], "little"), int.from_bytes(body[2:4], "little"), data)


def _unescaped(escaped: bytes) -> bytes | None:
    body = bytearray()
    at = 0
    while at < len(escaped):
        if escaped[at] in _ESCAPES:
            meant = _MEANT.get(escaped[at : at + 2])
            if meant is None:
                return None
            body.append(meant)
            at += 2
        else:
            body.append(escaped[at])
            at += 1
    return bytes(body)


def ping() -> bytes:
    return PING + _WANTS_ANSWER


def show(text: bytes, place: Place) -> bytes:
    """Text in one area over the whole sign, at once and until the next; a text too wide for the sign runs through."""
    area = b"".join(
        (
            bytes(5),  # a text area at the upper left
            (place.width // 8).to_bytes(2, "little"),
            place.height.to_bytes(2, "little"),
            bytes(5),  # area 0, no gap between lines, shown on and on, never timed out
            bytes((0, 0, 0x0A)),  # no sound, no more of it, in the middle
            bytes((1, 1, 1, 0, 1, 0)),  # on one line, at once, without an exit; speed, stay
            len(text).to_bytes(4, "little"),
            text,
        )
    )
    return SHOW + _WANTS_ANSWER + bytes((0, 1)) + len(area).to_bytes(2, "little") + area


def read_show(data: bytes) -> bytes | None:
    """The text of a SHOW; None if it is none."""
    head = len(SHOW) + len(_WANTS_ANSWER) + 2
    area = data[head + 2 :]
    if data[:2] != SHOW or len(area) != int.from_bytes(data[head : head + 2], "little") or len(area) < _AREA_FIXED:
        return None
    text = area[_AREA_FIXED:]
    return text if len(text) == int.from_bytes(area[_AREA_FIXED - 4 : _AREA_FIXED], "little") else None


def acknowledge(to: int, source: int, data: bytes) -> Frame:
    """What a controller says to the data of a frame it has taken."""
    return Frame(to, source, ACK + data[:2] + bytes(3))
