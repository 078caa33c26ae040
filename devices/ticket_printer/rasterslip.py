"""A sheet as pictures of its lines, for Vietnamese, Russian and mixed scripts; only ink is sent."""

from dataclasses import dataclass

from PIL import Image, ImageDraw

from devices.sheets import FIGURE, NUMBER, TITLE, Columns, Element, Feed, Framed, Line, Qr, Rule, Sheet, TickBoxes
from devices.ticket_printer import frames
from devices.ticket_printer.pictures import Face, Picture, draw, ink_top, qr_code, width, wrap

_BODY_PX, _TITLE_PX = 22, 30
_COARSE_BODY_PX, _COARSE_TITLE_PX = 12, 15
_HALF_FIGURE_PX, _HALF_NUMBER_PX = 22, 103
_LEADING_DOTS = 8
_LINE_DOTS = 34
_INSET_DOTS = 24
_QR_MODULE_DOTS = 6
_TICK_BOX_DOTS = 20


def render_raster(sheet: Sheet, dots: int, budget: int, *, native_qr: bool = True) -> bytes:
    """From reset to the last line on `dots`: fine letters from the top as far as `budget` bytes allow, then coarse."""
    mark = (Line(sheet.copy_mark, bold=True, align="right"),) if sheet.copy_mark else ()
    elements = (*mark, *sheet.elements)
    fine = [_Pen(dots, fine=True, native_qr=native_qr).render(element) for element in elements]
    coarse = [_Pen(dots, fine=False, native_qr=native_qr).render(element) for element in elements]
    left = budget - len(frames.INIT)
    upto = len(elements)
    while upto and len(b"".join(fine[:upto] + coarse[upto:])) > left:
        upto -= 1
    return frames.INIT + b"".join(fine[:upto] + coarse[upto:])


@dataclass(frozen=True, slots=True)
class _Pen:
    dots: int
    fine: bool
    native_qr: bool
    inset: int = 0
    """Kept free on both sides, in dots."""

    def render(self, element: Element) -> bytes:
        match element:
            case Line():
                return self.line(element)
            case Columns():
                return self.columns(element)
            case Rule():
                return self.rule(element)
            case Qr():
                return self.code(element)
            case Framed():
                return self.framed(element)
            case TickBoxes():
                return b"".join(self.tick_box(item) for item in element.items)
            case Feed():
                return frames.feed_dots(_LINE_DOTS * element.lines)

    def face(self, size: int, bold: bool, text: str) -> Face:
        if size >= NUMBER:
            return Face(_HALF_NUMBER_PX, bold, 2)
        if size >= FIGURE:
            return Face(_HALF_FIGURE_PX, bold, 2)
        if self.fine or any("\u2e80" <= char < "\uff5f" for char in text):
            return Face(_TITLE_PX if size >= TITLE else _BODY_PX, bold)
        return Face(_COARSE_TITLE_PX if size >= TITLE else _COARSE_BODY_PX, bold, 2, coarse=True)

    def line(self, line: Line) -> bytes:
        text = frames.clean(line.text)
        face = self.face(line.size, line.bold, text)
        room = (self.dots - 2 * self.inset) // face.scale
        while line.size >= NUMBER and width(text, face) > room and face.px > _BODY_PX:
            face = Face(face.px - 1, face.bold, face.scale)
        pieces = wrap(text, face, room)
        return frames.align(line.align) + b"".join(self.ink(piece, face, line.align) for piece in pieces)

    def ink(self, text: str, face: Face, side: str) -> bytes:
        above = max(ink_top(text, face) - face.px // 4, 0) * face.scale if face.px < _HALF_NUMBER_PX else 0
        words = draw(text, face)
        if self.inset and side != "center":
            words = _inset(words, self.inset // face.scale, side)
        picture = Picture.of(words, face.scale).encode()
        leading = max(_LEADING_DOTS // 2, face.px * face.scale // 12)
        return frames.feed_dots(above + leading) + picture + frames.feed_dots(leading)

    def columns(self, columns: Columns) -> bytes:
        left, right = frames.clean(columns.left), frames.clean(columns.right)
        face = self.face(FIGURE if columns.size >= TITLE else columns.size, columns.bold, left + right)
        inset, room = self.inset // face.scale, (self.dots - self.inset) // face.scale
        if width(left, face) + width(right, face) + face.px // 2 > room - inset:
            return self.line(Line(left, columns.size, columns.bold)) + self.line(
                Line(right, columns.size, columns.bold, "right")
            )
        picture = Picture.of(_side_by_side(left, right, face, inset, room), face.scale).encode()
        return frames.align("left") + frames.feed_dots(_LEADING_DOTS) + picture + frames.feed_dots(_LEADING_DOTS // 2)

    def rule(self, rule: Rule) -> bytes:
        line = Image.new("1", (self.dots // 2, 1 if rule.dashed else 2), 1)
        pen = ImageDraw.Draw(line)
        step, ink = (6, 4) if rule.dashed else (1, 1)
        for x in range(0, line.width, step):
            pen.rectangle((x, 0, x + ink - 1, line.height), fill=0)
        feed = frames.feed_dots(_LEADING_DOTS)
        return frames.align("left") + feed + Picture.of(line, 2).encode() + feed

    def framed(self, framed: Framed) -> bytes:
        inner = _Pen(self.dots, self.fine, self.native_qr, _INSET_DOTS)
        inside = b"".join(inner.render(line) for line in framed.lines)
        return self.bracket(opening=True) + inside + self.bracket(opening=False) + frames.feed_dots(_LEADING_DOTS // 2)

    def bracket(self, opening: bool) -> bytes:
        """The upper or lower edge of the box with its round corners; the sides stay open, ink there would cost most."""
        depth = 7
        edge = Image.new("1", (self.dots // 2, depth * 3), 1)
        ImageDraw.Draw(edge).rounded_rectangle((0, 0, edge.width - 1, edge.height - 1), depth, outline=0, width=2)
        part = edge.crop((0, 0, edge.width, depth) if opening else (0, depth * 2, edge.width, depth * 3))
        return frames.align("left") + frames.feed_dots(_LEADING_DOTS // 2) + Picture.of(part, 2).encode()

    def code(self, qr: Qr) -> bytes:
        words = b"".join(self.line(Line(text, bold=nth == 0, align="center")) for nth, text in enumerate(qr.beside))
        code = frames.align("center") + qr_code(qr.data, _QR_MODULE_DOTS, native=self.native_qr)
        return words + frames.feed_dots(_LEADING_DOTS) + code + frames.feed_dots(_LEADING_DOTS)

    def tick_box(self, item: str) -> bytes:
        text = frames.clean(item)
        face = self.face(1, False, text)
        indent = (_TICK_BOX_DOTS + 10) // face.scale
        pieces = wrap(text, face, self.dots // face.scale - indent)
        bands = (_boxed(piece, face, indent, first=nth == 0) for nth, piece in enumerate(pieces))
        feed = frames.feed_dots(_LEADING_DOTS // 2)
        return frames.align("left") + b"".join(feed + Picture.of(band, face.scale).encode() + feed for band in bands)


def _inset(words: Image.Image, dots: int, side: str) -> Image.Image:
    band = Image.new("1", (words.width + dots, words.height), 1)
    band.paste(words, (dots if side == "left" else 0, 0))
    return band


def _side_by_side(left: str, right: str, face: Face, inset: int, room: int) -> Image.Image:
    pictures = draw(left, face), draw(right, face)
    tops = ink_top(left, face), ink_top(right, face)
    top = min(tops)
    height = max(y + picture.height for y, picture in zip(tops, pictures, strict=True)) - top
    band = Image.new("1", (room, height), 1)
    band.paste(pictures[0], (inset, tops[0] - top))
    band.paste(pictures[1], (room - pictures[1].width, tops[1] - top))
    return band


def _boxed(text: str, face: Face, indent: int, first: bool) -> Image.Image:
    words = draw(text, face)
    side = _TICK_BOX_DOTS // face.scale
    band = Image.new("1", (indent + words.width, max(words.height, side)), 1)
    band.paste(words, (indent, 0))
    if first:
        ImageDraw.Draw(band).rectangle((0, 0, side - 1, side - 1), outline=0, width=2 // face.scale)
    return band
