"""What people wrote: kept apart from the journal, readable until it is erased or expires."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection, Engine, insert, select, update

from server.adapters.database import Prepared, reading, to_us
from server.adapters.tables import texts
from server.application.ports import PrivateText
from server.domain.vocabulary import Digest

REMEMBERED = 2000
"""Texts kept in memory, newest first, so that screens do not ask the database for them again."""
FRESH_S = 30.0
"""After it all are forgotten and read again: another process may have erased some."""


class PrivateStore:
    """The private texts of one branch; reading is thread-safe."""

    def __init__(self, engine: Engine, branch: str, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._engine = engine
        self._branch = branch
        self._insert = Prepared(insert(texts), engine)
        self._known: OrderedDict[Digest, str] = OrderedDict()
        self._known_since = monotonic()
        self._lock = threading.Lock()

    def put(self, connection: Connection, written: Sequence[PrivateText]) -> None:
        """Writes texts within the caller's transaction."""
        if not written:
            return
        rows = [
            {
                "branch": self._branch,
                "digest": one.digest,
                "text": one.text,
                "salt": one.salt,
                "expires_us": to_us(one.expires_at),
            }
            for one in written
        ]
        self._insert.run(connection, rows)

    def committed(self, written: Sequence[PrivateText]) -> None:
        """Remembers texts that are durable now."""
        self._remember({one.digest: one.text for one in written})

    def read(self, digests: Iterable[Digest]) -> dict[Digest, str]:
        """The texts by digest; what was erased or never written is left out. Raises LedgerUnavailable."""
        wanted = {digest for digest in digests if digest}
        with self._lock:
            if self._monotonic() - self._known_since > FRESH_S:
                self._known.clear()
                self._known_since = self._monotonic()
            found = {digest: self._known[digest] for digest in wanted if digest in self._known}
        missing = wanted - found.keys()
        if missing:
            fetched = self._fetch(missing)
            self._remember(fetched)
            found |= fetched
        return found

    def expire(self, connection: Connection, now: datetime) -> None:
        """Erases the texts whose time is over at that hall time."""
        over = update(texts).where(
            texts.c.branch == self._branch, texts.c.expires_us <= to_us(now), texts.c.text.is_not(None)
        )
        connection.execute(over.values(text=None, salt=None))
        with self._lock:
            self._known.clear()

    def _fetch(self, digests: set[Digest]) -> dict[Digest, str]:
        wanted = select(texts.c.digest, texts.c.text).where(
            texts.c.branch == self._branch, texts.c.digest.in_(sorted(digests)), texts.c.text.is_not(None)
        )
        with reading(self._engine) as connection:
            return {row.digest: row.text for row in connection.execute(wanted)}

    def _remember(self, fetched: dict[Digest, str]) -> None:
        with self._lock:
            self._known.update(fetched)
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
