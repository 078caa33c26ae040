"""Erasure on request: takes away what was written about one visit; the journal keeps digests that tell nothing."""

import json
import re
from collections.abc import Iterable
from datetime import date

from sqlalchemy import Connection, Engine, func, select, update

from server.adapters.database import wash
from server.adapters.journal import Line, read_lines
from server.adapters.projections.tables import tickets
from server.adapters.tables import acts, texts
from server.domain.events.days import DayOpened
from server.domain.vocabulary import TicketId

_DIGEST = re.compile(rb'"([0-9a-f]{64})"')


def tickets_of(engine: Engine, branch: str, number: str, day: date) -> list[TicketId]:
    """The tickets that hold or held this number on that business day."""
    held = select(tickets.c.ticket).where(
        tickets.c.branch == branch, tickets.c.day == day.isoformat(), tickets.c.number == number
    )
    with engine.connect() as connection:
        return [TicketId(ticket) for ticket in connection.scalars(held)]


def erase(engine: Engine, branch: str, ticket: TicketId) -> int:
    """Erases every text of a visit, also from the answers kept for those who ask again; answers how many there were.

    A running server's screens forget them within half a minute.
    """
    with engine.execution_options(writer=True).begin() as connection:
        about = [line for line in read_lines(connection, branch) if _speaks_of(line, ticket)]
        found = _texts(connection, branch, _digests(about))
        for text in found.values():
            _out_of_answers(connection, branch, about[0].seq, text)
        gone = update(texts).where(texts.c.branch == branch, texts.c.digest.in_(found))
        connection.execute(gone.values(text=None, salt=None))
    wash(engine)
    return len(found)


def _speaks_of(line: Line, ticket: TicketId) -> bool:
    """The opening of a day holds every open ticket, and says of none what was not said before."""
    return line.type != DayOpened.__name__ and ticket.encode() in line.body


def _digests(lines: Iterable[Line]) -> list[str]:
    return sorted({digest.decode() for line in lines for digest in _DIGEST.findall(line.body)})


def _texts(connection: Connection, branch: str, digests: list[str]) -> dict[str, str]:
    kept = select(texts.c.digest, texts.c.text).where(
        texts.c.branch == branch, texts.c.digest.in_(digests), texts.c.text.is_not(None)
    )
    return {row.digest: row.text for row in connection.execute(kept)}


def _out_of_answers(connection: Connection, branch: str, since: int, text: str) -> None:
    """Answers are JSON; the text stands in them as a whole string."""
    without = func.replace(acts.c.answer, json.dumps(text, ensure_ascii=False), '""')
    said = (acts.c.branch == branch, acts.c.seq >= since, without != acts.c.answer)
    connection.execute(update(acts).where(*said).values(answer=without))
