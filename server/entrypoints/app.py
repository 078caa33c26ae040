"""The HTTP application of one branch: routes from the table, one shell around them for headers and faults."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache, partial
from typing import TypeVar

from prometheus_client import CollectorRegistry, generate_latest
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.application.audit import Audit
from server.application.callers import KnownCallers
from server.application.front import Front
from server.application.ports import LedgerUnavailable
from server.entrypoints import table
from server.entrypoints.acting import Acting
from server.entrypoints.openapi import document
from server.entrypoints.pace import Pace
from server.entrypoints.problems import AWAY_S, Problem
from server.entrypoints.reading import Reading, ViewMaker, as_json
from server.entrypoints.sessions import Sessions
from server.entrypoints.streams import Hub, Now
from server.entrypoints.who_may import Door, origin_of

log = logging.getLogger(__name__)

Handler = Callable[[Request], Awaitable[Response]]
_EVERYWHERE = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
_OF_DATA = ((b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"), *_EVERYWHERE)
"""For answers that are no page: shown by mistake they load nothing. Short, for each is looked at at every act."""
_OF_PAGES = (
    (
        b"content-security-policy",
        (
            b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
            b"media-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
            b"frame-ancestors 'none'"
        ),
    ),
    *_EVERYWHERE,
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)
_TLS_ONLY = ((b"strict-transport-security", b"max-age=31536000"),)


@dataclass(frozen=True, slots=True)
class Web:
    """The application and what pages beside the API need of it."""

    app: ASGIApp
    front: Front
    door: Door
    hub: Hub
    sessions: Sessions


Pages = Callable[[Front, Door, Hub, Sessions], Sequence[BaseRoute]]
"""Adds the routes of pages for browsers."""


def no_pages(_front: Front, _door: Door, _hub: Hub, _sessions: Sessions) -> Sequence[BaseRoute]:
    return ()


def create_app(
    front: Front,
    known: KnownCallers,
    *,
    version: str,
    audit: Audit,
    pace: Pace,
    pages: Pages = no_pages,
    metrics: CollectorRegistry | None = None,
    tls: bool = False,
) -> Web:
    door = Door(known, front.capabilities, origin_of(front.facts.public_url), audit, pace, front.wall)
    hub = Hub(ViewMaker(front), partial(_now, front))
    sessions = Sessions(known, door, secure_cookie=tls)
    routes: list[BaseRoute] = [
        *_act_routes(Acting(front, door)),
        *_read_routes(Reading(front, door, hub)),
        _route(table.LOGIN, sessions.login),
        _route(table.LOGOUT, sessions.logout),
        _route(table.ENROL, sessions.enrol),
        *_house_routes(front, door, hub, version, metrics),
        *pages(front, door, hub, sessions),
    ]

    @asynccontextmanager
    async def lifespan(_app: object) -> AsyncIterator[None]:
        hub.start(asyncio.get_running_loop())
        yield
        hub.stop()
        sessions.close()

    router = Router(routes=routes, lifespan=lifespan, redirect_slashes=False)
    return Web(Shell(router, front.facts.branch, tls=tls), front, door, hub, sessions)


@dataclass(frozen=True, slots=True)
class Answering:
    """An endpoint without a shell of its own: what its handler raises is `Shell`'s to tell."""

    handler: Handler

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self.handler(Request(scope, receive, send))
        await response(scope, receive, send)


class Shell:
    """Around every request: another branch's address is refused, browsers get their headers, faults are logged."""

    def __init__(self, app: ASGIApp, branch: str, *, tls: bool) -> None:
        self._app = app
        self._others = "/api/v1/branches/"
        self._own = f"/api/v1/branches/{branch}/"
        always = _TLS_ONLY if tls else ()
        self._of_data, self._of_pages = (*_OF_DATA, *always), (*_OF_PAGES, *always)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False
        headers = self._of_data if scope["path"].startswith("/api/") else self._of_pages

        async def guarded(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message["headers"] = [*message.get("headers", ()), *headers]
            await send(message)

        scope["app"] = self
        try:
            self._must_be_ours(scope["path"])
            await self._app(scope, receive, guarded)
        except Problem as problem:
            answer = problem.response()
        except LedgerUnavailable as away:
            answer = Problem("unavailable", str(away), retry_after_s=AWAY_S).response()
        except HTTPException as error:
            answer = _http(error)
        except ClientDisconnect:
            return
        except Exception:
            log.exception("%s %s failed", scope["method"], _nameable(scope["path"]))
            answer = Problem("fault").response()
        else:
            return
        if not started:
            await answer(scope, receive, guarded)

    def _must_be_ours(self, path: str) -> None:
        if path.startswith("/api/v") and not path.startswith("/api/v1/"):
            raise Problem("other-version")
        if path.startswith(self._others) and not path.startswith(self._own):
            raise Problem("not-found", "another branch")


def _nameable(path: str) -> str:
    """A ticket's own address holds its capability, which no log may tell."""
    return "/t/…" if path.startswith("/t/") else path


def _act_routes(acting: Acting) -> list[BaseRoute]:
    return [
        _route(table.ISSUE, acting.issue),
        *(_route(each.endpoint, partial(_with, acting.ticket_act, each)) for each in table.TICKET_ACTS),
        *(_route(each.endpoint, partial(_with, acting.counter_act, each)) for each in table.COUNTER_ACTS),
        _route(table.KEY, acting.pad_key),
        _route(table.INTERACTION, acting.interaction),
        _route(table.RATE, acting.rate),
    ]


E = TypeVar("E")


async def _with(run: Callable[[Request, E], Awaitable[Response]], of: E, request: Request) -> Response:
    return await run(request, of)


def _read_routes(reading: Reading) -> list[BaseRoute]:
    return [
        _route(table.TICKET, reading.ticket),
        _route(table.DESK, reading.desk),
        _route(table.SERVICES, reading.services),
        _route(table.HALL, reading.hall),
        _route(table.BOARD, reading.board),
        _route(table.JOURNAL, reading.journal),
        Route(f"{table.BRANCH}/events", reading.events, methods=["GET"]),
    ]


def _house_routes(
    front: Front, door: Door, hub: Hub, version: str, metrics: CollectorRegistry | None
) -> list[BaseRoute]:
    described = cache(lambda: json.dumps(document(version)))

    async def healthz(_request: Request) -> Response:
        """200 while this process keeps the branch and can write, 503 while it stands by or cannot."""
        state = front.keeper.state
        told = {
            "owner": front.keeper.owner,
            "writing": not front.keeper.trouble,
            "journal": state.journal_id,
            "rev": state.rev,
            "streams": hub.listening,
            "broken": sorted(front.keeper.broken_projections),
        }
        body = json.dumps(told)
        well = front.ready() and not front.keeper.trouble
        return Response(body, 200 if well else 503, media_type="application/json")

    async def openapi(_request: Request) -> Response:
        return as_json(await asyncio.to_thread(described))

    async def measured(request: Request) -> Response:
        door.admit(request, "metrics")
        text = generate_latest(metrics) if metrics is not None else b""
        return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")

    return [
        Route("/healthz", healthz, methods=["GET"]),
        Route("/metrics", measured, methods=["GET"]),
        Route("/api/v1/openapi.json", openapi, methods=["GET"]),
    ]


def _route(endpoint: table.Endpoint, handler: Handler) -> Route:
    return Route(endpoint.path, Answering(handler), methods=[endpoint.method], name=endpoint.row)


def _now(front: Front) -> Now:
    state = front.keeper.state
    return Now(state.journal_id, state.rev, front.clock.now())


def _http(error: HTTPException) -> Response:
    code = {404: "not-found", 405: "method-not-allowed"}.get(error.status_code, "malformed")
    response = Problem(code).response()
    response.headers.update(error.headers or {})
    return response
