"""Accepted acts, found again by client and request id."""

from collections.abc import Sequence
from datetime import datetime
from itertools import zip_longest
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Executable, bindparam, delete, insert, select

from server.adapters.database import Prepared, from_us, to_us
from server.adapters.tables import acts
from server.application.ports import Act, ActKey


def _act(row: tuple[Any, ...]) -> Act:
    client, request_id, body_digest, status, answer, seq, at_us = row
    return Act(client, request_id, body_digest, status, answer, seq, from_us(at_us))


SIZES = (1, 8, 32, 128)
"""How many request ids are asked for in one statement; fewer are filled up, so that statements stay few."""


def _select(size: int) -> Executable:
    columns = (acts.c.client, acts.c.request_id, acts.c.body_digest, acts.c.status, acts.c.answer, acts.c.seq)
    ids: list[ColumnElement[str]] = [bindparam(f"id_{n}") for n in range(size)]
    return select(*columns, acts.c.at_us).where(acts.c.branch == bindparam("this_branch"), acts.c.request_id.in_(ids))


class Acts:
    """The acts of one branch."""

    def __init__(self, engine: Engine, branch: str) -> None:
        self._branch = branch
        self._insert = Prepared(insert(acts), engine)
        self._find = {size: Prepared(_select(size), engine) for size in SIZES}

    def find(self, connection: Connection, keys: Sequence[ActKey]) -> dict[ActKey, Act]:
        """Those of the asked acts that were accepted."""
        if not keys:
            return {}
        wanted = set(keys)
        ids = sorted({request_id for _, request_id in wanted})
        found = {}
        for first in range(0, len(ids), SIZES[-1]):
            for row in self._rows(connection, ids[first : first + SIZES[-1]]):
                if (row[0], row[1]) in wanted:
                    found[row[0], row[1]] = _act(row)
        return found

    def _rows(self, connection: Connection, ids: list[str]) -> list[tuple[Any, ...]]:
        size = next(size for size in SIZES if size >= len(ids))
        asked = dict(zip_longest((f"id_{n}" for n in range(size)), ids, fillvalue=ids[-1]))
        return self._find[size].fetch(connection, {"this_branch": self._branch} | asked)

    def put(self, connection: Connection, accepted: Sequence[Act]) -> None:
        """Writes newly accepted acts."""
        if not accepted:
            return
        rows = [
            {
                "branch": self._branch,
                "client": act.client,
                "request_id": act.request_id,
                "body_digest": act.body_digest,
                "status": act.status,
                "answer": act.answer,
                "seq": act.seq,
                "at_us": to_us(act.at),
            }
            for act in accepted
        ]
        self._insert.run(connection, rows)

    def forget(self, connection: Connection, before: datetime) -> None:
        """Deletes those accepted before that hall time."""
        connection.execute(delete(acts).where(acts.c.branch == self._branch, acts.c.at_us < to_us(before)))
