"""Turns the domain's frozen values into JSON and back, by their own types; equal values give equal bytes."""

import math
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date, datetime, time
from enum import Enum
from functools import cache
from operator import attrgetter
from types import NoneType, UnionType
from typing import Any, NewType, TypeVar, Union, get_args, get_origin, get_type_hints

from msgspec import MsgspecError, convert
from msgspec.json import Decoder
from pydantic_core import to_json

T = TypeVar("T")

Plain = Any
"""What `json` reads and writes."""

Turn = Callable[[Any], Any]

KIND = "kind"
"""Names the class where a field may hold one of several."""


class CodecError(ValueError):
    """A stored value does not fit the type it is read as."""


def dump(value: object, declared: Any) -> bytes:
    """The stored bytes of a value of the declared type: UTF-8 JSON without spaces, without fields empty by default."""
    try:
        return to_json(_encoder(declared)(value))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise CodecError(f"{type(value).__name__}: {error!r}") from error


def load(stored: bytes | str, declared: type[T]) -> T:
    """The value again; keys that its class no longer has are skipped, missing ones take their default."""
    wanted: Any = declared
    try:
        value: T = _decoder(wanted).decode(stored)
    except (KeyError, TypeError, ValueError, AttributeError, MsgspecError) as error:
        raise CodecError(f"{wanted.__name__}: {error!r}") from error
    return value


class Registry:
    """The members of a union of dataclasses, known by their class names."""

    def __init__(self, union: Any) -> None:
        self._classes: dict[str, type[Any]] = {cls.__name__: cls for cls in get_args(union) or (union,)}

    def dump(self, value: object) -> tuple[str, bytes]:
        """Its class name and its stored bytes."""
        cls = type(value)
        return cls.__name__, dump(value, cls)

    def load(self, name: str, stored: bytes) -> Any:
        """The value that was stored under this class name."""
        cls = self._classes.get(name)
        if cls is None:
            raise CodecError(f"no such type: {name}")
        return load(stored, cls)


def _same(value: Any) -> Any:
    return value


@cache
def _encoder(declared: Any) -> Turn:
    declared = _bare(declared)
    if declared in (str, int, bool, NoneType):
        return _same
    if declared is float:
        return _finite
    if declared in (datetime, date, time):
        return _isoformat
    origin, args = get_origin(declared), get_args(declared)
    if origin in (Union, UnionType):
        return _encode_union(args)
    if origin in (tuple, list):
        return _encode_sequence(args)
    if origin in (frozenset, set):
        one = _encoder(args[0])
        return lambda value: sorted(map(one, value))
    if origin is not None and issubclass(origin, Mapping):
        return _encode_mapping(*args)
    if isinstance(declared, type) and issubclass(declared, Enum):
        return attrgetter("_value_")
    if is_dataclass(declared):
        return _encode_dataclass(declared)
    raise CodecError(f"no way to store {declared}")


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError(f"{value} cannot be stored")
    return value


def _isoformat(value: Any) -> str:
    text: str = value.isoformat()
    return text


def _bare(declared: Any) -> Any:
    while isinstance(declared, NewType):
        declared = declared.__supertype__
    return declared


def _encode_union(args: tuple[Any, ...]) -> Turn:
    members = [arg for arg in args if arg is not NoneType]
    if len(members) == 1:
        one = _encoder(members[0])
        return lambda value: None if value is None else one(value)
    by_class = {_python_class(member): _tagged(member) for member in members}
    return lambda value: None if value is None else by_class[type(value)](value)


def _python_class(declared: Any) -> type[Any]:
    bare = _bare(declared)
    found: type[Any] = get_origin(bare) or bare
    return found


def _tagged(member: Any) -> Turn:
    one = _encoder(member)
    if not is_dataclass(member):
        return one
    tag = {KIND: _python_class(member).__name__}
    return lambda value: tag | one(value)


def _encode_sequence(args: tuple[Any, ...]) -> Turn:
    if len(args) == 1 or args[1:] == (Ellipsis,):
        one = _encoder(args[0])
        return list if one is _same else lambda value: [one(item) for item in value]
    each = [_encoder(arg) for arg in args]
    return lambda value: [one(item) for one, item in zip(each, value, strict=True)]


def _encode_mapping(key: Any, item: Any) -> Turn:
    one, key_of = _encoder(item), _encoder(key)
    return lambda value: {str(key_of(k)): one(v) for k, v in value.items()}


def _encode_dataclass(cls: Any) -> Turn:
    """An encoder written for this class."""
    hints = get_type_hints(cls)
    scope: dict[str, Any] = {}
    lines = []
    for field in fields(cls):
        name, one, (empty, kind) = field.name, _encoder(hints[field.name]), _empty_default(field)
        scope |= {f"_turn_{name}": one, f"_empty_{name}": empty, f"_kind_{name}": kind}
        lines.append(f"    item = value.{name}")
        if kind is not None:
            same = f"item is _empty_{name} or type(item) is _kind_{name} and item == _empty_{name}"
            lines.append(f"    if not ({same}):")
        indent = "    " if kind is None else "        "
        lines.append(f'{indent}plain["{name}"] = {"item" if one is _same else f"_turn_{name}(item)"}')
    exec("\n".join(["def encode(value):", "    plain = {}", *lines, "    return plain"]), scope)  # noqa: S102 -- names of fields only
    encode: Turn = scope["encode"]
    return encode


def _empty_default(field: Field[Any]) -> tuple[Any, type[Any] | None]:
    """What the field is left out for, with its type: a default of None, "", 0, False, an empty tuple or dict."""
    default = field.default if field.default_factory is MISSING else field.default_factory()
    return (None, None) if default is MISSING or default else (default, type(default))


@cache
def _decoder(declared: Any) -> Decoder[Any]:
    return Decoder(declared, dec_hook=_mapping)


def _mapping(declared: Any, plain: Plain) -> Any:
    """A mapping of the domain's own kind, from text to values that each name their class."""
    classes = {cls.__name__: cls for cls in get_args(get_args(declared)[1])}
    return get_origin(declared)({key: convert(item, classes[item[KIND]]) for key, item in plain.items()})
