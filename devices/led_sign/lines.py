"""Signs that take one line of text at a time, each maker's framing told in devices.toml; pure."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Checksum = Literal["none", "xor", "sum"]


def _xor(data: bytes) -> int:
    value = 0
    for byte in data:
        value ^= byte
    return value


_SUMS: dict[Checksum, Callable[[bytes], bytes]] = {
    "none": lambda _data: b"",
    "xor": lambda data: bytes((_xor(data),)),
    "sum": lambda data: bytes((sum(data) & 0xFF,)),
}


@dataclass(frozen=True, slots=True)
class LineFormat:
    """`before` text `checksum` `after`; the checksum covers `before` and the text. A text is cut at `columns` bytes."""

    before: bytes
    after: bytes
    columns: int
    checksum: Checksum = "none"

    def encode(self, text: bytes) -> bytes:
        said = self.before + text[: self.columns]
        return said + _SUMS[self.checksum](said) + self.after

    def read(self, line: bytes) -> bytes | None:
        """The text of a line that came without its `after`; None if it is none."""
        size = len(_SUMS[self.checksum](b""))
        said, check = (line[:-size], line[-size:]) if size else (line, b"")
        if not said.startswith(self.before) or _SUMS[self.checksum](said) != check:
            return None
        return said.removeprefix(self.before)
