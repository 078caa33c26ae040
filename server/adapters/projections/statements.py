"""The ways in which events change the computed tables, each as a plain description that SQL and memory both follow."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Executable, Table, bindparam, delete, insert, update
from sqlalchemy.sql.elements import ColumnElement

from server.adapters.projections import tables as t

Change = tuple[str, dict[str, Any]]
"""Name of a way and its values: keys as `k_…`, new values as `v_…`, a whole new line by its column names."""


@dataclass(frozen=True, slots=True)
class Insert:
    table: Table

    def sql(self) -> Executable:
        return insert(self.table)


@dataclass(frozen=True, slots=True)
class Update:
    """Sets `columns` of the line with these keys, adds one to `counted`; with `unset`, only where that is null."""

    table: Table
    keys: tuple[str, ...]
    columns: tuple[str, ...]
    counted: str = ""
    unset: str = ""

    def sql(self) -> Executable:
        values: dict[str, Any] = {name: bindparam(f"v_{name}") for name in self.columns}
        if self.counted:
            values[self.counted] = self.table.c[self.counted] + 1
        where = _where(self.table, self.keys)
        if self.unset:
            where.append(self.table.c[self.unset].is_(None))
        return update(self.table).where(*where).values(values)


@dataclass(frozen=True, slots=True)
class Delete:
    table: Table
    keys: tuple[str, ...]

    def sql(self) -> Executable:
        return delete(self.table).where(*_where(self.table, self.keys))


def _where(table: Table, keys: tuple[str, ...]) -> list[ColumnElement[bool]]:
    return [table.c[key] == bindparam(f"k_{key}") for key in ("branch", *keys)]


_LEG = ("ticket", "leg")
_FIRST_CALL = ("called_us", "waited_s", "target_s", "counter", "clerk", "customer_class")
_AWAY = ("started_us", "ended_us", "ended_as", "waited_s", "served_s", "counter", "clerk")

STATEMENTS: dict[str, Insert | Update | Delete] = {
    "issue": Insert(t.tickets),
    "renumber": Update(t.tickets, ("ticket",), ("number",)),
    "reclass": Update(t.tickets, ("ticket",), ("customer_class",)),
    "close": Update(t.tickets, ("ticket",), ("closed_as", "closed_us")),
    "queue": Insert(t.legs),
    "check_in": Update(t.legs, _LEG, ("queued_us",)),
    "call": Update(t.legs, _LEG, _FIRST_CALL, counted="calls"),
    "call_again": Update(t.legs, _LEG, ("counter", "clerk"), counted="calls"),
    "recall": Update(t.legs, _LEG, (), counted="calls"),
    "start": Update(t.legs, _LEG, ("started_us", "counter", "clerk")),
    "end": Update(t.legs, _LEG, ("ended_us", "ended_as", "served_s")),
    "serve_away": Update(t.legs, _LEG, _AWAY),
    "drop_record": Delete(t.interactions, _LEG),
    "record": Insert(t.interactions),
    "open_rating": Insert(t.ratings),
    "close_rating": Update(t.ratings, ("window",), ("closed_us",)),
    "rate": Update(t.ratings, ("window",), ("score", "pressed_us", "channel", "source", "reasons", "text")),
    "explain": Update(t.ratings, ("window",), ("reasons", "text")),
    "ignore": Insert(t.presses),
    "end_span": Update(t.counter_spans, ("counter",), ("until_us",), unset="until_us"),
    "begin_span": Insert(t.counter_spans),
    "drop_visit": Delete(t.closed_visits, ("ticket",)),
    "keep_visit": Insert(t.closed_visits),
}
