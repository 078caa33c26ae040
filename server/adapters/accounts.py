"""People, machines, their sessions and enrolment codes.

A caller is found in memory by the hash of its token, so that asking "who is this" never waits for the database;
every change is written first and then reloaded, also those that `hall user` and `hall device` make from outside.
"""

import hashlib
import re
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import Connection, Engine, delete, insert, select
from sqlalchemy.exc import OperationalError

from server.adapters.account_tables import codes, machines, people, sessions
from server.adapters.broker_users import PROGRAMS, BrokerUsers
from server.adapters.database import wait_briefly
from server.adapters.guesses import Guesses
from server.adapters.idling import Idling
from server.application.audit import CONSOLE, NOBODY_KNOWN, Audit, Deed, NoAudit
from server.application.callers import AccountError, AccountsAway, Caller, Machine, SignedIn, SignInError
from server.domain.vocabulary import ClientId, CounterNo, Role

MACHINES = frozenset({Role.KIOSK, Role.COUNTER, Role.STATION, Role.DISPLAY, Role.PAD})
PEOPLE = frozenset({Role.CLERK, Role.GUIDE, Role.MANAGER, Role.AUDITOR})
SESSION = timedelta(hours=12)
CODE_LIFE = timedelta(hours=1)
_DEVICE = re.compile(r"[a-z0-9-]{1,32}")
_NAMELIKE = re.compile(r"[a-z-]{1,28}\d{0,3}")
_STAFF = re.compile(r"[A-Za-z0-9._-]{1,32}")


def utc_now() -> datetime:
    return datetime.now(UTC)


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


@contextmanager
def _reached() -> Iterator[None]:
    """A database that is locked, full or away is told in the accounts' own word."""
    try:
        yield
    except OperationalError as cause:
        raise AccountsAway from cause


class Accounts:
    """The only door to accounts; thread-safe. `now` is the machine's wall clock."""

    def __init__(
        self,
        engine: Engine,
        now: Callable[[], datetime] = utc_now,
        hasher: PasswordHasher | None = None,
        broker: BrokerUsers | None = None,
        audit: Audit | None = None,
        idling: Idling | None = None,
    ):
        """`broker`: where machines are also written down for a broker that cannot read these tables."""
        self._engine = engine
        self._writer = engine.execution_options(writer=True)
        self._now = now
        self._hasher = hasher or PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
        self._callers: dict[str, tuple[Caller, datetime | None]] = {}
        self._roles: dict[ClientId, Role] = {}
        self._signing = threading.Lock()
        self._reading = threading.Lock()
        self._guesses = Guesses()
        self._idling = idling or Idling()
        self._broker = broker
        self._audit = audit or NoAudit()
        self.gone: Callable[[], None] = lambda: None
        """Called when somebody who was known is known no more: signed out, revoked, expired."""

    def open(self) -> None:
        """Learns who is known; the tables are made by `migrate`."""
        self.refresh()

    @cached_property
    def _nobody(self) -> str:
        """The hash of a secret that nobody has; made at the first sign-in, whoever it is."""
        return self._hasher.hash(secrets.token_urlsafe(16))

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

    # people

    def put_person(self, staff: str, role: Role, secret: str) -> None:
        """Adds a person, or gives a known one a new role and secret and ends their sessions."""
        self.must_be_staff(staff, role)
        needed = 4 if role is Role.CLERK else 10
        if not needed <= len(secret) <= 128:
            raise AccountError(f"the secret of a {role.value} has {needed} to 128 characters")
        hashed = self._hasher.hash(secret)
        with self._writer.begin() as db:
            db.execute(delete(people).where(people.c.staff == staff))
            db.execute(delete(sessions).where(sessions.c.staff == staff))
            db.execute(insert(people).values(staff=staff, role=role.value, secret_hash=hashed))
        self.refresh()
        self._audit.record(Deed.PERSON_PUT, CONSOLE, person=staff, role=role.value)

    def must_be_staff(self, staff: str, role: Role) -> None:
        """Raises AccountError for a name or role that no person can have."""
        if role not in PEOPLE or not _STAFF.fullmatch(staff):
            raise AccountError("a staff number is 1-32 letters, digits, . _ -; roles: clerk guide manager auditor")

    def remove_person(self, staff: str) -> bool:
        with self._writer.begin() as db:
            db.execute(delete(sessions).where(sessions.c.staff == staff))
            gone = db.execute(delete(people).where(people.c.staff == staff)).rowcount > 0
        self.refresh()
        if gone:
            self._audit.record(Deed.PERSON_REMOVED, CONSOLE, person=staff)
        return gone

    def people(self) -> list[tuple[str, Role]]:
        with self._engine.connect() as db:
            return [(row.staff, Role(row.role)) for row in db.execute(select(people).order_by(people.c.staff))]

    def sign_in(
        self, staff: str, secret: str, *, machine: Caller | None, counter: int | None, address: str = ""
    ) -> SignedIn:
        """A clerk signs in at an enrolled counter machine; everybody else anywhere. Moves an earlier sign-in.

        `address`: where the request came from when no machine did; wrong secrets count there.

        Slow on purpose (a memory-hard hash, one at a time): call it off the event loop.
        """
        at = machine.id if machine is not None else None
        try:
            with self._signing, _reached():
                signed = self._signed_in(staff, secret, machine, counter, address)
        except SignInError as refused:
            deed = Deed.LOCKED_OUT if refused.retry_after_s is not None else Deed.SIGN_IN_REFUSED
            known = any(staff == name for name, _ in self.people())
            self._audit.record(deed, staff if known else NOBODY_KNOWN, at=at, counter=counter)
            raise
        self._audit.record(Deed.SIGNED_IN, staff, role=signed.caller.role.value, at=at, counter=signed.caller.counter)
        return signed

    def _signed_in(self, staff: str, secret: str, machine: Caller | None, counter: int | None, at: str) -> SignedIn:
        role = self._check_secret(staff, secret, machine.id if machine is not None else at)
        clerk, at_counter = role is Role.CLERK, machine is not None and machine.role is Role.COUNTER
        if clerk != at_counter or (clerk and counter is None):
            raise SignInError
        if machine is not None and machine.counter is not None and machine.counter != counter:
            raise SignInError
        place = CounterNo(counter) if role is Role.CLERK and counter is not None else None
        return self._start_session(staff, role, place, machine)

    def sign_out(self, token: str) -> None:
        with _reached():
            with self._writer.begin() as db:
                wait_briefly(db)
                db.execute(delete(sessions).where(sessions.c.token_hash == token_hash(token)))
            caller = self.caller(token)
            self.refresh()
        if caller is not None:
            self._audit.record(Deed.SIGNED_OUT, caller.id)

    def _check_secret(self, staff: str, secret: str, place: str) -> Role:
        """Takes as long for a name that nobody has."""
        nobody = self._nobody
        with self._engine.connect() as db:
            row = db.execute(select(people).where(people.c.staff == staff)).one_or_none()
        now, secret_hash = self._now(), row.secret_hash if row is not None else nobody
        wait_s = self._guesses.wait_s(staff, place, secret_hash, now)
        if wait_s is not None:
            raise SignInError(wait_s)
        try:
            self._hasher.verify(secret_hash, secret)
        except (VerifyMismatchError, InvalidHashError):
            self._guesses.wrong(staff, place, secret_hash, now)
            raise SignInError from None
        if row is None:
            raise SignInError
        self._guesses.right(staff, place)
        return Role(row.role)

    def _start_session(self, staff: str, role: Role, counter: CounterNo | None, machine: Caller | None) -> SignedIn:
        token = secrets.token_urlsafe(32)
        now = self._now()
        with self._writer.begin() as db:
            wait_briefly(db)
            db.execute(delete(sessions).where(sessions.c.expires_at <= now))
            if counter is not None:
                here = (sessions.c.staff == staff) | (sessions.c.counter == counter)
                db.execute(delete(sessions).where(here))
            db.execute(
                insert(sessions).values(
                    token_hash=token_hash(token),
                    staff=staff,
                    role=role.value,
                    counter=counter,
                    device=machine.id if machine else None,
                    expires_at=now + SESSION,
                )
            )
        self.refresh()
        return SignedIn(token, Caller(ClientId(staff), role, counter, since=now))

    # machines

    def invite(self, role: Role, *, device: str | None = None, counter: int | None = None) -> str:
        """A one-time code, good for an hour, with which a machine enrols as `role` (and only as `device`, if named)."""
        if role not in MACHINES:
            raise AccountError("a machine is a kiosk, counter, station, display or pad")
        if device is not None and (device in PROGRAMS or not _DEVICE.fullmatch(device)):
            raise AccountError("a device id has 1-32 of a-z 0-9 - and is not the name of a program")
        code = secrets.token_hex(8).upper()
        with self._writer.begin() as db:
            db.execute(
                insert(codes).values(
                    code_hash=token_hash(code),
                    role=role.value,
                    counter=counter,
                    device=device,
                    expires_at=self._now() + CODE_LIFE,
                )
            )
        self._audit.record(Deed.CODE_MADE, CONSOLE, machine=device, role=role.value, counter=counter)
        return code

    def enrol(self, code: str, device: str) -> str:
        """Spends the code and answers the machine's new token; a device id that is taken is refused, not taken over."""
        try:
            with self._signing, _reached(), self._writer.begin() as db:
                wait_briefly(db)
                role, token = self._spend(db, code, device)
        except AccountError:
            self._audit.record(Deed.ENROL_REFUSED, device if _NAMELIKE.fullmatch(device) else NOBODY_KNOWN)
            raise
        self.refresh()
        self._audit.record(Deed.ENROLLED, device, role=role.value)
        return token

    def _spend(self, db: Connection, code: str, device: str) -> tuple[Role, str]:
        row = db.execute(select(codes).where(codes.c.code_hash == token_hash(code.strip().upper()))).one_or_none()
        if row is None or row.expires_at <= self._now() or row.device not in (None, device):
            raise AccountError("this code is not known, spent, expired or for another machine")
        if db.execute(select(machines.c.device).where(machines.c.device == device)).one_or_none():
            raise AccountError("a machine of this name is already enrolled; revoke it first")
        db.execute(delete(codes).where(codes.c.code_hash == row.code_hash))
        return Role(row.role), self._put_machine(db, device, Role(row.role), row.counter)

    def put_machine(self, device: str, role: Role, counter: int | None = None) -> str:
        """Enrols a machine from the server's own console and answers its token; an earlier token of it dies."""
        if role not in MACHINES or not _DEVICE.fullmatch(device):
            raise AccountError("a device id has 1-32 of a-z 0-9 -; roles: kiosk counter station display pad")
        with self._writer.begin() as db:
            db.execute(delete(machines).where(machines.c.device == device))
            token = self._put_machine(db, device, role, counter)
        self.refresh()
        self._audit.record(Deed.ENROLLED, CONSOLE, machine=device, role=role.value, counter=counter)
        return token

    def revoke_machine(self, device: str) -> bool:
        with self._writer.begin() as db:
            db.execute(delete(sessions).where(sessions.c.device == device))
            gone = db.execute(delete(machines).where(machines.c.device == device)).rowcount > 0
            if gone and self._broker is not None:
                self._broker.remove(device)
        self.refresh()
        if gone:
            self._audit.record(Deed.REVOKED, CONSOLE, machine=device)
        return gone

    def machines(self) -> list[Machine]:
        with self._engine.connect() as db:
            rows = db.execute(select(machines).order_by(machines.c.device))
            return [Machine(row.device, Role(row.role), row.counter, row.enrolled_at) for row in rows]

    def _put_machine(self, db: Connection, device: str, role: Role, counter: int | None) -> str:
        if device in PROGRAMS:
            raise AccountError(f"{device} is the name of a program, not of a machine")
        token = secrets.token_urlsafe(32)
        if self._broker is not None:
            self._broker.put_device(device, token)
        db.execute(
            insert(machines).values(
                device=device, role=role.value, counter=counter, token_hash=token_hash(token), enrolled_at=self._now()
            )
        )
        return token
