"""What happens to the keeper when the world breaks: writers, databases, disks, processes."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, event, insert

from server.adapters.database import open_engine
from server.adapters.journal import ROOT
from server.adapters.projections.feedback import counter_changes
from server.adapters.projections.tables import counter_spans, tickets
from server.adapters.projections.writer import PROJECTIONS, Projection
from server.adapters.tables import events
from server.adapters.upkeep import rebuild
from server.adapters.verify import verify
from server.application.answers import Accepted, Answer, NotOwner, OutcomeUnknown, Unavailable
from server.application.ports import Recorded
from server.domain.vocabulary import TicketId

POINTS = ("before_decide", "after_decide", "before_commit", "after_commit", "before_answer", "after_announce")


def accepted(answer: Answer) -> Accepted:
    assert isinstance(answer, Accepted), answer
    return answer


def foreign_line(branch: str, seq: int) -> dict[str, Any]:
    return {
        "branch": branch,
        "seq": seq,
        "journal": "other",
        "at_us": 0,
        "by": "other",
        "request": "",
        "type": "TimeStepped",
        "body": b'{"at":"2026-03-02T01:00:00+00:00","seconds":3.0}',
        "prev_hash": ROOT,
        "hash": ROOT,
    }


def test_another_writer_makes_the_keeper_stop_and_reload(branch: Any, expected_logs: Any) -> None:
    expected_logs.expect("another writer keeps")
    keeper = branch.keeper()
    accepted(branch.ask(keeper, branch.issue("t1")))
    seq = keeper.rev + 1
    with branch.engine.execution_options(writer=True).begin() as connection:
        connection.execute(insert(events), foreign_line(branch.name, seq))
    assert branch.ask(keeper, branch.issue("t2")) == NotOwner()
    assert keeper.wait_ready(10)
    assert keeper.rev == seq
    assert accepted(branch.ask(keeper, branch.issue("t2"))).seq == seq + 1


def test_a_projection_that_fails_is_set_aside_and_the_journal_goes_on(branch: Any, expected_logs: Any) -> None:
    expected_logs.expect("projection counters is set aside")
    first_open: list[int] = []

    def stumble(recorded: Recorded) -> Any:
        if type(recorded.event).__name__ == "CounterOpened":
            first_open.append(recorded.seq)
            raise KeyError("no such counter")
        return counter_changes(recorded)

    stumbling = [*PROJECTIONS[:-1], Projection("counters", (counter_spans,), stumble)]
    keeper = branch.keeper(projections=stumbling)
    branch.open(keeper)
    accepted(branch.ask(keeper, branch.issue("t1")))
    assert list(keeper.broken_projections) == ["counters"]
    keeper.stop()
    assert [(one.kind, one.seq) for one in verify(branch.engine, branch.name)] == [("projection", first_open[0])]
    with branch.engine.connect() as connection:
        assert connection.execute(tickets.select()).all()
    again = branch.keeper()
    assert list(again.broken_projections) == ["counters"]
    again.stop()
    assert rebuild(branch.engine, branch.name) == keeper.rev
    assert verify(branch.engine, branch.name) == []
    assert branch.keeper().broken_projections == {}


def fail_once_at_commit(engine: Engine, cut: Callable[[Any], None]) -> threading.Event:
    """Breaks the next commit that follows an insert into the journal, by `cut` on the raw connection."""
    armed = threading.Event()

    @event.listens_for(engine, "commit")
    def on_commit(connection: Any) -> None:
        if armed.is_set():
            armed.clear()
            cut(connection)

    return armed


def test_a_connection_cut_before_the_commit_is_answered_as_not_written(pg_branch: Any, expected_logs: Any) -> None:
    expected_logs.expect("ended unknown")
    branch = pg_branch
    engine = open_engine(branch.url)

    def terminate(connection: Any) -> None:
        backend = connection.connection.dbapi_connection.info.backend_pid
        with psycopg.connect(branch.url.replace("+psycopg", ""), autocommit=True) as admin:
            admin.execute("SELECT pg_terminate_backend(%s)", [backend])

    armed = fail_once_at_commit(engine, terminate)
    keeper = branch.keeper(engine=engine)
    accepted(branch.ask(keeper, branch.issue("t1")))
    armed.set()
    assert isinstance(branch.ask(keeper, branch.issue("t2"), "request-cut"), Unavailable | OutcomeUnknown)
    assert keeper.wait_ready(10)
    assert set(keeper.hall.live) == {"t1"}
    accepted(branch.ask(keeper, branch.issue("t2"), "request-cut"))
    engine.dispose()


def test_a_commit_whose_answer_is_lost_is_found_again_by_its_request_id(branch: Any, expected_logs: Any) -> None:
    expected_logs.expect("ended unknown")
    engine = open_engine(branch.url)

    def commit_and_lose(connection: Any) -> None:
        connection.connection.dbapi_connection.commit()
        connection.connection.dbapi_connection.close()

    armed = fail_once_at_commit(engine, commit_and_lose)
    keeper = branch.keeper(engine=engine)
    accepted(branch.ask(keeper, branch.issue("t1")))
    armed.set()
    answer = branch.ask(keeper, branch.issue("t2"), "request-lost")
    if isinstance(answer, OutcomeUnknown):
        assert keeper.wait_ready(10)
        answer = branch.ask(keeper, branch.issue("t2"), "request-lost")
    assert accepted(answer).body == f'{{"rev":{keeper.rev},"events":1}}'
    assert keeper.hall.issued == 2
    keeper.stop()
    assert verify(branch.engine, branch.name) == []
    engine.dispose()


def test_a_locked_database_is_said_and_the_hall_goes_on(sqlite_branch: Any, expected_logs: Any) -> None:
    expected_logs.expect("cannot be written")
    branch = sqlite_branch
    keeper = branch.keeper()
    with branch.engine.execution_options(writer=True).begin() as connection:
        connection.exec_driver_sql("SELECT 1")
        answer = branch.ask(keeper, branch.issue("t1"), "request-locked")
    assert isinstance(answer, Unavailable)
    assert "locked" in answer.cause
    assert accepted(branch.ask(keeper, branch.issue("t1"), "request-locked")).hall.issued == 1


def test_a_full_disk_is_said_and_the_hall_goes_on(sqlite_branch: Any, expected_logs: Any) -> None:
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
    accepted(branch.ask(keeper, branch.issue("t0")))
    full.set()
    answers = [branch.ask(keeper, branch.issue(f"full{n}")) for n in range(60)]
    refused = [one for one in answers if not isinstance(one, Accepted)]
    assert refused
    assert all(isinstance(one, Unavailable) and "full" in one.cause for one in refused)
    full.clear()
    assert keeper.wait_ready(10)
    accepted(branch.ask(keeper, branch.issue("later")))
    assert keeper.hall.issued == 2 + len(answers) - len(refused)
    keeper.stop()
    assert verify(branch.engine, branch.name) == []
    engine.dispose()


CHILD = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[4])
import importlib.util
spec = importlib.util.spec_from_file_location("branch_of_test", sys.argv[5])
module = importlib.util.module_from_spec(spec)
sys.modules["branch_of_test"] = module
spec.loader.exec_module(module)
url, name, point = sys.argv[1:4]
left = [7]

def checkpoint(reached):
    left[0] -= reached == point
    if reached == point and left[0] < 0:
        os.kill(os.getpid(), signal.SIGKILL)

branch = module.Branch(url, name, module.open_engine(url))
keeper = branch.keeper(checkpoint=checkpoint)
for n in range(100):
    answer = branch.ask(keeper, branch.issue(f"t{n}"), f"request-{n:04}")
    print(f"t{n}", type(answer).__name__, flush=True)
"""


@pytest.mark.parametrize("point", POINTS)
def test_killed_at_any_point_nothing_acknowledged_is_lost(branch: Any, point: str) -> None:
    root, helpers = Path(__file__).parents[2], Path(__file__).with_name("conftest.py")
    child = subprocess.run(
        [sys.executable, "-c", CHILD, branch.url, branch.name, point, str(root), str(helpers)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=os.environ | {"PYTHONPATH": str(root)},
    )
    assert child.returncode == -signal.SIGKILL, child.stderr
    acknowledged = [line.split()[0] for line in child.stdout.splitlines() if line.endswith("Accepted")]
    assert acknowledged
    keeper = branch.keeper()
    assert keeper.wait_ready(10)
    assert {TicketId(ticket) for ticket in acknowledged} <= set(keeper.hall.live)
    for n in range(len(acknowledged) + 2):
        accepted(branch.ask(keeper, branch.issue(f"t{n}"), f"request-{n:04}"))
    assert keeper.hall.issued == len(acknowledged) + 2
    keeper.stop()
    assert verify(branch.engine, branch.name) == []
