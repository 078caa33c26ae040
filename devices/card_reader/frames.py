"""The frames of a reader of second-generation identity cards (SAM_V module, 115200 8N1); pure.

    AA AA AA 96 69 | size (2) | command, parameter | check         to the reader
    AA AA AA 96 69 | size (2) | status (3) | data  | check         its answer

Size counts from behind itself to the check; the check is the XOR of everything from the size on. Commands, statuses
and lengths as many public programs have them; the checks were computed anew.
"""

from dataclasses import dataclass
from enum import IntEnum
from functools import reduce
from operator import xor

HEADER = bytes.fromhex("AAAAAA9669")
TEXT, PHOTO = 256, 1024
_LENGTHS = 4
MOST = 3 + _LENGTHS + TEXT + PHOTO + 1
"""Size of the largest answer, a card's; with its header and size it has 1295 bytes."""
WHOLE = len(HEADER) + 2 + MOST


class Command(IntEnum):
    STATE = 0x11FF
    FIND = 0x2001
    SELECT = 0x2002
    READ = 0x3001


class Status(IntEnum):
    DONE = 0x000090
    FOUND = 0x00009F
    NO_CARD = 0x000080
    NOT_SELECTED = 0x000081
    NOT_READ = 0x000041
    BROKEN = 0x000060


@dataclass(frozen=True, slots=True)
class Answer:
    """Where an answer stands in its buffer: nothing of a card's data is copied."""

    status: int
    start: int
    end: int
    """`start` to `end`: its data."""


@dataclass(frozen=True, slots=True)
class Parsed:
    answers: tuple[Answer, ...]
    used: int
    """Bytes from the front that were answers or noise; what follows is the torn tail."""
    noise: int
    wrong_checks: int


def command(order: Command) -> bytes:
    return _framed(order.to_bytes(2, "big"))


def answer(status: int, data: bytes = b"") -> bytes:
    """As a reader says it."""
    return _framed(status.to_bytes(3, "big") + data)


def parse(buffer: bytes | memoryview, *, no_more: bool = False) -> Parsed:
    """Finds whole answers, passes over noise, leaves a torn tail; with `no_more` an unfinished answer is noise."""
    answers: list[Answer] = []
    at = noise = wrong = 0
    while at < len(buffer):
        end = _end(buffer, at)
        if end is not None and end > len(buffer) and not no_more:
            break
        if end is None or end > len(buffer):
            at, noise = at + 1, noise + 1
        elif reduce(xor, buffer[at + len(HEADER) : end], 0):
            at, noise, wrong = at + 1, noise + 1, wrong + 1
        else:
            start = at + len(HEADER) + 5
            answers.append(Answer(int.from_bytes(buffer[start - 3 : start], "big"), start, end - 1))
            at = end
    return Parsed(tuple(answers), at, noise, wrong)


def _end(buffer: bytes | memoryview, at: int) -> int | None:
    """Where the frame that begins here ends; beyond what has come yet where it is torn; None: none begins here."""
    known = buffer[at : at + len(HEADER)]
    if known != HEADER[: len(known)]:
        return None
    sized = at + len(HEADER) + 2
    if len(buffer) < sized:
        return sized + 4
    size = int.from_bytes(buffer[sized - 2 : sized], "big")
    return sized + size if 4 <= size <= MOST else None


def _framed(body: bytes) -> bytes:
    sized = (len(body) + 1).to_bytes(2, "big") + body
    return HEADER + sized + bytes((reduce(xor, sized),))
