"""Machines: enrolled with a one-time code, known by a token, revoked."""

import re
import secrets
from datetime import timedelta
from typing import Final

from sqlalchemy import Connection, delete, insert, select

from server.adapters.account_tables import codes, machines, sessions
from server.adapters.broker_users import PROGRAMS, BrokerUsers
from server.adapters.database import wait_briefly
from server.adapters.known_callers import MACHINES, Known, reached, token_hash
from server.application.audit import CONSOLE, NOBODY_KNOWN, Deed
from server.application.callers import AccountError, Machine
from server.domain.vocabulary import Role

CODE_LIFE: Final = timedelta(hours=1)
_DEVICE = re.compile(r"[a-z0-9-]{1,32}")
_NAMELIKE = re.compile(r"[a-z-]{1,28}\d{0,3}")


class Machines(Known):
    """Their tokens and the codes with which they enrol."""

    _broker: BrokerUsers | None

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
            with self._changing, reached(), self._writer.begin() as db:
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
