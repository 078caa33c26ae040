"""Values of frozen slotted classes made quickly: most of what evolving a hall and reading its journal cost.

A frozen `__init__` and `dataclasses.replace` set each slot by a call. Here a value is filled while it still is of a
mutable twin class with the same slots, and becomes what it is by one change of its class.
"""

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

__all__ = ["mutable_twin", "replace"]

if TYPE_CHECKING:
    from dataclasses import replace
else:

    def replace(value: Any, /, **changes: Any) -> Any:
        """As `dataclasses.replace`, for frozen slotted classes without `__post_init__`."""
        return _copier(type(value), *changes)(value, *changes.values())


@cache
def mutable_twin(cls: Any) -> type[Any]:
    """A class whose values can be filled slot by slot and then be given `cls` as their class."""
    body = {"__slots__": cls.__dict__["__slots__"], "__setattr__": object.__setattr__}
    return type(f"_Mutable{cls.__name__}", cls.__bases__, body)


@cache
def _copier(cls: Any, *changed: str) -> Callable[..., Any]:
    """A copier written for this class and these fields, as `dataclass` itself writes `__init__`."""
    names = list(cls.__dataclass_fields__)
    if unknown := set(changed) - set(names):
        raise TypeError(f"{cls.__name__} has no {sorted(unknown)}")
    head = f"def copy({', '.join(('_value', *changed))}):"
    lines = [f"    _new.{name} = {name if name in changed else f'_value.{name}'}" for name in names]
    source = "\n".join([head, "    _new = _make(_twin)", *lines, "    _new.__class__ = _cls", "    return _new"])
    scope: dict[str, Any] = {"_cls": cls, "_make": object.__new__, "_twin": mutable_twin(cls)}
    exec(source, scope)  # noqa: S102 -- names of fields only
    copier: Callable[..., Any] = scope["copy"]
    return copier
