"""How much paper a slip takes, from its bytes; pure."""

from dataclasses import dataclass

from devices.ticket_printer.happenings import PRESENT, Cut, Present
from devices.ticket_printer.slips import Code, Dots, Newline, Reader

DOTS_A_MM = 8
"""203 dpi."""
_BYTES_AT_M = (14, 26, 42, 62, 84, 106, 122, 152, 180, 213)
"""That a QR code of version 1 to 10 holds at correction M (ISO/IEC 18004, table 7)."""


@dataclass(frozen=True, slots=True)
class Used:
    dots: int
    cuts: int
    fed: int
    """Cuts to which the printer brings the paper by itself."""


def measure(data: bytes) -> Used:
    reader = Reader()
    reader.take(data)
    cuts = fed = 0
    while (happened := reader.step()) is not False:
        match happened:
            case Cut(feeds=feeds):
                cuts, fed = cuts + 1, fed + feeds
            case Present(n=n):
                cuts, fed = cuts + (n == PRESENT), fed + (n == PRESENT)
            case _:
                pass
    return Used(sum(_dots(mark) for mark in reader.slip.marks), cuts, fed)


def _dots(mark: object) -> int:
    match mark:
        case Newline(dots=dots):
            return dots
        case Dots():
            return len(mark.rows) // mark.width_bytes * mark.scale
        case Code():
            version = next((n for n, most in enumerate(_BYTES_AT_M, 1) if len(mark.data) <= most), len(_BYTES_AT_M))
            return (17 + 4 * version) * mark.module_dots
        case _:
            return 0
