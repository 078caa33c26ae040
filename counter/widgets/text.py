"""Text as the look wants it: tight lines, two sizes to choose from, never cut with an ellipsis."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QTextLayout, QTextOption
from PySide6.QtWidgets import QSizePolicy, QWidget

from counter.theme import FAMILY

LEADING = 1.3
LARGE_LEADING = 1.1


def font(px: int, bold: bool = False) -> QFont:
    made = QFont(FAMILY)
    made.setPixelSize(px)
    made.setWeight(QFont.Weight.Bold if bold else QFont.Weight.Normal)
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return made


def line_height(px: int) -> int:
    return round(px * (LEADING if px < 30 else LARGE_LEADING))


def laid_out(text: str, face: QFont, width: float) -> QTextLayout:
    """Wrapped at words, lines `LEADING` apart."""
    layout = QTextLayout(text.replace("\n", "\u2028"), face)
    layout.setTextOption(_wrapping())
    layout.beginLayout()
    y, step = 0.0, line_height(face.pixelSize())
    while (line := layout.createLine()).isValid():
        line.setLineWidth(max(1.0, width))
        line.setPosition(QPointF(0, y + (step - line.height()) / 2))
        y += step
    layout.endLayout()
    return layout


def _wrapping() -> QTextOption:
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WordWrap)
    return option


def width_of(text: str, face: QFont) -> float:
    return QFontMetricsF(face).horizontalAdvance(text)


def largest_px(text: str, room: float, *sizes: int, bold: bool = False) -> int:
    """The first of `sizes` at which `text` takes one line of `room`, else the last."""
    return next((px for px in sizes if width_of(text, font(px, bold)) <= room), sizes[-1])


class Text(QWidget):
    """One piece of text. `sizes` are tried from the first; only the last may take `lines` lines."""

    def __init__(
        self,
        parent: QWidget | None = None,
        *,
        sizes: tuple[int, ...] = (14,),
        bold: bool = False,
        lines: int = 1,
        align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
        colour: str = "",
        middle: bool = False,
    ) -> None:
        super().__init__(parent)
        self._text = ""
        self._sizes, self._bold, self._lines, self._align = sizes, bold, lines, align
        self._middle = middle or lines == 1
        self._colour = QColor(colour) if colour else QColor()
        self.setSizePolicy(
            QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed if lines == 1 else QSizePolicy.Policy.Minimum
        )
        policy = self.sizePolicy()
        policy.setHeightForWidth(lines > 1)
        self.setSizePolicy(policy)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def text(self) -> str:
        return self._text

    def set_text(self, text: str, colour: str = "") -> None:
        if colour:
            self._colour = QColor(colour)
        if text != self._text:
            self._text = text
            self.setAccessibleName(text)
            self.updateGeometry()
        self.update()

    def chosen(self, width: float) -> tuple[QFont, QTextLayout]:
        """The largest size that fits in one line, else the last size in as many lines as it takes."""
        for px in self._sizes:
            face = font(px, self._bold)
            if width_of(self._text, face) <= width and (layout := laid_out(self._text, face, width)).lineCount() <= 1:
                return face, layout
        face = font(self._sizes[-1], self._bold)
        return face, laid_out(self._text, face, width)

    def set_sizes(self, *sizes: int) -> None:
        self._sizes = sizes

    def fits(self) -> bool:
        """Whether all of it is seen in the place it has."""
        if not self._text:
            return True
        face, layout = self.chosen(self.width())
        widest = max(layout.lineAt(i).naturalTextWidth() for i in range(layout.lineCount()))
        tall = layout.lineCount() * line_height(face.pixelSize())
        return layout.lineCount() <= self._lines and widest <= self.width() + 1 and tall <= self.height() + 2

    def sizeHint(self) -> QSize:
        face = font(self._sizes[0], self._bold)
        return QSize(round(width_of(self._text, face)) + 1, round(line_height(face.pixelSize())))

    def minimumSizeHint(self) -> QSize:
        return QSize(0 if self._lines > 1 else self._smallest_width(), self.sizeHint().height())

    def _smallest_width(self) -> int:
        return round(width_of(self._text, font(self._sizes[-1], self._bold))) + 1

    def heightForWidth(self, width: int) -> int:
        face, layout = self.chosen(width)
        return round(max(1, layout.lineCount()) * line_height(face.pixelSize()))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self._colour if self._colour.isValid() else self.palette().windowText().color())
        face, layout = self.chosen(self.width())
        tall = layout.lineCount() * line_height(face.pixelSize())
        top = (self.height() - tall) / 2 if self._middle else 0.0
        for index in range(layout.lineCount()):
            line = layout.lineAt(index)
            left = self._left(line.naturalTextWidth())
            line.draw(painter, QPointF(left, top))

    def _left(self, wide: float) -> float:
        if self._align == Qt.AlignmentFlag.AlignRight:
            return self.width() - wide
        return (self.width() - wide) / 2 if self._align == Qt.AlignmentFlag.AlignHCenter else 0.0


def draw(painter: QPainter, text: str, box: QRectF, face: QFont, colour: QColor, flags: Qt.AlignmentFlag) -> None:
    """One line, placed by its cap height rather than by the font's tall line box."""
    painter.setFont(face)
    painter.setPen(colour)
    metrics = QFontMetricsF(face)
    baseline = box.center().y() + metrics.capHeight() / 2
    wide = metrics.horizontalAdvance(text)
    left = box.left()
    if flags & Qt.AlignmentFlag.AlignHCenter:
        left = box.center().x() - wide / 2
    elif flags & Qt.AlignmentFlag.AlignRight:
        left = box.right() - wide
    painter.drawText(QPointF(left, baseline), text)
