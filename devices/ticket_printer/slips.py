"""What comes out of a printer: reads an ESC/POS stream into slips of paper; pure."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from devices.ticket_printer.happenings import HEADS, Happening, Reset, read


@dataclass(frozen=True, slots=True)
class Look:
    width: int = 1
    height: int = 1
    bold: bool = False
    side: str = "left"


@dataclass(frozen=True, slots=True)
class Words:
    """`x` is the dot they were moved to, None where they follow what is before."""

    text: str
    look: Look
    x: int | None = None


@dataclass(frozen=True, slots=True)
class Newline:
    dots: int


@dataclass(frozen=True, slots=True)
class Dots:
    """A picture as sent; `scale` 2 prints each dot two by two."""

    rows: bytes
    width_bytes: int
    scale: int
    side: str


@dataclass(frozen=True, slots=True)
class Code:
    """A QR code that the printer draws by itself."""

    data: str
    module_dots: int
    side: str


Mark = Words | Newline | Dots | Code


@dataclass(slots=True)
class Slip:
    """Paper from one cut to the next; `cut` is false for a torn end."""

    marks: list[Mark] = field(default_factory=list)
    bytes: int = 0
    cut: bool = False
    ended_at: float = 0.0
    """Machine clock, when its last byte had come."""

    @property
    def text(self) -> str:
        return "".join("\n" if isinstance(m, Newline) else m.text for m in self.marks if isinstance(m, Newline | Words))

    @property
    def codes(self) -> list[str]:
        return [mark.data for mark in self.marks if isinstance(mark, Code)]


_LINE_DOTS = 34
_BEFORE_QR = 6
"""Bytes of GS ( k before the number of its function."""
_SIDES = ("left", "center", "right")
_FIXED = {b"\x1bt": 3, b"\x1bR": 3, b"\x1b!": 3, b"\x1b-": 3, b"\x1b ": 3, b"\x1bM": 3, b"\x1dB": 3}


class Reader:
    """Takes bytes as they come; a command that is not complete yet waits for its rest."""

    def __init__(self) -> None:
        self.slip = Slip()
        self.slips: list[Slip] = []
        self._buffer = b""
        self._reset()
        self._verbs: dict[bytes, Callable[[bytes], int]] = {
            b"\x1ba": self._align,
            b"\x1bE": self._bold,
            b"\x1bJ": self._feed,
            b"\x1b3": self._spacing,
            b"\x1b2": self._spacing_reset,
            b"\x1b$": self._move,
            b"\x1d!": self._size,
            b"\x1d(": self._function,
            b"\x1dv": self._raster,
            b"\x1c&": self._chinese_on,
            b"\x1c.": self._chinese_off,
        }

    def _reset(self) -> None:
        self._look, self._spacing_dots = Look(), _LINE_DOTS
        self._x: int | None = None
        self._chinese, self._module, self._code = False, 3, ""

    def take(self, data: bytes) -> None:
        self._buffer += data

    def clear(self) -> None:
        """Forgets what is not printed yet, and the command it was in."""
        self._buffer = b""
        self._reset()

    @property
    def waiting(self) -> bool:
        return bool(self._buffer)

    def step(self) -> Happening | bool:
        """Handles one command: what it asks of the machine, True for any other, False when a rest is missing."""
        head = self._buffer[:2]
        if not head or (head[0] in b"\x1b\x1d\x1c\x10" and len(head) < 2):
            return False
        if head in HEADS:
            length, happened = read(self._buffer)
            if length > len(self._buffer):
                return False
            self._use(length)
            if isinstance(happened, Reset):
                self._reset()
            return happened
        length = self._length(head)
        if length > len(self._buffer) or length == 0:
            return False
        self._use(length)
        return True

    def _length(self, head: bytes) -> int:
        if verb := self._verbs.get(head):
            return verb(self._buffer)
        if head[0] in b"\x1b\x1d\x1c\x10":
            return _FIXED.get(head, 2)
        return self._print(self._buffer)

    def _use(self, length: int) -> None:
        self.slip.bytes += length
        self._buffer = self._buffer[length:]

    def tear(self, cut: bool) -> Slip:
        """Ends the slip; an empty one is no slip."""
        done, self.slip = self.slip, Slip()
        done.cut = cut
        if done.marks:
            self.slips.append(done)
        return done

    def _print(self, data: bytes) -> int:
        if data[0] < 0x20:
            if data[0] == 0x0A:
                self.slip.marks.append(Newline(max(self._spacing_dots, 24 * self._look.height)))
                self._x = None
            return 1
        if self._chinese and data[0] > 0x80:
            if len(data) < 2:
                return 0
            return self._words(data[:2].decode("gb18030", "replace"), 2)
        return self._words(chr(data[0]) if data[0] < 0x7F else "?", 1)

    def _words(self, text: str, length: int) -> int:
        last = self.slip.marks[-1] if self.slip.marks else None
        if isinstance(last, Words) and last.look == self._look and self._x is None:
            self.slip.marks[-1] = Words(last.text + text, last.look, last.x)
        else:
            self.slip.marks.append(Words(text, self._look, self._x))
        self._x = None
        return length

    def _align(self, data: bytes) -> int:
        if len(data) >= 3:
            self._look = replace(self._look, side=_SIDES[data[2] % 3])
        return 3

    def _bold(self, data: bytes) -> int:
        if len(data) >= 3:
            self._look = replace(self._look, bold=bool(data[2] & 1))
        return 3

    def _size(self, data: bytes) -> int:
        if len(data) >= 3:
            self._look = replace(self._look, width=(data[2] >> 4 & 7) + 1, height=(data[2] & 7) + 1)
        return 3

    def _feed(self, data: bytes) -> int:
        if len(data) >= 3:
            self.slip.marks.append(Newline(data[2]))
        return 3

    def _spacing(self, data: bytes) -> int:
        if len(data) >= 3:
            self._spacing_dots = data[2]
        return 3

    def _spacing_reset(self, _data: bytes) -> int:
        self._spacing_dots = _LINE_DOTS
        return 2

    def _move(self, data: bytes) -> int:
        if len(data) >= 4:
            self._x = int.from_bytes(data[2:4], "little")
        return 4

    def _chinese_on(self, _data: bytes) -> int:
        self._chinese = True
        return 2

    def _chinese_off(self, _data: bytes) -> int:
        self._chinese = False
        return 2

    def _function(self, data: bytes) -> int:
        if len(data) < 5:
            return 5
        length = 5 + int.from_bytes(data[3:5], "little")
        if len(data) >= length > _BEFORE_QR and data[2:3] == b"k" and data[5:6] == b"1":
            self._qr(data[6], data[7:length])
        return length

    def _qr(self, function: int, rest: bytes) -> None:
        if function == 0x43 and rest:
            self._module = rest[0]
        elif function == 0x50:
            self._code = rest[1:].decode("ascii", "replace")
        elif function == 0x51:
            self.slip.marks.append(Code(self._code, self._module, self._look.side))

    def _raster(self, data: bytes) -> int:
        if len(data) < 8:
            return 8
        width, height = int.from_bytes(data[4:6], "little"), int.from_bytes(data[6:8], "little")
        length = 8 + width * height
        if len(data) >= length:
            scale = 2 if data[3] & 3 == 3 else 1
            self.slip.marks.append(Dots(data[8:length], max(width, 1), scale, self._look.side))
        return length
