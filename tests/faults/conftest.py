"""One whole hall for all trials of a worker, with lines that can be cut; mended and verified after each."""

import sqlite3
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from server.contract.views.board import BoardView
from server.demo.cut_hall import CutHall, cut_hall, serve_all
from server.link.acts import HallClient

CONFIG = Path(__file__).parents[2] / "config"
LEARNS_S = 60.0


@pytest.fixture(scope="session")
def lined_hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CutHall]:
    """Whole: its kiosk has learned the hall by heart, and may be cut off from now on."""
    with cut_hall(CONFIG, tmp_path_factory.mktemp("cut")) as hall:
        _wait_for(hall.kiosk_store, "SELECT count(*) > 0 FROM home WHERE services IS NOT NULL")
        yield hall


def _wait_for(store: Path, question: str) -> None:
    """Until the kiosk's store says yes."""
    until = time.monotonic() + LEARNS_S
    while not _says_yes(store, question):
        assert time.monotonic() < until, question
        threading.Event().wait(0.05)


def _says_yes(store: Path, question: str) -> bool:
    with suppress(sqlite3.OperationalError), closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as file:
        return bool(file.execute(question).fetchone()[0])
    return False


@pytest.fixture
def cut(lined_hall: CutHall) -> Iterator[CutHall]:
    """Afterwards every line is whole, every program alive, and the journal tells one story."""
    yield lined_hall
    lined_hall.lines.mend()
    for child in lined_hall.household.children.values():
        if not child.alive:
            child.start()
    assert lined_hall.findings() == []


@pytest.fixture(scope="session")
def board(lined_hall: CutHall) -> Iterator[Callable[[], BoardView]]:
    """What the manager sees now."""
    manager = lined_hall.manager()
    yield manager.board
    manager.close()


@pytest.fixture
def clerk(cut: CutHall) -> Iterator[HallClient]:
    """Signed in at counter 1, which is open and has nobody waiting, nor will have: no number is to be adopted yet."""
    client = cut.sign_in(1)
    _wait_for(cut.kiosk_store, "SELECT count(*) = 0 FROM ticket WHERE settled IS NULL")
    serve_all(client, 1)
    yield client
    client.close()


@pytest.fixture
def unwell(board: Callable[[], BoardView]) -> Callable[..., list[tuple[str, str, str, str | None]]]:
    """Devices of which the board says something other than the given words of health: name, part, health, alert."""

    def look(*well: str, of: Collection[str] = ()) -> list[tuple[str, str, str, str | None]]:
        lines = [line for line in board().devices if not of or line.device in of]
        return [(line.device, line.part, line.health, line.alert) for line in lines if line.health not in well]

    return look
