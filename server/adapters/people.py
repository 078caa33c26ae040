"""People: who may sign in, how they do, and how a guesser is stopped."""

import re
import secrets
from functools import cached_property
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import delete, insert, select

from server.adapters.account_tables import people, sessions
from server.adapters.database import wait_briefly
from server.adapters.guesses import Guesses
from server.adapters.known_callers import SESSION, Known, reached, token_hash
from server.application.audit import CONSOLE, NOBODY_KNOWN, Deed
from server.application.callers import AccountError, Caller, SignedIn, SignInError
from server.domain.vocabulary import ClientId, CounterNo, Role

PEOPLE: Final = frozenset({Role.CLERK, Role.GUIDE, Role.MANAGER, Role.AUDITOR})
_STAFF = re.compile(r"[A-Za-z0-9._-]{1,32}")


class People(Known):
    """Their accounts and sessions."""

    _hasher: PasswordHasher
    _guesses: Guesses

    @cached_property
    def _nobody(self) -> str:
        """The hash of a secret that nobody has; made at the first sign-in, whoever it is."""
        return self._hasher.hash(secrets.token_urlsafe(16))

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
            with self._changing, reached():
                signed = self._signed_in(staff, secret, machine, counter, address)
        except SignInError as refused:
            deed = Deed.LOCKED_OUT if refused.retry_after_s is not None else Deed.SIGN_IN_REFUSED
            with reached():
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
        with reached():
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
