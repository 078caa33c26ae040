"""The frames of call pads on an RS-485 line; pure.

    plain     01 | address | code | 07                           as open hall systems send them; nothing checks them
    checked   02 | address | sequence | code | CRC-16 (2) | 07   ours; the CRC (CCITT, start FFFF) covers 02 to code

Codes of a pad are its keys 31 to 34, codes to a pad its lights 30 to 3D. In the checked form a pad repeats a key under
its sequence until ACK comes, and answers PING with HELLO; a HELLO of sequence 0 it says by itself when it is switched
on, for then it counts anew and is dark. The host's sequences run from 1 to 255. Source of the plain form, its keys and
lights: Apertum QSystem, ub485.
"""

from dataclasses import dataclass
from enum import IntEnum

from devices.checksums import crc16_ccitt
from devices.protocols import CallKey, CallLight

END = 0x07
ACK, HELLO, PING = 0x06, 0x3E, 0x3F
KEYS = {0x31: CallKey.CALL, 0x32: CallKey.START, 0x33: CallKey.REDIRECT, 0x34: CallKey.END}
CODES = {key: code for code, key in KEYS.items()}
LIGHTS = {
    CallLight.OFF: 0x30,
    CallLight.PAUSED: 0x31,
    CallLight.SERVING: 0x32,
    CallLight.CALLED: 0x36,
    CallLight.REFUSED: 0x38,
    CallLight.AWAY: 0x3A,
}
LIT = {code: light for light, code in LIGHTS.items()}


class Form(IntEnum):
    """Which frames a line speaks; the value is the frame's first byte."""

    PLAIN = 0x01
    CHECKED = 0x02

    @property
    def size(self) -> int:
        return 4 if self is Form.PLAIN else 7


@dataclass(frozen=True, slots=True)
class Frame:
    address: int
    code: int
    sequence: int = 0
    """Always 0 in the plain form."""


@dataclass(frozen=True, slots=True)
class Parsed:
    frames: tuple[Frame, ...]
    rest: bytes
    """The torn tail: keep it in front of what comes next."""
    noise: int


def encode(form: Form, frame: Frame) -> bytes:
    if form is Form.PLAIN:
        return bytes((form, frame.address, frame.code, END))
    body = bytes((form, frame.address, frame.sequence, frame.code))
    return body + crc16_ccitt(body).to_bytes(2, "big") + bytes((END,))


def parse(form: Form, buffer: bytes, *, no_more: bool = False) -> Parsed:
    """Takes whole frames, drops noise, leaves a torn tail; with `no_more` an unfinished frame is noise as well."""
    frames: list[Frame] = []
    at = noise = 0
    while at < len(buffer):
        if buffer[at] == form and at + form.size > len(buffer) and not no_more:
            break
        frame = _frame(form, buffer[at : at + form.size])
        if frame is None:
            at, noise = at + 1, noise + 1
        else:
            frames.append(frame)
            at += form.size
    return Parsed(tuple(frames), buffer[at:], noise)


def _frame(form: Form, said: bytes) -> Frame | None:
    if len(said) < form.size or said[0] != form or said[-1] != END:
        return None
    if form is Form.PLAIN:
        return Frame(said[1], said[2]) if said[2] in KEYS or said[2] in LIT else None
    if crc16_ccitt(said[:4]) != int.from_bytes(said[4:6], "big"):
        return None
    return Frame(said[1], said[3], said[2])
