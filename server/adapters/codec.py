"""Turns the domain's frozen values into JSON and back, by their own types; equal values give equal bytes."""

from dataclasses import fields
from functools import cache
from typing import Any, TypeVar, get_args, get_origin

from msgspec import MsgspecError, convert
from msgspec.json import Decoder, Encoder

from server.domain.layers import Layers

T = TypeVar("T")

KIND = "kind"
"""Names the class where a mapping holds values of several."""

_TROUBLES = (KeyError, TypeError, ValueError, AttributeError, MsgspecError)


class CodecError(ValueError):
    """A stored value does not fit the type it is read as."""


def encoded(value: object) -> bytes:
    """UTF-8 JSON without spaces: for what can be computed again."""
    return _encoder().encode(value)


def dump(value: object, declared: Any) -> bytes:
    """The stored bytes of a value of the declared type, read back first: what would not come back is refused."""
    try:
        stored = encoded(value)
    except _TROUBLES as error:
        raise CodecError(f"{type(value).__name__}: {error!r}") from error
    if load(stored, declared) != value:
        raise CodecError(f"{type(value).__name__}: is not what would be read back")
    return stored


def load(stored: bytes | str, declared: type[T]) -> T:
    """The value again; keys that its class no longer has are skipped, missing ones take their default."""
    wanted: Any = declared
    try:
        value: T = _decoder(wanted).decode(stored)
    except _TROUBLES as error:
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


@cache
def _encoder() -> Encoder:
    return Encoder(enc_hook=_with_kinds)


@cache
def _decoder(declared: Any) -> Decoder[Any]:
    return Decoder(declared, dec_hook=_of_kinds)


def _with_kinds(value: Any) -> dict[str, Any]:
    """The domain's own mapping, from text to values that each name their class."""
    if not isinstance(value, Layers):
        raise TypeError(f"no way to store {type(value).__name__}")
    return {key: {KIND: type(item).__name__} | _shallow(item) for key, item in value.items()}


def _shallow(value: Any) -> dict[str, Any]:
    return {field.name: getattr(value, field.name) for field in fields(value)}


def _of_kinds(declared: Any, plain: Any) -> Any:
    classes = {cls.__name__: cls for cls in get_args(get_args(declared)[1])}
    return get_origin(declared)({key: convert(item, classes[item[KIND]]) for key, item in plain.items()})
