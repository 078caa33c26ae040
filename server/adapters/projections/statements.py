"""The statements with which events change the computed tables."""

from typing import Any

from sqlalchemy import Executable, Table, bindparam, delete, insert, null, update
from sqlalchemy.sql.elements import ColumnElement

from server.adapters.projections import tables as t

Change = tuple[str, dict[str, Any]]
"""Name of a statement and its parameters; the writer adds the branch."""

_LEG = ("ticket", "leg")


def _where(table: Table, *keys: str) -> list[ColumnElement[bool]]:
    return [table.c[key] == bindparam(f"k_{key}") for key in ("branch", *keys)]


def _set(table: Table, keys: tuple[str, ...], *columns: str) -> Executable:
    return update(table).where(*_where(table, *keys)).values({name: bindparam(f"v_{name}") for name in columns})


def _call(*columns: str) -> Executable:
    values: dict[str, Any] = {name: bindparam(f"v_{name}") for name in columns}
    return update(t.legs).where(*_where(t.legs, *_LEG)).values({**values, "calls": t.legs.c.calls + 1})


STATEMENTS: dict[str, Executable] = {
    "issue": insert(t.tickets),
    "renumber": _set(t.tickets, ("ticket",), "number"),
    "reclass": _set(t.tickets, ("ticket",), "customer_class"),
    "close": _set(t.tickets, ("ticket",), "closed_as", "closed_us"),
    "queue": insert(t.legs),
    "check_in": _set(t.legs, _LEG, "queued_us"),
    "call": _call("called_us", "waited_s", "target_s", "counter", "clerk", "customer_class"),
    "call_again": _call("counter", "clerk"),
    "recall": _call(),
    "start": _set(t.legs, _LEG, "started_us", "counter", "clerk"),
    "end": _set(t.legs, _LEG, "ended_us", "ended_as", "served_s"),
    "serve_away": _set(t.legs, _LEG, "started_us", "ended_us", "ended_as", "waited_s", "served_s", "counter", "clerk"),
    "drop_record": delete(t.interactions).where(*_where(t.interactions, *_LEG)),
    "record": insert(t.interactions),
    "open_rating": insert(t.ratings),
    "close_rating": _set(t.ratings, ("window",), "closed_us"),
    "rate": _set(t.ratings, ("window",), "score", "pressed_us", "channel", "source", "reasons", "text"),
    "explain": _set(t.ratings, ("window",), "reasons", "text"),
    "ignore": insert(t.presses),
    "end_span": update(t.counter_spans)
    .where(*_where(t.counter_spans, "counter"), t.counter_spans.c.until_us == null())
    .values(until_us=bindparam("v_until_us")),
    "begin_span": insert(t.counter_spans),
    "drop_visit": delete(t.closed_visits).where(*_where(t.closed_visits, "ticket")),
    "keep_visit": insert(t.closed_visits),
}
"""Keys are bound as `k_…`, new values as `v_…`, whole new lines by their column names."""

TABLE_OF: dict[str, str] = {
    **dict.fromkeys(("issue", "renumber", "reclass", "close"), "tickets"),
    **dict.fromkeys(("queue", "check_in", "call", "call_again", "recall", "start", "end", "serve_away"), "legs"),
    **dict.fromkeys(("drop_record", "record"), "interactions"),
    **dict.fromkeys(("open_rating", "close_rating", "rate", "explain"), "ratings"),
    **dict.fromkeys(("ignore",), "presses"),
    **dict.fromkeys(("end_span", "begin_span"), "counter_spans"),
    **dict.fromkeys(("drop_visit", "keep_visit"), "closed_visits"),
}
"""Which table a statement changes: order matters only within one."""
