"""A hall of the bench's own: real programs, a fresh database, gone afterwards."""

import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from datetime import time as clock
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from server.contract.words import Language
from server.demo.children import Household
from server.demo.programs import KIOSK, open_hall, open_server
from server.demo.siege import LAST_NUMBER
from server.demo.stage import Stage, set_stage
from server.demo.wire import Wire
from server.settings import read_toml


@dataclass(frozen=True, slots=True)
class Ground:
    """Where and how much to measure."""

    config_dir: Path
    directory: Path | None
    """Whose disk is measured; None: that of temporary files."""
    quick: bool
    tickets: int = 0
    """Of the siege; 0: as many as are worth a coffee."""
    database_url: str = ""
    """An empty PostgreSQL database: the siege's, instead of SQLite, and goal 3's, instead of a server of its own."""
    report: Callable[[str], None] = lambda _so_far: None
    """Hears how a long measurement gets on."""

    def amount(self, whole: int, quick: int) -> int:
        return quick if self.quick else whole


@dataclass(frozen=True, slots=True)
class BenchHall:
    stage: Stage
    household: Household

    @property
    def root(self) -> str:
        """Of the branch's addresses."""
        return f"/api/v1/branches/{self.stage.settings.branch}"

    @property
    def issue_path(self) -> str:
        return f"{self.root}/tickets"

    @property
    def server_pid(self) -> int:
        server = self.household.children["server"].process
        assert server is not None
        return server.pid

    def server_memory(self) -> int:
        """Resident bytes."""
        pages = Path(f"/proc/{self.server_pid}/statm").read_text(encoding="ascii").split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    def server_cpu_s(self) -> float:
        """Seconds of processor time since its start, by its own clock (clock_getcpuclockid(3))."""
        return time.clock_gettime((~self.server_pid << 3) | 2)

    def touch(self, service: str, language: Language = Language.ZH, tag: str = "") -> dict[str, Any]:
        """A customer at the driven kiosk; -> its answer. Needs the whole hall."""
        kiosk = self.household.children[KIOSK].process
        assert kiosk is not None
        assert kiosk.stdin is not None
        assert kiosk.stdout is not None
        touch = {"services": [service], "customer_class": "normal", "language": language.value}
        kiosk.stdin.write(json.dumps({"touch": touch, "tag": tag}) + "\n")
        kiosk.stdin.flush()
        answer: dict[str, Any] = json.loads(kiosk.stdout.readline())
        return answer

    def kiosk_line(self) -> Wire:
        return Wire(self.stage.settings.port, self.stage.tokens[KIOSK])


@contextmanager
def bench_hall(
    ground: Ground,
    *,
    whole: bool = False,
    erlangs: float = 1,
    past: Callable[[Stage], None] = lambda _stage: None,
    database_url: str = "",
) -> Iterator[BenchHall]:
    """The server alone, or with broker, simulated devices, station and kiosk when `whole`.

    It has counters enough for `erlangs`; `past` lives what has happened before it starts, from nine in the morning;
    `database_url`: an empty PostgreSQL database instead of SQLite.
    """
    household = Household()
    with tempfile.TemporaryDirectory(prefix="powerhall-bench-", dir=ground.directory) as home:
        start = _morning(ground.config_dir)
        stage = set_stage(
            ground.config_dir,
            Path(home),
            speed=1,
            start=start,
            erlangs=erlangs,
            last_number=LAST_NUMBER,
            database_url=database_url,
        )
        past(stage)
        try:
            if whole:
                open_hall(stage, household, windows=False)
            else:
                open_server(stage, household)
            yield BenchHall(stage, household)
        finally:
            household.close()


def _morning(config_dir: Path) -> datetime:
    """Nine o'clock today in the branch."""
    zone = ZoneInfo(read_toml(config_dir / "hall.toml")["timezone"])
    return datetime.combine(datetime.now(zone), clock(9), zone).astimezone(UTC)
