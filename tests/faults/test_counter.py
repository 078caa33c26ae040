"""A counter program whose line is cut or that is killed: it says so, keeps what was done, goes on where it was."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from server.contract.views.board import BoardView
from server.demo.children import Child
from server.demo.cut_hall import CutHall, ask
from server.demo.cut_line import Fault
from server.link.acts import HallClient

Until = Callable[..., bool]
COUNTER = 2
STALE_WITHIN_S = 12.0


@pytest.fixture(scope="session")
def program(lined_hall: CutHall) -> Child:
    """The real counter program at counter 2."""
    return lined_hall.add_counter(COUNTER, Path(__file__).with_name("driven_counter.py"))


@pytest.fixture
def desk(cut: CutHall, program: Child, until: Until) -> Child:
    """Signed in, open, with nobody at the counter."""
    if ask(program)["staff"] is None:
        sign_in(cut, program, until)
    if ask(program)["stage"] == "closed":
        press(program, "pause", until)
    assert until(lambda: ask(program)["stage"] == "idle")
    return program


def sign_in(cut: CutHall, program: Child, until: Until) -> None:
    badge = next(badge for badge in cut.stage.badges if badge.counter == COUNTER)
    ask(program, sign_in=[badge.staff, badge.pin])
    assert until(lambda: ask(program)["stage"] != "unknown" and not ask(program)["stale"])


def press(program: Child, key: str, until: Until) -> dict[str, Any]:
    """As a person does, who waits for the answer; -> what is shown then."""
    assert until(lambda: not ask(program)["asking"])
    ask(program, press=key)
    assert until(lambda: not ask(program)["asking"])
    return ask(program)


def call(cut: CutHall, program: Child, until: Until, tag: str) -> str:
    """A customer comes and is called here."""
    told = cut.touch("pay", tag=tag)
    assert (told["error"], told["offline"]) == ("", False)
    assert until(lambda: press(program, "next", until)["number"] == told["number"])
    return str(told["number"])


@pytest.mark.fault(4)
@pytest.mark.parametrize("fault", [Fault.REFUSED, Fault.FROZEN])
def test_a_desk_that_is_cut_off_says_so_within_twelve_seconds_and_what_it_finished_is_adopted_once(
    cut: CutHall, desk: Child, board: Callable[[], BoardView], until: Until, fault: Fault
) -> None:
    finished = board().finished
    number = call(cut, desk, until, f"served-{fault.name}")
    press(desk, "start", until)
    ask(desk, note="paid in cash")

    cut.lines.counter.fail(fault)
    began = time.monotonic()
    assert until(lambda: ask(desk)["stale"], seconds=20)
    assert time.monotonic() - began <= STALE_WITHIN_S
    assert ask(desk)["says"].startswith("away.title")
    assert (ask(desk)["number"], ask(desk)["note"]) == (number, "paid in cash")
    kept = press(desk, "finish", until)
    assert (kept["pending"], kept["number"]) == (1, None)
    cut.lines.mend()

    assert until(lambda: ask(desk)["pending"] == 0 and not ask(desk)["stale"])
    assert board().finished == finished + 1
    assert ask(desk)["stage"] == "idle"


@pytest.mark.fault(23)
def test_next_pressed_again_because_no_answer_came_calls_one_customer(
    cut: CutHall, desk: Child, clerk: HallClient, until: Until
) -> None:
    numbers = [cut.touch("pay", tag=f"twice-{n}")["number"] for n in range(2)]
    cut.lines.counter.fail(Fault.SWALLOWED)
    assert press(desk, "next", until)["refusal"] == "refused.outcome-unknown"
    cut.lines.mend()

    assert until(lambda: press(desk, "next", until)["number"] == numbers[0])
    assert [line.number for line in clerk.desk(1).waiting] == numbers[1:]
    for key, stage in [("start", "serving"), ("finish", "idle"), ("next", "called"), ("start", "serving")]:
        assert until(lambda key=key, stage=stage: press(desk, key, until)["stage"] == stage)
    assert until(lambda: press(desk, "finish", until)["stage"] == "idle")


@pytest.mark.fault(24)
def test_a_counter_program_killed_while_serving_goes_on_with_its_customer_and_the_right_time(
    cut: CutHall, desk: Child, until: Until
) -> None:
    number = call(cut, desk, until, "killed")
    press(desk, "start", until)
    began = time.monotonic()
    ask(desk, note="half a sentence")

    cut.kill(desk.name)
    cut.again(desk.name)
    sign_in(cut, desk, until)

    look = ask(desk)
    assert (look["stage"], look["number"], look["note"]) == ("serving", number, "half a sentence")
    assert look["timer_s"] == pytest.approx(time.monotonic() - began, abs=2.0)
    assert press(desk, "finish", until)["number"] is None
