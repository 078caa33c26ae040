"""A printed slip as an eye sees it: a picture of the paper, and the big number read from it."""

from dataclasses import dataclass, field
from functools import cache
from itertools import groupby

from PIL import Image, ImageDraw

from devices.ticket_printer.pictures import Face, draw, font, qr_image
from devices.ticket_printer.slips import Code, Dots, Newline, Slip, Words

_NUMBER_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_STROKES = {
    "─": ((0, 11, 24, 12),),
    "│": ((11, 0, 13, 23),),
    "┌": ((11, 11, 24, 12), (11, 11, 13, 23)),
    "┐": ((0, 11, 13, 12), (11, 11, 13, 23)),
    "└": ((11, 11, 24, 12), (11, 0, 13, 12)),
    "┘": ((0, 11, 13, 12), (11, 0, 13, 12)),
}
"""Left, top, right, bottom in a cell of 24 by 24: what printers draw to the cell's edge."""
_NUMBER_FACE = Face(103, bold=True)
_BIG_DOTS = 100


def picture_of(slip: Slip, dots: int = 576) -> Image.Image:
    """Black on white, as wide as the paper."""
    paper = _Paper(dots)
    for mark in slip.marks:
        match mark:
            case Words():
                paper.line.append(mark)
            case Newline():
                paper.newline(mark.dots)
            case Dots():
                paper.place(_unpack(mark), mark.side)
            case Code():
                paper.place(_code(mark), mark.side)
    return paper.image.crop((0, 0, dots, max(paper.y, 1)))


def number_on(slip: Slip) -> str:
    """The ticket's number as a person reads it: the biggest letters on the slip, "" where there are none."""
    tall = [m for m in slip.marks if isinstance(m, Words) and m.look.height >= 5]
    if tall:
        return "".join(words.text for words in tall).strip()
    big = [m for m in slip.marks if isinstance(m, Dots) and len(m.rows) // m.width_bytes * m.scale >= _BIG_DOTS]
    return _read(_unpack(big[0], scaled=False)) if big else ""


@dataclass(slots=True)
class _Paper:
    dots: int
    y: int = 0
    line: list[Words] = field(default_factory=list)
    image: Image.Image = field(init=False)

    def __post_init__(self) -> None:
        self.image = Image.new("1", (self.dots, 8000), 1)

    def newline(self, dots: int) -> None:
        if self.line:
            pictures = [_letters(words) for words in self.line]
            width = sum(picture.width for picture in pictures)
            x = {"left": 0, "center": (self.dots - width) // 2, "right": self.dots - width}[self.line[0].look.side]
            for words, picture in zip(self.line, pictures, strict=True):
                x = x if words.x is None else words.x
                self.image.paste(picture, (x, self.y))
                x += picture.width
            dots = max(dots, *(picture.height for picture in pictures))
        self.line = []
        self.y += dots

    def place(self, picture: Image.Image, side: str) -> None:
        gap = self.dots - picture.width
        self.image.paste(picture, ({"left": 0, "center": gap // 2, "right": gap}[side], self.y))
        self.y += picture.height


def _letters(words: Words) -> Image.Image:
    """In cells of 12 by 24 dots, hanzi in two, stretched as the printer does."""
    cells = [12 if char <= "~" else 24 for char in words.text]
    image = Image.new("1", (sum(cells), 24), 1)
    pen = ImageDraw.Draw(image)
    pen.fontmode = "1"
    x = 0
    for char, cell in zip(words.text, cells, strict=True):
        if strokes := _STROKES.get(char):
            for left, top, right, bottom in strokes:
                pen.rectangle((x + left * cell // 24, top, x + right * cell // 24 - 1, bottom), fill=0)
        else:
            pen.text((x + cell // 2, 12), char, font=font(Face(22, words.look.bold)), fill=0, anchor="mm")
        x += cell
    return image.resize((image.width * words.look.width, 24 * words.look.height), Image.Resampling.NEAREST)


def _code(code: Code) -> Image.Image:
    image = qr_image(code.data)
    return image.resize((image.width * code.module_dots,) * 2, Image.Resampling.NEAREST)


def _unpack(mark: Dots, scaled: bool = True) -> Image.Image:
    height = len(mark.rows) // mark.width_bytes
    image = Image.frombytes("1", (mark.width_bytes * 8, height), bytes(byte ^ 0xFF for byte in mark.rows))
    scale = mark.scale if scaled else 1
    return image.resize((image.width * scale, height * scale), Image.Resampling.NEAREST)


def _read(image: Image.Image) -> str:
    """Reads big bold letters by laying each known one over what is on the paper."""
    columns, _ = _inked(image).getprojection()
    spans = [[x for x, _ in run] for ink, run in groupby(enumerate(columns), key=lambda pair: pair[1]) if ink]
    return "".join(_closest(_ink(image.crop((span[0], 0, span[-1] + 1, image.height)))) for span in spans)


def _inked(image: Image.Image) -> Image.Image:
    return image.convert("L").point(lambda value: 255 - value)


def _ink(image: Image.Image) -> Image.Image:
    box = _inked(image).getbbox()
    return image.crop(box) if box else image


def _closest(letter: Image.Image) -> str:
    same = _squared(letter)
    ratio = letter.width / letter.height

    def unlike(char: str) -> float:
        known, known_ratio = _known(char)
        return (known ^ same).bit_count() + abs(ratio - known_ratio) * 200

    return min(_NUMBER_LETTERS, key=unlike)


def _squared(letter: Image.Image) -> int:
    return int.from_bytes(letter.resize((32, 48), Image.Resampling.NEAREST).tobytes(), "big")


@cache
def _known(char: str) -> tuple[int, float]:
    letter = _ink(draw(char, _NUMBER_FACE))
    return _squared(letter), letter.width / letter.height
