"""What the pages of the panel keep and what they begin anew."""

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

from counter.widgets.panel import Panel
from server.contract.words import Language, TicketState


@pytest.fixture
def panel(post: Any, make_panel: Callable[..., Panel]) -> Panel:
    made = make_panel(Language.ZH)
    made.open_page("main")
    return made


def test_a_wheel_over_the_record_changes_nothing_in_it(post: Any, story: Any, panel: Panel) -> None:
    post.show(story.desk_view(current=story.current(TicketState.SERVING, 20)))
    before, no = post.model.draft, Qt.MouseButton.NoButton
    turn = QWheelEvent(
        QPointF(9, 9),
        QPointF(9, 9),
        QPoint(),
        QPoint(0, -120),
        no,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(panel.main.record.service, turn)
    assert post.model.draft == before


def test_hold_begins_anew_for_each_customer(post: Any, story: Any, panel: Panel) -> None:
    post.show(story.desk_view(current=story.current(TicketState.SERVING, 20)))
    panel.open_page("hold")
    panel.hold.reasons[2].click()
    panel.hold.minutes[60].click()
    panel.open_page("main")
    panel.open_page("hold")
    panel.hold.confirm()
    ((act, sent),) = post.hall.asked
    assert (act, sent["reason"].value, sent["minutes"]) == ("hold", "documents", 20)


def test_a_number_mistyped_while_the_line_is_down_stays_to_be_mended(
    post: Any, story: Any, panel: Panel, qtbot: Any
) -> None:
    post.show(story.desk_view())
    post.line(False)
    number = panel.main.voice.number
    qtbot.keyClicks(number, "a0x8")
    qtbot.keyClick(number, Qt.Key.Key_Return)
    assert (post.model.refusal.key, number.text()) == ("calling.bad", "a0x8")
    number.setText("a018")
    qtbot.keyClick(number, Qt.Key.Key_Return)
    assert (post.model.situation().away.voice_number, number.text()) == ("A018", "")


@pytest.mark.parametrize("page", ["main", "transfer", "hold", "pause", "call", "sign-in"])
def test_whatever_takes_the_focus_has_a_name(post: Any, story: Any, panel: Panel, page: str) -> None:
    post.show(story.desk_view())
    post.model.choose("T-A019")
    if page not in ("call", "pause"):
        post.show(story.desk_view(rev=11, current=story.current(TicketState.SERVING, 20)))
    panel.open_page(page)
    stops = [each for each in panel.findChildren(QWidget) if each.focusPolicy() & Qt.FocusPolicy.TabFocus]
    named = [each for each in stops if each.accessibleName() or getattr(each, "text", str)()]
    assert (panel.page, [each for each in stops if each.isVisible() and each not in named]) == (page, [])


@pytest.mark.parametrize("page", ["main", "transfer"])
def test_a_ticked_document_is_in_the_record_until_it_is_unticked(
    post: Any, story: Any, panel: Panel, page: str
) -> None:
    post.show(story.desk_view(current=story.current(TicketState.SERVING, 20)))
    panel.open_page(page)
    ticks = (panel.main if page == "main" else panel.transfer).papers.ticks
    before = post.model.draft.documents
    (unseen,) = ticks.keys() - set(before)
    ticks[unseen].click()
    assert post.model.draft.documents == (*before, unseen)
    ticks[unseen].click()
    assert post.model.draft.documents == before
