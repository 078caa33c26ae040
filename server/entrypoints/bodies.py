"""Request bodies: read up to 64 KiB, parsed strictly, every fault named by its field."""

import json
from typing import Any, TypeVar

from pydantic import ValidationError
from starlette.requests import ClientDisconnect, Request

from server.contract.common import Body
from server.entrypoints.problems import Problem

MAX_BODY = 64 * 1024
MAX_FAULTS = 20
MAX_DIGITS = 30

B = TypeVar("B", bound=Body)


async def read_body(request: Request, model: type[B]) -> B:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Problem("not-json", f"content type {kind or 'missing'!r}")
    return parse(await _raw(request), model)


async def _raw(request: Request) -> bytes:
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > MAX_BODY:
        raise Problem("too-large", f"at most {MAX_BODY} bytes")
    body, more = bytearray(), True
    while more:
        part = await request.receive()
        if part["type"] == "http.disconnect":
            raise ClientDisconnect
        body += part["body"]
        more = part["more_body"]
        if len(body) > MAX_BODY:
            raise Problem("too-large", f"at most {MAX_BODY} bytes")
    return bytes(body)


def parse(raw: bytes, model: type[B]) -> B:
    """Refuses what JSON parsers differ about (a key given twice, NaN) before the contract is checked."""
    try:
        _STRICT.decode(raw.decode())
        return model.model_validate_json(raw)
    except RecursionError:
        raise Problem("malformed", "nested too deeply") from None
    except UnicodeDecodeError:
        raise Problem("malformed", "not UTF-8") from None
    except ValidationError as faults:
        errors = [
            {"field": ".".join(str(part) for part in fault["loc"]), "code": fault["type"], "detail": fault["msg"]}
            for fault in faults.errors(include_url=False, include_input=False, include_context=False)[:MAX_FAULTS]
        ]
        named = ", ".join(error["field"] or "body" for error in errors)
        raise Problem("malformed", f"not a valid {model.__name__}: {named}", errors=errors) from None
    except ValueError as fault:
        raise Problem("malformed", f"not valid JSON: {fault}") from None


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key is given twice")
    return made


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number")


def _short(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise ValueError("a number has too many digits")
    return int(digits)


_STRICT = json.JSONDecoder(object_pairs_hook=_no_repeats, parse_constant=_no_constant, parse_int=_short)
