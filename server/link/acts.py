"""Asking the hall over HTTP: every act and every view, blocking, from any thread."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import httpx
from pydantic import BaseModel, ValidationError
from ulid import ULID

from server.contract.acts import Enrol, GiveRating, IssueTicket, Login, PressKey, PutInteraction
from server.contract.common import Body
from server.contract.held import PHONE_PREFIX, HeldTicket
from server.contract.views.answers import EnrolledView, InteractionView, KeyView, RatingView, SessionView, TicketView
from server.contract.views.board import BoardView
from server.contract.views.desk import DeskView
from server.contract.views.hall import HallView
from server.contract.views.services import ServicesView
from server.link.errors import HallAway
from server.link.http import exchange, open_http, refusal

V = TypeVar("V", bound=BaseModel)
Query = str | Mapping[str, str | int]
STREAM_SILENCE_S = 11.5
"""An event stream that is silent for so long shows stale; the server's beat comes every 5 s."""


def new_request_id() -> str:
    """A fresh id for one act; keep it and send it again with every repetition of that act."""
    return str(ULID())


class HallClient:
    """A program's way to ask one branch; `token` is the machine's, or a session's after `login`."""

    def __init__(
        self, base_url: str, branch: str, token: str, *, timeout_s: float = 1.4, ca_file: Path | None = None
    ) -> None:
        self.branch = branch
        self.token = token
        self.timeout_s = timeout_s
        self._root = f"/api/v1/branches/{branch}"
        self._http = open_http(base_url, timeout_s, ca_file)

    def services(self) -> ServicesView:
        return self._get("/services", ServicesView)

    def hall(self) -> HallView:
        return self._get("/hall", HallView)

    def board(self) -> BoardView:
        return self._get("/board", BoardView)

    def desk(self, counter: int) -> DeskView:
        return self._get(f"/counters/{counter}/desk", DeskView)

    def ticket(self, ticket: str) -> TicketView:
        return self._get(f"/tickets/{_segment(ticket)}", TicketView)

    def held_ticket(self, held: HeldTicket) -> TicketView:
        """By the right that its code holds: a code that was changed opens nothing."""
        request = self._request("GET", f"{self._root}/tickets/{_segment(held.ticket)}", None)
        request.headers["Authorization"] = f"Bearer {PHONE_PREFIX}{held.token}"
        return _parse(TicketView, exchange(self._http, request, self.timeout_s), is_act=False)

    def issue(self, body: IssueTicket) -> TicketView:
        return self._send("POST", f"{self._root}/tickets", body, TicketView)

    def ticket_act(self, ticket: str, act: str, body: Body) -> TicketView:
        """`act`: cancel, delay, check-in, reprint, class, revive."""
        return self._send("POST", f"{self._root}/tickets/{_segment(ticket)}/{_segment(act)}", body, TicketView)

    def counter_act(self, counter: int, act: str, body: Body) -> DeskView:
        """`act`: the last word of the path, from `open` to `served-offline`."""
        return self._send("POST", f"{self._root}/counters/{counter}/{_segment(act)}", body, DeskView)

    def press_key(self, counter: int, body: PressKey) -> KeyView:
        """A call pad's key, told by its station."""
        return self._send("POST", f"{self._root}/counters/{counter}/key", body, KeyView)

    def put_interaction(self, ticket: str, leg: int, body: PutInteraction) -> InteractionView:
        return self._send("PUT", f"{self._root}/legs/{_segment(ticket)}/{leg}/interaction", body, InteractionView)

    def rate(self, body: GiveRating) -> RatingView:
        return self._send("POST", f"{self._root}/ratings", body, RatingView)

    def login(self, body: Login) -> SessionView:
        """Does not change `token`: the caller decides which of its acts speak for the person."""
        return self._send("POST", "/api/v1/login", body, SessionView)

    def logout(self) -> None:
        """Ends the session of the present `token`."""
        request = self._request("POST", "/api/v1/logout", None)
        exchange(self._http, request, self.timeout_s)

    def enrol(self, body: Enrol) -> str:
        """Trades a one-time code for the machine's token; keep it, it is never told again."""
        return self._send("POST", "/api/v1/enrol", body, EnrolledView).token

    @contextmanager
    def events(self, query: Query, *, silence_s: float = STREAM_SILENCE_S) -> Iterator[httpx.Response]:
        """An open event stream of this branch; a read that is silent for `silence_s` raises httpx.ReadTimeout."""
        request = self._http.build_request(
            "GET",
            f"{self._root}/events",
            params=query,
            headers=self._headers() | {"Accept": "text/event-stream", "Cache-Control": "no-store"},
            timeout=httpx.Timeout(self.timeout_s, read=silence_s),
        )
        response = self._http.send(request, stream=True)
        try:
            if not response.is_success:
                raise refusal(response, response.read(), is_act=False)
            yield response
        finally:
            response.close()

    def close(self) -> None:
        self._http.close()

    def _get(self, path: str, view: type[V]) -> V:
        request = self._request("GET", self._root + path, None)
        return _parse(view, exchange(self._http, request, self.timeout_s), is_act=False)

    def _send(self, method: str, path: str, body: BaseModel, view: type[V]) -> V:
        request = self._request(method, path, body)
        return _parse(view, exchange(self._http, request, self.timeout_s), is_act=True)

    def _request(self, method: str, path: str, body: BaseModel | None) -> httpx.Request:
        headers = self._headers()
        if body is None:
            return self._http.build_request(method, path, headers=headers)
        headers["Content-Type"] = "application/json"
        return self._http.build_request(method, path, content=body.model_dump_json(), headers=headers)

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}


def _parse(view: type[V], body: bytes, *, is_act: bool) -> V:
    try:
        return view.model_validate_json(body)
    except ValidationError as cause:
        raise HallAway(f"not a {view.__name__} of the hall", outcome_unknown=is_act, code="bad-answer") from cause


def _segment(text: str) -> str:
    """Refuses what would name another path; ids never contain such letters."""
    if not text or not all(letter.isalnum() or letter in "-_." for letter in text) or text.strip(".") == "":
        raise ValueError(f"not an id or act: {text!r}")
    return text
