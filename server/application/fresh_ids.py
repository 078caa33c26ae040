"""New ids (ULID: ten letters of time, sixteen of chance); chance is drawn and written in bulk, not once a ticket."""

import os
import time
from collections.abc import Callable

from server.domain.vocabulary import TicketId

_CHANCE = 16
_BULK = 512
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_BASE_32 = str.maketrans(_LETTERS, "0123456789abcdefghijklmnopqrstuv")
_PAIRS = tuple(first + second for first in _LETTERS for second in _LETTERS)
_LETTER_OF = (_LETTERS * 8).encode()
"""Of each byte: 256 of them make every letter equally likely."""


class FreshIds:
    """Ticket ids; belongs to one thread."""

    def __init__(
        self, entropy: Callable[[int], bytes] = os.urandom, wall_ms: Callable[[], int] = lambda: time.time_ns() // 10**6
    ) -> None:
        self._entropy = entropy
        self._wall_ms = wall_ms
        self._drawn = ""
        self._used = 0

    def ticket(self) -> TicketId:
        if self._used >= len(self._drawn):
            self._drawn, self._used = self._entropy(_CHANCE * _BULK).translate(_LETTER_OF).decode(), 0
        chance = self._drawn[self._used : self._used + _CHANCE]
        self._used += _CHANCE
        return TicketId(_in_letters(self._wall_ms(), 10) + chance)


def ulid_text(raw: bytes) -> str:
    """A ULID's 16 bytes as its 26 letters: 130 bits, of which the first two are zero."""
    return _in_letters(int.from_bytes(raw, "big"), 26)


def ulid_bytes(text: str) -> bytes:
    """The 16 bytes of a ULID. ValueError or OverflowError: it is none."""
    return int(text.translate(_BASE_32), 32).to_bytes(16, "big")


def _in_letters(number: int, count: int) -> str:
    """Five bits each, two letters at a time."""
    return "".join([_PAIRS[number >> bits & 1023] for bits in range(5 * count - 10, -1, -10)])
