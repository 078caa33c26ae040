"""A commit may fail on its way: each caller learns by its request id what became of it, and nothing is done twice."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, event

from server.adapters.database import open_engine
from server.adapters.verify import verify
from server.application.answers import Accepted, NotOwner, OutcomeUnknown, Unavailable

CALLERS = 12
HALF_S = 1.0
"""A half-open line is found dead after so long."""


class CuttingLine:
    """A line to PostgreSQL that breaks around the next COMMIT once it is armed."""

    def __init__(self, host: str, port: int) -> None:
        self._far = (host, port)
        self._armed = ""
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def arm(self, where: str) -> None:
        """`before`: the COMMIT never arrives. `after`: it does, its answer is swallowed.

        `half`: as after, and the database goes on believing in the line for a while.
        """
        self._armed = where

    def close(self) -> None:
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listening.accept()
                far = socket.create_connection(self._far)
                threading.Thread(target=self._hear_keeper, args=(near, far), daemon=True).start()

    def _hear_keeper(self, near: socket.socket, far: socket.socket) -> None:
        answers = threading.Thread(target=self._carry, args=(far, near), daemon=True)
        answers.start()
        with near, far, suppress(OSError):
            while data := near.recv(65536):
                if b"COMMIT\0" in data and self._armed:
                    where, self._armed = self._armed, ""
                    self._cut(where, near, far, data)
                    break
                far.sendall(data)
            far.shutdown(socket.SHUT_RDWR)
            answers.join()

    def _cut(self, where: str, near: socket.socket, far: socket.socket, commit: bytes) -> None:
        near.shutdown(socket.SHUT_RDWR)
        if where != "before":
            far.sendall(commit)
            threading.Event().wait(HALF_S if where == "half" else 0.05)

    def _carry(self, far: socket.socket, near: socket.socket) -> None:
        """The answers; those that nobody hears any more are read and dropped."""
        with suppress(OSError):
            while data := far.recv(65536):
                with suppress(OSError):
                    near.sendall(data)
            near.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def line(pg_branch: Any) -> Iterator[CuttingLine]:
    url = pg_branch.engine.url
    opened = CuttingLine(url.host, url.port)
    yield opened
    opened.close()


def ask_again(branch: Any, keeper: Any, ticket: str, request_id: str) -> Accepted:
    """As a caller does who was told to ask again."""
    assert keeper.wait_ready(20)
    answer = branch.ask(keeper, branch.issue(ticket), request_id)
    while isinstance(answer, OutcomeUnknown | Unavailable | NotOwner):
        assert keeper.wait_ready(20)
        answer = branch.ask(keeper, branch.issue(ticket), request_id)
    assert isinstance(answer, Accepted), answer
    return answer


@pytest.mark.parametrize("where", ["before", "after", "half"])
def test_a_line_cut_inside_the_commit_gives_every_caller_one_ticket(
    pg_branch: Any, line: CuttingLine, where: str, expected_logs: Any
) -> None:
    expected_logs.expect("ended unknown|cannot be read")
    branch = pg_branch
    engine = open_engine(branch.engine.url.set(host="127.0.0.1", port=line.port).render_as_string(False))
    keeper = branch.keeper(engine=engine)
    branch.done(keeper, branch.issue("first"))
    asked = [branch.issue(f"t{n}") for n in range(CALLERS)]
    envelopes = [branch.envelope(command, f"request-{n}") for n, command in enumerate(asked)]
    line.arm(where)
    answers = branch.together(keeper, list(zip(asked, envelopes, strict=True)))
    assert all(isinstance(one, Accepted | OutcomeUnknown | Unavailable | NotOwner) for one in answers)
    again = [ask_again(branch, keeper, f"t{n}", f"request-{n}") for n in range(CALLERS)]
    for first, second in zip(answers, again, strict=True):
        if isinstance(first, Accepted):
            assert (second.body, second.repeated) == (first.body, True)
        elif isinstance(first, Unavailable):
            assert not second.repeated, "what was told to be not written was written"
        elif where != "before":
            assert second.repeated
    assert keeper.hall.issued == CALLERS + 1
    assert len({ticket.visit.number for ticket in keeper.hall.live.values()}) == CALLERS + 1
    keeper.stop()
    assert verify(branch.engine, branch.name) == []
    engine.dispose()


def fail_once_at_commit(engine: Engine, cut: Callable[[Any], None]) -> threading.Event:
    """Breaks the next commit by `cut` on the raw connection."""
    armed = threading.Event()

    @event.listens_for(engine, "commit")
    def on_commit(connection: Any) -> None:
        if armed.is_set():
            armed.clear()
            cut(connection)

    return armed


def test_a_session_ended_before_its_commit_is_answered_as_not_written(pg_branch: Any, expected_logs: Any) -> None:
    expected_logs.expect("ended unknown")
    branch = pg_branch
    engine = open_engine(branch.url)

    def terminate(connection: Any) -> None:
        backend = connection.connection.dbapi_connection.info.backend_pid
        with psycopg.connect(branch.url.replace("+psycopg", ""), autocommit=True) as admin:
            admin.execute("SELECT pg_terminate_backend(%s)", [backend])

    armed = fail_once_at_commit(engine, terminate)
    keeper = branch.keeper(engine=engine)
    branch.done(keeper, branch.issue("t1"))
    armed.set()
    assert isinstance(branch.ask(keeper, branch.issue("t2"), "request-cut"), Unavailable | OutcomeUnknown)
    assert keeper.wait_ready(10)
    assert set(keeper.hall.live) == {"t1"}
    assert not ask_again(branch, keeper, "t2", "request-cut").repeated
    engine.dispose()


def test_a_commit_whose_answer_is_lost_is_found_again_and_announced(branch: Any, expected_logs: Any) -> None:
    expected_logs.expect("ended unknown")
    engine = open_engine(branch.url)

    def commit_and_lose(connection: Any) -> None:
        connection.connection.dbapi_connection.commit()
        connection.connection.dbapi_connection.close()

    armed = fail_once_at_commit(engine, commit_and_lose)
    heard = list[int]()
    keeper = branch.keeper(engine=engine, begin=False)
    keeper.on_committed(lambda recorded, _hall: heard.extend(one.seq for one in recorded))
    keeper.start()
    branch.done(keeper, branch.issue("t1"))
    armed.set()
    answer = branch.ask(keeper, branch.issue("t2"), "request-lost")
    again = ask_again(branch, keeper, "t2", "request-lost")
    assert again.body == f'{{"rev":{keeper.rev},"events":1}}'
    assert answer == OutcomeUnknown() or answer.body == again.body
    assert keeper.hall.issued == 2
    assert heard == list(range(1, keeper.rev + 1))
    keeper.stop()
    assert verify(branch.engine, branch.name) == []
    engine.dispose()


def test_an_old_act_that_could_not_be_forgotten_costs_the_line_not_the_branch(
    pg_branch: Any, expected_logs: Any
) -> None:
    expected_logs.expect("may still be kept|cannot be read")
    branch, dead = pg_branch, threading.Event()
    engine = open_engine(branch.url)

    def at_prune(name: str) -> None:
        if name == "before_prune_commit" and not dead.is_set():
            dead.set()
            with psycopg.connect(branch.url.replace("+psycopg", ""), autocommit=True) as admin:
                admin.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'"
                )

    keeper = branch.keeper(engine=engine, checkpoint=at_prune)
    assert dead.wait(30)
    assert not ask_again(branch, keeper, "t1", "request-1").repeated
    with psycopg.connect(branch.url.replace("+psycopg", ""), autocommit=True) as admin:
        locks = admin.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted").fetchone()
    assert locks == (1,)
    engine.dispose()


def test_a_locked_database_is_said_in_time_and_the_hall_goes_on(branch: Any, until: Any, expected_logs: Any) -> None:
    expected_logs.expect("cannot be written")
    keeper = branch.keeper()
    branch.done(keeper, branch.issue("t0"))
    with branch.engine.execution_options(writer=True).begin() as connection:
        sqlite = branch.engine.dialect.name == "sqlite"
        connection.exec_driver_sql("SELECT 1" if sqlite else "LOCK TABLE events IN ACCESS EXCLUSIVE MODE")
        answer = branch.ask(keeper, branch.issue("t1"), "request-locked")
        assert isinstance(answer, Unavailable)
        assert "lock" in answer.cause
        assert "lock" in keeper.trouble
    assert until(lambda: not keeper.trouble)
    assert branch.done(keeper, branch.issue("t1"), "request-locked").hall.issued == 2


def test_a_full_disk_is_said_until_there_is_room_again(sqlite_branch: Any, until: Any, expected_logs: Any) -> None:
    expected_logs.expect("cannot be written|ended unknown")
    branch = sqlite_branch
    engine = open_engine(branch.url)
    full = threading.Event()

    @event.listens_for(engine, "begin")
    def limit(connection: Any) -> None:
        pages = connection.connection.dbapi_connection.execute("PRAGMA page_count").fetchone()[0]
        most = pages if full.is_set() else 1_000_000
        connection.connection.dbapi_connection.execute(f"PRAGMA max_page_count={most}")

    keeper = branch.keeper(engine=engine)
    branch.done(keeper, branch.issue("t0"))
    full.set()
    answers = [branch.ask(keeper, branch.issue(f"full{n}")) for n in range(60)]
    refused = [one for one in answers if not isinstance(one, Accepted)]
    assert refused
    assert all(isinstance(one, Unavailable) and "full" in one.cause for one in refused)
    full.clear()
    assert until(lambda: not keeper.trouble)
    branch.done(keeper, branch.issue("later"))
    assert keeper.hall.issued == 2 + len(answers) - len(refused)
    assert keeper.broken_projections == {}
    keeper.stop()
    assert verify(branch.engine, branch.name) == []
    engine.dispose()


CHILD = """
import importlib.util, logging, os, resource, sys
from pathlib import Path
spec = importlib.util.spec_from_file_location("branch_of_test", sys.argv[3])
module = importlib.util.module_from_spec(spec)
sys.modules["branch_of_test"] = module
spec.loader.exec_module(module)
url, name = sys.argv[1:3]
branch = module.Branch(url, name, module.open_engine(url))
keeper = branch.keeper()
branch.done(keeper, branch.issue("before"))
log = Path(url.removeprefix("sqlite:///") + "-wal")
_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
for n, room in enumerate((0, 100, 4096, 9000, 17000, 30000)):
    resource.setrlimit(resource.RLIMIT_FSIZE, (log.stat().st_size + room, hard))
    first = branch.ask(keeper, branch.issue(f"t{n}"), f"request-{n}")
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    assert keeper.wait_ready(10)
    second = branch.done(keeper, branch.issue(f"t{n}"), f"request-{n}")
    kind = type(first).__name__
    same = kind != "Accepted" or first.body == second.body
    honest = kind != "Unavailable" or not second.repeated
    print(kind, same and honest, getattr(first, "cause", ""), flush=True)
keeper.stop()
"""


def test_a_disk_that_takes_half_a_commit_gives_every_caller_one_ticket(sqlite_branch: Any) -> None:
    branch = sqlite_branch
    root, helpers = Path(__file__).parents[2], Path(__file__).with_name("conftest.py")
    child = subprocess.run(
        [sys.executable, "-c", CHILD, branch.url, branch.name, str(helpers)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=os.environ | {"PYTHONPATH": str(root)},
    )
    assert child.returncode == 0, child.stderr
    told = [line.split(maxsplit=2) for line in child.stdout.splitlines()]
    assert {kind for kind, *_ in told} - {"Accepted"}, told
    assert all(good == "True" for _, good, *_ in told), told
    keeper = branch.keeper()
    assert keeper.hall.issued == 1 + len(told)
    keeper.stop()
    assert verify(branch.engine, branch.name) == []
