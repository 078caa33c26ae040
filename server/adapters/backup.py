"""`hall backup`: the whole database in one file, taken while the hall runs, read back and checked before it counts.

The file is a SQLite database whatever the branch runs on: a copy of SQLite's pages, or of PostgreSQL's lasting tables
as of one moment. It holds accounts and private texts, so it is readable by its owner alone.
"""

import os
import re
import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Final

from sqlalchemy import (
    Column,
    Connection,
    DateTime,
    Engine,
    Index,
    MetaData,
    Table,
    create_engine,
    insert,
    inspect,
    select,
    text,
)
from sqlalchemy.exc import SQLAlchemyError

from server.adapters.account_tables import Utc
from server.adapters.chain import BrokenChain, End, branches_of, follow
from server.adapters.database import cause_of, open_engine
from server.adapters.projections.tables import projected
from server.adapters.tables import incarnations

ROOM: Final = 1.2
SPARE_BYTES: Final = 200_000_000
"""Left free on the disk: a backup must not be what stops the hall."""
SQLITE: Final = b"SQLite format 3\0"
"""How every backup begins."""
CHUNK: Final = 1000
_NAME = re.compile(r"(?P<branch>[a-z0-9-]{1,32})-(?P<at>\d{8}T\d{6}Z)-(?P<rev>\d{9,})-(?P<journal>\w+)\.backup")
_AT = "%Y%m%dT%H%M%SZ"


class BackupFailed(Exception):
    """No backup was made; the words say why. Earlier ones stand."""


class BackupDamaged(Exception):
    """This file is not a backup that can be trusted; the words say why."""


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup's name tells."""

    path: Path
    branch: str
    at: datetime
    rev: int
    journal: str

    @classmethod
    def named(cls, path: Path) -> "Backup | None":
        told = _NAME.fullmatch(path.name)
        if told is None:
            return None
        at = datetime.strptime(told["at"], _AT).replace(tzinfo=UTC)
        return cls(path, told["branch"], at, int(told["rev"]), told["journal"])


def back_up(engine: Engine, branch: str, target: Path, now: datetime, *, spare_bytes: int = SPARE_BYTES) -> Backup:
    """Writes and checks a backup. `target`: a file to be written, or a directory where the name is chosen.

    Raises BackupFailed; a backup of that name is only replaced by a checked one, and nothing else ever.
    """
    directory = target if target.is_dir() else target.parent
    partial = directory / f".{branch}.{os.getpid()}.partial"
    try:
        _must_be_no_other(engine, target)
        _must_have_room(engine, directory, spare_bytes)
        os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        _copy(engine, partial)
        end = check(partial).get(branch) or End("")
        name = f"{branch}-{now.astimezone(UTC):{_AT}}-{end.seq:09d}-{end.journal or 'new'}.backup"
        final = target / name if target.is_dir() else target
        settle(partial, final)
    except (OSError, sqlite3.Error, SQLAlchemyError, BackupDamaged) as error:
        raise BackupFailed(cause_of(error)) from error
    finally:
        partial.unlink(missing_ok=True)
    return Backup(final, branch, now, end.seq, end.journal)


def check(path: Path) -> dict[str, End]:
    """Reads the whole file: its pages, and each branch's journal from end to end. Raises BackupDamaged."""
    try:
        with reading(path) as connection:
            answer = connection.execute(text("PRAGMA integrity_check(1)")).scalar()
            if answer != "ok":
                raise BackupDamaged(f"{path}: {answer}")
            if not inspect(connection).has_table(incarnations.name):
                raise BackupDamaged(f"{path}: is no backup of a branch")
            return {branch: follow(connection, branch) for branch in branches_of(connection)}
    except (SQLAlchemyError, BrokenChain, UnicodeDecodeError) as error:
        raise BackupDamaged(f"{path}: {cause_of(error)}") from error


@contextmanager
def reading(path: Path) -> Iterator[Connection]:
    """The backup as a database that nothing writes to, not even beside it."""
    engine = create_engine(
        "sqlite://", creator=lambda: sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
    )
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def backups_of(directory: Path, branch: str) -> list[Backup]:
    """Those that stand there, newest first. Only checked files ever get such a name."""
    if not directory.is_dir():
        return []
    found = [backup for path in directory.iterdir() if (backup := Backup.named(path)) and backup.branch == branch]
    return sorted(found, key=lambda backup: (backup.at, backup.rev), reverse=True)


def prune(directory: Path, branch: str, keep: int, keep_days: int, now: datetime) -> list[Path]:
    """Deletes all but the newest `keep` and the last of each of `keep_days` days; and what kills left half-written."""
    known = backups_of(directory, branch)
    last_of_day: dict[str, Backup] = {}
    for backup in known:
        last_of_day.setdefault(f"{backup.at:%Y%m%d}", backup)
    kept = {backup.path for backup in (*known[:keep], *islice(last_of_day.values(), keep_days))}
    gone = [backup.path for backup in known if backup.path not in kept]
    yesterday = (now - timedelta(days=1)).timestamp()
    gone += [path for path in directory.glob(f".{branch}.*.partial") if path.stat().st_mtime < yesterday]
    for path in gone:
        with suppress(FileNotFoundError):
            path.unlink()
    return gone


def settle(partial: Path, final: Path) -> None:
    """Makes a whole file durable under its name in one step."""
    with partial.open("rb+") as file:
        os.fsync(file.fileno())
    partial.replace(final)
    sync_directory(final.parent)


def sync_directory(directory: Path) -> None:
    """Names that were given in it outlive a loss of power."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _must_be_no_other(engine: Engine, target: Path) -> None:
    """A slip of the hand must not put a backup in the place of the database, or of any other file."""
    if not target.is_file():
        return
    database = Path(engine.url.database or "")
    if engine.dialect.name == "sqlite" and database.exists() and target.samefile(database):
        raise BackupFailed(f"{target} is the database itself")
    with target.open("rb") as file:
        if file.read(len(SQLITE)) != SQLITE:
            raise BackupFailed(f"{target} is there already and is no backup")


def _must_have_room(engine: Engine, directory: Path, spare_bytes: int) -> None:
    with engine.connect() as connection:
        size = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
        if engine.dialect.name == "postgresql":
            size = "SELECT pg_database_size(current_database())"
        needed = int(connection.scalar(text(size)) or 0) * ROOM + spare_bytes
    free = shutil.disk_usage(directory).free
    if free < needed:
        raise BackupFailed(f"{directory} has {free / 1e9:.1f} GB free, a backup needs {needed / 1e9:.1f} GB")


def _copy(engine: Engine, partial: Path) -> None:
    if engine.dialect.name == "postgresql":
        _copy_tables(engine, partial)
        return
    with closing(sqlite3.connect(engine.url.database or "")) as source, closing(sqlite3.connect(partial)) as target:
        source.backup(target)
        target.execute("PRAGMA journal_mode=DELETE").close()


def _copy_tables(engine: Engine, partial: Path) -> None:
    """All tables but those that are computed, whatever version they are of, as of one moment."""
    target = open_engine(f"sqlite:///{partial}")
    try:
        with engine.connect() as connection:
            source = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            names = [name for name in inspect(source).get_table_names() if name not in projected.tables]
            tables = [_portable(source, name) for name in names]
            with target.execution_options(writer=True).begin() as written:
                for table in tables:
                    table.create(written)
                copy_rows(source, written, tables)
        with target.connect() as closing_up:
            closing_up.connection.cursor().execute("PRAGMA journal_mode=DELETE")
    finally:
        target.dispose()


def _portable(source: Connection, name: str) -> Table:
    """The table as it is there, in types that both databases know."""
    there = Table(name, MetaData(), autoload_with=source)
    columns = []
    for column in there.columns:
        generic = column.type.as_generic()
        kind = Utc() if isinstance(generic, DateTime) else generic
        columns.append(Column(column.name, kind, primary_key=column.primary_key, nullable=column.nullable))
    table = Table(name, MetaData(), *columns)
    for index in there.indexes:
        Index(index.name, *(table.c[column.name] for column in index.columns), unique=index.unique)
    return table


def copy_rows(source: Connection, target: Connection, tables: Iterable[Table]) -> None:
    """Every row of these tables, as they stand in both databases."""
    for table in tables:
        rows = source.execute(select(table), execution_options={"yield_per": CHUNK})
        for chunk in rows.mappings().partitions():
            target.execute(insert(table), [dict(row) for row in chunk])
