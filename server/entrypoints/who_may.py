"""Who may do what: the one table, and how a request tells who asks."""

from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from starlette.requests import Request

from server.application.audit import Audit, Deed
from server.application.callers import Caller, KnownCallers
from server.application.phone import Capabilities
from server.contract.held import PHONE_PREFIX
from server.domain.vocabulary import ClientId, Role
from server.entrypoints.pace import Pace
from server.entrypoints.problems import Problem

SESSION_COOKIE = "hall_session"

KIOSK, COUNTER, STATION, DISPLAY = Role.KIOSK, Role.COUNTER, Role.STATION, Role.DISPLAY
CLERK, GUIDE, MANAGER, AUDITOR, PHONE = Role.CLERK, Role.GUIDE, Role.MANAGER, Role.AUDITOR, Role.PHONE
EVERYONE = frozenset(Role) - {Role.PAD}
"""A pad speaks at the broker alone."""
AT_COUNTER = frozenset({CLERK})
RELEASING = frozenset({CLERK, MANAGER})
STAFF = frozenset({CLERK, GUIDE, MANAGER})

MATRIX: dict[str, frozenset[Role]] = {
    "issue": frozenset({KIOSK, CLERK, GUIDE, MANAGER}),
    "ticket": frozenset({KIOSK, CLERK, GUIDE, MANAGER, PHONE}),
    "cancel": STAFF | {PHONE},
    "delay": STAFF | {PHONE},
    "check-in": STAFF | {KIOSK},
    "reprint": STAFF | {KIOSK},
    "class": frozenset({GUIDE, MANAGER}),
    "revive": STAFF,
    "counter-open": AT_COUNTER,
    "counter-pause": RELEASING,
    "counter-resume": AT_COUNTER,
    "counter-close": RELEASING,
    "counter-next": AT_COUNTER,
    "counter-call": AT_COUNTER,
    "counter-recall": AT_COUNTER,
    "counter-start": AT_COUNTER,
    "counter-finish": AT_COUNTER,
    "counter-no-show": AT_COUNTER,
    "counter-revive": RELEASING,
    "counter-hold": AT_COUNTER,
    "counter-return": RELEASING,
    "counter-transfer": AT_COUNTER,
    "counter-served-offline": AT_COUNTER,
    "counter-key": frozenset({STATION}),
    "desk": frozenset({CLERK, MANAGER}),
    "interaction": frozenset({CLERK, MANAGER}),
    "rate": frozenset({KIOSK, COUNTER, STATION, PHONE}),
    "services": EVERYONE,
    "hall": EVERYONE,
    "board": frozenset({MANAGER}),
    "events-hall": EVERYONE,
    "call-sound": frozenset({DISPLAY}),
    "events-board": frozenset({MANAGER}),
    "events-desk": frozenset({CLERK, MANAGER}),
    "events-ticket": frozenset({KIOSK, CLERK, GUIDE, MANAGER, PHONE}),
    "logout": frozenset({CLERK, GUIDE, MANAGER, AUDITOR}),
    "journal": frozenset({AUDITOR}),
    "metrics": frozenset({MANAGER, AUDITOR}),
}
"""Rows are endpoints; `login`, `enrol`, `healthz` and the OpenAPI document are open to all.

A clerk stands only at the counter of the session, a phone only for its own ticket; `Places.own` keeps that.
"""


SUPERVISING = frozenset({"counter-pause", "counter-close", "counter-revive", "counter-return", "class"})
FRESH = timedelta(minutes=15)
"""How old the sign-in of a manager may be for these."""


class Door:
    """Finds out who asks and lets pass or not; from memory alone."""

    def __init__(
        self,
        known: KnownCallers,
        phones: Capabilities,
        origins: frozenset[str],
        audit: Audit,
        pace: Pace,
        wall: Callable[[], datetime],
    ) -> None:
        """`origins`: sites, beside the one asked, whose pages may act with a cookie (`public_url`)."""
        self.audit = audit
        self.pace = pace
        self._wall = wall
        self._known = known
        self._phones = phones
        self._origins = origins

    def caller(self, request: Request) -> Caller:
        found = self.caller_or_none(request)
        if found is None:
            raise Problem("unauthorised")
        return found

    def caller_or_none(self, request: Request) -> Caller | None:
        """By bearer token, else by cookie; acts by cookie must come from the hall's own pages."""
        bearer, acting = bearer_of(request), request.method not in ("GET", "HEAD")
        if bearer is not None:
            return self._phone(bearer) if bearer.startswith(PHONE_PREFIX) else self._known.caller(bearer, acting=acting)
        cookie = request.cookies.get(SESSION_COOKIE)
        if not cookie:
            return None
        if acting:
            self.check_origin(request)
        return self._known.caller(cookie, acting=acting)

    def admit(self, request: Request, row: str) -> Caller:
        """The caller, if it may and does not ask too often."""
        caller = self.allowed(request, row)
        self.pace.ask(caller)
        return caller

    def allowed(self, request: Request, row: str) -> Caller:
        """The caller, if the table has its role in this row and what is asked for is its own."""
        caller = self.caller(request)
        try:
            if caller.role not in MATRIX[row]:
                raise Problem("forbidden", f"a {caller.role.value} may not {row}")
            check_own(caller, request)
            self._fresh(caller, row)
        except Problem as refused:
            self.audit.record(Deed.REFUSED, caller.audited, act=row, why=refused.detail)
            raise
        return caller

    def _fresh(self, caller: Caller, row: str) -> None:
        """A manager who takes another's counter or order in hand has shown the secret of late."""
        if caller.role is not Role.MANAGER or row not in SUPERVISING:
            return
        if caller.since is None or self._wall() - caller.since > FRESH:
            raise Problem("stale-sign-in")

    def check_origin(self, request: Request) -> None:
        """A browser says where a page comes from; what comes from elsewhere or does not say is refused."""
        origin = request.headers.get("origin")
        own = f"{request.url.scheme}://{request.headers.get('host', '')}"
        if origin is None or (origin != own and origin not in self._origins):
            raise Problem("foreign-origin")

    def _phone(self, bearer: str) -> Caller | None:
        ticket = self._phones.ticket_of(bearer.removeprefix(PHONE_PREFIX))
        return None if ticket is None else Caller(ClientId(f"phone:{ticket}"), Role.PHONE, ticket=ticket)


def check_own(caller: Caller, request: Request) -> None:
    """A clerk's counter and a phone's ticket, where the address or query names one."""
    if caller.role not in (Role.CLERK, Role.PHONE):
        return
    params = {**request.query_params, **request.path_params}
    counter, ticket = params.get("counter"), params.get("ticket")
    if caller.role is Role.CLERK and counter is not None and str(counter) != str(caller.counter):
        raise Problem("forbidden", "another counter")
    if caller.role is Role.PHONE and ticket is not None and ticket != caller.ticket:
        raise Problem("forbidden", "another ticket")


def bearer_of(request: Request) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def origin_of(url: str | None) -> frozenset[str]:
    """The origin of a configured public address."""
    if url is None:
        return frozenset()
    parts = urlsplit(url)
    return frozenset({f"{parts.scheme}://{parts.netloc}"})
