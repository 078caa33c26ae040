"""Station, kiosk and counter die by kill -9 beside each write to their own disk: what they did counts once."""

import json
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from server.contract.views.board import BoardView
from server.demo.children import Child
from server.demo.cut_hall import CutHall, ask, serve_next
from server.demo.cut_line import Fault
from server.demo.programs import KIOSK, STATION
from server.demo.simulated import Simulators
from server.link.acts import HallClient

Until = Callable[..., bool]
Board = Callable[[], BoardView]
MORTAL = Path(__file__).with_name("mortal_program.py")
COUNTER = 6
DIES_S = 30.0


@contextmanager
def mortal(cut: CutHall, name: str, point: str, *words: str) -> Iterator[Child]:
    """The program runs as one that dies at `point`; when it has, it is started again as it was."""
    child = cut.child(name)
    ordinary = child.command
    cut.kill(name)
    child.command = [sys.executable, str(MORTAL), point, *words]
    child.start()
    try:
        yield child
        assert child.process is not None
        child.process.wait(DIES_S)
    finally:
        cut.kill(name)
        child.command = ordinary
        child.start()


def sampled(*points: str) -> list[Any]:
    """The first in every run, the others in long ones."""
    return [points[0], *(pytest.param(point, marks=pytest.mark.long) for point in points[1:])]


def invited(cut: CutHall, number: str) -> bool:
    look = Simulators(cut.stage.control_port).ask("pad-1", "look")
    return (look["light"], look["number"]) == ("invite", number)


def kept(cut: CutHall) -> int:
    """What the station has on its disk."""
    with closing(sqlite3.connect(f"file:{cut.station_outbox}?mode=ro", uri=True)) as db:
        return int(db.execute("SELECT count(*) FROM entry").fetchone()[0])


@pytest.mark.fault(3, 30)
@pytest.mark.parametrize("point", sampled("after.put", "before.put", "before.acknowledge", "after.acknowledge"))
def test_a_press_counts_once_though_its_station_dies_beside_it(
    cut: CutHall, clerk: HallClient, board: Board, until: Until, point: str
) -> None:
    counted = board().ratings.n
    with mortal(cut, STATION, point, "station", "station"):
        cut.touch("pay", tag=f"pressed-{point}")
        number = serve_next(clerk, 1)
        assert until(lambda: invited(cut, number))
        Simulators(cut.stage.control_port).press("pad-1", 5)

    assert until(lambda: board().ratings.n == counted + 1)
    assert until(lambda: Simulators(cut.stage.control_port).ask("pad-1", "look")["unacknowledged"] == 0)
    assert until(lambda: kept(cut) == 0)
    assert board().ratings.n == counted + 1


@pytest.mark.fault(3, 4)
@pytest.mark.parametrize("point", sampled("after.issue", "before.issue"))
def test_a_kiosk_that_dies_beside_a_number_of_its_own_gives_one_number(
    cut: CutHall, clerk: HallClient, until: Until, point: str
) -> None:
    tag = f"own-{point}"
    with mortal(cut, KIOSK, point, "kiosk", "--drive") as kiosk:
        first = cut.touch("pay", tag=f"{tag}-online")["number"]
        cut.lines.kiosk.fail(Fault.REFUSED)
        send(kiosk, touch={"services": ["pay"]}, tag=tag)
    again = cut.touch("pay", tag=tag)
    assert (again["error"], again["offline"]) == ("", True)
    cut.lines.mend()

    assert until(lambda: [line.number for line in clerk.desk(1).waiting] == [first, again["number"]])
    assert [serve_next(clerk, 1) for _ in range(2)] == [first, again["number"]]
    assert clerk.desk(1).waiting == []


@pytest.mark.fault(3, 4)
@pytest.mark.parametrize("point", sampled("before.settle", "after.settle"))
def test_a_number_is_adopted_once_though_its_kiosk_dies_beside_the_adoption(
    cut: CutHall, clerk: HallClient, until: Until, point: str
) -> None:
    with mortal(cut, KIOSK, point, "kiosk", "--drive"):
        online = cut.touch("pay", tag=f"adopted-{point}-online")["number"]
        cut.lines.kiosk.fail(Fault.REFUSED)
        printed = cut.touch("pay", tag=f"adopted-{point}")["number"]
        cut.lines.mend()
    fresh = cut.touch("pay", tag=f"adopted-{point}-after")["number"]

    assert until(lambda: {line.number for line in clerk.desk(1).waiting} == {online, printed, fresh})
    assert {serve_next(clerk, 1) for _ in range(3)} == {online, printed, fresh}
    assert clerk.desk(1).waiting == []


@pytest.fixture(scope="session")
def counter(lined_hall: CutHall) -> str:
    """The real counter program at counter 6; no other trial starts one there."""
    return lined_hall.add_counter(COUNTER, Path(__file__).with_name("driven_counter.py")).name


@pytest.mark.fault(3, 24)
@pytest.mark.parametrize("point", sampled("before.drop", "after.drop", "before.put", "after.put"))
def test_a_customer_served_away_from_the_server_counts_once_though_the_counter_dies_beside_the_record(
    cut: CutHall, counter: str, board: Board, until: Until, point: str
) -> None:
    finished = board().finished
    with mortal(cut, counter, point, "counter") as desk:
        sign_in(cut, desk, until)
        cut.touch("pay", tag=f"served-{point}")
        assert until(lambda: press(desk, "next", until)["stage"] == "called")
        assert until(lambda: press(desk, "start", until)["stage"] == "serving")
        cut.lines.counter.fail(Fault.REFUSED)
        assert until(lambda: ask(desk)["stale"])
        send(desk, press="finish")
        if point.endswith("drop"):
            cut.lines.mend()
    cut.lines.mend()
    desk = cut.child(counter)
    sign_in(cut, desk, until)
    if ask(desk)["stage"] == "serving":
        press(desk, "finish", until)

    assert until(lambda: ask(desk)["pending"] == 0 and ask(desk)["stage"] == "idle")
    assert until(lambda: board().finished == finished + 1)


def sign_in(cut: CutHall, desk: Child, until: Until) -> None:
    badge = next(badge for badge in cut.stage.badges if badge.counter == COUNTER)
    ask(desk, sign_in=[badge.staff, badge.pin])
    assert until(lambda: ask(desk)["stage"] != "unknown" and not ask(desk)["stale"])
    if ask(desk)["stage"] == "closed":
        press(desk, "pause", until)


def press(desk: Child, key: str, until: Until) -> dict[str, Any]:
    assert until(lambda: not ask(desk)["asking"])
    ask(desk, press=key)
    assert until(lambda: not ask(desk)["asking"])
    return ask(desk)


def send(desk: Child, **wish: Any) -> None:
    """To a program that may die before it answers."""
    assert desk.process is not None
    assert desk.process.stdin is not None
    desk.process.stdin.write(json.dumps(wish) + "\n")
    desk.process.stdin.flush()
