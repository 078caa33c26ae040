"""A large mapping of which a copy with one change costs little: what is new lies over what all copies share."""

from collections.abc import ItemsView, Iterator, Mapping, ValuesView
from typing import Any, Generic, TypeVar, overload

K = TypeVar("K")
V = TypeVar("V")
T = TypeVar("T")

MOST_OVER = 64
"""Changes above the base; with one more they become a new base."""


class Layers(Mapping[K, V], Generic[K, V]):
    """Never changes; holds no None. In the order of first putting, as a dict."""

    __slots__ = ("_base", "_over", "_whole")

    def __init__(self, base: Mapping[K, V] | None = None) -> None:
        self._base: Mapping[K, V] = {} if base is None else base
        self._over: dict[K, V | None] = {}
        self._whole: Mapping[K, V] | None = self._base

    def put(self, key: K, value: V) -> "Layers[K, V]":
        return self._changed(key, value)

    def without(self, key: K) -> "Layers[K, V]":
        return self._changed(key, None) if key in self else self

    def _changed(self, key: K, value: V | None) -> "Layers[K, V]":
        new: Layers[K, V] = object.__new__(Layers)
        new._base, new._over, new._whole = self._base, {**self._over, key: value}, None
        return new if len(new._over) <= MOST_OVER else Layers(new._all)

    @overload
    def get(self, key: K, default: None = None, /) -> V | None: ...
    @overload
    def get(self, key: K, default: V | T, /) -> V | T: ...
    def get(self, key: K, default: Any = None, /) -> Any:
        """Asked for at every event, so it goes no roundabout way by `KeyError`."""
        value = self._over[key] if key in self._over else self._base.get(key)
        return default if value is None else value

    @property
    def _all(self) -> Mapping[K, V]:
        if self._whole is None:
            whole = dict(self._base)
            for key, value in self._over.items():
                if value is None:
                    whole.pop(key, None)
                else:
                    whole[key] = value
            self._whole = whole
        return self._whole

    def __getitem__(self, key: K) -> V:
        value = self._over[key] if key in self._over else self._base[key]
        if value is None:
            raise KeyError(key)
        return value

    def __contains__(self, key: object) -> bool:
        return self._over[key] is not None if key in self._over else key in self._base

    def __iter__(self) -> Iterator[K]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def values(self) -> ValuesView[V]:
        return self._all.values()

    def items(self) -> ItemsView[K, V]:
        return self._all.items()

    def __repr__(self) -> str:
        return f"Layers({dict(self._all)!r})"
