"""Words as black dots, for the languages that a printer has no glyphs for."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import qrcode
from PIL import Image, ImageDraw, ImageFont

from devices.errors import DeviceError
from devices.ticket_printer import frames

_SC_FACE = 2
"""The simplified Chinese face in Noto's collection; face 0 draws Japanese forms."""
_NOTO, _DEJAVU, _WINDOWS = "/usr/share/fonts/opentype/noto/", "/usr/share/fonts/truetype/dejavu/", "C:/Windows/Fonts/"
_FINE = {
    False: ((_NOTO + "NotoSansCJK-Regular.ttc", _SC_FACE), (_WINDOWS + "msyh.ttc", 0), (_DEJAVU + "DejaVuSans.ttf", 0)),
    True: (
        (_NOTO + "NotoSansCJK-Bold.ttc", _SC_FACE),
        (_WINDOWS + "msyhbd.ttc", 0),
        (_DEJAVU + "DejaVuSans-Bold.ttf", 0),
    ),
}
_COARSE = {
    False: ((_DEJAVU + "DejaVuSans.ttf", 0), (_WINDOWS + "verdana.ttf", 0), *_FINE[False]),
    True: ((_DEJAVU + "DejaVuSans-Bold.ttf", 0), (_WINDOWS + "verdanab.ttf", 0), *_FINE[True]),
}


@dataclass(frozen=True, slots=True)
class Face:
    """Letters `px` high; with scale 2 the printer doubles each dot, a quarter of the bytes for twice the height."""

    px: int
    bold: bool = False
    scale: int = 1
    coarse: bool = False
    """Drawn in letters made for few dots."""


@dataclass(frozen=True, slots=True)
class Picture:
    """Rows of whole bytes, black is 1."""

    rows: bytes
    width_bytes: int
    scale: int = 1

    @classmethod
    def of(cls, image: Image.Image, scale: int = 1) -> "Picture":
        """Packs a black-on-white one-bit image, white to the right of it."""
        width_bytes = (image.width + 7) // 8
        padded = Image.new("1", (width_bytes * 8, image.height), 1)
        padded.paste(image, (0, 0))
        return cls(bytes(byte ^ 0xFF for byte in padded.tobytes()), width_bytes, scale)

    def encode(self) -> bytes:
        return frames.raster(self.rows, self.width_bytes, doubled=self.scale == 2)


@lru_cache(maxsize=32)
def font(face: Face) -> ImageFont.FreeTypeFont:
    for path, index in (_COARSE if face.coarse else _FINE)[face.bold]:
        if Path(path).exists():
            return ImageFont.truetype(path, face.px, index=index)
    raise DeviceError("printer", "no font for pictures: install fonts-noto-cjk and fonts-dejavu-core")


def width(text: str, face: Face) -> int:
    """In the picture's own dots, before doubling."""
    return round(font(face).getlength(text))


def draw(text: str, face: Face) -> Image.Image:
    """`text` in one line, cut to its ink on all four sides."""
    left, top, right, bottom = (round(edge) for edge in font(face).getbbox(text or " "))
    image = Image.new("1", (max(right - left, 1), max(bottom - top, 1)), 1)
    pen = ImageDraw.Draw(image)
    pen.fontmode = "1"
    pen.text((-left, -top), text, font=font(face), fill=0)
    return image


def ink_top(text: str, face: Face) -> int:
    """From the top of a line to the ink of `text`, so that lines keep their rhythm when cut to ink."""
    return round(font(face).getbbox(text or " ")[1])


def qr_image(data: str) -> Image.Image:
    """A dot a module, correction M, without its quiet border."""
    made = qrcode.QRCode(border=0, error_correction=qrcode.ERROR_CORRECT_M)
    made.add_data(data)
    made.make(fit=True)
    matrix = made.get_matrix()
    image = Image.new("1", (len(matrix), len(matrix)), 1)
    image.putdata([0 if black else 1 for row in matrix for black in row])
    return image


def qr_code(data: str, module_dots: int, *, native: bool) -> bytes:
    """Drawn by the printer itself, else as a picture of doubled dots."""
    if native:
        return frames.qr(data, module_dots)
    image = qr_image(frames.clean(data))
    side = image.width * (module_dots // 2)
    return Picture.of(image.resize((side, side), Image.Resampling.NEAREST), 2).encode()


def wrap(text: str, face: Face, room: int) -> list[str]:
    """Breaks between words; a word longer than `room` is cut."""
    lines: list[str] = []
    current = ""
    for word in text.split(" "):
        longer = f"{current} {word}" if current else word
        if width(longer, face) <= room:
            current = longer
            continue
        if current:
            lines.append(current)
        *cut, current = _cut_word(word, face, room)
        lines += cut
    return [*lines, current]


def _cut_word(word: str, face: Face, room: int) -> list[str]:
    pieces: list[str] = []
    rest = word
    while width(rest, face) > room and len(rest) > 1:
        cut = max(n for n in range(1, len(rest)) if n == 1 or width(rest[:n], face) <= room)
        pieces.append(rest[:cut])
        rest = rest[cut:]
    return [*pieces, rest]
