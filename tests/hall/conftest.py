"""A whole hall in real programs, and waiting for what they do."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol, TypeVar

import pytest

from server.demo.bench.hall import BenchHall, Ground, bench_hall

CONFIG = Path(__file__).parents[2] / "config"
WAIT_S = 30.0
LOOK_EVERY_S = 0.05

T = TypeVar("T")


class Until(Protocol):
    def __call__(self, look: Callable[[], T], seconds: float = WAIT_S) -> T: ...


def _until(look: Callable[[], T], seconds: float = WAIT_S) -> T:
    pause = threading.Event()
    for _ in range(int(seconds / LOOK_EVERY_S)):
        if found := look():
            return found
        pause.wait(LOOK_EVERY_S)
    return look()


@pytest.fixture
def until() -> Until:
    """Looks until something true is seen and returns it; at the end of its patience, whatever is seen then."""
    return _until


@pytest.fixture
def config_dir() -> Path:
    return CONFIG


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[BenchHall]:
    """Server, broker, simulated devices, station and driven kiosk, each a process of its own."""
    with bench_hall(Ground(CONFIG, tmp_path, quick=True), whole=True) as opened:
        yield opened
