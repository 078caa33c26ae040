"""A page of the panel that asks one thing."""

from abc import abstractmethod
from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from counter.phrases import Phrase, Said, phrase
from counter.theme import Theme
from counter.viewmodels.desk import DeskModel
from counter.widgets.parts import Foot, Page

Say = Callable[[Said], str]


class QuestionPage(Page):
    """At its foot the way back and the one button that confirms; Esc and Enter do the same."""

    left = Signal()

    def __init__(self, theme: Theme, model: DeskModel, say: Say, parent: QWidget | None = None) -> None:
        self.foot = Foot(theme, small=1)
        super().__init__(theme, self.foot, parent)
        self.model, self.say = model, say
        self.foot.small[0].clicked.connect(self.left)
        self.foot.primary.clicked.connect(self.confirm)

    @abstractmethod
    def begin(self) -> None:
        """The page is opened."""

    @abstractmethod
    def confirm(self) -> None:
        """Asks the model for the act as it was filled in."""

    @abstractmethod
    def refresh(self) -> None:
        """Shows the model as it is now."""

    def show_foot(self, go: Phrase, keys: str, enabled: bool = True) -> None:
        self.foot.small[0].show_text(self.say(phrase("transfer.back")), "Esc")
        self.foot.primary.show_text(self.say(go), keys, enabled)
