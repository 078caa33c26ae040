"""The whole program against a real server: every act by its key."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt

from counter.bootstrap import Post, build
from counter.desk import Stage
from counter.settings import DEFAULT_KEYS, Settings
from server.contract.acts import IssueTicket, OpenCounter
from server.contract.views.desk import DeskView
from server.contract.words import CounterState, Role
from server.link.acts import HallClient, new_request_id

CONFIG = Path(__file__).parents[2] / "config"
PIN, STAFF = "471147", "1001"
NO_ANSWER = frozenset({"refused.outcome-unknown", "refused.away", "refused.busy"})


@pytest.fixture
def hall(serve_hall: Any, tmp_path: Path) -> Iterator[Any]:
    with serve_hall(tmp_path / "hall") as served:
        served.server.accounts.put_person(STAFF, Role.CLERK, PIN)
        yield served


@pytest.fixture
def kiosk(hall: Any) -> HallClient:
    client: HallClient = hall.machine(Role.KIOSK, "kiosk-1")
    return client


@pytest.fixture
def make_program(hall: Any, tmp_path: Path, qtbot: Any) -> Iterator[Callable[[], Post]]:
    token = hall.server.accounts.put_machine("counter-1", Role.COUNTER, 1)
    settings = Settings(
        hall.url, hall.server.settings.branch, "counter-1", token, 1, CONFIG, tmp_path / "counter", keys=DEFAULT_KEYS
    )
    started: list[Post] = []

    def start() -> Post:
        post = build(settings)
        started.append(post)
        post.start()
        return post

    yield start
    for post in started:
        post.stop()


@pytest.fixture
def post(make_program: Callable[[], Post], qtbot: Any) -> Post:
    made = make_program()
    sign_in(made, qtbot)
    return made


def sign_in(post: Post, qtbot: Any) -> None:
    """As a person does, who tries again where the hall was too slow to answer."""
    signing, page = post.program.signing, post.program.panel.signing
    told: list[str] = []
    signing.signed_in.connect(lambda staff, _services: told.append(staff))

    def signed_in() -> bool:
        if not told and not signing.busy:
            page.staff.setText(STAFF)
            page.pin.setText(PIN)
            qtbot.keyClick(page.pin, Qt.Key.Key_Return)
        return bool(told)

    qtbot.waitUntil(signed_in, timeout=60000)
    qtbot.waitUntil(lambda: post.program.model.view is not None, timeout=60000)


def issue(kiosk: HallClient, service: str = "pay") -> str:
    return kiosk.issue(IssueTicket(request_id=new_request_id(), services=[service])).number


def desk(post: Post) -> DeskView:
    return post.client.desk(1)


def press(post: Post, qtbot: Any, key: Qt.Key, until: Callable[[], bool]) -> None:
    """As a person does, who sees the last act answered first, and presses again where no answer came in time."""
    model = post.program.model
    qtbot.waitUntil(lambda: not model.is_asking, timeout=60000)
    qtbot.keyClick(post.program.panel, key)

    def came() -> bool:
        unanswered = model.refusal is not None and model.refusal.key in NO_ANSWER
        if unanswered and not model.is_asking and not until():
            qtbot.keyClick(post.program.panel, key)
        return until()

    qtbot.waitUntil(came, timeout=60000)


def stage(post: Post) -> Stage:
    return post.program.model.situation().stage


def number(post: Post) -> str | None:
    current = post.program.model.situation().current
    return current.number if current else None


def test_a_day_by_keys(post: Post, kiosk: HallClient, qtbot: Any) -> None:
    numbers = [issue(kiosk) for _ in range(4)]
    model, panel = post.program.model, post.program.panel
    press(post, qtbot, Qt.Key.Key_F9, lambda: stage(post) is Stage.IDLE)
    qtbot.waitUntil(lambda: len(model.view.waiting) == 4 if model.view else False, timeout=60000)

    press(post, qtbot, Qt.Key.Key_F2, lambda: number(post) == numbers[0])
    press(post, qtbot, Qt.Key.Key_F3, lambda: bool(model.view and model.view.current and model.view.current.calls == 2))
    press(post, qtbot, Qt.Key.Key_F4, lambda: stage(post) is Stage.SERVING)
    qtbot.keyClicks(panel.main.record.note, "paid in cash")
    press(post, qtbot, Qt.Key.Key_F5, lambda: stage(post) is Stage.IDLE)
    last = desk(post).last_leg
    assert last is not None
    assert last.number == numbers[0]

    press(post, qtbot, Qt.Key.Key_F2, lambda: number(post) == numbers[1])
    press(post, qtbot, Qt.Key.Key_F4, lambda: stage(post) is Stage.SERVING)
    press(post, qtbot, Qt.Key.Key_F7, lambda: panel.page == "hold")
    press(post, qtbot, Qt.Key.Key_F7, lambda: stage(post) is Stage.IDLE)
    assert [line.number for line in desk(post).held] == [numbers[1]]

    press(post, qtbot, Qt.Key.Key_F2, lambda: number(post) == numbers[2])
    qtbot.keyClick(panel, Qt.Key.Key_F8)
    assert model.refusal is not None
    assert model.refusal.key == "refused.too-early-full"

    press(post, qtbot, Qt.Key.Key_F10, lambda: not panel.isVisible())
    press(post, qtbot, Qt.Key.Key_F10, panel.isVisible)


def test_pause_by_key_asks_for_the_pin_and_goes_on(post: Post, qtbot: Any) -> None:
    panel = post.program.panel
    press(post, qtbot, Qt.Key.Key_F9, lambda: stage(post) is Stage.IDLE)
    press(post, qtbot, Qt.Key.Key_F9, lambda: panel.page == "pause")
    press(post, qtbot, Qt.Key.Key_F9, lambda: panel.page == "sign-in")
    assert post.program.model.is_locked
    sign_in(post, qtbot)
    qtbot.waitUntil(lambda: not post.program.model.is_asking, timeout=60000)
    if stage(post) is Stage.PAUSED:
        press(post, qtbot, Qt.Key.Key_F9, lambda: stage(post) is Stage.IDLE)
    assert post.program.model.view is not None
    assert post.program.model.view.state is CounterState.OPEN


def test_a_refusal_from_before_the_sign_in_asks_nobody_for_the_pin_again(post: Post, qtbot: Any) -> None:
    qtbot.waitUntil(lambda: post.stream.line.up, timeout=60000)
    known = post.client.token
    post.client.token = "of nobody"
    before = post.stream.line.attempts
    post.stream.stop()
    post.stream.start()
    until = time.monotonic() + 60
    while post.stream.line.attempts == before and time.monotonic() < until:
        time.sleep(0.01)
    post.client.token = known
    post.stream.stop()
    post.stream.start()

    qtbot.waitUntil(lambda: post.stream.line.up, timeout=60000)
    told: list[bool] = []
    post.bridge.call(lambda: told.append(True))
    qtbot.waitUntil(lambda: bool(told), timeout=60000)
    assert not post.program.model.is_locked


def test_a_transfer_carries_the_note(post: Post, kiosk: HallClient, hall: Any, qtbot: Any) -> None:
    colleague = hall.clerk(2, "1002")
    colleague.counter_act(2, "open", OpenCounter(request_id=new_request_id()))
    issue(kiosk)
    panel, model = post.program.panel, post.program.model
    press(post, qtbot, Qt.Key.Key_F9, lambda: stage(post) is Stage.IDLE)
    qtbot.waitUntil(lambda: bool(model.view and model.view.waiting), timeout=60000)
    press(post, qtbot, Qt.Key.Key_F2, lambda: stage(post) is Stage.CALLED)
    press(post, qtbot, Qt.Key.Key_F4, lambda: stage(post) is Stage.SERVING)
    sent = number(post)
    press(post, qtbot, Qt.Key.Key_F6, lambda: panel.page == "transfer")
    qtbot.waitUntil(lambda: not model.is_asking, timeout=60000)
    qtbot.keyClicks(panel.transfer.note, "wants a receipt")
    qtbot.keyClick(panel.transfer.note, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: number(post) != sent, timeout=60000)
    assert panel.page == "main"
    assert [line.has_note for line in colleague.desk(2).waiting if line.number == sent] == [True]


def test_a_new_program_shows_the_customer_of_the_one_that_died(
    post: Post, kiosk: HallClient, make_program: Callable[[], Post], qtbot: Any
) -> None:
    called = issue(kiosk)
    model = post.program.model
    press(post, qtbot, Qt.Key.Key_F9, lambda: stage(post) is Stage.IDLE)
    qtbot.waitUntil(lambda: bool(model.view and model.view.waiting), timeout=60000)
    press(post, qtbot, Qt.Key.Key_F2, lambda: stage(post) is Stage.CALLED)
    press(post, qtbot, Qt.Key.Key_F4, lambda: stage(post) is Stage.SERVING)
    qtbot.keyClicks(post.program.panel.main.record.note, "half a sentence")
    post.stop()

    again = make_program()
    sign_in(again, qtbot)
    qtbot.waitUntil(lambda: number(again) == called, timeout=60000)
    assert again.program.model.draft is not None
    assert again.program.model.draft.note == "half a sentence"


def test_the_record_of_the_last_leg_may_be_mended(post: Post, kiosk: HallClient, qtbot: Any) -> None:
    issue(kiosk)
    model = post.program.model
    press(post, qtbot, Qt.Key.Key_F9, lambda: stage(post) is Stage.IDLE)
    qtbot.waitUntil(lambda: bool(model.view and model.view.waiting), timeout=60000)
    press(post, qtbot, Qt.Key.Key_F2, lambda: stage(post) is Stage.CALLED)
    press(post, qtbot, Qt.Key.Key_F4, lambda: stage(post) is Stage.SERVING)
    press(post, qtbot, Qt.Key.Key_F5, lambda: stage(post) is Stage.IDLE)
    qtbot.keyClicks(post.program.panel.main.record.note, "account 7")
    assert model.situation().unsaved is not None
    press(post, qtbot, Qt.Key.Key_F5, lambda: model.situation().unsaved is None)
    assert model.draft is not None
    assert (model.draft.note, model.draft.saved) == ("account 7", True)
