"""The two windows of a counter and what holds them together: keys, language, places, the ticking clock."""

from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject, QPoint, QTimer
from PySide6.QtWidgets import QApplication

from counter.desk import Key, Stage
from counter.phrases import Catalogue, Said
from counter.theme import Theme
from counter.viewmodels.desk import DeskModel
from counter.viewmodels.sign_in import SignInModel
from counter.widgets.bar import Bar
from counter.widgets.keys import Keys
from counter.widgets.panel import SIZE as PANEL_SIZE
from counter.widgets.panel import Panel
from counter.widgets.style import style_sheet
from server.contract.views.services import ServicesView
from server.contract.words import Language

TICK_MS = 200


class Program(QObject):
    """Created with all its parts; `show` puts the bar along the top of the screen and the panel under its right end."""

    def __init__(
        self,
        theme: Theme,
        model: DeskModel,
        signing: SignInModel,
        catalogues: Mapping[Language, Catalogue],
        language: Language,
        on_sign_in: Callable[[], None],
        on_sign_out: Callable[[], None],
    ) -> None:
        super().__init__()
        self.model, self.signing = model, signing
        self._catalogues, self._language, self._on_sign_in = catalogues, language, on_sign_in
        self._on_sign_out = on_sign_out
        self.bar = Bar(theme)
        self.panel = Panel(theme, model, signing, self.say, language)
        self._keys = Keys(model.keys, model.press, self)
        self._ticking = QTimer(self)
        self._ticking.setInterval(TICK_MS)
        self._ticking.timeout.connect(model.tick)
        self._style = style_sheet(theme)
        self._connect()

    def say(self, said: Said) -> str:
        return self._catalogues[self._language].say(said)

    def show(self) -> None:
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.setStyleSheet(self._style)
            app.installEventFilter(self._keys)
        self._refresh()
        self._place()
        self.bar.show()
        self.panel.show()
        self._ticking.start()

    def close(self) -> None:
        self._ticking.stop()
        app = QApplication.instance()
        if app is not None:
            app.removeEventFilter(self._keys)
        self.bar.close()
        self.panel.close()

    def set_language(self, language: Language) -> None:
        self._language = language
        self._refresh()
        self.panel.refresh()

    def _connect(self) -> None:
        self.bar.pressed.connect(self._pressed)
        self.model.changed.connect(self._refresh)
        self.model.panel_toggled.connect(self._toggle_panel)
        self.model.page_wanted.connect(self._page_wanted)
        self.model.locked.connect(self._lock)
        self.model.signed_out.connect(self._signed_out)
        self.signing.signed_in.connect(self._signed_in)
        self.panel.language_chosen.connect(self.set_language)

    def _pressed(self, key: Key) -> None:
        self.model.press(key)

    def _refresh(self) -> None:
        self.bar.show_look(self.model.bar_look(), self.say)

    def _toggle_panel(self) -> None:
        self.panel.setVisible(not self.panel.isVisible())

    def _page_wanted(self, name: str) -> None:
        if name != "main" and not self.panel.isVisible():
            self.panel.show()

    def _lock(self) -> None:
        self.signing.lock(self.model.staff, paused=self.model.situation().stage is Stage.PAUSED)
        self.panel.show()
        self.panel.open_page("sign-in")

    def _signed_out(self) -> None:
        self._on_sign_out()
        self._lock()

    def _signed_in(self, staff: str, services: ServicesView) -> None:
        self.panel.open_page("main")
        self.model.sign_in(staff, services)
        self._on_sign_in()

    def _place(self) -> None:
        free = self.bar.screen().availableGeometry()
        left = free.left() + max(0, (free.width() - self.bar.width()) // 2)
        self.bar.move(left, free.top())
        self.panel.setFixedHeight(min(PANEL_SIZE.height(), free.height() - self.bar.height()))
        right = min(free.right() + 1, left + self.bar.width())
        self.panel.move(QPoint(right - self.panel.width(), free.top() + self.bar.height()))
