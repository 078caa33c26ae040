"""Short frames of any maker's pad, one a press, described in devices.toml; pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from devices.checksums import CHECKS, Check


@dataclass(frozen=True, slots=True)
class ShortFrame:
    """`header` any … key … any, then the check over all before it, then `tail`; `size` counts everything."""

    header: bytes
    tail: bytes
    size: int
    key_at: int
    """From the frame's first byte, which is 0."""
    codes: Mapping[int, int]
    """Byte at `key_at` -> key, 1 … 8 from the left."""
    check: Check = "none"

    def fault(self) -> str:
        """Why no such frame can be; empty when it can."""
        body = self.size - len(self.tail) - len(CHECKS[self.check](b""))
        if not len(self.header) <= self.key_at < body:
            return f"key_at: {self.key_at} is not between the header and the check of {self.size} bytes"
        return ""

    def encode(self, code: int) -> bytes:
        body = bytearray(self.size - len(self.tail) - len(CHECKS[self.check](b"")))
        body[: len(self.header)] = self.header
        body[self.key_at] = code
        return bytes(body) + CHECKS[self.check](bytes(body)) + self.tail

    def key(self, said: bytes) -> int | None:
        """The key of one whole frame; None if it is none."""
        end = self.size - len(self.tail)
        check = len(CHECKS[self.check](b""))
        body = said[: end - check]
        if len(said) != self.size or not said.startswith(self.header) or said[end:] != self.tail:
            return None
        return self.codes.get(said[self.key_at]) if CHECKS[self.check](body) == said[end - check : end] else None


@dataclass(frozen=True, slots=True)
class Parsed:
    keys: tuple[int, ...]
    rest: bytes
    """The torn tail: keep it in front of what comes next."""
    noise: int


def parse(shape: ShortFrame, buffer: bytes, *, no_more: bool = False) -> Parsed:
    """Takes whole frames, drops noise, leaves a torn tail; with `no_more` an unfinished frame is noise as well."""
    keys: list[int] = []
    at = noise = 0
    while at < len(buffer):
        left = buffer[at : at + shape.size]
        if len(left) < shape.size and shape.header.startswith(left[: len(shape.header)]) and not no_more:
            break
        key = shape.key(left)
        if key is None:
            at, noise = at + 1, noise + 1
        else:
            keys.append(key)
            at += shape.size
    return Parsed(tuple(keys), buffer[at:], noise)
