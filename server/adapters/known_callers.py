"""Who is known: callers in memory, by the hashes of their tokens, learned anew from the tables."""

import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import Engine, select
from sqlalchemy.exc import OperationalError

from server.adapters.account_tables import machines, sessions
from server.adapters.idling import Idling
from server.application.audit import Audit
from server.application.callers import AccountsAway, Caller
from server.domain.vocabulary import ClientId, Role

MACHINES: Final = frozenset({Role.KIOSK, Role.COUNTER, Role.STATION, Role.DISPLAY, Role.PAD})
SESSION: Final = timedelta(hours=12)


def utc_now() -> datetime:
    return datetime.now(UTC)


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


@contextmanager
def reached() -> Iterator[None]:
    """A database that is locked, full or away is told in the accounts' own word."""
    try:
        yield
    except OperationalError as cause:
        raise AccountsAway from cause


class Known:
    """Answers "who is this" without waiting for the database, from any thread. `now` is the machine's wall clock."""

    def __init__(self, engine: Engine, now: Callable[[], datetime], audit: Audit, idling: Idling) -> None:
        self._engine = engine
        self._writer = engine.execution_options(writer=True)
        self._now = now
        self._audit = audit
        self._idling = idling
        self._callers: dict[str, tuple[Caller, datetime | None]] = {}
        self._roles: dict[ClientId, Role] = {}
        self._reading = threading.Lock()
        self._changing = threading.Lock()
        """Secrets are checked and codes spent one at a time."""
        self.gone: Callable[[], None] = lambda: None
        """Called when somebody who was known is known no more: signed out, revoked, expired."""

    def refresh(self) -> None:
        """Learns what other processes changed: new, revoked and expired tokens.

        One at a time: what was read before a sign-in must not replace what was read after it.
        """
        now = self._now()
        callers: dict[str, tuple[Caller, datetime | None]] = {}
        with self._reading, self._engine.connect() as db:
            for row in db.execute(select(machines)):
                callers[row.token_hash] = (Caller(ClientId(row.device), Role(row.role), row.counter), None)
            for row in db.execute(select(sessions).where(sessions.c.expires_at > now)):
                since = row.expires_at - SESSION
                caller = Caller(ClientId(row.staff), Role(row.role), row.counter, since=since)
                callers[row.token_hash] = (caller, row.expires_at)
            before, self._callers = self._callers, callers
            self._roles = {caller.id: caller.role for caller, _ in callers.values() if caller.role in MACHINES}
            self._idling.keep(callers)
        if before.keys() - callers.keys():
            self.gone()

    def caller(self, token: str, *, acting: bool = False) -> Caller | None:
        """Who holds this token, unless the session was left alone for too long; from memory."""
        key = token_hash(token)
        known = self._callers.get(key)
        if known is None or (known[1] is not None and known[1] <= self._now()):
            return None
        if known[0].role is Role.CLERK and not self._idling.awake(key, acting=acting):
            return None
        return known[0]

    def role_of(self, device: str) -> Role | None:
        """What an enrolled machine is; None for one that is not enrolled. From memory."""
        return self._roles.get(ClientId(device))
