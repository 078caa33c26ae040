"""Two where there should be one: kiosks of one image, clerks of one name, presses of one wish; and what starts anew."""

import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from server.contract.acts import CurrentAct, FinishCustomer, Interaction, Login, NextCustomer
from server.contract.views.board import BoardView
from server.contract.views.hall import HallView
from server.contract.words import Outcome
from server.demo.cut_hall import CutHall, serve_next
from server.demo.cut_line import Fault
from server.demo.programs import KIOSK
from server.link.acts import HallClient, new_request_id
from server.link.errors import ActRefused
from server.link.stream import ViewStream

Until = Callable[..., bool]
Board = Callable[[], BoardView]


def forge(cut: CutHall, statement: str, value: str) -> str:
    """Changes the kiosk's store while the kiosk is dead; -> what stood there."""
    cut.kill(KIOSK)
    with closing(sqlite3.connect(cut.kiosk_store, isolation_level=None)) as store:
        before = store.execute(f"SELECT {statement} FROM home").fetchone()[0]
        store.execute(f"UPDATE home SET {statement} = ?", (value,))
    cut.again(KIOSK)
    return str(before)


def in_two_hours() -> str:
    return (datetime.now(UTC) + timedelta(hours=2)).isoformat()


@pytest.mark.fault(5)
@pytest.mark.parametrize(("what", "said"), [("machine", "copied-disk"), ("heard_wall", "clock-behind")])
def test_a_copied_kiosk_and_one_whose_clock_fell_back_give_no_number_of_their_own(
    cut: CutHall, clerk: HallClient, until: Until, what: str, said: str
) -> None:
    assert until(lambda: not cut.touch("pay", tag=f"before-{what}-{time.monotonic()}")["offline"])
    cut.lines.kiosk.fail(Fault.REFUSED)
    before = forge(cut, what, "of another machine" if what == "machine" else in_two_hours())
    try:
        told = cut.touch("pay", tag=f"forged-{what}")
        assert (told["error"], told["number"], told["printed"]) == (said, "", "")
    finally:
        forge(cut, what, before)
        cut.lines.mend()
    assert until(lambda: not cut.touch("pay", tag=f"after-{what}-{time.monotonic()}")["offline"])
    while clerk.desk(1).waiting:
        serve_next(clerk, 1)


@pytest.mark.fault(22, 23)
def test_one_wish_from_key_and_screen_at_once_calls_one_customer(cut: CutHall, clerk: HallClient) -> None:
    numbers = [cut.touch("pay", tag=f"at-once-{n}")["number"] for n in range(2)]
    wish = NextCustomer(request_id=new_request_id(), expect=None)
    together = threading.Barrier(2)

    def press(_: int) -> str:
        together.wait()
        desk = clerk.counter_act(1, "next", wish)
        assert desk.current is not None
        return desk.current.number

    with ThreadPoolExecutor(2) as hands:
        assert list(hands.map(press, range(2))) == [numbers[0]] * 2
    with pytest.raises(ActRefused) as second:
        clerk.counter_act(1, "next", NextCustomer(request_id=new_request_id(), expect=None))
    assert second.value.problem.desk is not None
    assert second.value.problem.desk.current is not None
    assert second.value.problem.desk.current.number == numbers[0]
    assert [line.number for line in clerk.desk(1).waiting] == numbers[1:]
    finish_all(clerk)


def finish_all(clerk: HallClient) -> None:
    current = clerk.desk(1).current
    assert current is not None
    clerk.counter_act(1, "start", CurrentAct(request_id=new_request_id(), ticket=current.ticket))
    record = Interaction(service_done=current.service, outcome=Outcome.DONE)
    clerk.counter_act(1, "finish", FinishCustomer(request_id=new_request_id(), ticket=current.ticket, record=record))
    while clerk.desk(1).waiting:
        serve_next(clerk, 1)


@pytest.mark.fault(25)
def test_a_clerk_who_signs_in_at_a_second_counter_is_never_at_two(cut: CutHall, clerk: HallClient) -> None:
    cut.touch("pay", tag="two-counters")
    badge = next(badge for badge in cut.stage.badges if badge.counter == 1)
    branch, token = cut.stage.settings.branch, cut.stage.tokens["counter-4"]
    there = HallClient(cut.stage.url, branch, token, timeout_s=10)
    with closing(there):
        there.token = there.login(Login(staff=badge.staff, secret=badge.pin, counter=4)).token
        with pytest.raises(ActRefused) as old:
            clerk.counter_act(1, "next", NextCustomer(request_id=new_request_id(), expect=None))
        assert old.value.problem.status == 401
    back = cut.sign_in(1)
    with closing(back):
        serve_next(back, 1)
    gone = HallClient(cut.stage.url, branch, there.token, timeout_s=10)
    with closing(gone), pytest.raises(ActRefused):
        gone.desk(4)


@pytest.mark.fault(32)
def test_a_display_that_starts_anew_has_the_whole_hall_in_its_first_word(
    cut: CutHall, clerk: HallClient, board: Board
) -> None:
    told = [cut.touch("pay", tag=f"display-{n}")["number"] for n in range(2)]
    number = serve_next(clerk, 1)
    screen = HallClient(cut.stage.url, cut.stage.settings.branch, cut.stage.tokens[KIOSK], timeout_s=2)
    seen: list[HallView] = []
    first = threading.Event()

    def show(view: HallView) -> None:
        seen.append(view)
        first.set()

    stream = ViewStream(screen, HallView, {"view": "hall"}, show, lambda _line: None)
    with closing(screen):
        stream.start()
        assert first.wait(2.0)
        stream.stop()
    now = board()
    assert number == told[0]
    assert seen[0].waiting == now.waiting == 1
    assert seen[0].calls[0].number == number
    assert [desk.counter for desk in seen[0].counters] == [desk.counter for desk in now.counters]
    assert [queue.service for queue in seen[0].queues] == [queue.service for queue in now.queues]
    serve_next(clerk, 1)
