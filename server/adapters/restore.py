"""`hall restore`: the hall goes on from a backup, under a new journal id, and says what it does not know any more.

The new database is prepared whole beside the old one and takes its place in one step; what stood there is kept aside.
"""

import os
import shutil
from collections.abc import Callable, Collection
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, delete, inspect, select, text
from sqlalchemy.exc import DBAPIError

from server.adapters.account_tables import people
from server.adapters.backup import check, copy_rows, settle, sync_directory
from server.adapters.chain import End, branches_of, follow
from server.adapters.database import from_us, open_engine, to_us
from server.adapters.journal import JournalWriter, begin_incarnation, last_day_opened, read_events
from server.adapters.locks import kept
from server.adapters.projections.tables import projected
from server.adapters.projections.writer import ProjectionWriter
from server.adapters.salvage import salvage
from server.adapters.soundness import is_damage
from server.adapters.tables import incarnations, lasting
from server.adapters.upkeep import migrate, recompute, stamp, upgrade
from server.application.deliberation import Laws, moved_on
from server.application.ports import Draft
from server.domain.commands import Context, RecordRestore
from server.domain.errors import Refusal
from server.domain.numbering import next_number
from server.domain.state import Hall
from server.domain.vocabulary import BranchId

SKIP: Final = 200
"""Numbers left out in every series: more than are told in one between two backups."""
PATIENCE_S: Final = 10
"""How long PostgreSQL's tables are waited for while others still read them."""
READY: Final = ".restored"
"""Ends the name of a database that is whole and waits to take its place."""


@dataclass(frozen=True, slots=True)
class Restoring:
    """How a restore is done: `now` is hall time, `by` who does it."""

    now: datetime
    new_id: Callable[[], str]
    by: str
    skip: int = SKIP
    salvage: bool = False
    """Also take over what of the present journal is sound: for a damaged database, not for an unwanted one."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one branch."""

    branch: str
    journal: str
    """The new one."""
    lost_journal: str
    rev: int
    """Of the old journal: up to here everything is known."""
    kept_until: datetime | None
    """When its last event happened; None for a branch that never had one."""
    salvaged: int
    """Events after the backup that could still be read from what stood there before."""
    full: tuple[str, ...] = ()
    """Series that have no number left today after the skip."""
    aside: str = ""
    """Where what stood there is now; empty when there was nothing."""


class WrongBackup(Exception):
    """It is sound, but of another branch."""


def restore(engine: Engine, branch: str, backup: Path, how: Restoring, held: Collection[str] = ()) -> list[Outcome]:
    """Puts the backup's contents in the place of this branch's database, whatever stands there; nothing to tell of a
    branch that had no journal yet when it was made.

    `held`: branches that the caller keeps already. Raises BackupDamaged, WrongBackup, NewerDatabase or BranchKept, and
    has changed nothing then.
    """
    branches = check(backup).keys()
    if branches and branch not in branches:
        raise WrongBackup(f"{backup} is of {', '.join(sorted(branches))}, not of {branch}")
    with kept(engine, sorted({branch, *branches} - set(held))):
        made = _beside(engine, backup)
        try:
            shutil.copyfile(backup, made)
            made.chmod(0o600)
            outcomes = _prepared(made, engine, how)
            aside = _put(made, engine, how.now)
        finally:
            for path in (made, *_followers(made)):
                path.unlink(missing_ok=True)
    return [replace(outcome, aside=aside) for outcome in outcomes]


def holds_something(engine: Engine) -> bool:
    """Whether a branch has lived in this database, people were made known to it, or what is in it is damaged."""
    if engine.dialect.name == "sqlite" and not Path(engine.url.database or "").exists():
        return False
    try:
        with engine.connect() as connection:
            there = inspect(connection)
            if there.has_table(people.name) and connection.execute(select(people.c.staff).limit(1)).first():
                return True
            return there.has_table(incarnations.name) and bool(branches_of(connection))
    except DBAPIError as error:
        if is_damage(error.orig):
            return True
        raise


def take_place(place: Path, now: datetime) -> str:
    """Ends what a restore of SQLite began: the prepared file becomes the database, what stood there is kept aside.

    Answers where; harmless when nothing waits. A kill at any step of it is made good by the next call.
    """
    ready = place.with_name(place.name + READY)
    if not ready.exists():
        return ""
    aside = place.with_name(f"{place.name}.aside-{now:%Y%m%dT%H%M%S}")
    for path in (place, *_followers(place)):
        if path.exists():
            path.rename(path.with_name(path.name.replace(place.name, aside.name, 1)))
    sync_directory(place.parent)
    ready.replace(place)
    sync_directory(place.parent)
    return str(aside) if aside.exists() else ""


def _beside(engine: Engine, backup: Path) -> Path:
    """Where the new database is prepared: on the disk of the one whose place it takes."""
    file = Path(engine.url.database or "") if engine.dialect.name == "sqlite" else backup
    return file.absolute().with_name(f".{file.name}.{os.getpid()}.making")


def _followers(database: Path) -> list[Path]:
    """SQLite's own files beside a database."""
    return [database.with_name(database.name + end) for end in ("-wal", "-shm", "-journal")]


def _prepared(made: Path, before: Engine, how: Restoring) -> list[Outcome]:
    """Brings the copy up to date, adds what can be salvaged and begins the new journal."""
    engine = open_engine(f"sqlite:///{made}")
    try:
        migrate(engine)
        with engine.execution_options(writer=True).begin() as connection:
            outcomes = [_begun_anew(engine, connection, branch, before, how) for branch in branches_of(connection)]
        with closing(engine.raw_connection()) as raw:
            raw.cursor().execute("PRAGMA journal_mode=DELETE")
    finally:
        engine.dispose()
    return outcomes


def _begun_anew(engine: Engine, connection: Connection, branch: str, before: Engine, how: Restoring) -> Outcome:
    end = follow(connection, branch)
    saved = salvage(before, connection, branch, end) if how.salvage else 0
    if saved:
        recompute(engine, connection, branch)
        end = follow(connection, branch)
    journal, at_us = how.new_id(), to_us(how.now)
    superseded = incarnations.c.branch == branch, incarnations.c.first_seq > end.seq
    connection.execute(delete(incarnations).where(*superseded))
    begin_incarnation(connection, branch, journal, end.seq + 1, at_us)
    hall = _recorded(engine, connection, branch, end, how) if end.seq else Hall.empty(BranchId(branch))
    kept_until = from_us(end.at_us) if end.seq else None
    return Outcome(branch, journal, end.journal, end.seq, kept_until, saved, _full(hall))


def _recorded(engine: Engine, connection: Connection, branch: str, end: End, how: Restoring) -> Hall:
    """The hall after it has recorded, in the new journal, what it lost."""
    laws, hall = Laws(), Hall.empty(BranchId(branch))
    for recorded in read_events(connection, branch, last_day_opened(connection, branch)):
        hall, _ = laws.after(hall, recorded.event)
    at = max(how.now, hall.at) if hall.at else how.now
    happened = laws.decide(hall, RecordRestore(end.journal, end.seq, how.skip), Context(at, how.by))
    assert not isinstance(happened, Refusal), happened
    drafts, closed = list[Draft](), None
    for event in happened:
        hall, closed = moved_on(laws, hall, event, None)
        drafts.append(Draft(event, how.by, "", closed))
    writer = JournalWriter(engine, branch)
    writer.open(connection, "", 0)
    ProjectionWriter(engine, branch).apply(connection, writer.append(connection, end.seq + 1, drafts))
    return hall


def _full(hall: Hall) -> tuple[str, ...]:
    rules = hall.config
    if rules is None:
        return ()
    return tuple(name for name, numbers in hall.series.items() if next_number(numbers, rules.series[name]) is None)


def _put(made: Path, engine: Engine, now: datetime) -> str:
    if engine.dialect.name == "postgresql":
        return _into_postgresql(made, engine, now)
    place = Path(engine.url.database or "").absolute()
    engine.dispose()
    settle(made, place.with_name(place.name + READY))
    return take_place(place, now)


def _into_postgresql(made: Path, engine: Engine, now: datetime) -> str:
    """In one transaction: what stands there moves to a schema of its own, and the tables are made and filled anew."""
    aside = f"aside_{now:%Y%m%dt%H%M%S}"
    source = open_engine(f"sqlite:///{made}")
    try:
        with engine.begin() as target, source.connect() as read:
            target.execute(text(f"SET LOCAL lock_timeout = '{PATIENCE_S}s'"))
            there = inspect(target)
            ours = {*lasting.tables, *projected.tables, "alembic_version"} & set(there.get_table_names())
            if ours:
                target.execute(text(f"CREATE SCHEMA {aside}"))
            for name in sorted(ours):
                target.execute(text(f"ALTER TABLE {name} SET SCHEMA {aside}"))
            lasting.create_all(target, checkfirst=False)
            copy_rows(read, target, lasting.sorted_tables)
            stamp(target)
    finally:
        source.dispose()
    upgrade(engine)
    return f"schema {aside}" if ours else ""
