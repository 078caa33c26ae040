"""A manager who changes the history by hand in the database: `hall verify` names the row."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, Table, delete, insert, select, update

from server.adapters.database import open_engine
from server.adapters.journal import line_hash
from server.adapters.projections.tables import projected, projection_shape, projection_state
from server.adapters.tables import acts, events, incarnations, texts
from server.adapters.verify import Report, inspect
from server.contract import acts as bodies
from server.domain.vocabulary import Outcome, Role
from server.link.acts import new_request_id

pytestmark = pytest.mark.attack(22)

BRANCH = "chengdong"
COMPUTED = [table for table in projected.sorted_tables if table not in (projection_shape, projection_state)]


@dataclass(frozen=True, slots=True)
class Past:
    """A morning that is over, in a database that anybody may open."""

    engine: Engine
    anchor: str
    last: int

    @contextmanager
    def forged(self, table: Table, forge: Callable[[Connection], object]) -> Iterator[Report]:
        """What verify says after the forgery, which is undone afterwards."""
        with self.engine.execution_options(writer=True).begin() as db:
            before = [dict(row._mapping) for row in db.execute(select(table))]
            forge(db)
        try:
            yield inspect(self.engine, BRANCH, self.anchor)
        finally:
            with self.engine.execution_options(writer=True).begin() as db:
                db.execute(delete(table))
                if before:
                    db.execute(insert(table), before)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def past(request: Any, serve_hall: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Past]:
    home = tmp_path_factory.mktemp("past")
    url = f"sqlite:///{home / 'hall.db'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("module_pg_url")
    with serve_hall(home, HALL_DATABASE_URL=url) as hall:
        live_a_morning(hall)
    engine = open_engine(url)
    sound = inspect(engine, BRANCH)
    assert sound.findings == []
    yield Past(engine, sound.hash, sound.events)
    engine.dispose()


def live_a_morning(hall: Any) -> None:
    kiosk, clerk = hall.machine(Role.KIOSK, "kiosk-1"), hall.clerk(1)
    first, second, third = (
        kiosk.issue(bodies.IssueTicket(request_id=new_request_id(), services=["pay"])) for _ in range(3)
    )

    def act(name: str, body: bodies.Act) -> Any:
        return clerk.counter_act(1, name, body)

    act("open", bodies.OpenCounter(request_id=new_request_id()))
    act("next", bodies.NextCustomer(request_id=new_request_id(), expect=None))
    act("start", bodies.CurrentAct(request_id=new_request_id(), ticket=first.id))
    record = bodies.Interaction(service_done="pay", outcome=Outcome.DONE, note="came with the wrong papers")
    act("finish", bodies.FinishCustomer(request_id=new_request_id(), ticket=first.id, record=record))
    (window,) = hall.server.keeper.hall.windows
    kiosk.rate(bodies.GiveRating(request_id=new_request_id(), window=window.id, score=1, text="too long"))
    clerk.ticket_act(second.id, "cancel", bodies.TicketAct(request_id=new_request_id()))
    act("next", bodies.NextCustomer(request_id=new_request_id(), expect=None))
    act("start", bodies.CurrentAct(request_id=new_request_id(), ticket=third.id))


def at(seq: int, **changes: Any) -> Callable[[Connection], object]:
    return lambda db: db.execute(update(events).where(events.c.seq == seq).values(**changes))


def line(db: Connection, seq: int) -> dict[str, Any]:
    return dict(db.execute(select(events).where(events.c.seq == seq)).one()._mapping)


def sealed(row: dict[str, Any]) -> dict[str, Any]:
    """The line with the hash that an honest one would have."""
    told = line_hash(row["prev_hash"], row["journal"], row["seq"], row["by"], row["request"], row["type"], row["body"])
    return row | {"hash": told}


def places(report: Report) -> set[int]:
    return {finding.seq for finding in report.findings}


@pytest.mark.parametrize(
    "changes",
    [
        {"at_us": 1_700_000_000_000_000},
        {"by": "9999"},
        {"request": "another/request"},
        {"type": "TicketCancelled"},
        {"journal": "01ARZ3NDEKTSV4RRFFQ69G5FAV"},
        {"body": b"{}"},
        {"hash": bytes(32)},
        {"prev_hash": bytes(32)},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_a_changed_event_is_named(past: Past, changes: dict[str, Any]) -> None:
    with past.forged(events, at(6, **changes)) as report:
        assert 6 in places(report)


def test_a_figure_changed_within_an_event_is_named(past: Past) -> None:
    def better_score(db: Connection) -> None:
        (seq,) = db.scalars(select(events.c.seq).where(events.c.type == "RatingGiven"))
        body = bytes(line(db, seq)["body"])
        assert b'"score":1' in body
        at(seq, body=body.replace(b'"score":1', b'"score":5'))(db)
        rated.append(seq)

    rated: list[int] = []
    with past.forged(events, better_score) as report:
        assert rated[0] in places(report)


def test_an_event_that_was_sealed_again_breaks_the_chain_behind_it(past: Past) -> None:
    def forge(db: Connection) -> None:
        at(6, by="9999", hash=sealed(line(db, 6) | {"by": "9999"})["hash"])(db)

    with past.forged(events, forge) as report:
        assert 7 in places(report)


def test_a_journal_sealed_again_to_its_end_does_not_hold_the_printed_anchor(past: Past) -> None:
    def forge(db: Connection) -> None:
        prev = line(db, 5)["hash"]
        for seq in range(6, past.last + 1):
            row = sealed(line(db, seq) | {"prev_hash": prev} | ({"by": "9999"} if seq == 6 else {}))
            at(seq, by=row["by"], prev_hash=prev, hash=row["hash"])(db)
            prev = row["hash"]

    with past.forged(events, forge) as report:
        assert "anchor" in {finding.kind for finding in report.findings}


@pytest.mark.parametrize("which", ["first", "middle", "last"])
def test_a_deleted_event_is_named(past: Past, which: str) -> None:
    seq = {"first": 1, "middle": 6, "last": past.last}[which]
    with past.forged(events, lambda db: db.execute(delete(events).where(events.c.seq == seq))) as report:
        assert report.findings
        assert places(report) & {seq, seq + 1} or which == "last"


def test_an_inserted_event_is_named(past: Past) -> None:
    def forge(db: Connection) -> None:
        row = line(db, past.last)
        db.execute(insert(events), sealed(row | {"seq": past.last + 1, "prev_hash": row["hash"]}))

    with past.forged(events, forge) as report:
        assert report.findings


def test_two_events_in_each_others_place_are_named(past: Past) -> None:
    def forge(db: Connection) -> None:
        for seq, to in ((6, 9000), (7, 6), (9000, 7)):
            db.execute(update(events).where(events.c.seq == seq).values(seq=to))

    with past.forged(events, forge) as report:
        assert {6, 7} <= places(report)


def test_an_act_that_says_another_thing_is_named(past: Past) -> None:
    def changed(values: dict[str, Any]) -> Callable[[Connection], object]:
        return lambda db: db.execute(update(acts).where(acts.c.seq == seq).values(values))

    with past.engine.connect() as db:
        seq = db.scalars(select(acts.c.seq).order_by(acts.c.seq)).all()[2]
    for changes in ({"client": "kiosk-9"}, {"request_id": "never-asked"}, {"seq": 1}, {"seq": 10**6}):
        with past.forged(acts, changed(changes)) as report:
            assert "act" in {finding.kind for finding in report.findings}, changes


def test_a_note_that_says_another_thing_is_named(past: Past) -> None:
    rewrite = update(texts).where(texts.c.text == "too long").values(text="very good")
    with past.forged(texts, lambda db: db.execute(rewrite)) as report:
        assert "text" in {finding.kind for finding in report.findings}


def test_another_name_for_the_journal_is_named(past: Past) -> None:
    rename = update(incarnations).values(journal="01ARZ3NDEKTSV4RRFFQ69G5FAV")
    with past.forged(incarnations, lambda db: db.execute(rename)) as report:
        assert report.findings


@pytest.mark.parametrize("table", COMPUTED, ids=lambda table: table.name)
def test_a_row_taken_from_a_computed_table_is_named(past: Past, table: Table) -> None:
    with past.engine.connect() as db:
        filled = db.execute(select(table)).first() is not None
    with past.forged(table, lambda db: db.execute(delete(table))) as report:
        assert (table.name in "".join(finding.words for finding in report.findings)) is filled
