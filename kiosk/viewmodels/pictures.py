"""Pictures for the screens, drawn once for each size and colour: icons, arches, dashed frames and QR codes."""

from urllib.parse import unquote

import qrcode
from PySide6.QtCore import QByteArray, QSize, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtQuick import QQuickImageProvider
from PySide6.QtSvg import QSvgRenderer

from kiosk.viewmodels.icons import arches_svg, dashes_svg, icon_svg

QUIET_MODULES = 2
"""White around the code; the card behind it is white too."""


class Pictures(QQuickImageProvider):
    """`image://ph/icon/NAME/COLOUR/STROKE`, `…/arches/COLOUR`, `…/dashes/WIDTH/HEIGHT/RADIUS/COLOUR/FILL`, `…/qr/TEXT`.

    Colours are RRGGBB, the text is percent-encoded.
    """

    def __init__(self) -> None:
        super().__init__(QQuickImageProvider.ImageType.Image)

    def requestImage(self, name: str, _size: QSize, wanted: QSize) -> QImage:
        kind, _, rest = name.partition("/")
        width = max(1, wanted.width())
        if kind == "qr":
            return qr_image(unquote(rest), width)
        parts = rest.split("/")
        if kind == "icon":
            return _drawn(icon_svg(parts[0], f"#{parts[1]}", parts[2]), QSize(width, width))
        if kind == "arches":
            return _drawn(arches_svg(f"#{parts[0]}"), QSize(width, width))
        frame = dashes_svg(int(parts[0]), int(parts[1]), int(parts[2]), f"#{parts[3]}", f"#{parts[4]}")
        return _drawn(frame, QSize(width, max(1, wanted.height())))


def qr_image(text: str, width: int) -> QImage:
    """Black on white with whole pixels per module, at most `width` wide."""
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=QUIET_MODULES)
    code.add_data(text)
    code.make(fit=True)
    modules = code.get_matrix()
    picture = QImage(len(modules), len(modules), QImage.Format.Format_RGB32)
    for y, row in enumerate(modules):
        for x, dark in enumerate(row):
            picture.setPixel(x, y, 0xFF10221F if dark else 0xFFFFFFFF)
    side = max(1, width // len(modules)) * len(modules)
    return picture.scaled(side, side, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.FastTransformation)


def _drawn(svg: str, size: QSize) -> QImage:
    picture = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    QSvgRenderer(QByteArray(svg.encode())).render(painter)
    painter.end()
    return picture
