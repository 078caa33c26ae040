"""What a technician does to people and machines from the server's own console."""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from server.adapters.accounts import Accounts
from server.adapters.audit import audit_of
from server.adapters.broker_users import mosquitto_users
from server.adapters.opening import open_database
from server.domain.vocabulary import Role
from server.settings import Settings

MANAGER = "manager-1"
GUIDE = "guide-1"
FIRST_CLERK = 1001


class AlreadyThere(Exception):
    """The branch has people or machines already; a second `init` would lock them out."""


@dataclass(frozen=True, slots=True)
class Secret:
    """Shown once and kept by nobody but its owner."""

    kind: str
    """staff or machine."""
    name: str
    role: Role
    secret: str = field(repr=False)


@contextmanager
def accounts(settings: Settings) -> Iterator[Accounts]:
    """The branch's accounts, its database made and brought up to date."""
    audit = audit_of(settings)
    engine = open_database(settings, audit)
    try:
        opened = Accounts(engine, broker=mosquitto_users(settings), audit=audit)
        opened.open()
        yield opened
    finally:
        engine.dispose()


def initialise(settings: Settings, clerks: Sequence[str] = ()) -> list[Secret]:
    """Makes the data directory, a manager, a guide, the clerks, and a code for each machine to enrol with.

    Without `clerks` one is made for each counter. Raises AlreadyThere, and AccountError when a name cannot be; nobody
    is made known then.
    """
    staff = dict.fromkeys(clerks or [str(FIRST_CLERK + place) for place in range(len(settings.hall.counters))])
    with accounts(settings) as book:
        if book.people() or book.machines():
            raise AlreadyThere
        for name in staff:
            book.must_be_staff(name, Role.CLERK)
        made = [put_person(book, name, Role.CLERK) for name in staff]
        made += [put_person(book, MANAGER, Role.MANAGER), put_person(book, GUIDE, Role.GUIDE)]
        made += [invite(book, device, role, counter) for device, role, counter in machines(settings)]
    return made


def machines(settings: Settings) -> Iterator[tuple[str, Role, int | None]]:
    """The machines a branch of this configuration has: device id, role, counter."""
    for kiosk in sorted({kiosk for series in settings.hall.series.values() for kiosk in series.reserved}):
        yield kiosk, Role.KIOSK, None
    for number in settings.hall.counters:
        yield f"counter-{number}", Role.COUNTER, number
    yield "station-1", Role.STATION, None
    yield "display-1", Role.DISPLAY, None


def put_person(book: Accounts, name: str, role: Role) -> Secret:
    secret = f"{secrets.randbelow(10**6):06d}" if role is Role.CLERK else secrets.token_urlsafe(12)
    book.put_person(name, role, secret)
    return Secret("staff", name, role, secret)


def invite(book: Accounts, device: str, role: Role, counter: int | None) -> Secret:
    return Secret("machine", device, role, book.invite(role, device=device, counter=counter))
