"""Accepted acts, found again by client and request id."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, Engine, delete, insert, select

from server.adapters.database import Prepared, from_us, to_us
from server.adapters.tables import acts
from server.application.ports import Act, ActKey


class Acts:
    """The acts of one branch."""

    def __init__(self, engine: Engine, branch: str) -> None:
        self._branch = branch
        self._insert = Prepared(insert(acts), engine)

    def find(self, connection: Connection, keys: Sequence[ActKey]) -> dict[ActKey, Act]:
        """Those of the asked acts that were accepted."""
        if not keys:
            return {}
        wanted = set(keys)
        ids = sorted({request_id for _, request_id in wanted})
        rows = connection.execute(select(acts).where(acts.c.branch == self._branch, acts.c.request_id.in_(ids)))
        found = (
            Act(row.client, row.request_id, row.body_digest, row.status, row.answer, row.seq, from_us(row.at_us))
            for row in rows
        )
        return {(act.client, act.request_id): act for act in found if (act.client, act.request_id) in wanted}

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
