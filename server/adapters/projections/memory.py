"""The computed tables of one branch kept in memory, to compare the stored ones with."""

from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import Table

from server.adapters.projections.statements import STATEMENTS, Change, Delete, Insert, Update

Key = tuple[Any, ...]
Row = dict[str, Any]
Way = Callable[[Row], None]


class MemoryTables:
    """Follows the same changes as the database; a line that a change brings becomes the table's own."""

    def __init__(self, branch: str) -> None:
        self._branch = branch
        self._rows: dict[str, dict[Key, Row]] = {way.table.name: {} for way in STATEMENTS.values()}
        self._unset: dict[tuple[str, Key], Key] = {}
        self._ways = {name: self._way(way) for name, way in STATEMENTS.items()}

    def apply(self, changes: Iterable[Change]) -> None:
        """Raises KeyError when a line that is to be new exists already."""
        for name, values in changes:
            self._ways[name](values)

    def take(self, table: Table) -> dict[Key, Key]:
        """The lines of a table by their key without the branch, columns in order; they are not kept."""
        whole, head = _values_of([column.name for column in table.columns][1:]), (self._branch,)
        return {key: head + whole(row) for key, row in self._rows.pop(table.name).items()}

    def _way(self, way: Insert | Update | Delete) -> Way:
        rows = self._rows[way.table.name]
        match way:
            case Insert():
                return self._insert(way.table, rows)
            case Update():
                return self._update(way, rows)
            case Delete():
                return self._delete(way, rows)

    def _insert(self, table: Table, rows: dict[Key, Row]) -> Way:
        key_of, unset_by = (
            _values_of([column.name for column in table.primary_key.columns][1:]),
            BY_UNSET.get(table.name),
        )

        def insert(values: Row) -> None:
            key = key_of(values)
            if key in rows:
                raise KeyError(f"{table.name} {key} exists already")
            rows[key] = values
            if unset_by:
                self._unset[table.name, (values[unset_by],)] = key

        return insert

    def _update(self, way: Update, rows: dict[Key, Row]) -> Way:
        key_of, names = _values_of([f"k_{name}" for name in way.keys]), [(name, f"v_{name}") for name in way.columns]

        def update(values: Row) -> None:
            key: Key | None = key_of(values)
            if way.unset:
                key = self._unset.pop((way.table.name, key or ()), None)
            row = rows.get(key) if key is not None else None
            if row is None:
                return
            for name, value in names:
                row[name] = values[value]
            if way.counted:
                row[way.counted] += 1

        return update

    def _delete(self, way: Delete, rows: dict[Key, Row]) -> Way:
        key_of = _values_of([f"k_{name}" for name in way.keys])

        def delete(values: Row) -> None:
            rows.pop(key_of(values), None)

        return delete


def _values_of(names: Sequence[str]) -> Callable[[Row], Key]:
    if len(names) > 1:
        return itemgetter(*names)
    (name,) = names
    return lambda row: (row[name],)


BY_UNSET = {way.table.name: way.keys[0] for way in STATEMENTS.values() if isinstance(way, Update) and way.unset}
"""Tables whose one unfinished line is found by another column than their key."""
