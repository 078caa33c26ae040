"""What several widgets paint alike: rounded boxes, bars, the stripes of over-target, the hatch of stale."""

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QWidget

from counter.theme import Theme


def smooth(widget: QWidget) -> QPainter:
    painter = QPainter(widget)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    return painter


def rounded(painter: QPainter, box: QRectF, radius: float, fill: QColor, line: QColor, wide: float = 1.0) -> None:
    half = wide / 2
    painter.setPen(QPen(line, wide))
    painter.setBrush(fill)
    painter.drawRoundedRect(box.adjusted(half, half, -half, -half), radius, radius)


def bar(painter: QPainter, box: QRectF, fraction: float, track: str, fill: str) -> None:
    """A round-ended track with its first part filled."""
    radius = box.height() / 2
    clip = QPainterPath()
    clip.addRoundedRect(box, radius, radius)
    painter.save()
    painter.setClipPath(clip)
    painter.fillRect(box, QColor(track))
    painter.fillRect(QRectF(box.left(), box.top(), box.width() * min(1.0, fraction), box.height()), QColor(fill))
    painter.restore()


def stripes(painter: QPainter, box: QRectF, theme: Theme) -> None:
    clip = QPainterPath()
    clip.addRoundedRect(box, box.height() / 2, box.height() / 2)
    painter.save()
    painter.setClipPath(clip)
    painter.fillRect(box, QColor(theme["amber-mark"]))
    painter.setPen(QPen(QColor(theme["stripe"]), 6))
    for x in range(round(box.left()) - 20, round(box.right()) + 20, 17):
        painter.drawLine(QPointF(x, box.bottom() + 6), QPointF(x + box.height() + 12, box.top() - 6))
    painter.restore()


def hatch(painter: QPainter, box: QRectF, theme: Theme) -> None:
    """Stale: stripes of 6 in 14 at 135 degrees over whatever is there."""
    colour = QColor(theme["stale"])
    colour.setAlphaF(0.13)
    painter.setPen(QPen(colour, 6))
    step = 14 * 1.4142
    x = box.left() - box.height() - step
    while x < box.right() + step:
        painter.drawLine(QPointF(x, box.bottom() + 8), QPointF(x + box.height() + 16, box.top() - 8))
        x += step
