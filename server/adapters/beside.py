"""What lasts beside a journal, compared with it line by line: accepted acts, and private texts with their digests."""

from collections.abc import Iterator
from hashlib import sha256

from sqlalchemy import Connection, func, select

from server.adapters.journal import Line
from server.adapters.tables import acts, texts
from server.application.history import Finding


class Beside:
    """Acts are kept for 30 days: no older line is asked for its act."""

    def __init__(self, connection: Connection, branch: str) -> None:
        self._connection = connection
        self._branch = branch
        kept = select(acts.c.client, acts.c.request_id, acts.c.seq).where(acts.c.branch == branch)
        self._acts = {f"{row.client}/{row.request_id}": row.seq for row in connection.execute(kept)}
        oldest = select(func.min(acts.c.at_us)).where(acts.c.branch == branch)
        self._kept_since: int | None = connection.scalar(oldest)
        self._last_of: dict[str, int] = {}

    def follow(self, line: Line) -> Finding | None:
        if not line.request:
            return None
        if line.request in self._acts:
            self._last_of[line.request] = line.seq
        elif self._kept_since is not None and line.at_us > self._kept_since:
            return Finding("act", line.seq, f"comes from {line.request}, which is not among the accepted acts")
        return None

    def end(self, last: int) -> Iterator[Finding]:
        """An act that changed nothing may speak of any line there is."""
        for act, seq in self._acts.items():
            if not 0 <= seq <= last:
                yield Finding("act", seq, f"{act} speaks of an event that is not there")
            elif self._last_of.get(act, seq) != seq:
                yield Finding("act", self._last_of[act], f"{act} speaks of event {seq} instead")
        yield from self._texts()

    def _texts(self) -> Iterator[Finding]:
        kept = select(texts.c.digest, texts.c.text, texts.c.salt)
        there = kept.where(texts.c.branch == self._branch, texts.c.text.is_not(None))
        for row in self._connection.execute(there):
            if sha256(bytes(row.salt or b"") + row.text.encode()).hexdigest() != row.digest:
                yield Finding("text", 0, f"{row.digest} is not the digest of the text kept under it")
