"""New ids, with chance drawn in bulk: asking the system for it once a ticket would hold the event loop up."""

import os
import time
from collections.abc import Callable

from server.domain.vocabulary import TicketId

_CHANCE_BYTES = 10
_BULK = 512
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_BASE_32 = str.maketrans(_LETTERS, "0123456789abcdefghijklmnopqrstuv")
_PAIRS = tuple(first + second for first in _LETTERS for second in _LETTERS)


class FreshIds:
    """Ticket ids; belongs to one thread."""

    def __init__(
        self, entropy: Callable[[int], bytes] = os.urandom, wall_ms: Callable[[], int] = lambda: time.time_ns() // 10**6
    ) -> None:
        self._entropy = entropy
        self._wall_ms = wall_ms
        self._drawn = b""
        self._used = 0

    def ticket(self) -> TicketId:
        if self._used >= len(self._drawn):
            self._drawn, self._used = self._entropy(_CHANCE_BYTES * _BULK), 0
        chance = self._drawn[self._used : self._used + _CHANCE_BYTES]
        self._used += _CHANCE_BYTES
        return TicketId(ulid_text(self._wall_ms().to_bytes(6, "big") + chance))


def ulid_text(raw: bytes) -> str:
    """A ULID's 16 bytes as its 26 letters: 130 bits, of which the first two are zero."""
    number = int.from_bytes(raw, "big")
    return "".join([_PAIRS[number >> bits & 1023] for bits in range(120, -1, -10)])


def ulid_bytes(text: str) -> bytes:
    """The 16 bytes of a ULID. ValueError or OverflowError: it is none."""
    return int(text.translate(_BASE_32), 32).to_bytes(16, "big")
