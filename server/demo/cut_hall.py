"""A whole hall whose programs speak over lines that can be cut, for trials of the worst."""

import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from server.adapters.database import open_engine
from server.adapters.embedded_broker import command
from server.adapters.verify import verify
from server.contract.acts import CurrentAct, FinishCustomer, Interaction, Login, NextCustomer, OpenCounter
from server.contract.views.desk import CurrentView
from server.contract.words import CounterState, Outcome, TicketState
from server.demo.bench.hall import BenchHall
from server.demo.children import Child, Household
from server.demo.cut_line import CutLine
from server.demo.programs import KIOSK, STATION, open_server, program
from server.demo.siege import LAST_NUMBER
from server.demo.stage import MANAGER, Stage, set_stage
from server.link.acts import HallClient, new_request_id
from server.link.errors import ActRefused

PATIENCE_S = 10.0


@dataclass(frozen=True, slots=True)
class Lines:
    """Each from one program to another."""

    kiosk: CutLine
    """To the server."""
    counter: CutLine
    """To the server."""
    station: CutLine
    """To the broker, as the two below."""
    kiosk_broker: CutLine
    server_broker: CutLine

    def mend(self) -> None:
        for line in (self.kiosk, self.counter, self.station, self.kiosk_broker, self.server_broker):
            line.mend()


@dataclass(frozen=True, slots=True)
class CutHall(BenchHall):
    lines: Lines

    def child(self, name: str) -> Child:
        return self.household.children[name]

    def kill(self, name: str) -> None:
        """SIGKILL, and waited for; nobody starts it again."""
        process = self.child(name).process
        if process is not None and process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()

    def again(self, name: str) -> None:
        self.child(name).start()

    def log(self, name: str) -> str:
        return (self.stage.home / "logs" / f"{name}.log").read_text(encoding="utf-8")

    def sign_in(self, counter: int) -> HallClient:
        """A clerk at an open counter, by a line that is never cut; close it."""
        badge = next(badge for badge in self.stage.badges if badge.counter == counter)
        token = self.stage.tokens[f"counter-{counter}"]
        client = HallClient(self.stage.url, self.stage.settings.branch, token, timeout_s=PATIENCE_S)
        client.token = client.login(Login(staff=badge.staff, secret=badge.pin, counter=counter)).token
        if client.desk(counter).state is CounterState.CLOSED:
            client.counter_act(counter, "open", OpenCounter(request_id=new_request_id()))
        return client

    def manager(self) -> HallClient:
        """Signed in, for the board; close it."""
        client = HallClient(self.stage.url, self.stage.settings.branch, "", timeout_s=PATIENCE_S)
        client.login(Login(staff=MANAGER, secret=self.stage.manager_password))
        return client

    def findings(self) -> list[str]:
        """What `hall verify` finds wrong."""
        engine = open_engine(self.stage.settings.database_url)
        try:
            return [finding.words for finding in verify(engine, self.stage.settings.branch)]
        finally:
            engine.dispose()

    @property
    def kiosk_store(self) -> Path:
        return self.stage.settings.data_dir / f"{KIOSK}.db"

    @property
    def station_outbox(self) -> Path:
        return self.stage.settings.data_dir / f"{STATION}.outbox"

    def counter_outbox(self, counter: int) -> Path:
        return self.stage.settings.data_dir / f"counter-{counter}" / "outbox.sqlite"

    def add_counter(self, counter: int, script: Path) -> Child:
        """Starts the script as a counter of the hall that speaks over its line."""
        seen = _through(self.stage, self.lines.counter, self.lines.station)
        child = program(seen, f"counter-{counter}", [], machine=f"counter-{counter}", pipes=True)
        child.command = [sys.executable, str(script)]
        return self.household.add(child)


def ask(child: Child, **wish: Any) -> dict[str, Any]:
    """One line to a driven program, and its answer."""
    process = child.process
    assert process is not None
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(wish) + "\n")
    process.stdin.flush()
    answer: dict[str, Any] = json.loads(process.stdout.readline())
    return answer


def serve_next(clerk: HallClient, counter: int) -> str:
    """Calls, serves and finishes whoever is next, as soon as somebody waits; -> the number."""
    until = time.monotonic() + PATIENCE_S
    while (current := call_next(clerk, counter)) is None:
        if time.monotonic() > until:
            raise TimeoutError(f"nobody came to counter {counter}")
        time.sleep(0.05)
    serve(clerk, counter, current)
    return current.number


def call_next(clerk: HallClient, counter: int) -> CurrentView | None:
    """None when nobody waits."""
    try:
        desk = clerk.counter_act(counter, "next", NextCustomer(request_id=new_request_id(), expect=None))
    except ActRefused as refused:
        if refused.problem.code != "nobody-waiting":
            raise
        return None
    return desk.current


def serve(clerk: HallClient, counter: int, current: CurrentView) -> None:
    """From the call, or from wherever it stands, to the finish."""
    if current.state is TicketState.CALLED:
        clerk.counter_act(counter, "start", CurrentAct(request_id=new_request_id(), ticket=current.ticket))
    record = Interaction(service_done=current.service, outcome=Outcome.DONE)
    clerk.counter_act(
        counter, "finish", FinishCustomer(request_id=new_request_id(), ticket=current.ticket, record=record)
    )


def serve_all(clerk: HallClient, counter: int) -> None:
    """Until nobody waits for this counter."""
    if current := clerk.desk(counter).current:
        serve(clerk, counter, current)
    while clerk.desk(counter).waiting:
        serve_next(clerk, counter)


@contextmanager
def cut_hall(config_dir: Path, directory: Path) -> Iterator[CutHall]:
    """Server, broker, simulated devices, station and driven kiosk, each a process of its own."""
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hall-", dir=directory)))
        stage = set_stage(config_dir, home, speed=1, start=datetime.now(UTC), erlangs=1, last_number=LAST_NUMBER)
        household = Household()
        stack.callback(household.close)
        lines = _lines(stage, stack)
        _open(stage, household, lines)
        yield CutHall(stage, household, lines)


def _lines(stage: Stage, stack: ExitStack) -> Lines:
    def line(to: int) -> CutLine:
        made = CutLine(to)
        stack.callback(made.close)
        return made

    server, broker = stage.settings.port, stage.settings.broker.port
    return Lines(line(server), line(server), line(broker), line(broker), line(broker))


def _open(stage: Stage, household: Household, lines: Lines) -> None:
    logs = stage.home / "logs"
    household.add(Child("broker", command(stage.settings.broker.port, stage.broker_users), stage.environment, logs))
    household.add(program(stage, "simulators", ["devices", "simulate", "--control", str(stage.control_port)]))
    server_side = {**stage.environment, "HALL_BROKER_PORT": str(lines.server_broker.port)}
    open_server(replace(stage, environment=server_side), household)
    station = program(_through(stage, lines.kiosk, lines.station), STATION, ["devices", "station"], machine=STATION)
    household.add(station)
    seen = _through(stage, lines.kiosk, lines.kiosk_broker)
    household.add(program(seen, KIOSK, ["kiosk", "--drive"], machine=KIOSK, pipes=True))


def _through(stage: Stage, server: CutLine, broker: CutLine) -> Stage:
    """The hall as a program sees it at the far end of its lines."""
    settings = stage.settings
    return replace(
        stage, settings=replace(settings, port=server.port, broker=replace(settings.broker, port=broker.port))
    )
