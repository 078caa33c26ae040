"""A sheet in the printer's own letters: few bytes, for Chinese and English."""

from dataclasses import dataclass, field

from devices.sheets import NUMBER, Columns, Feed, Framed, Line, Qr, Rule, Sheet, TickBoxes
from devices.ticket_printer import frames
from devices.ticket_printer.pictures import qr_code

_CELL_DOTS = 12
_HANZI_DOTS = 24
_LINE_DOTS = 34
_NUMBER_SCALE = _STRETCH = 8
_QR_MODULE_DOTS = 6
_TICK_BOX, _SIDE = "□", "│"
_UPPER, _LOWER = ("┌", "┐"), ("└", "┘")
_NORMAL = (1, 1)


@dataclass(slots=True)
class _Pen:
    """Writes commands only where size, weight or side change."""

    dots: int
    native_qr: bool = True
    out: bytearray = field(default_factory=lambda: bytearray(frames.INIT + frames.KANJI_ON))
    size: tuple[int, int] = _NORMAL
    bold: bool = False
    side: str = "left"

    def look(self, size: tuple[int, int] = _NORMAL, bold: bool = False, side: str = "left") -> None:
        if side != self.side:
            self.out += frames.align(side)
        if size != self.size:
            self.out += frames.size(*size)
        if bold != self.bold:
            self.out += frames.bold(bold)
        self.size, self.bold, self.side = size, bold, side

    def words(self, text: str) -> None:
        self.out += frames.encode(text)

    def newline(self) -> None:
        self.out += b"\n"

    def width(self, text: str) -> int:
        return frames.cells(text) * _CELL_DOTS * self.size[0]

    def wrapped(self, text: str, room_dots: int | None = None) -> None:
        for piece in wrap_cells(text, (room_dots or self.dots) // (_CELL_DOTS * self.size[0])):
            self.words(piece)
            self.newline()


def render_text(sheet: Sheet, dots: int, *, native_qr: bool = True) -> bytes:
    """The bytes of `sheet` on paper `dots` wide, from reset to the last line."""
    pen = _Pen(dots, native_qr)
    if sheet.copy_mark:
        _line(pen, Line(sheet.copy_mark, bold=True, align="right"))
    for element in sheet.elements:
        _render(pen, element)
    pen.look()
    return bytes(pen.out) + frames.KANJI_OFF


def _render(pen: _Pen, element: object) -> None:
    match element:
        case Line():
            _line(pen, element)
        case Columns():
            _columns(pen, element)
        case Rule():
            _rule(pen, element)
        case Qr():
            _qr(pen, element)
        case Framed():
            _framed(pen, element)
        case TickBoxes():
            pen.look()
            for item in element.items:
                pen.wrapped(f"{_TICK_BOX} {item}")
        case Feed():
            pen.out += frames.feed_dots(_LINE_DOTS * element.lines)
        case _:
            raise TypeError(f"no such element on paper: {element!r}")


def _scale(size: int) -> tuple[int, int]:
    times = _NUMBER_SCALE if size >= NUMBER else min(size, 2)
    return (times, times)


def _line(pen: _Pen, line: Line) -> None:
    times, _ = _scale(line.size)
    while times > 1 and frames.cells(line.text) * times * _CELL_DOTS > pen.dots:
        times -= 1
    pen.look((times, times), line.bold, line.align)
    pen.wrapped(line.text)
    if times > 1:
        pen.out += frames.feed_dots(_LINE_DOTS - _HANZI_DOTS)


def _columns(pen: _Pen, columns: Columns) -> None:
    pen.look(_scale(columns.size), columns.bold)
    x = pen.dots - pen.width(columns.right)
    if x < pen.width(columns.left) + _CELL_DOTS:
        pen.wrapped(columns.left)
        pen.look(pen.size, columns.bold, "right")
        pen.wrapped(columns.right)
        return
    pen.words(columns.left)
    pen.out += frames.at_dot(x)
    pen.words(columns.right)
    pen.newline()


def _rule(pen: _Pen, rule: Rule) -> None:
    """Stretched: a line across the paper in a handful of bytes. Of the strokes only the hanzi's meet each other."""
    pen.look((_STRETCH, 1))
    stroke, wide = ("-", _CELL_DOTS) if rule.dashed else ("─", _HANZI_DOTS)
    pen.words(stroke * (pen.dots // (wide * _STRETCH)))
    pen.newline()


def _framed(pen: _Pen, framed: Framed) -> None:
    pen.look()
    pen.out += frames.line_spacing(_HANZI_DOTS)
    _edge(pen, _UPPER)
    for line in framed.lines:
        _inside(pen, line)
    _edge(pen, _LOWER)
    pen.out += frames.LINE_SPACING_RESET


def _edge(pen: _Pen, corners: tuple[str, str]) -> None:
    """Corners in their own width, the stroke between them stretched."""
    pen.look()
    pen.words(corners[0])
    cells = pen.dots // _HANZI_DOTS - 2
    while cells:
        stretch = min(cells, _STRETCH)
        strokes = cells // stretch
        pen.look((stretch, 1))
        pen.words("─" * strokes)
        cells -= strokes * stretch
    pen.look()
    pen.words(corners[1])
    pen.newline()


def _inside(pen: _Pen, line: Line | Columns) -> None:
    """One line between the sides of the frame, in several rows where it does not fit."""
    room_cells = (pen.dots - 2 * _HANZI_DOTS) // (_CELL_DOTS * _scale(line.size)[0]) - 2
    if isinstance(line, Columns):
        if frames.cells(line.left + line.right) < room_cells:
            _row(pen, line, line.left, line.right)
            return
        _inside(pen, Line(line.left, line.size, line.bold))
        _inside(pen, Line(line.right, line.size, line.bold, "right"))
        return
    for piece in wrap_cells(line.text, room_cells):
        _row(pen, line, piece)


def _row(pen: _Pen, line: Line | Columns, left: str, right: str = "") -> None:
    """The sides are as high as the words between them."""
    scale = _scale(line.size)
    side = line.align if isinstance(line, Line) else "left"
    pen.look((1, scale[1]), line.bold)
    pen.words(f"{_SIDE} " if side == "left" else _SIDE)
    pen.look(scale, line.bold)
    if side == "left":
        pen.words(left)
    else:
        free = pen.dots - 2 * _HANZI_DOTS - pen.width(left)
        pen.out += frames.at_dot(_HANZI_DOTS + (free // 2 if side == "center" else free))
        pen.words(left)
    if right:
        pen.out += frames.at_dot(pen.dots - _HANZI_DOTS - _CELL_DOTS - pen.width(right))
        pen.words(right)
    pen.look((1, scale[1]), line.bold)
    pen.out += frames.at_dot(pen.dots - _HANZI_DOTS)
    pen.words(_SIDE)
    pen.newline()


def _qr(pen: _Pen, qr: Qr) -> None:
    for nth, words in enumerate(qr.beside):
        pen.look(bold=nth == 0, side="center")
        pen.wrapped(words)
    pen.look(side="center")
    pen.out += qr_code(qr.data, _QR_MODULE_DOTS, native=pen.native_qr)
    pen.newline()


def wrap_cells(text: str, room: int) -> list[str]:
    """Cuts after `room` half-width columns, at a space where one is near."""
    lines: list[str] = []
    rest = frames.clean(text)
    while frames.cells(rest) > room:
        end = 1
        while frames.cells(rest[: end + 1]) <= room:
            end += 1
        space = rest.rfind(" ", end // 2, end + 1)
        end = space if space > 0 else end
        lines.append(rest[:end])
        rest = rest[end:].lstrip(" ")
    return [*lines, rest]
