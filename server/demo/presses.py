"""Customers press while the broker is dead and the server is killed: is every press counted once, for its own visit?

Each customer presses the pad of the counter after the service, as at the pads of a hall; the station keeps what it
cannot tell. When the broker is back it tells all of it, and broker, server and station are killed again meanwhile.
"""

import asyncio
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from server.adapters.database import open_engine
from server.adapters.embedded_broker import command
from server.adapters.journal import read_events
from server.demo import told
from server.demo.checker import check
from server.demo.children import Child, Household
from server.demo.programs import READY_S, STATION, open_server, program
from server.demo.siege import restart, sign_in
from server.demo.simulated import Simulators
from server.demo.stage import SPARE_COUNTERS, Stage, set_stage
from server.demo.storm import Keys, Storm
from server.domain.events.ratings import RatingGiven, RatingIgnored

LAST_NUMBER = 9000
NEXT_AFTER_S = 3.0
"""A counter's next customer comes so long after the press of the one before, which is then told by its time alone."""
DRAIN_S = 600.0
"""Longer than a station needs for all that it kept."""
TIRED_S = 0.05
BROKER, SERVER = "broker", "server"


@dataclass(frozen=True, slots=True)
class Pressed:
    """What became of the presses."""

    presses: int
    """Keys that were pressed, each by the customer of another visit."""
    kept: int
    """Those that the station held on its disk when the broker came back."""
    counted: int
    """Visits with one rating, and that their own customer's."""
    problems: list[str]
    kills: Counter[str]
    drained_s: float


def embedded(stage: Stage) -> Sequence[str]:
    """The command of the broker that comes with the hall."""
    return command(stage.settings.broker.port, stage.broker_users)


def press_all(
    config_dir: Path, home: Path, presses: int, counters: int, broker: Callable[[Stage], Sequence[str]] = embedded
) -> Pressed:
    """So many customers at so many counters side by side; `broker` gives the command that runs it."""
    erlangs = counters / SPARE_COUNTERS
    stage = set_stage(config_dir, home, speed=1, start=datetime.now(UTC), erlangs=erlangs, last_number=LAST_NUMBER)
    household = Household()
    try:
        return asyncio.run(_Pressing(stage, household, presses, broker(stage)).run())
    finally:
        household.close()


@dataclass(slots=True)
class _Pressing:
    stage: Stage
    household: Household
    presses: int
    broker: Sequence[str]
    scores: dict[str, int] = field(default_factory=dict)
    """Ticket -> the key that its customer pressed."""
    kills: Counter[str] = field(default_factory=Counter)

    async def run(self) -> Pressed:
        await asyncio.to_thread(self._open)
        settings = self.stage.settings
        keys = Keys(self.stage.tokens["kiosk-1"], lambda counter: sign_in(self.stage, counter))
        storm = Storm([settings.port], settings.branch, keys, ["pay"], seed=13)
        counters = [badge.counter for badge in self.stage.badges]
        share, rest = divmod(self.presses, len(counters))
        trouble = asyncio.create_task(self._kill_while_pressing())
        await asyncio.gather(*(self._serve(storm, counter, share + (n < rest)) for n, counter in enumerate(counters)))
        await trouble
        storm.close()
        kept, began = await self._all_kept(), time.monotonic()
        await self._drain(kept)
        problems = [*check(storm.chronicle.lines, settings.hall), *self._miscounted()]
        counted = self.presses - len(problems)
        return Pressed(len(self.scores), kept, counted, problems, self.kills, time.monotonic() - began)

    def _open(self) -> None:
        """All but the broker."""
        stage, household = self.stage, self.household
        words = ["devices", "simulate", "--control", str(stage.control_port)]
        household.add(program(stage, "simulators", words))
        open_server(stage, household)
        household.add(program(stage, STATION, ["devices", "station"], machine=STATION))
        household.children[BROKER] = Child(BROKER, self.broker, stage.environment, stage.home / "logs")

    async def _serve(self, storm: Storm, counter: int, customers: int) -> None:
        kiosk, line = storm.line(storm.keys.kiosk), storm.line(await storm.keys.sign_in(counter))
        simulators, acts = Simulators(self.stage.control_port), f"/counters/{counter}"
        await storm.asked(line, "open", f"{acts}/open", {})
        for _ in range(customers):
            await storm.asked(kiosk, told.ISSUE, "/tickets", {"services": ["pay"]})
            desk = await storm.asked(line, told.NEXT, f"{acts}/next", {"expect": None}, counter=counter)
            ticket = desk["current"]["ticket"]
            known = {"ticket": ticket, "counter": counter}
            await asyncio.sleep(NEXT_AFTER_S)
            await storm.asked(line, told.START, f"{acts}/start", {"ticket": ticket}, **known)
            body = {"ticket": ticket, "record": {"service_done": "pay", "outcome": "done"}}
            await storm.asked(line, told.FINISH, f"{acts}/finish", body, **known)
            self.scores[ticket] = key = 1 + len(self.scores) % 5
            await asyncio.to_thread(simulators.press, f"pad-{counter}", key)

    async def _kill_while_pressing(self) -> None:
        """The station once too: the pads then hold what nobody took."""
        for share, name in ((0.25, SERVER), (0.5, STATION), (0.75, SERVER)):
            while len(self.scores) < share * self.presses:
                await asyncio.sleep(TIRED_S)
            await self._again(name)

    async def _drain(self, kept: int) -> None:
        """Broker, server and station are killed while the station tells what it kept."""
        await asyncio.to_thread(self.household.children[BROKER].start)
        async with asyncio.timeout(DRAIN_S):
            for share, name in ((0.8, BROKER), (0.6, SERVER), (0.4, STATION), (0.2, BROKER)):
                while self._kept() > share * kept:
                    await asyncio.sleep(TIRED_S)
                await self._again(name)
            while self._kept():
                await asyncio.sleep(TIRED_S)

    async def _again(self, name: str) -> None:
        await asyncio.to_thread(restart, self.household.children[name])
        self.kills[name] += 1

    async def _all_kept(self) -> int:
        """Pads repeat what their station did not take while it was dead."""
        until = time.monotonic() + READY_S
        while self._kept() < len(self.scores) and time.monotonic() < until:
            await asyncio.sleep(TIRED_S)
        return self._kept()

    def _kept(self) -> int:
        """Presses on the station's disk."""
        outbox = self.stage.settings.data_dir / f"{STATION}.outbox"
        with closing(sqlite3.connect(f"file:{outbox}?mode=ro", uri=True, timeout=READY_S)) as db:
            (entries,) = db.execute("SELECT count(*) FROM entry").fetchone()
        return int(entries)

    def _miscounted(self) -> list[str]:
        """Visits whose ratings are not the one press of their customer, and presses that count nowhere."""
        engine = open_engine(self.stage.settings.database_url)
        try:
            with engine.connect() as connection:
                events = [one.event for one in read_events(connection, self.stage.settings.branch)]
        finally:
            engine.dispose()
        given = [event for event in events if isinstance(event, RatingGiven)]
        times = Counter(str(event.ticket) for event in given)
        return [
            *(f"{ticket} was rated {times[ticket]} times" for ticket in self.scores if times[ticket] != 1),
            *(f"{event.ticket} was rated by another" for event in given if self.scores[event.ticket] != event.score),
            *(f"a press was {event.fate}" for event in events if isinstance(event, RatingIgnored)),
        ]
