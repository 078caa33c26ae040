"""The counter's bar and panel as windows, in the house's look."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from counter.phrases import load_catalogue
from counter.theme import Theme, load_theme
from counter.viewmodels.sign_in import SignInModel
from counter.widgets.bar import Bar
from counter.widgets.panel import Panel
from counter.widgets.style import style_sheet
from server.contract.words import Language


@pytest.fixture(scope="session")
def theme() -> Theme:
    return load_theme(Path(__file__).parents[3] / "config" / "theme.toml")


@pytest.fixture(autouse=True, scope="module")
def styled(qapp: QApplication, theme: Theme) -> Iterator[None]:
    qapp.setStyleSheet(style_sheet(theme))
    yield
    qapp.setStyleSheet("")


@pytest.fixture
def make_bar(theme: Theme, qtbot: Any) -> Callable[[], Bar]:
    def build() -> Bar:
        bar = Bar(theme)
        qtbot.addWidget(bar)
        bar.show()
        return bar

    return build


@pytest.fixture
def make_panel(post: Any, theme: Theme, qtbot: Any) -> Callable[..., Panel]:
    def build(language: Language = Language.ZH) -> Panel:
        signing = SignInModel(post.hall, post.worker, 3, lambda: 2)
        panel = Panel(theme, post.model, signing, load_catalogue(language).say, language)
        qtbot.addWidget(panel)
        panel.show()
        return panel

    return build
