"""One request to the hall and its answer, with httpx's errors told in the link's own words."""

import ssl
import time
from collections.abc import Callable
from pathlib import Path

import httpx
from pydantic import ValidationError

from server.contract.views.answers import ProblemView
from server.link.errors import ActRefused, HallAway

MAX_ANSWER = 8 * 1024 * 1024
KEEPALIVE_S = 4.0
"""Shorter than the server's own 5 s, so that a request never meets a line that is just being closed."""
NOTHING_DONE = frozenset({"busy", "not-owner", "unavailable"})
"""503 codes that promise the act was not decided."""
TOO_MANY = "too-many"
"""The hall will judge the act a little later: nothing was refused for good."""
NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


def open_http(base_url: str, timeout_s: float, ca_file: Path | None) -> httpx.Client:
    """A pooled client that ignores proxies of the environment; `ca_file` replaces the system's authorities."""
    verify: ssl.SSLContext | bool = ssl.create_default_context(cafile=ca_file) if ca_file else True
    return httpx.Client(
        base_url=base_url,
        timeout=httpx.Timeout(timeout_s),
        limits=httpx.Limits(max_connections=16, max_keepalive_connections=8, keepalive_expiry=KEEPALIVE_S),
        verify=verify,
        trust_env=False,
        headers={"Accept": "application/json"},
    )


def exchange(
    http: httpx.Client, request: httpx.Request, timeout_s: float, clock: Callable[[], float] = time.monotonic
) -> bytes:
    """The body of a 2xx answer. Raises ActRefused for 4xx but `too-many`, HallAway for all else that is no answer."""
    is_act = request.method != "GET"
    until = clock() + timeout_s
    try:
        response = http.send(request, stream=True)
        try:
            body = _read(response, until, clock)
        finally:
            response.close()
    except NEVER_SENT as cause:
        raise HallAway(f"no connection to the hall: {cause}") from cause
    except httpx.HTTPError as cause:
        raise HallAway(f"no answer from the hall: {type(cause).__name__} {cause}", outcome_unknown=is_act) from cause
    if response.is_success:
        return body
    raise refusal(response, body, is_act=is_act)


def refusal(response: httpx.Response, body: bytes, *, is_act: bool) -> HallAway | ActRefused:
    """What an answer other than 2xx means for the caller."""
    problem = _problem(response, body)
    if 400 <= response.status_code < 500 and problem.code != TOO_MANY:
        return ActRefused(problem)
    unknown = is_act and response.status_code >= 500 and problem.code not in NOTHING_DONE
    return HallAway(
        f"the hall answered {response.status_code} {problem.code}",
        outcome_unknown=unknown,
        code=problem.code,
        retry_after_s=_seconds(response.headers.get("Retry-After")),
    )


def _read(response: httpx.Response, until: float, clock: Callable[[], float]) -> bytes:
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > MAX_ANSWER:
            raise httpx.ReadError("answer too large")
        if clock() > until:
            raise httpx.ReadTimeout("answer came too slowly")
    return bytes(body)


def _problem(response: httpx.Response, body: bytes) -> ProblemView:
    try:
        return ProblemView.model_validate_json(body)
    except ValidationError:
        status = response.status_code
        return ProblemView(type="about:blank", title=f"HTTP {status}", status=status, detail="", code=f"http-{status}")


def _seconds(text: str | None) -> float | None:
    return float(text) if text is not None and text.isdecimal() else None
