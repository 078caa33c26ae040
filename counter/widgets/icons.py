"""The counter's own pictures: strokes on a grid of 24, painted in the colour and size asked for."""

from PySide6.QtCore import QByteArray, QRectF
from PySide6.QtGui import QColor, QPainter
from PySide6.QtSvg import QSvgRenderer

STROKES = {
    "next": "M6 16.5V11a6 6 0 0 1 12 0v5.5l2 2H4z M10 21.2h4 M12 5V3",
    "recall": "M4 9.5v5h3.5L13 19V5L7.5 9.5z M16.3 8.7a5 5 0 0 1 0 6.6 M18.9 6a8.7 8.7 0 0 1 0 12",
    "start": "M7 4.5v15l12.5-7.5z",
    "finish": "M4.5 12.5l5 5 10-11",
    "save": "M5 4h11l3 3v13H5z M8.5 4v5h6V4 M8.5 20v-6h7v6",
    "transfer": "M4 8h14.5 M14.5 4l4 4-4 4 M20 16H5.5 M9.5 12l-4 4 4 4",
    "hold": "M8 12V5.5a1.5 1.5 0 0 1 3 0V11 M11 10.5v-6a1.5 1.5 0 0 1 3 0V11 M14 11V6a1.5 1.5 0 0 1 3 0v8.5"
    "c0 4-2.300 6.500-5.700 6.500-2.800 0-4.300-1.300-5.600-3.800L3.600 13a1.500 1.500 0 0 1 2.600-1.400L8 14",
    "no-show": "M5.5 7.5a4 4 0 1 0 8 0a4 4 0 1 0-8 0 M2.5 21c.4-4.500 3.200-7 7-7 1.600 0 3 .4 4.100 1.200"
    " M16 16l5.500 5.500 M21.500 16L16 21.500",
    "pause": "M8 5v14 M16 5v14",
    "resume": "M7 4.5v15l12.5-7.5z",
    "open": "M4 21V4.500h9V21 M13 6h6v15 M2.500 21h19 M9.600 12.800v.01",
    "close": "M7 7l10 10 M17 7L7 17",
    "up": "M5 15l7-7 7 7",
    "down": "M5 9l7 7 7-7",
    "warn": "M12 3.600L22 20.400H2z M12 9.800v4.600 M12 17.300v.01",
    "stop": "M8 2.500h8L21.500 8v8L16 21.500H8L2.500 16V8z M12 7.500v5.500 M12 16.300v.01",
    "linked": "M3 12a9 9 0 1 0 18 0a9 9 0 1 0-18 0 M7.800 12.300l3 3 5.500-6",
    "broken": "M9.500 14.500l5-5 M10.800 6.600l1.600-1.600a4.600 4.600 0 0 1 6.600 6.600l-1.600 1.600"
    " M13.200 17.400l-1.600 1.600A4.600 4.600 0 0 1 5 12.400l1.600-1.600 M4 4l16 16",
    "note": "M4.500 3.500h15v11l-6 6h-9z M19.500 14.500h-6v6 M8 8h8 M8 12h5",
}


def paint_icon(painter: QPainter, name: str, box: QRectF, colour: QColor, weight: float | None = None) -> None:
    """`weight` is the stroke on the 24 grid; by default heavier when small, as the look wants."""
    stroke = weight or (2.4 if box.width() < 20 else 2.0)
    picture = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><path d="{STROKES[name]}" fill="none" '
        f'stroke="{colour.name()}" stroke-width="{stroke}" stroke-linecap="round" stroke-linejoin="round"/></svg>'
    )
    QSvgRenderer(QByteArray(picture.encode())).render(painter, box)
