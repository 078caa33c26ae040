"""What the view-model works with."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from kiosk.halltime import HallTime
from kiosk.scanning import ScanDesk
from kiosk.taking import NumberDesk
from kiosk.theme import Theme
from kiosk.visit import Manner

T = TypeVar("T")


class Worker(Protocol):
    """Off the Qt thread and back; `server.link.qt.Bridge` is one."""

    def run(self, work: Callable[[], T], done: Callable[[T], None], failed: Callable[[Exception], None]) -> None: ...

    def call(self, job: Callable[[], None]) -> None:
        """From any thread: soon on the Qt thread, in order."""
        ...


@dataclass(frozen=True, slots=True)
class Tools:
    desk: NumberDesk
    worker: Worker
    monotonic: Callable[[], float]
    hall_time: HallTime
    new_request_id: Callable[[], str]
    theme: Theme
    scans: ScanDesk
    call_staff: Callable[[], bool]
    """Tells somebody; False when nobody could be told."""
    voice_program: str | None = None
    usual: Manner = field(default_factory=Manner)
