"""The bytes of ESC/POS that a ticket needs, and the meaning of the printer's answers; pure."""

from devices.health import Cause

INIT = b"\x1b@"
KANJI_ON, KANJI_OFF = b"\x1c&", b"\x1c."
FULL_CUT, PARTIAL_CUT = b"\x1dV\x00", b"\x1dV\x01"
"""Where the paper stands; what is between head and blade must be fed before."""
CUT = b"\x1dVB\x00"
"""Feeds to the blade and cuts all but a bridge, so that the slip does not fall."""
ASB_ON = b"\x1da\x0e"
"""Status unasked (GS a) when on line, errors or paper change, and once at once; ends with ESC @."""
ASB_BLOCK = 4
MARKER = b"\x1dr\x01"
"""Buffered, so its answer says: everything before was handled."""
LINE_SPACING_RESET = b"\x1b2"
CLEAR_AND_RECOVER = b"\x10\x05\x02"
"""DLE ENQ 2: out of an error such as a jammed cutter, whose cause was taken away; what was left to print is dropped."""
STATUS_QUESTIONS = (1, 2, 3, 4)

_TYPOGRAPHY = str.maketrans({"–": "-", "—": "-", "−": "-", "\u00a0": " ", "\u202f": " ", "’": "'", "‘": "'"})
_REALTIME = ((b"\x10\x04", b"\x10\x0c"), (b"\x10\x05", b"\x10\x0d"), (b"\x10\x14", b"\x10\x1c"))
_PAPER_END_AT_MARKER = 0x0C
_NEAR_END_AT_MARKER = 0x03


def ask(n: int) -> bytes:
    return bytes((0x10, 0x04, n))


def is_status(byte: int) -> bool:
    """True for the form 0xx1xx10 that every answer to DLE EOT has."""
    return byte & 0x93 == 0x12


def is_marker(byte: int) -> bool:
    """True for the form 0xx0xxxx of an answer to GS r."""
    return byte & 0x90 == 0


def begins_block(byte: int) -> bool:
    """True for the form 0xx1xx00 that the first byte of a status block has."""
    return byte & 0x93 == 0x10


class Sorter:
    """Tells the blocks that a printer says unasked from its answers, however the reads cut them.

    A block's other bytes have the form 0xx0xxxx, so that an answer to DLE EOT or an XOFF in its middle is known.
    """

    def __init__(self, *, unasked: bool) -> None:
        self._unasked = unasked
        self._block = b""

    def take(self, data: bytes) -> tuple[bytes, list[bytes]]:
        """-> what is no part of a block, and the blocks that are whole now."""
        rest, blocks = bytearray(), list[bytes]()
        for byte in data:
            if self._block and byte & 0x90 == 0:
                self._block += bytes((byte,))
                if len(self._block) == ASB_BLOCK:
                    blocks.append(self._block)
                    self._block = b""
            elif self._unasked and begins_block(byte):
                self._block = bytes((byte,))
            else:
                rest.append(byte)
        return bytes(rest), blocks


def read_block(block: bytes) -> frozenset[Cause]:
    """The causes in the four bytes of automatic status (GS a)."""
    table = (
        ((0x08, Cause.OFFLINE), (0x20, Cause.COVER_OPEN)),
        ((0x08, Cause.CUTTER), (0x64, Cause.ERROR)),
        ((0x0C, Cause.PAPER_OUT), (0x03, Cause.PAPER_NEAR_END)),
    )
    return frozenset(cause for bits, byte in zip(table, block, strict=False) for mask, cause in bits if byte & mask)


def read_status(n: int, byte: int) -> frozenset[Cause]:
    """The causes in the answer `byte` to question `n` of DLE EOT."""
    table = {
        1: ((0x08, Cause.OFFLINE),),
        2: ((0x04, Cause.COVER_OPEN), (0x20, Cause.PAPER_OUT), (0x40, Cause.ERROR)),
        3: ((0x08, Cause.CUTTER), (0x64, Cause.ERROR)),
        4: ((0x60, Cause.PAPER_OUT), (0x0C, Cause.PAPER_NEAR_END)),
    }
    found = {cause for mask, cause in table[n] if byte & mask}
    return frozenset(found)


def settle(causes: frozenset[Cause]) -> frozenset[Cause]:
    """Drops what another cause explains: an open cover is offline too, no paper is near its end too."""
    plain = causes & {Cause.PAPER_OUT, Cause.COVER_OPEN, Cause.CUTTER}
    settled = causes - {Cause.OFFLINE, Cause.ERROR} if plain else causes
    return settled - {Cause.PAPER_NEAR_END} if Cause.PAPER_OUT in settled else settled


def read_marker(byte: int) -> frozenset[Cause]:
    if byte & _PAPER_END_AT_MARKER:
        return frozenset({Cause.PAPER_OUT})
    return frozenset({Cause.PAPER_NEAR_END}) if byte & _NEAR_END_AT_MARKER else frozenset()


def clean(text: str) -> str:
    """Takes out everything that a printer could take for a command, and the typography it has no glyph for."""
    return "".join(c for c in text.translate(_TYPOGRAPHY) if c.isprintable())


def has_glyphs(text: str) -> bool:
    """True if the printer's own fonts can show `text`: ASCII and the hanzi and signs of GBK."""
    return all(_is_ascii(c) or _is_chinese(c) for c in clean(text))


def encode(text: str) -> bytes:
    """`text` for a printer in Chinese mode, where ASCII prints as itself; what has no glyph becomes a question mark."""
    return "".join(c if _is_ascii(c) or _is_chinese(c) else "?" for c in clean(text)).encode("gb18030")


def cells(text: str) -> int:
    """Width of `text` in half-width columns."""
    return sum(1 if _is_ascii(c) else 2 for c in clean(text))


def size(width: int, height: int) -> bytes:
    """Times normal, 1 to 8."""
    return bytes((0x1D, 0x21, (width - 1) << 4 | (height - 1)))


def bold(on: bool) -> bytes:
    return bytes((0x1B, 0x45, on))


def align(side: str) -> bytes:
    return bytes((0x1B, 0x61, ("left", "center", "right").index(side)))


def at_dot(x: int) -> bytes:
    """Moves to a dot from the left edge, within the line."""
    return b"\x1b$" + x.to_bytes(2, "little")


def feed_dots(dots: int) -> bytes:
    whole, rest = divmod(dots, 255)
    return b"\x1bJ\xff" * whole + (bytes((0x1B, 0x4A, rest)) if rest else b"")


def line_spacing(dots: int) -> bytes:
    return bytes((0x1B, 0x33, dots))


def qr(data: str, module_dots: int) -> bytes:
    """The printer's own QR code, correction M."""
    body = clean(data).encode("ascii", "replace")
    return (
        bytes((0x1D, 0x28, 0x6B, 3, 0, 0x31, 0x43, module_dots))
        + b"\x1d(k\x03\x001E1"
        + b"\x1d(k"
        + (len(body) + 3).to_bytes(2, "little")
        + b"1P0"
        + body
        + b"\x1d(k\x03\x001Q0"
    )


def raster(rows: bytes, width_bytes: int, doubled: bool = False) -> bytes:
    """A picture, one bit a dot, black is 1; `doubled` prints each dot as two by two.

    A row that happens to hold a real-time command gets one dot more, since printers obey these even inside pictures.
    """
    height = len(rows) // width_bytes
    head = b"\x1dv0" + bytes((3 if doubled else 0,)) + width_bytes.to_bytes(2, "little") + height.to_bytes(2, "little")
    for command, harmless in _REALTIME:
        rows = rows.replace(command, harmless)
    return head + rows


def _is_ascii(char: str) -> bool:
    return " " <= char <= "~"


def _is_chinese(char: str) -> bool:
    try:
        code = char.encode("gb18030")
    except UnicodeEncodeError:
        return False
    return len(code) == 2 and not "\u00a0" < char < "\u2010"
