"""Bar and panel in every state and language: all texts in their places, keys where they always are."""

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget

from counter.desk import Act
from counter.phrases import load_catalogue, phrase
from counter.refusals import NEEDS, PLAIN
from counter.requests import Ask
from counter.widgets.bar import SIZE, Bar
from counter.widgets.panel import Panel
from server.contract.acts import CurrentAct
from server.contract.words import CounterState, CustomerClass, Language, PauseReason, TicketState

HANDOVER = "过户已办好。客户家里 5 口人，想改一户多人口电价，户口本原件已看过。"


def idle(post: Any, story: Any) -> None:
    post.show(story.desk_view())


def nobody(post: Any, story: Any) -> None:
    post.show(story.desk_view(waiting=[], missed=[story.missed_line()], held=[story.held_line()]))


def closed(post: Any, story: Any) -> None:
    post.show(story.desk_view(state=CounterState.CLOSED))


def paused(post: Any, story: Any) -> None:
    post.show(story.desk_view(state=CounterState.PAUSED, pause_reason=PauseReason.HELPING))


def called(post: Any, story: Any) -> None:
    here = story.current(TicketState.CALLED, 23, calls=2, notes=[], customer_class=CustomerClass.NORMAL)
    post.show(story.desk_view(current=here))


def serving(post: Any, story: Any) -> None:
    post.show(story.desk_view(current=story.current(TicketState.SERVING, 252)))
    post.model.edit(handover=HANDOVER)


def over(post: Any, story: Any) -> None:
    post.show(story.desk_view(current=story.current(TicketState.SERVING, 1392)))


def long(post: Any, story: Any) -> None:
    post.show(story.desk_view(current=story.current(TicketState.SERVING, 4000)))


def away(post: Any, story: Any) -> None:
    serving(post, story)
    post.line(False)
    post.later(130)


def away_idle(post: Any, story: Any) -> None:
    away(post, story)
    post.model.do(Act.FINISH)
    post.later(60)


def away_called(post: Any, story: Any) -> None:
    called(post, story)
    post.line(False)
    post.later(13)


def unsaved(post: Any, story: Any) -> None:
    serving(post, story)
    post.model.do(Act.FINISH)
    post.model.edit(note="补记")
    post.model.do(Act.NEXT)


def not_taken(post: Any, story: Any) -> None:
    idle(post, story)
    for number, act, why in (("A777", Act.VOICE, "unknown-ticket"), ("A016", Act.SAVE, "day-closed")):
        body = CurrentAct(request_id="request-1", ticket=f"T-{number}")
        post.model.adoption.set_aside(Ask(act, body, number=number), why)


def many(post: Any, story: Any) -> None:
    post.show(story.desk_view(waiting=[story.waiting_line(f"A{n:03d}", "trf", n, 20) for n in range(112)]))


def locked(post: Any, story: Any) -> None:
    serving(post, story)
    post.model.lock()


STATES = [
    idle,
    nobody,
    closed,
    paused,
    called,
    serving,
    over,
    long,
    away,
    away_idle,
    away_called,
    unsaved,
    not_taken,
    many,
    locked,
]


def say_in(language: Language) -> Callable[..., str]:
    return load_catalogue(language).say


def cut(window: QWidget) -> list[str]:
    """The texts that do not fit where they are shown."""
    QApplication.processEvents()
    parts = [window, *window.findChildren(QWidget)]
    return [
        f"{type(part).__name__} {part.accessibleName()!r} {part.size().toTuple()}"
        for part in parts
        if part.isVisible() and hasattr(part, "fits") and not part.fits()
    ]


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("state", STATES)
def test_bar_texts_fit(
    post: Any, story: Any, make_bar: Callable[[], Bar], state: Callable[..., None], language: Language
) -> None:
    state(post, story)
    bar = make_bar()
    bar.show_look(post.model.bar_look(), say_in(language))
    assert cut(bar) == []
    assert bar.grab().deviceIndependentSize().toSize() == SIZE


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("state", STATES)
def test_panel_texts_fit(
    post: Any, story: Any, make_panel: Callable[..., Panel], state: Callable[..., None], language: Language
) -> None:
    state(post, story)
    panel = make_panel(language)
    panel.open_page("main")
    panel.grab()
    assert cut(panel) == []


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("page", ["transfer", "hold", "pause", "call", "sign-in"])
def test_page_texts_fit(post: Any, story: Any, make_panel: Callable[..., Panel], page: str, language: Language) -> None:
    (idle if page in ("pause", "call") else serving)(post, story)
    post.model.choose("T-A019")
    panel = make_panel(language)
    panel.open_page(page)
    panel.grab()
    assert (panel.page, cut(panel)) == (page, [])


@pytest.mark.parametrize("language", Language)
def test_every_refusal_fits_the_bar(post: Any, story: Any, make_bar: Callable[[], Bar], language: Language) -> None:
    serving(post, story)
    figures: dict[str, Any] = {
        "number": "A018",
        "times": 4,
        "seconds": 22,
        "counter": 12,
        "clerk": "10230",
        "minutes": 12,
        "n": 3,
    }
    say, bar = say_in(language), make_bar()
    own = (
        "unsaved",
        "pending",
        "start-first",
        "finish-first",
        "now-here",
        "nobody-waiting-mean",
        "kept",
        "disk",
        "note-missing",
    )
    for code in (*PLAIN, *(f"{each}-full" for each in NEEDS), *own):
        post.model.refuse(phrase(f"refused.{code}", **figures))
        bar.show_look(post.model.bar_look(), say)
        assert cut(bar) == [], code
    post.model.refuse(phrase("calling.bad"))
    bar.show_look(post.model.bar_look(), say)
    assert cut(bar) == []


def test_bar_never_takes_the_focus(post: Any, make_bar: Callable[[], Bar]) -> None:
    bar = make_bar()
    assert bar.windowFlags() & Qt.WindowType.WindowDoesNotAcceptFocus
    assert bar.testAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
    assert all(child.focusPolicy() is Qt.FocusPolicy.NoFocus for child in bar.findChildren(QWidget))


def test_keys_stay_in_their_places(post: Any, story: Any, make_bar: Callable[[], Bar]) -> None:
    bar = make_bar()
    places = set()
    for state in (idle, called, serving, over, paused):
        state(post, story)
        bar.show_look(post.model.bar_look(), say_in(Language.ZH))
        places.add(tuple(button.geometry().getRect() for button in bar.keys.keys.values()))
    assert len(places) == 1


def test_a_running_timer_moves_nothing(post: Any, story: Any, make_bar: Callable[[], Bar]) -> None:
    serving(post, story)
    bar = make_bar()
    seen = []
    for _ in range(4):
        post.later(1)
        bar.show_look(post.model.bar_look(), say_in(Language.ZH))
        seen.append(bar.current.grab().toImage().copy(100, 50, 200, 40))
    assert post.model.bar_look().timer.seconds == 256
    assert all(image.pixel(x, y) == seen[0].pixel(x, y) for image in seen for x, y in ((130, 17), (180, 17), (5, 17)))


def test_tab_goes_through_the_record_in_order(
    post: Any, story: Any, make_panel: Callable[..., Panel], qtbot: Any
) -> None:
    serving(post, story)
    panel = make_panel()
    panel.open_page("main")
    main = panel.main
    first = next(iter(main.papers.ticks.values()))
    QApplication.processEvents()
    first.setFocus()
    order: list[QWidget | None] = []
    for _ in range(10):
        order.append(panel.focusWidget())
        panel.focusNextChild()
    wanted = [*main.papers.ticks.values(), main.record.service]
    assert order[: len(wanted)] == wanted
    assert order.index(main.record.note) > order.index(main.record.service)


def test_typing_goes_to_the_model_at_once(post: Any, story: Any, make_panel: Callable[..., Panel], qtbot: Any) -> None:
    serving(post, story)
    panel = make_panel()
    panel.open_page("main")
    qtbot.keyClicks(panel.main.record.note, "meter 42")
    assert post.model.draft.note == "meter 42"
    panel.main.record.note.setPlainText("x" * 600)
    assert len(post.model.draft.note) == 500


def test_transfer_by_keyboard(post: Any, story: Any, make_panel: Callable[..., Panel], qtbot: Any) -> None:
    serving(post, story)
    post.model.edit(handover="")
    panel = make_panel()
    panel.open_page("main")
    post.model.do(Act.TRANSFER)
    assert panel.page == "transfer"
    panel.transfer.chips.chosen.emit("papers")
    qtbot.keyClick(panel.transfer.note, Qt.Key.Key_Return)

    act, sent = next(each for each in post.hall.asked if each[0] == "transfer")
    assert (act, sent["service"], sent["note"]) == ("transfer", "con", "资料已核。")
    assert panel.page == "main"


def test_who_was_called_or_is_served_is_put_back_by_a_button(
    post: Any, story: Any, make_panel: Callable[..., Panel]
) -> None:
    called(post, story)
    panel = make_panel()
    panel.open_page("main")
    panel.main.foot.small[0].click()
    post.show(story.desk_view(rev=50, current=story.current(TicketState.SERVING, 20)))
    panel.open_page("hold")
    panel.hold.put_back.click()
    assert (post.hall.acts(), panel.page) == (["return", "return"], "main")


def test_escape_leaves_a_page_and_keeps_the_text(
    post: Any, story: Any, make_panel: Callable[..., Panel], qtbot: Any
) -> None:
    serving(post, story)
    panel = make_panel()
    panel.open_page("hold")
    qtbot.keyClick(panel, Qt.Key.Key_Escape)
    assert (panel.page, post.model.draft.handover) == ("main", HANDOVER)


def test_the_same_key_again_confirms_its_page(post: Any, story: Any, make_panel: Callable[..., Panel]) -> None:
    serving(post, story)
    panel = make_panel()
    panel.open_page("main")
    post.model.do(Act.HOLD)
    post.model.do(Act.HOLD)
    assert post.hall.acts() == ["hold"]
