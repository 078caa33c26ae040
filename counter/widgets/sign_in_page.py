"""Signing in at the counter, and again after a pause."""

from collections.abc import Callable

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPaintEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLineEdit, QWidget

from counter.phrases import Said, phrase
from counter.theme import Theme
from counter.viewmodels.sign_in import SignInModel
from counter.widgets.controls import Segment
from counter.widgets.icons import paint_icon
from counter.widgets.parts import Foot, Page, SectionHead
from counter.widgets.strokes import rounded, smooth
from counter.widgets.text import Text
from server.contract.words import Language

Say = Callable[[Said], str]
OWN_NAMES = {Language.ZH: "中文", Language.EN: "English", Language.VI: "Tiếng Việt", Language.RU: "Русский"}


class Problem(QWidget):
    """What went wrong, what still holds, what to do; red only here, where a hand is needed."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.text = Text(self, sizes=(14,), lines=6, colour=theme["red"])

    def show_text(self, text: str) -> None:
        self.text.set_text(text)
        self._place()

    def resizeEvent(self, _event: object) -> None:
        self._place()

    def _place(self) -> None:
        room = max(200, self.width() - 40 - 12)
        tall = self.text.heightForWidth(room)
        self.text.setGeometry(40, 9, room, tall)
        self.setFixedHeight(tall + 19)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = smooth(self)
        rounded(painter, self.rect().toRectF(), 8, QColor(self.theme["red-bg"]), QColor(self.theme["red-mark"]))
        paint_icon(painter, "stop", QRectF(12, 8, 20, 20), QColor(self.theme["red"]))


class SignInPage(Page):
    language_chosen = Signal(object)

    def __init__(
        self, theme: Theme, model: SignInModel, say: Say, language: Language, parent: QWidget | None = None
    ) -> None:
        self.foot = Foot(theme, small=0)
        super().__init__(theme, self.foot, parent)
        self.model, self.say = model, say
        self.title = Text(sizes=(22, 20), bold=True, lines=2, colour=theme["ink"])
        self.text = Text(sizes=(14,), lines=4, colour=theme["ink-2"])
        self.staff_label, self.pin_label = SectionHead(theme), SectionHead(theme)
        self.staff, self.pin = QLineEdit(), QLineEdit()
        self.staff.setMaxLength(32)
        self.pin.setMaxLength(128)
        self.pin.setEchoMode(QLineEdit.EchoMode.Password)
        self.pin.setInputMethodHints(Qt.InputMethodHint.ImhSensitiveData | Qt.InputMethodHint.ImhNoPredictiveText)
        self.problem, self.pending = Problem(theme), Text(sizes=(14,), lines=4, colour=theme["stale"])
        self.body.addSpacing(10)
        self.section(self.title, self.text)
        self.section(self.staff_label, self.staff)
        self.section(self.pin_label, self.pin)
        self.body.addSpacing(6)
        self.section(self.problem, self.pending)
        self.body.addStretch(1)
        self.body.addWidget(self._languages(theme, language))
        self.staff.returnPressed.connect(self.pin.setFocus)
        self.pin.returnPressed.connect(self._submit)
        self.foot.primary.clicked.connect(self._submit)

    def _languages(self, theme: Theme, chosen: Language) -> QWidget:
        row, group = QWidget(), QButtonGroup(self)
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(0)
        self.languages: dict[Language, Segment] = {}
        for language, name in OWN_NAMES.items():
            ends = {Language.ZH: "first", Language.RU: "last"}.get(language, "")
            segment = self.languages[language] = Segment(theme, ends=ends)
            segment.setText(name)
            segment.setChecked(language is chosen)
            group.addButton(segment)
            segment.clicked.connect(lambda _checked=False, language=language: self.language_chosen.emit(language))
            line.addWidget(segment, 1)
        return row

    def begin(self) -> None:
        self.refresh()
        (self.pin if self.staff.text() else self.staff).setFocus()

    def _submit(self) -> None:
        self.model.submit(self.staff.text(), self.pin.text())
        self.pin.clear()

    def refresh(self) -> None:
        say, model = self.say, self.model
        self.title.set_text(say(phrase("signing.title")))
        self.text.set_text(say(model.asks_for))
        self.staff_label.show_text(say(phrase("signing.staff")))
        self.pin_label.show_text(say(phrase("signing.pin")))
        if model.staff and not self.staff.text():
            self.staff.setText(model.staff)
        self.staff.setAccessibleName(say(phrase("signing.staff")))
        self.pin.setAccessibleName(say(phrase("signing.pin")))
        self.problem.setVisible(model.error is not None)
        if model.error is not None:
            self.problem.show_text(say(model.error))
        self.pending.setVisible(model.pending > 0)
        self.pending.set_text(say(phrase("signing.pending", n=model.pending)))
        self.foot.primary.show_text(say(phrase("signing.go")), "Enter", not model.busy)
