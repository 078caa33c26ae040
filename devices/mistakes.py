"""How a mistake in a technician's file is told: by file, line, device and key, and with what may stand there."""

import json
import re
import tomllib
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from itertools import takewhile
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from devices.errors import ConfigError

_KINDS = {
    "string_type": 'a text in "quotes"',
    "path_type": 'a text in "quotes"',
    "tuple_type": "a list in [ ]",
    "dict_type": "a table in {{ }}",
    "model_type": "a table in {{ }}",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "time_type": 'a time of day such as "12:30"',
    "time_parsing": 'a time of day such as "12:30"',
    "literal_error": "one of {expected}",
    "enum": "one of {expected}",
    "greater_than": "more than {gt}",
    "greater_than_equal": "at least {ge}",
    "less_than_equal": "at most {le}",
    "multiple_of": "a multiple of {multiple_of}",
    "too_short": "at least {min_length} of them",
    "too_long": "at most {max_length} of them",
    "string_too_short": "at least {min_length} letters long",
    "string_too_long": "at most {max_length} letters long",
}
"""What must stand there, by pydantic's name of the mistake. Source: pydantic_core's list of error types."""
_TEXT_OR_NUMBER = ("str", "constrained-int")
"""Where either may stand pydantic tells both mistakes; that of the number says more."""
_HINTS = {
    "Illegal character": "does a text lack its second quote?",
    "Invalid value": 'a text stands in "quotes"',
    "Unclosed": "is a bracket or a comma missing?",
    "Unescaped": "write '…' around a text with \\ in it",
    "Cannot declare": "it stands there twice",
    "Cannot overwrite": "it stands there twice",
}
"""What to look for, by how TOML's own sentence begins."""


def not_toml(file: str, text: str, cause: tomllib.TOMLDecodeError) -> ConfigError:
    """The parser tells its line inside its sentence."""
    why, _, place = str(cause).partition(" (at ")
    found = re.match(r"line (\d+)", place)
    line = int(found[1]) if found else len(text.splitlines())
    hint = next((hint for begin, hint in _HINTS.items() if why.startswith(begin)), "see the line before it too")
    written = text.splitlines()[line - 1].strip() if text else ""
    return ConfigError(file, "", "", f"is not TOML: {why} in `{written}`; {hint}", line)


def mistakes(
    cause: ValidationError, file: str, text: str, place: Sequence[str], model: type[BaseModel]
) -> list[ConfigError]:
    """One a key; `place`: the table of the file that is wrong, of a device ["devices", NAME]."""
    device = place[1] if place[:1] == ["devices"] else ""
    told: dict[str, ConfigError] = {}
    for error in cause.errors(include_url=False):
        if error["loc"][-1:] == (_TEXT_OR_NUMBER[0],):
            continue
        key, what = _told(error, model)
        told.setdefault(key, ConfigError(file, device, key, what, line_of(text, [*place, *key.split(".")])))
    return [*told.values()]


def line_of(text: str, wanted: Sequence[str]) -> int | None:
    """Where a file of TOML says this, from 1; of a key that is not there, where its table begins."""
    least = min(len(wanted), 2)
    section: list[str] = []
    found: tuple[int, int] | None = None
    for nth, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[([^\[\]]+)\]", line):
            section = _steps(header[1])
            path = section
        elif setting := re.match(r"\s*([^=#]+?)\s*=", line):
            path = section + _steps(setting[1])
        else:
            continue
        depth = len([*takewhile(lambda pair: pair[0] == pair[1], zip(path, wanted, strict=False))])
        if depth >= least and (found is None or depth > found[0]):
            found = (depth, nth)
    return found[1] if found else None


def _steps(dotted: str) -> list[str]:
    return [step.strip().strip("\"'") for step in dotted.split(".")]


def _told(error: ErrorDetails, model: type[BaseModel]) -> tuple[str, str]:
    """The key, and what is wrong with it."""
    named = [step for step in error["loc"] if isinstance(step, str) and step not in _TEXT_OR_NUMBER]
    entry = next((f"entry {step + 1} " for step in error["loc"] if isinstance(step, int)), "")
    key = ".".join(named)
    match error["type"]:
        case "extra_forbidden":
            return key, f"there is no such key; {_keys_like(named, model)}"
        case "missing":
            return key, f"{entry}is missing"
        case "value_error":
            return _by_rule(key, entry, error)
        case kind:
            must = _KINDS.get(kind, "").format(**error.get("ctx", {}))
            what = f"must be {must}" if must else f"cannot be so: {error['msg']}"
            return key, f"{entry}{what}, not {_written(error['input'])}"


def _by_rule(key: str, entry: str, error: ErrorDetails) -> tuple[str, str]:
    """A rule over a whole table begins its sentence with the key it is about, if it is one."""
    said = error["msg"].removeprefix("Value error, ")
    if key:
        return key, f"{entry}{said}, not {_written(error['input'])}"
    about, colon, what = said.partition(": ")
    return (about, what) if colon and about.isidentifier() else ("", said)


def _keys_like(named: Sequence[str], model: type[BaseModel]) -> str:
    known = [*_keys(model, named[:-1])]
    like = get_close_matches(named[-1], known, 1)
    return f"did you mean {like[0]}?" if like else f"there are {', '.join(known)}"


def _keys(model: type[BaseModel], steps: Sequence[str]) -> Iterator[str]:
    if not steps:
        yield from model.model_fields
    elif field := model.model_fields.get(steps[0]):
        for kind in (field.annotation, *get_args(field.annotation)):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from _keys(kind, steps[1:])


def _written(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
