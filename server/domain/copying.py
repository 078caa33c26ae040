"""Copies of frozen slotted values with some fields changed: most of what evolving a hall costs.

`dataclasses.replace` reads the class anew and runs the frozen `__init__` at every call. Here each class gets a copier
of its own, written once at its first copy, as `dataclass` itself writes `__init__`.
"""

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

__all__ = ["replace"]

if TYPE_CHECKING:
    from dataclasses import replace
else:

    def replace(value: Any, /, **changes: Any) -> Any:
        """As `dataclasses.replace`, for frozen slotted classes without `__post_init__`."""
        return _copier(type(value))(value, **changes)


_KEPT = object()


@cache
def _copier(cls: type[Any]) -> Callable[..., Any]:
    names = list(cls.__dataclass_fields__)
    setters = {f"_set_{name}": getattr(cls, name).__set__ for name in names}
    head = f"def copy(_value, /, *, {', '.join(f'{name}=_kept' for name in names)}):"
    lines = [f"    _set_{name}(_new, _value.{name} if {name} is _kept else {name})" for name in names]
    source = "\n".join([head, "    _new = _make(_cls)", *lines, "    return _new"])
    scope: dict[str, Any] = {"_cls": cls, "_make": object.__new__, "_kept": _KEPT, **setters}
    exec(source, scope)  # noqa: S102 -- names of fields only
    copier: Callable[..., Any] = scope["copy"]
    return copier
