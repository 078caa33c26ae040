"""The lists of the panel by mouse and by keyboard, and where a customer may be sent."""

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt

from counter.desk import Act
from counter.widgets.panel import Panel
from server.contract.words import CounterState, Language, TicketState


@pytest.fixture
def panel(post: Any, make_panel: Callable[..., Panel]) -> Panel:
    made = make_panel(Language.ZH)
    made.open_page("main")
    return made


def test_a_click_on_a_line_asks_why_it_is_called_before_the_others(
    post: Any, story: Any, panel: Panel, qtbot: Any
) -> None:
    post.show(story.desk_view())
    waiting = panel.main.waiting
    qtbot.mouseClick(waiting, Qt.MouseButton.LeftButton, pos=waiting.row(2).center())
    assert panel.page == "call"
    qtbot.keyClicks(panel.call.note, "child")
    qtbot.keyClick(panel.call.note, Qt.Key.Key_Return)
    assert (panel.page, post.hall.asked[-1][1]["ticket"]) == ("main", "T-A019")


def test_the_keyboard_goes_to_a_line_and_chooses_it(post: Any, story: Any, panel: Panel, qtbot: Any) -> None:
    post.show(story.desk_view())
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_Return):
        qtbot.keyClick(panel.main.waiting, key)
    assert (panel.page, post.model.chosen.number) == ("call", "A021")


def test_the_line_that_the_keyboard_goes_to_is_scrolled_to(post: Any, story: Any, panel: Panel, qtbot: Any) -> None:
    post.show(story.desk_view(waiting=[story.waiting_line(f"A{n:03d}", "trf", n, 20) for n in range(40)]))
    lines, shown = panel.main.waiting, panel.main.scroller.viewport()
    qtbot.waitUntil(lambda: panel.main.scroller.verticalScrollBar().maximum() > shown.height(), timeout=30000)
    for _ in range(39):
        qtbot.keyClick(lines, Qt.Key.Key_Down)
    bottom = lines.mapTo(shown, lines.row(39).bottomLeft()).y()
    assert 0 < bottom <= shown.height()


def test_only_the_button_brings_a_customer_back(post: Any, story: Any, panel: Panel, qtbot: Any) -> None:
    post.show(story.desk_view(missed=[story.missed_line()], held=[story.held_line()]))
    aside = panel.main.aside
    row = aside.row(1)
    qtbot.mouseClick(aside, Qt.MouseButton.LeftButton, pos=QPoint(30, row.center().y()))
    assert post.hall.acts() == []
    qtbot.mouseClick(aside, Qt.MouseButton.LeftButton, pos=QPoint(row.right() - 40, row.center().y()))
    assert [(act, sent["ticket"]) for act, sent in post.hall.asked] == [("revive", "T-A013")]


def test_a_list_in_which_nothing_may_be_chosen_is_no_stop_for_tab(post: Any, story: Any, panel: Panel) -> None:
    post.show(story.desk_view())
    assert panel.main.waiting.focusPolicy() is Qt.FocusPolicy.TabFocus
    post.show(story.desk_view(rev=11, current=story.current(TicketState.SERVING, 20)))
    assert panel.main.waiting.focusPolicy() is Qt.FocusPolicy.NoFocus


def test_a_list_not_read_yet_is_not_called_empty(panel: Panel) -> None:
    panel.model.view = None
    panel.refresh()
    assert panel.main.empty.text() == "还没读到名单，读到就显示在这里。"


def test_where_nobody_else_is_open_the_transfer_page_says_so(post: Any, story: Any, panel: Panel) -> None:
    post.show(story.desk_view(queues=[], counters=[], current=story.current(TicketState.SERVING, 20)))
    panel.open_page("transfer")
    page = panel.transfer
    assert [card for card in page.cards if card.isVisible()] == []
    assert (page.nowhere.isVisible(), page.foot.primary.isEnabled()) == (True, False)


def test_the_chosen_target_stays_chosen_when_another_counter_opens(post: Any, story: Any, panel: Panel) -> None:
    here = story.current(TicketState.SERVING, 20)
    post.show(story.desk_view(current=here))
    panel.open_page("transfer")
    panel.transfer.options[-1].click()
    counters = story.desk_view().counters
    opened = counters[1].model_copy(update={"counter": 4, "state": CounterState.OPEN})
    post.show(story.desk_view(rev=11, current=here, counters=[opened, *counters]))
    post.model.edit(handover="请核对户号")
    panel.transfer.confirm()
    assert [(act, sent["counter"]) for act, sent in post.hall.asked if act == "transfer"] == [("transfer", 5)]


def test_enter_on_back_goes_back_and_transfers_nobody(post: Any, story: Any, panel: Panel, qtbot: Any) -> None:
    post.show(story.desk_view(current=story.current(TicketState.SERVING, 20)))
    post.model.edit(handover="请核对户号")
    post.model.do(Act.TRANSFER)
    qtbot.keyClick(panel.transfer.foot.small[0], Qt.Key.Key_Return)
    assert (panel.page, post.hall.acts()) == ("main", [])
