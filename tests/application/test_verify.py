"""`verify` is silent about a sound branch and names every wound."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, text, update

from server.adapters.closing import closed_days
from server.adapters.erasing import erase
from server.adapters.journal import EVENTS, ROOT, line_hash, read_lines
from server.adapters.private_store import PrivateStore
from server.adapters.projections.tables import legs, tickets
from server.adapters.tables import acts, events
from server.adapters.upkeep import rebuild
from server.adapters.verify import inspect, verify
from server.application.ports import seal
from server.domain.commands import PutInteraction
from server.domain.visit import Record
from server.domain.vocabulary import Outcome, ServiceId, TicketId


def lived(branch: Any, tickets_issued: int = 6) -> Any:
    """A branch that had a morning."""
    keeper = branch.keeper()
    branch.open(keeper)
    for n in range(tickets_issued):
        branch.ask(keeper, branch.issue(f"t{n}"))
    for n in range(3):
        branch.serve(keeper, f"t{n}")
    branch.ask(keeper, PutInteraction(TicketId("t0"), 1, Record(ServiceId("trf"), Outcome.NOT_DONE)))
    keeper.stop()
    return keeper


def wound(branch: Any, statement: Any) -> set[str]:
    with branch.engine.execution_options(writer=True).begin() as connection:
        connection.execute(statement)
    return {finding.kind for finding in verify(branch.engine, branch.name)}


def test_a_sound_branch_has_no_findings(branch: Any) -> None:
    keeper = lived(branch)
    report = inspect(branch.engine, branch.name)
    assert report.findings == []
    assert report.events == keeper.rev
    assert (report.counts["issued"], report.counts["open"], report.counts["finished"]) == (6, 3, 3)


def test_a_changed_line_breaks_the_chain(branch: Any) -> None:
    lived(branch)
    assert "chain" in wound(branch, update(events).where(events.c.seq == 4).values(by="9999"))


def test_a_missing_line_is_a_gap(branch: Any) -> None:
    keeper = lived(branch)
    assert wound(branch, delete(events).where(events.c.seq == keeper.rev - 1)) >= {"gap", "chain"}


def test_a_computed_table_that_differs_is_named_and_rebuilt(branch: Any) -> None:
    lived(branch)
    assert wound(branch, update(tickets).where(tickets.c.ticket == "t1").values(number="A777")) == {"projection"}
    assert wound(branch, delete(legs).where(legs.c.ticket == "t2")) == {"projection"}
    rebuild(branch.engine, branch.name)
    assert verify(branch.engine, branch.name) == []


def test_an_act_that_speaks_of_no_event_is_named(branch: Any) -> None:
    keeper = lived(branch)
    assert wound(branch, update(acts).where(acts.c.seq == keeper.rev).values(seq=10_000)) == {"act"}


def test_the_anchor_of_the_day_slip_is_in_the_chain(branch: Any) -> None:
    lived(branch)
    anchor = inspect(branch.engine, branch.name).hash
    assert inspect(branch.engine, branch.name, anchor).findings == []
    assert [one.kind for one in inspect(branch.engine, branch.name, "00" * 32).findings] == ["anchor"]


def rewrite(branch: Any, from_seq: int) -> None:
    """Somebody with the whole database in hand: other records from there on, every hash and table made to fit."""
    with branch.engine.execution_options(writer=True).begin() as connection:
        prev = ROOT
        for line in list(read_lines(connection, branch.name)):
            body = line.body
            if line.seq >= from_seq and line.type == "LegFinished":
                finished = EVENTS.load(line.type, body)
                _, body = EVENTS.dump(replace(finished, record=Record(ServiceId("trf"), Outcome.NOT_DONE)))
            digest = line_hash(prev, line.journal, line.seq, line.by, line.request, line.type, body)
            connection.execute(
                update(events)
                .where(events.c.branch == branch.name, events.c.seq == line.seq)
                .values(body=body, prev_hash=prev, hash=digest)
            )
            prev = digest
    rebuild(branch.engine, branch.name)


def test_only_the_anchor_tells_a_journal_that_was_rewritten_whole(branch: Any) -> None:
    keeper = lived(branch)
    branch.keeper(start=keeper.hall.at + timedelta(days=1)).stop()
    (closed,) = closed_days(branch.engine, branch.name)
    assert (closed.day, closed.seq) == (keeper.hall.business_day, branch.keepers[-1].rev - 1)
    assert inspect(branch.engine, branch.name, closed.hash).findings == []

    rewrite(branch, closed.seq // 2)

    assert verify(branch.engine, branch.name) == []
    assert [one.kind for one in inspect(branch.engine, branch.name, closed.hash).findings] == ["anchor"]


def test_every_day_that_was_closed_has_its_closing_hash(branch: Any) -> None:
    keeper = lived(branch)
    assert list(closed_days(branch.engine, branch.name)) == []
    branch.keeper(start=keeper.hall.at + timedelta(days=3)).stop()
    days = list(closed_days(branch.engine, branch.name))
    assert [day.day for day in days] == [keeper.hall.business_day + timedelta(days=n) for n in range(3)]
    assert [day.closed_at.hour for day in days] == [20, 20, 20]
    assert all(inspect(branch.engine, branch.name, day.hash).findings == [] for day in days)


def test_an_erased_text_is_told_apart_from_a_broken_journal(branch: Any) -> None:
    keeper = branch.keeper()
    branch.open(keeper)
    branch.ask(keeper, branch.issue("t0"))
    branch.serve(keeper, "t0")
    note = seal("customer will come back", b"salt", keeper.hall.at.replace(year=2030))
    record = Record(ServiceId("pay"), Outcome.DONE, note=note.digest)
    branch.ask(keeper, PutInteraction(TicketId("t0"), 1, record), texts=[note])
    keeper.stop()
    store = PrivateStore(branch.engine, branch.name)
    assert store.read([note.digest]) == {note.digest: "customer will come back"}
    assert erase(branch.engine, branch.name, TicketId("t0")) == 1
    report = inspect(branch.engine, branch.name)
    assert (report.findings, report.erased) == ([], 1)
    assert PrivateStore(branch.engine, branch.name).read([note.digest]) == {}
    with branch.engine.connect() as connection:
        rows = connection.execute(text("SELECT body FROM events")).scalars()
        assert not any(b"come back" in bytes(row) for row in rows)
