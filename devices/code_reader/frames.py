"""What a code reader sends: the letters of the code, then CR or CR LF; pure.

A reader that plays a keyboard types the same, Enter being the CR.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from devices.hid import ENTERS, PLAIN, SHIFTED, SHIFTS, KeyEvent, Lost

MOST = 256
"""Letters of a code: more than any address on a slip has."""
_PRINTABLE = frozenset(range(0x20, 0x7F))
_NO_LETTER = b"\x00"


@dataclass(frozen=True, slots=True)
class Parsed:
    codes: tuple[str, ...]
    """An empty one was too long, or had letters that no address has."""
    rest: bytes
    """The torn tail, never longer than it takes to know that it is too long: keep it in front of what comes next."""


def encode(text: str) -> bytes:
    return text.encode() + b"\r"


def parse(buffer: bytes, *, no_more: bool = False) -> Parsed:
    """Takes whole codes and leaves a torn tail; with `no_more` an unfinished code is dropped."""
    *lines, tail = buffer.replace(b"\n", b"\r").split(b"\r")
    return Parsed(tuple(_text(line) for line in lines if line), b"" if no_more else tail[: MOST + 1])


def _text(line: bytes) -> str:
    return line.decode("ascii").strip() if len(line) <= MOST and _PRINTABLE.issuperset(line) else ""


class Typist:
    """Turns keys into the bytes that a serial reader would have sent."""

    def __init__(self) -> None:
        self._shifts: set[int] = set()

    def bytes_of(self, events: Iterable[KeyEvent | Lost]) -> bytes:
        return b"".join(map(self._byte, events))

    def _byte(self, event: KeyEvent | Lost) -> bytes:
        if isinstance(event, Lost):
            self._shifts.clear()
            return _NO_LETTER
        if event.code in SHIFTS:
            (self._shifts.add if event.down else self._shifts.discard)(event.code)
            return b""
        if not event.down:
            return b""
        if event.code in ENTERS:
            return b"\r"
        letter = (SHIFTED if self._shifts else PLAIN).get(event.code)
        return letter.encode() if letter else _NO_LETTER
