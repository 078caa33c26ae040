"""The expanded panel, 420 by 900: head, the page the clerk is on, and the line's message above all while it is down."""

from collections.abc import Callable

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPaintEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from counter.desk import Situation, Stage
from counter.panel_looks import header_under
from counter.phrases import Said, phrase
from counter.theme import Theme
from counter.viewmodels.desk import DeskModel
from counter.viewmodels.sign_in import SignInModel
from counter.widgets.main_page import MainPage
from counter.widgets.panel_head import Banner, Head
from counter.widgets.question_page import QuestionPage
from counter.widgets.sign_in_page import SignInPage
from counter.widgets.small_pages import CallPage, HoldPage, PausePage
from counter.widgets.strokes import smooth
from counter.widgets.transfer_page import TransferPage
from server.contract.words import Language

SIZE = QSize(420, 900)
Say = Callable[[Said], str]


class Panel(QWidget):
    language_chosen = Signal(object)

    def __init__(
        self,
        theme: Theme,
        model: DeskModel,
        signing: SignInModel,
        say: Say,
        language: Language,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setWindowFlags(Qt.WindowType.Window | Qt.WindowType.FramelessWindowHint)
        self.setFixedSize(SIZE)
        self.theme, self.model, self.say = theme, model, say
        self.banner, self.head = Banner(theme, self), Head(theme, self)
        self.main = MainPage(theme, model, say)
        self.transfer = TransferPage(theme, model, say)
        self.hold, self.pause = HoldPage(theme, model, say), PausePage(theme, model, say)
        self.call = CallPage(theme, model, say)
        self.signing = SignInPage(theme, signing, say, language)
        self._pages: dict[str, MainPage | QuestionPage | SignInPage] = {
            "main": self.main,
            "transfer": self.transfer,
            "hold": self.hold,
            "pause": self.pause,
            "call": self.call,
            "sign-in": self.signing,
        }
        self.page = "sign-in"
        self._stack = QStackedWidget(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(3, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.banner)
        column.addWidget(self.head)
        column.addWidget(self._stack, 1)
        for page in self._pages.values():
            self._stack.addWidget(page)
        self._connect(signing)

    def _connect(self, signing: SignInModel) -> None:
        for page in (self.transfer, self.hold, self.pause, self.call):
            page.left.connect(lambda: self.open_page("main"))
        self.signing.language_chosen.connect(self.language_chosen)
        self.model.changed.connect(self.refresh)
        self.model.page_wanted.connect(self._page_wanted)
        signing.changed.connect(self.refresh)
        self.open_page("sign-in")

    def _page_wanted(self, name: str) -> None:
        """The same key again confirms its page."""
        page = self._pages[name]
        if name == self.page and isinstance(page, QuestionPage):
            page.confirm()
        elif self.page != "sign-in":
            self.open_page(name)

    def open_page(self, name: str) -> None:
        self.page = name
        page = self._pages[name]
        self._stack.setCurrentWidget(page)
        if not isinstance(page, MainPage):
            page.begin()
        self.refresh()

    def refresh(self) -> None:
        situation, signed = self.model.situation(), self.page != "sign-in"
        if self.page in ("transfer", "hold") and situation.stage is not Stage.SERVING:
            self.open_page("main")
            return
        if self.page in ("pause", "call") and situation.stage is not Stage.IDLE:
            self.open_page("main")
            return
        self._show_banner(situation, signed)
        if signed:
            self._show_head(situation)
        else:
            self.head.show_sign_in(self.say(phrase("me.counter", counter=self.model.counter)))
        self._pages[self.page].refresh()
        self.update()

    def _show_banner(self, situation: Situation, signed: bool) -> None:
        away = signed and not situation.line.up
        self.banner.setVisible(away)
        if away:
            minutes, seconds = divmod(int(situation.line.silent_s), 60)
            title = (
                phrase("away.banner-minutes", minutes=minutes, seconds=seconds)
                if minutes
                else phrase("away.banner-seconds", seconds=seconds)
            )
            text = phrase("away.banner-text", attempts=situation.line.attempts)
            self.banner.show_text(self.say(title), self.say(text))

    def _show_head(self, situation: Situation) -> None:
        look = self.model.bar_look()
        me = phrase("panel.me", counter=self.model.counter, staff=self.model.staff or "")
        age = self.model.data_age_s()
        link = phrase("link.age", seconds=age) if situation.line.up else phrase("link.down")
        under = "\n".join(self.say(line) for line in header_under(situation))
        self.head.show_look(look, self.say(me), self.say(link), under, self.say)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        page = self._pages[self.page]
        if isinstance(page, QuestionPage):
            if event.key() == Qt.Key.Key_Escape:
                self.open_page("main")
                return
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                page.confirm()
                return
        super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = smooth(self)
        painter.fillRect(self.rect(), QColor(self.theme["paper"]))
        edge = "brand-700" if self.model.situation().line.up or self.page == "sign-in" else "off"
        painter.fillRect(QRectF(0, 0, 3, self.height()), QColor(self.theme[edge]))
