"""Values of frozen slotted classes made quickly: most of what evolving a hall cost.

A frozen `__init__` and `dataclasses.replace` set each slot by a call. Here a value is filled while it still is of a
mutable twin class with the same slots, and becomes what it is by one change of its class.
"""

from collections.abc import Callable
from dataclasses import MISSING, fields
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

__all__ = ["quick", "replace"]

T = TypeVar("T")

if TYPE_CHECKING:
    from dataclasses import replace
else:

    def replace(value: Any, /, **changes: Any) -> Any:
        """As `dataclasses.replace`, for frozen slotted classes without `__post_init__`."""
        return _COPIERS[type(value), *changes](value, changes)


@cache
def _mutable_twin(cls: Any) -> type[Any]:
    """A class whose values can be filled slot by slot and then be given `cls` as their class."""
    body = {"__slots__": cls.__dict__["__slots__"], "__setattr__": object.__setattr__}
    return type(f"_Mutable{cls.__name__}", cls.__bases__, body)


def quick(cls: type[T]) -> type[T]:
    """Lets values of a frozen slotted class, which are made at every event, be made as quickly as mutable ones."""
    made: Any = cls
    names = [field.name for field in fields(made)]
    defaults = {f"_default_{field.name}": field.default for field in fields(made) if field.default is not MISSING}
    given = [f"{name}=_default_{name}" if f"_default_{name}" in defaults else name for name in names]
    head = [f"def __init__({', '.join(('_self', *given))}):", "    _become(_self, _twin)"]
    lines = [*(f"    _self.{name} = {name}" for name in names), "    _self.__class__ = _cls"]
    made.__init__ = _written(
        "__init__", [*head, *lines], {"_cls": cls, "_twin": _mutable_twin(made), "_become": _BECOME} | defaults
    )
    return cls


class _Copiers(dict[tuple[Any, ...], Callable[..., Any]]):
    """A copier written for each class and the fields that change, as `dataclass` itself writes `__init__`."""

    def __missing__(self, key: tuple[Any, ...]) -> Callable[..., Any]:
        cls, *changed = key
        names = [field.name for field in fields(cls)]
        if unknown := set(changed) - set(names):
            raise TypeError(f"{cls.__name__} has no {sorted(unknown)}")
        head = ["def copy(_value, _changes):", "    _new = _make(_twin)"]
        lines = [
            f'    _new.{name} = {f"""_changes["{name}"]""" if name in changed else f"_value.{name}"}' for name in names
        ]
        scope = {"_cls": cls, "_make": object.__new__, "_twin": _mutable_twin(cls)}
        copier = _written("copy", [*head, *lines, "    _new.__class__ = _cls", "    return _new"], scope)
        return self.setdefault(key, copier)


_COPIERS = _Copiers()
_BECOME = object.__dict__["__class__"].__set__
"""Gives a frozen value another class, which its own `__setattr__` refuses."""


def _written(name: str, lines: list[str], scope: dict[str, Any]) -> Any:
    exec("\n".join(lines), scope)  # noqa: S102 -- names of fields only
    return scope[name]
