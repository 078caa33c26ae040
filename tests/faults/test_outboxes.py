"""Damaged and full disks beneath kiosk, station and counter: found, set aside, alarmed, and the hall goes on."""

import resource
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from server.contract.views.board import BoardView
from server.demo.cut_hall import CutHall, ask, serve_next
from server.demo.cut_line import Fault
from server.demo.programs import KIOSK, STATION
from server.demo.simulated import Simulators
from server.link.acts import HallClient
from server.link.small_file import PARTS, aside

Until = Callable[..., bool]
Board = Callable[[], BoardView]
DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "emptied": lambda whole: b"",
    "cut short": lambda whole: whole[: len(whole) * 2 // 3],
    "overwritten": lambda whole: whole[:100] + b"\xa5" * (len(whole) - 100),
}


def mostly(now: str) -> list[object]:
    """This damage each time, the others in the long run."""
    return [how if how == now else pytest.param(how, marks=pytest.mark.long) for how in DAMAGES]


def alert(board: Board, device: str) -> str | None:
    """What the manager's board says of the program's own disk."""
    causes = [line.alert for line in board().devices if line.device == device and line.part in {"outbox", "store"}]
    return causes[0] if causes else None


@contextmanager
def damaged(cut: CutHall, program: str, file: Path, how: str) -> Iterator[None]:
    """The program is killed and finds its file so when it lives again; afterwards it has its own back."""
    cut.kill(program)
    kept = file.with_name("kept")
    shutil.copy(file, kept)
    for ending in PARTS[1:]:
        file.with_name(file.name + ending).unlink(missing_ok=True)
    file.write_bytes(DAMAGES[how](file.read_bytes()))
    cut.again(program)
    try:
        yield
    finally:
        cut.kill(program)
        for ending in PARTS:
            file.with_name(file.name + ending).unlink(missing_ok=True)
        for each in aside(file):
            each.unlink()
        kept.rename(file)
        cut.again(program)


@contextmanager
def full_disk(cut: CutHall, program: str) -> Iterator[None]:
    """No file of the program may grow any more."""
    process = cut.child(program).process
    assert process is not None
    before = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, before)


@pytest.mark.fault(30)
@pytest.mark.parametrize("how", mostly("overwritten"))
def test_a_station_with_a_damaged_outbox_says_so_until_staff_have_it_and_takes_presses(
    cut: CutHall, clerk: HallClient, board: Board, until: Until, how: str
) -> None:
    assert until(lambda: cut.station_outbox.exists() and cut.station_outbox.stat().st_size > 0)
    with damaged(cut, STATION, cut.station_outbox, how):
        assert until(lambda: alert(board, STATION) == "outbox-set-aside")
        (lost,) = aside(cut.station_outbox)
        assert lost.stat().st_size > 0 or how == "emptied"
        rated(cut, clerk, board, until, f"damaged-{how}".replace(" ", "-"))
        lost.unlink()
        assert until(lambda: alert(board, STATION) is None)


@pytest.mark.fault(11)
def test_a_station_whose_disk_is_full_keeps_the_press_at_the_pad_and_says_so(
    cut: CutHall, clerk: HallClient, board: Board, until: Until
) -> None:
    simulators = Simulators(cut.stage.control_port)
    counted = board().ratings.n
    cut.touch("pay", tag="full-station")
    number = serve_next(clerk, 1)
    assert until(lambda: simulators.ask("pad-1", "look")["number"] == number)

    with full_disk(cut, STATION):
        simulators.press("pad-1", 5)
        assert until(lambda: alert(board, STATION) == "outbox-failing")
        assert board().ratings.n == counted

    assert until(lambda: board().ratings.n == counted + 1)
    assert until(lambda: alert(board, STATION) is None)


@pytest.mark.fault(5, 11)
@pytest.mark.parametrize("how", mostly("cut short"))
def test_a_kiosk_with_a_damaged_store_goes_on_line_and_gives_no_number_of_its_own_twice(
    cut: CutHall, clerk: HallClient, board: Board, until: Until, how: str
) -> None:
    tag = how.replace(" ", "-")
    assert until(lambda: not cut.touch("pay", tag=f"whole-{tag}-{time.monotonic()}")["offline"])
    with damaged(cut, KIOSK, cut.kiosk_store, how):
        on_line = cut.touch("pay", tag=f"damaged-{tag}")
        assert (on_line["error"], on_line["offline"], on_line["printed"]) == ("", False, "printed")
        assert until(lambda: alert(board, KIOSK) == "store-set-aside")

        cut.lines.kiosk.fail(Fault.REFUSED)
        assert cut.touch("pay", tag=f"damaged-away-{tag}")["error"] == "store-lost"
        cut.lines.mend()
    assert until(lambda: alert(board, KIOSK) is None)
    empty(clerk)


@pytest.mark.fault(11)
def test_a_kiosk_whose_disk_is_full_says_see_staff_before_any_paper_and_issues_on_line(
    cut: CutHall, clerk: HallClient, until: Until
) -> None:
    simulators = Simulators(cut.stage.control_port)
    with full_disk(cut, KIOSK):
        assert until(lambda: not cut.touch("pay", tag=f"full-on-line-{time.monotonic()}")["offline"])
        slips = len(simulators.slips("printer-1"))
        cut.lines.kiosk.fail(Fault.REFUSED)
        refused = cut.touch("pay", tag="full-away")
        assert (refused["error"], refused["number"]) == ("disk", "")
        assert len(simulators.slips("printer-1")) == slips

    told = cut.touch("pay", tag="room-again")
    assert (told["error"], told["offline"]) == ("", True)
    cut.lines.mend()
    assert until(lambda: told["number"] in [line.number for line in clerk.desk(1).waiting])
    empty(clerk)


def rated(cut: CutHall, clerk: HallClient, board: Board, until: Until, tag: str) -> None:
    """A customer is served and presses; it counts."""
    simulators = Simulators(cut.stage.control_port)
    counted = board().ratings.n
    cut.touch("pay", tag=tag)
    number = serve_next(clerk, 1)
    assert until(lambda: simulators.ask("pad-1", "look")["number"] == number)
    simulators.press("pad-1", 5)
    assert until(lambda: board().ratings.n == counted + 1)


def empty(clerk: HallClient) -> None:
    while clerk.desk(1).waiting:
        serve_next(clerk, 1)


COUNTER = 3


@pytest.mark.fault(24)
@pytest.mark.parametrize("how", mostly("emptied"))
def test_a_counter_with_a_damaged_disk_starts_sets_it_aside_and_tells_the_clerk(
    cut: CutHall, until: Until, how: str
) -> None:
    outbox = cut.counter_outbox(COUNTER)
    name = f"counter-{COUNTER}"
    if name not in cut.household.children:
        cut.add_counter(COUNTER, Path(__file__).with_name("driven_counter.py"))
        assert ask(cut.child(name))["staff"] is None
    with damaged(cut, name, outbox, how):
        badge = next(badge for badge in cut.stage.badges if badge.counter == COUNTER)
        ask(cut.child(name), sign_in=[badge.staff, badge.pin])
        assert until(lambda: ask(cut.child(name))["staff"] == badge.staff)
        assert until(lambda: ask(cut.child(name))["refusal"] == "refused.set-aside")
        assert len(aside(outbox)) == 1
