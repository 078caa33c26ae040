"""What goes wrong, told as RFC 9457 problem details: what happened, what still holds."""

from collections.abc import Mapping, Sequence

from starlette.responses import Response

from server.contract.views.answers import ProblemView
from server.contract.views.desk import DeskView
from server.domain.errors import Code, Refusal

AWAY_S = 2
"""After so long it is worth asking again while the database is away."""
Fact = str | int | float | None

MEDIA_TYPE = "application/problem+json"
TRANSPORT: dict[str, tuple[int, str]] = {
    "not-http": (400, "What came over this line is not a request; the line is closed"),
    "malformed": (422, "The request is not what the contract says; nothing was changed"),
    "not-json": (415, "The body must be application/json; nothing was changed"),
    "unauthorised": (401, "The hall does not know who asks; nothing was changed"),
    "forbidden": (403, "This caller may not do that; nothing was changed"),
    "foreign-origin": (403, "The request comes from another site; nothing was changed"),
    "not-found": (404, "There is nothing at this address"),
    "other-version": (410, "Program and hall are of different versions; install the same version on both"),
    "method-not-allowed": (405, "This address does not take that method"),
    "too-large": (413, "The body is too large; nothing was changed"),
    "too-many": (429, "Too many at once from this caller; try again later"),
    "sign-in-refused": (401, "Staff number or secret is wrong"),
    "locked": (429, "Too many wrong secrets; this account is locked for a while"),
    "session-locked": (403, "The counter is paused; sign in again to go on"),
    "stale-sign-in": (403, "This needs a sign-in of the last minutes; sign in again"),
    "bad-code": (409, "The enrolment cannot be done"),
    "reused-request-id": (422, "This request id was used before with another body; nothing was changed"),
    "busy": (503, "Too many are waiting; nothing was decided, ask again"),
    "not-owner": (503, "Another server keeps this branch; nothing was decided here"),
    "unavailable": (503, "The journal cannot be written; nothing was changed"),
    "outcome-unknown": (503, "It is not known whether this was done; ask again with the same id"),
    "fault": (500, "The server failed on this request alone; it is logged"),
}
_BAD_VALUES = {Code.BAD_OFFLINE_NUMBER, Code.BAD_SCORE, Code.BAD_CONFIG, Code.REASON_NEEDED}
REFUSALS: dict[Code, str] = {
    Code.UNKNOWN_SERVICE: "The branch does not offer this service",
    Code.UNKNOWN_COUNTER: "The branch has no such counter",
    Code.UNKNOWN_TICKET: "The branch knows no such ticket",
    Code.UNKNOWN_CLERK: "No such clerk is at a counter",
    Code.UNKNOWN_LEG: "This visit has no such finished leg",
    Code.NOT_ISSUING: "The branch gives out no numbers now",
    Code.SERVICE_CLOSED: "This service is closed now",
    Code.SERIES_FULL: "All numbers of this series are given out for today",
    Code.BAD_OFFLINE_NUMBER: "This number is not one the kiosk may issue by itself",
    Code.NUMBER_TAKEN: "Another ticket of today holds this number",
    Code.REASON_NEEDED: "A reason is needed",
    Code.NOT_ALLOWED: "This caller may not do that here",
    Code.WRONG_STATE: "The ticket or counter is not in a state that allows it",
    Code.EXPECT_MISMATCH: "Another customer is current at this counter",
    Code.COUNTER_CLOSED: "The counter is closed",
    Code.COUNTER_PAUSED: "The counter is paused",
    Code.COUNTER_BUSY: "The counter has a customer",
    Code.COUNTER_TAKEN: "Another clerk is at this counter",
    Code.CLERK_BUSY: "The clerk has a customer at another counter",
    Code.NOBODY_WAITING: "Nobody is waiting for this counter",
    Code.NOT_SERVED_HERE: "This counter does not serve that",
    Code.RECALL_LIMIT: "The customer was called as often as the branch allows",
    Code.TOO_EARLY: "It is too early for that",
    Code.TOO_LATE: "It is too late for that",
    Code.ALREADY_DELAYED: "The customer has used the one delay",
    Code.DAY_CLOSED: "That business day is closed",
    Code.BAD_CONFIG: "The configuration is not valid",
    Code.BAD_SCORE: "The score is not one the branch uses",
    Code.FAULT: "The hall failed on this act alone; nothing was changed and it is logged",
}


class Problem(Exception):
    """Ends a request with problem details; codes are those of `TRANSPORT`."""

    def __init__(
        self,
        code: str,
        detail: str = "",
        *,
        errors: Sequence[Mapping[str, str]] = (),
        retry_after_s: int | None = None,
        facts: Mapping[str, Fact] | None = None,
    ) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.errors = errors
        self.retry_after_s = retry_after_s
        self.facts = dict(facts or {})

    @property
    def status(self) -> int:
        return TRANSPORT[self.code][0]

    def response(self, request_id: str | None = None) -> Response:
        status, title = TRANSPORT[self.code]
        view = ProblemView(
            type=f"urn:powerhall:{self.code}",
            title=title,
            status=status,
            detail=self.detail or title,
            code=self.code,
            request_id=request_id,
            facts=self.facts,
            errors=[dict(error) for error in self.errors],
        )
        return problem_response(view, self.retry_after_s)


def refusal_status(code: Code) -> int:
    if code is Code.FAULT:
        return 500
    if code is Code.NOT_ALLOWED:
        return 403
    if code in _BAD_VALUES:
        return 422
    return 404 if code.startswith("unknown-") else 409


def refusal_response(refusal: Refusal, request_id: str | None, desk: DeskView | None = None) -> Response:
    """A refusal of the hall; a clerk gets the present view of the counter with it."""
    view = ProblemView(
        type=f"urn:powerhall:{refusal.code}",
        title=REFUSALS[refusal.code],
        status=refusal_status(refusal.code),
        detail=REFUSALS[refusal.code],
        code=refusal.code,
        request_id=request_id,
        facts=dict(refusal.facts),
        desk=desk,
    )
    return problem_response(view, None)


def problem_response(view: ProblemView, retry_after_s: int | None) -> Response:
    headers = {} if retry_after_s is None else {"Retry-After": str(retry_after_s)}
    if view.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(view.model_dump_json(), view.status, headers, MEDIA_TYPE)
