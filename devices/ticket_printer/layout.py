"""Chooses how a sheet goes on paper: in the printer's own letters where it has them all, else as pictures."""

from collections.abc import Iterator
from dataclasses import dataclass

from devices.sheets import Columns, Element, Framed, Line, Qr, Sheet, TickBoxes
from devices.ticket_printer import frames
from devices.ticket_printer.rasterslip import render_raster
from devices.ticket_printer.textslip import render_text
from server.contract.words import Language

_OWN_LETTERS = frozenset({Language.ZH, Language.EN})


@dataclass(frozen=True, slots=True)
class Paper:
    """80 mm paper is mostly 576 dots wide, 58 mm paper 384."""

    dots: int = 576
    chinese_font: bool = True
    """False: the printer has no GB18030 letters, so that everything goes as pictures."""
    raster_budget: int = 12_000
    """Bytes; 12 kB take 12 s at 9600 baud and 1 s at 115200."""
    native_qr: bool = True
    """False: the printer draws no QR codes, they go as pictures."""
    ending: bytes = frames.CUT
    """Cuts the slip off, or brings it to where it is torn off."""


def render(sheet: Sheet, paper: Paper) -> bytes:
    texts = (sheet.copy_mark, *(text for element in sheet.elements for text in _texts(element)))
    own = sheet.language in _OWN_LETTERS and paper.chinese_font and all(frames.has_glyphs(text) for text in texts)
    if own:
        return render_text(sheet, paper.dots, native_qr=paper.native_qr) + paper.ending
    budget = paper.raster_budget - len(paper.ending)
    return render_raster(sheet, paper.dots, budget, native_qr=paper.native_qr) + paper.ending


def _texts(element: Element) -> Iterator[str]:
    match element:
        case Line(text=text):
            yield text
        case Columns(left=left, right=right):
            yield from (left, right)
        case Qr(beside=beside):
            yield from beside
        case TickBoxes(items=items):
            yield from items
        case Framed(lines=lines):
            for line in lines:
                yield from _texts(line)
        case _:
            pass
