"""Takes over what of a damaged journal is still sound: every line that follows, hash by hash, on what is known."""

import logging
from hashlib import sha256
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Table, insert, select
from sqlalchemy.exc import SQLAlchemyError

from server.adapters.chain import End, link_fault
from server.adapters.codec import CodecError
from server.adapters.database import cause_of
from server.adapters.journal import read_lines
from server.adapters.tables import acts, events, texts

log = logging.getLogger(__name__)

LINE = tuple(column.name for column in events.columns if column.name != "branch")


def salvage(damaged: Engine, sound: Connection, branch: str, end: End) -> int:
    """Adds to `sound`, whose journal ends at `end`; answers how many events it could add.

    The hash chain proves each of them. With them come the acts they answered, so that a caller who asks again hears
    the same, and the texts they speak of; what cannot be read is left out.
    """
    try:
        with damaged.connect() as source:
            last = _lines(source, sound, branch, end)
            if last > end.seq:
                _rest(source, sound, branch, end.seq, last)
    except SQLAlchemyError as error:
        log.warning("nothing can be read of what stood here before: %s", cause_of(error))
        return 0
    return last - end.seq


def _lines(source: Connection, sound: Connection, branch: str, end: End) -> int:
    """One line at a time, so that a page that cannot be read costs no line before it."""
    seq, prev = end.seq, end.hash
    while True:
        try:
            line = next(read_lines(source, branch, seq + 1, 1), None)
            if line is None or line.seq != seq + 1 or line.journal != end.journal or link_fault(line, prev):
                return seq
            line.recorded  # noqa: B018 -- reads it: an event that this program does not know ends the salvage
        except (SQLAlchemyError, CodecError, UnicodeDecodeError):
            return seq
        sound.execute(insert(events), {name: getattr(line, name) for name in LINE} | {"branch": branch})
        seq, prev = line.seq, line.hash


def _rest(source: Connection, sound: Connection, branch: str, after: int, last: int) -> None:
    """Texts prove themselves by their digest; acts are believed as far as their event is known."""
    known = acts.c.branch == branch, acts.c.seq > after, acts.c.seq <= last
    for row in _readable(source, acts, *known):
        sound.execute(insert(acts), row)
    there = set(sound.scalars(select(texts.c.digest).where(texts.c.branch == branch)))
    for row in _readable(source, texts, texts.c.branch == branch, texts.c.text.is_not(None)):
        if row["digest"] not in there and row["digest"] == sha256(row["salt"] + row["text"].encode()).hexdigest():
            sound.execute(insert(texts), row)


def _readable(source: Connection, table: Table, *where: ColumnElement[bool]) -> list[dict[str, Any]]:
    """The table's rows up to the first that cannot be read."""
    found: list[dict[str, Any]] = []
    try:
        rows = source.execute(select(table).where(*where), execution_options={"yield_per": 1}).mappings()
        found.extend(dict(row) for row in rows)
    except SQLAlchemyError as error:
        log.warning("some of %s cannot be read any more: %s", table.name, cause_of(error))
    return found
