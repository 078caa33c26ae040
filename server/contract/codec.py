"""Messages to bytes and back, trusting nothing that comes from outside."""

import json
import math
from typing import Any, Final, NoReturn, TypeVar

from pydantic import BaseModel, ValidationError

M = TypeVar("M", bound=BaseModel)

MAX_BYTES: Final = 8 * 1024
MAX_DEPTH: Final = 12
MAX_INT: Final = 2**63


class MessageRefused(ValueError):
    """A payload that is not a message; `reason` is one fixed word, for counters and logs."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason


def encode(message: BaseModel, max_bytes: int = MAX_BYTES) -> bytes:
    payload = message.model_dump_json().encode()
    if len(payload) > max_bytes:
        raise MessageRefused("too-large", f"{len(payload)} of {max_bytes} bytes")
    return payload


def decode(model: type[M], payload: bytes, max_bytes: int = MAX_BYTES) -> M:
    """Raises MessageRefused."""
    if len(payload) > max_bytes:
        raise MessageRefused("too-large", f"{len(payload)} of {max_bytes} bytes")
    fields = _object(payload)
    major = fields.get("v", 1)
    if type(major) is not int or major != 1:
        raise MessageRefused("unknown-major", repr(major)[:32])
    try:
        return model.model_validate_json(payload, strict=True)
    except ValidationError as cause:
        first = cause.errors(include_url=False, include_input=False)[0]
        where = ".".join(_shown(step) for step in first["loc"])
        raise MessageRefused("wrong-shape", f"{where}: {first['msg']}") from None


def _shown(step: str | int) -> str:
    """A key as it may stand in a log: another's key may be as long as the message and hold line ends."""
    return str(step)[:32].encode("unicode_escape").decode("ascii")


def _object(payload: bytes) -> dict[str, Any]:
    try:
        text = payload.decode("utf-8")
    except UnicodeDecodeError:
        raise MessageRefused("not-utf8") from None
    _check_depth(payload)
    try:
        value = json.loads(
            text, object_pairs_hook=_pairs, parse_constant=_constant, parse_float=_number, parse_int=_integer
        )
    except json.JSONDecodeError as cause:
        raise MessageRefused("not-json", cause.msg) from None
    if not isinstance(value, dict):
        raise MessageRefused("not-an-object")
    _check_text(value)
    return value


def _check_depth(payload: bytes) -> None:
    depth, in_text, escaped = 0, False, False
    for byte in payload:
        if in_text:
            in_text, escaped = escaped or byte != 0x22, byte == 0x5C and not escaped
        elif byte == 0x22:
            in_text = True
        elif byte in b"[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise MessageRefused("too-deep")
        elif byte in b"]}":
            depth -= 1


def _check_text(value: Any) -> None:
    if isinstance(value, str):
        if "\0" in value or any(0xD800 <= ord(letter) <= 0xDFFF for letter in value):
            raise MessageRefused("bad-text")
    elif isinstance(value, dict):
        for key, inner in value.items():
            _check_text(key)
            _check_text(inner)
    elif isinstance(value, list):
        for inner in value:
            _check_text(inner)


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise MessageRefused("duplicate-key")
    return found


def _constant(word: str) -> NoReturn:
    raise MessageRefused("not-a-number", word)


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise MessageRefused("not-a-number", text[:32])
    return number


def _integer(text: str) -> int:
    if len(text) > 20 or abs(int(text)) >= MAX_INT:
        raise MessageRefused("not-a-number", text[:32])
    return int(text)
