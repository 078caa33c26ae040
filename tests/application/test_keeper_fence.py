"""One writer a branch: locks spare trouble, the key (branch, seq) decides, and whoever loses answers nobody."""

import threading
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import insert

from server.adapters.journal import ROOT
from server.adapters.tables import events
from server.adapters.verify import verify
from server.application.answers import Accepted, NotOwner, OutcomeUnknown, Unavailable
from server.domain.commands import OpenCounter
from server.domain.vocabulary import ClerkId, CounterNo

EACH = 25


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
    branch.done(keeper, branch.issue("t1"))
    seq = keeper.rev + 1
    with branch.engine.execution_options(writer=True).begin() as connection:
        connection.execute(insert(events), foreign_line(branch.name, seq))
    assert branch.ask(keeper, branch.issue("t2")) == NotOwner()
    assert keeper.wait_ready(10)
    assert keeper.rev == seq
    assert branch.done(keeper, branch.issue("t2")).seq == seq + 1


def test_a_journal_that_cannot_be_read_any_more_is_said_to_everybody_and_to_the_process(
    branch: Any, expected_logs: Any
) -> None:
    expected_logs.expect("another writer keeps|gives up")
    gave_up = threading.Event()
    keeper = branch.keeper(begin=False)
    keeper.on_fault = gave_up.set
    keeper.start()
    line = foreign_line(branch.name, keeper.rev + 1) | {"type": "NoSuchEvent"}
    with branch.engine.execution_options(writer=True).begin() as connection:
        connection.execute(insert(events), line)
    assert branch.ask(keeper, branch.issue("t1")) == NotOwner()
    assert gave_up.wait(30)
    assert keeper.trouble
    assert branch.ask(keeper, branch.issue("t2")) == Unavailable(keeper.fault)


def test_of_two_writers_the_one_behind_answers_nobody_and_reads_again(
    branch: Any, no_lock: Any, expected_logs: Any
) -> None:
    expected_logs.expect("another writer keeps")
    ahead = branch.keeper(lock=no_lock)
    behind = branch.keeper(lock=no_lock)
    branch.open(ahead)
    assert ahead.owner
    assert behind.owner

    asked = [branch.issue(f"t{n}") for n in range(5)]
    answers = branch.together(behind, [(command, branch.envelope(command)) for command in asked])

    assert answers == [NotOwner()] * 5
    assert behind.wait_ready(10)
    assert behind.hall == ahead.hall
    assert branch.done(behind, asked[0]).seq == ahead.rev + 1


def test_of_two_writers_the_one_behind_does_not_even_say_that_it_is_so_already(
    branch: Any, no_lock: Any, expected_logs: Any
) -> None:
    expected_logs.expect("another writer keeps")
    ahead, behind = branch.keeper(lock=no_lock), branch.keeper(lock=no_lock)
    branch.open(ahead)
    branch.done(ahead, branch.issue("t1"))
    assert behind.hall.issued == 0
    again = OpenCounter(CounterNo(1), ClerkId("1001"))
    assert branch.ask(behind, again, "request-so") == NotOwner()
    assert behind.wait_ready(10)
    told = branch.done(behind, again, "request-so")
    assert (told.events, told.hall.issued) == ((), 1)


def test_two_writers_that_both_write_give_no_number_twice(branch: Any, no_lock: Any, expected_logs: Any) -> None:
    expected_logs.expect("another writer keeps|cannot be written|ended unknown|cannot be read")
    keepers = [branch.keeper(lock=no_lock), branch.keeper(lock=no_lock)]
    told: dict[str, str] = {}

    def customer(name: str, request_id: str) -> None:
        """Asks the one, then the other, always with the same id, until one gives a number."""
        command = branch.issue(name)
        for turn in range(1000):
            keeper = keepers[(turn + len(name)) % 2]
            answer = branch.ask(keeper, command, request_id)
            if isinstance(answer, Accepted):
                told[name] = answer.hall.live[command.ticket].visit.number
                return
            assert isinstance(answer, NotOwner | Unavailable | OutcomeUnknown), answer

    def crowd(who: int) -> None:
        for n in range(EACH):
            customer(f"{'xy'[who]}{n}{'y' * who}", f"request-{who}-{n}")

    threads = [threading.Thread(target=crowd, args=(who,)) for who in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for keeper in keepers:
        keeper.stop()
    assert len(told) == 2 * EACH
    assert len(set(told.values())) == 2 * EACH
    recovered = branch.keeper()
    assert {ticket.visit.id: ticket.visit.number for ticket in recovered.hall.live.values()} == told
    recovered.stop()
    assert verify(branch.engine, branch.name) == []


def test_a_standby_answers_not_owner_and_takes_over_by_replaying(branch: Any) -> None:
    keeper = branch.keeper()
    standby = branch.keeper()
    branch.done(keeper, branch.issue("t1"))
    assert not standby.owner
    assert branch.ask(standby, branch.issue("t2")) == NotOwner()
    keeper.stop()
    assert standby.wait_ready(10)
    assert standby.hall == keeper.hall
    branch.done(standby, branch.issue("t2"))


def end_sessions(branch: Any) -> None:
    """From another session, as an administrator or a failing network does."""
    with psycopg.connect(branch.url.replace("+psycopg", ""), autocommit=True) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )


def test_a_keeper_whose_session_is_ended_leaves_the_branch_to_the_standby_unasked(
    pg_branch: Any, until: Any, expected_logs: Any
) -> None:
    expected_logs.expect("connection that keeps|cannot be read")
    branch = pg_branch
    keeper = branch.keeper()
    branch.done(keeper, branch.issue("t1"))
    standby = branch.keeper()
    assert not standby.owner

    end_sessions(branch)

    assert until(lambda: standby.owner)
    assert until(lambda: not keeper.owner)
    assert branch.ask(keeper, branch.issue("t2")) == NotOwner()
    branch.done(standby, branch.issue("t2"))
    standby.stop()
    assert keeper.wait_ready(10)
    assert keeper.hall == standby.hall
    keeper.stop()
    assert verify(branch.engine, branch.name) == []


def test_a_session_ended_between_two_acts_costs_no_act(pg_branch: Any, expected_logs: Any) -> None:
    expected_logs.expect("ended unknown|connection that keeps|cannot be read")
    branch = pg_branch
    keeper = branch.keeper()
    for n in range(6):
        answer = branch.ask(keeper, branch.issue(f"t{n}"), f"request-{n}")
        while not isinstance(answer, Accepted):
            assert isinstance(answer, NotOwner | OutcomeUnknown | Unavailable), answer
            assert keeper.wait_ready(10)
            answer = branch.ask(keeper, branch.issue(f"t{n}"), f"request-{n}")
        end_sessions(branch)
    assert keeper.wait_ready(10)
    assert keeper.hall.issued == 6


def test_a_lock_file_that_was_deleted_is_noticed_before_anybody_asks(
    sqlite_branch: Any, until: Any, expected_logs: Any
) -> None:
    expected_logs.expect("the lock of .* is lost")
    branch = sqlite_branch
    keeper = branch.keeper()
    branch.done(keeper, branch.issue("t1"))
    standby = branch.keeper()
    (lock,) = Path(branch.engine.url.database).parent.glob("*.lock")
    lock.unlink()
    assert until(lambda: standby.owner or expected_logs.texts())
    assert until(lambda: keeper.owner is not standby.owner)
    owner = keeper if keeper.owner else standby
    assert branch.done(owner, branch.issue("t2")).hall.issued == 2


def test_a_branch_is_kept_by_one_of_many(branch: Any, until: Any) -> None:
    keepers = [branch.keeper() for _ in range(3)]
    for turn in range(3):
        assert until(lambda: sum(each.owner for each in keepers) == 1)
        (owner,) = (each for each in keepers if each.owner)
        assert branch.done(owner, branch.issue(f"t{turn}")).hall.issued == turn + 1
        owner.stop()
        keepers.remove(owner)
