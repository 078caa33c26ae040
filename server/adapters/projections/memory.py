"""The computed tables of one branch kept in memory, to compare the stored ones with."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Table

from server.adapters.projections.statements import STATEMENTS, Change, Delete, Insert, Update

Key = tuple[Any, ...]


class MemoryTables:
    """Follows the same changes as the database."""

    def __init__(self, branch: str) -> None:
        self._branch = branch
        self._rows: dict[str, dict[Key, dict[str, Any]]] = {}
        self._unset: dict[tuple[str, Key], Key] = {}
        self._primary: dict[str, tuple[str, ...]] = {}

    def apply(self, changes: Iterable[Change]) -> None:
        """Raises KeyError when a line that is to be new exists already."""
        for name, values in changes:
            way = STATEMENTS[name]
            rows = self._rows.setdefault(way.table.name, {})
            match way:
                case Insert():
                    self._insert(way.table, rows, values)
                case Update():
                    self._update(way, rows, values)
                case Delete():
                    rows.pop(tuple(values[f"k_{key}"] for key in way.keys), None)

    def take(self, table: Table) -> dict[Key, Key]:
        """The lines of a table by their key without the branch, columns in order; they are not kept."""
        columns = [column.name for column in table.columns]
        rows = self._rows.pop(table.name, {})
        return {key: (self._branch, *(row[name] for name in columns[1:])) for key, row in rows.items()}

    def _insert(self, table: Table, rows: dict[Key, dict[str, Any]], values: dict[str, Any]) -> None:
        primary = self._primary.get(table.name)
        if primary is None:
            primary = self._primary[table.name] = tuple(column.name for column in table.primary_key.columns)[1:]
        key = tuple(values[name] for name in primary)
        if key in rows:
            raise KeyError(f"{table.name} {key} exists already")
        rows[key] = dict(values)
        if table.name in BY_UNSET:
            self._unset[table.name, (values[BY_UNSET[table.name]],)] = key

    def _update(self, way: Update, rows: dict[Key, dict[str, Any]], values: dict[str, Any]) -> None:
        key: Key | None = tuple(values[f"k_{name}"] for name in way.keys)
        if way.unset:
            key = self._unset.pop((way.table.name, key or ()), None)
        row = rows.get(key) if key is not None else None
        if row is None:
            return
        for name in way.columns:
            row[name] = values[f"v_{name}"]
        if way.counted:
            row[way.counted] += 1


BY_UNSET = {way.table.name: way.keys[0] for way in STATEMENTS.values() if isinstance(way, Update) and way.unset}
"""Tables whose one unfinished line is found by another column than their key."""
