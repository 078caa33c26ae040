"""Signing in and out, and enrolling machines."""

import asyncio
import math
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from server.application.callers import AccountError, AccountsAway, Caller, KnownCallers, SignedIn, SignInError
from server.contract.acts import Enrol, Login
from server.contract.common import View
from server.contract.views.answers import EnrolledView, SessionView
from server.domain.vocabulary import Role
from server.entrypoints.bodies import read_body
from server.entrypoints.buckets import Buckets
from server.entrypoints.problems import AWAY_S, Problem
from server.entrypoints.who_may import SESSION_COOKIE, Door, bearer_of

T = TypeVar("T")

SESSION_S = 12 * 3600
MOST_WAITING = 16
SIGN_INS_A_MINUTE = 60
ENROLMENTS_A_MINUTE = 10
"""From one machine or address."""


class Sessions:
    """Secrets are checked on one thread of their own, so that guessing costs the hall nothing else."""

    def __init__(self, known: KnownCallers, door: Door, *, secure_cookie: bool) -> None:
        self._known = known
        self._door = door
        self._secure = secure_cookie
        self._slow = ThreadPoolExecutor(1, thread_name_prefix="secrets")
        self._waiting = 0
        self._enrolments = Buckets(ENROLMENTS_A_MINUTE / 60, 60.0, time.monotonic)
        self._logins = Buckets(SIGN_INS_A_MINUTE / 60, 60.0, time.monotonic)

    def close(self) -> None:
        self._slow.shutdown(wait=False, cancel_futures=True)

    async def login(self, request: Request) -> Response:
        body = await read_body(request, Login)
        machine = self._machine(request)
        _slowly(self._logins, machine.id if machine is not None else _address(request))
        signed = await self._check(body, machine, _address(request))
        caller = signed.caller
        if caller.role is Role.CLERK:
            view = SessionView(token=signed.token, person=caller.id, role=caller.role, counter=caller.counter)
            return as_json(view)
        view = SessionView(token="", person=caller.id, role=caller.role)
        response = as_json(view)
        self.set_cookie(response, signed.token)
        return response

    def set_cookie(self, response: Response, token: str, max_age_s: int = SESSION_S) -> None:
        response.set_cookie(
            SESSION_COOKIE, token, max_age=max_age_s, path="/", httponly=True, samesite="strict", secure=self._secure
        )

    async def logout(self, request: Request) -> Response:
        self._door.admit(request, "logout")
        token = bearer_of(request) or request.cookies.get(SESSION_COOKIE, "")
        await self._off_loop(self._known.sign_out, token)
        response = Response(status_code=204)
        response.delete_cookie(SESSION_COOKIE, path="/", httponly=True, samesite="strict", secure=self._secure)
        return response

    async def enrol(self, request: Request) -> Response:
        body = await read_body(request, Enrol)
        _slowly(self._enrolments, _address(request))
        try:
            token = await self._off_loop(self._known.enrol, body.code, body.device)
        except AccountError as refused:
            raise Problem("bad-code", str(refused)) from None
        return as_json(EnrolledView(device=body.device, token=token))

    async def enrol_page(self, request: Request, code: str, device: str) -> str | None:
        """The token of a display whose page sent its code in a form; None when the code is not good for it."""
        _slowly(self._enrolments, _address(request))
        try:
            body = Enrol(code=code.strip(), device=device.strip())
            return await self._off_loop(self._known.enrol, body.code, body.device)
        except (AccountError, ValidationError):
            return None

    def _machine(self, request: Request) -> Caller | None:
        """Without a bearer a person signs in from a browser of the hall's own pages, or from a program."""
        if bearer_of(request) is not None:
            return self._door.caller(request)
        if request.headers.get("origin") is not None:
            self._door.check_origin(request)
        return None

    async def _check(self, body: Login, machine: Caller | None, address: str) -> SignedIn:
        def sign_in() -> SignedIn:
            return self._known.sign_in(body.staff, body.secret, machine=machine, counter=body.counter, address=address)

        try:
            return await self._off_loop(sign_in)
        except SignInError as refused:
            if refused.retry_after_s is not None:
                raise Problem("locked", retry_after_s=refused.retry_after_s) from None
            raise Problem("sign-in-refused") from None

    async def _off_loop(self, work: Callable[..., T], *args: object) -> T:
        if self._waiting >= MOST_WAITING:
            raise Problem("busy", "too many are signing in", retry_after_s=2)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._slow, lambda: work(*args))
        except AccountsAway:
            raise Problem("unavailable", "the accounts cannot be reached now", retry_after_s=AWAY_S) from None
        finally:
            self._waiting -= 1


def _slowly(tries: Buckets, who: str) -> None:
    if wait_s := tries.wait_s(who):
        raise Problem("too-many", "too many tries from this address", retry_after_s=math.ceil(wait_s))


def as_json(view: View) -> Response:
    return Response(view.model_dump_json(), media_type="application/json", headers={"Cache-Control": "no-store"})


def _address(request: Request) -> str:
    return request.client.host if request.client else ""
