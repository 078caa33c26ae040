"""Tables computed from the journal: dropped and filled anew whenever their shape changes, never migrated.

Times are microseconds since 1970, UTC.
"""

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, Integer, MetaData, String, Table, Text

projected = MetaData()

SHAPE = 2
"""Raise it with every change of these tables; the next `migrate` recomputes them."""


def _branch() -> Column[str]:
    return Column("branch", String(32), primary_key=True)


projection_state = Table(
    "projection_state",
    projected,
    _branch(),
    Column("name", String(32), primary_key=True),
    Column("broken_at_seq", BigInteger, nullable=False),
    Column("why", Text, nullable=False),
)
"""One line for each projection that failed and is not kept until it is rebuilt."""

projection_shape = Table("projection_shape", projected, Column("shape", Integer, primary_key=True, autoincrement=False))

tickets = Table(
    "tickets",
    projected,
    _branch(),
    Column("ticket", String(40), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("day", String(10), nullable=False),
    Column("number", String(8), nullable=False),
    Column("customer_class", String(16), nullable=False),
    Column("language", String(8), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("issued_us", BigInteger, nullable=False),
    Column("issued_by", String(64), nullable=False),
    Column("offline", Boolean, nullable=False),
    Column("appointment_us", BigInteger),
    Column("promise_low_s", Integer),
    Column("promise_likely_s", Integer),
    Column("promise_high_s", Integer),
    Column("ahead", Integer),
    Column("closed_as", String(16)),
    Column("closed_us", BigInteger),
    sqlite_with_rowid=False,
)
Index("tickets_by_number", tickets.c.branch, tickets.c.day, tickets.c.number)

legs = Table(
    "legs",
    projected,
    _branch(),
    Column("ticket", String(40), primary_key=True),
    Column("leg", Integer, primary_key=True, autoincrement=False),
    Column("service", String(32), nullable=False),
    Column("customer_class", String(16)),
    Column("queued_us", BigInteger, nullable=False),
    Column("called_us", BigInteger),
    Column("calls", Integer, nullable=False),
    Column("waited_s", Float),
    Column("target_s", Integer),
    Column("started_us", BigInteger),
    Column("ended_us", BigInteger),
    Column("ended_as", String(16)),
    Column("served_s", Float),
    Column("counter", Integer),
    Column("clerk", String(32)),
    sqlite_with_rowid=False,
)
"""`called_us`, `waited_s`, `customer_class`: at the first call. `ended_as`: transferred, or as the ticket closed."""

interactions = Table(
    "interactions",
    projected,
    _branch(),
    Column("ticket", String(40), primary_key=True),
    Column("leg", Integer, primary_key=True, autoincrement=False),
    Column("service_done", String(32), nullable=False),
    Column("outcome", String(32), nullable=False),
    Column("documents_seen", Text, nullable=False),
    Column("note", String(64), nullable=False),
    Column("by", String(64), nullable=False),
    Column("at_us", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""The last state of each leg's record; `note` is a digest of the private store."""

ratings = Table(
    "ratings",
    projected,
    _branch(),
    Column("window", String(64), primary_key=True),
    Column("ticket", String(40), nullable=False),
    Column("leg", Integer, nullable=False),
    Column("number", String(8), nullable=False),
    Column("service", String(32), nullable=False),
    Column("counter", Integer, nullable=False),
    Column("clerk", String(32), nullable=False),
    Column("opened_us", BigInteger, nullable=False),
    Column("closed_us", BigInteger),
    Column("score", Integer),
    Column("pressed_us", BigInteger),
    Column("channel", String(16)),
    Column("source", String(64)),
    Column("reasons", Text, nullable=False),
    Column("text", String(64), nullable=False),
    sqlite_with_rowid=False,
)

presses = Table(
    "presses",
    projected,
    _branch(),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at_us", BigInteger, nullable=False),
    Column("fate", String(16), nullable=False),
    Column("window", String(64)),
    Column("counter", Integer),
    Column("score", Integer, nullable=False),
    Column("source", String(64), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("pressed_us", BigInteger, nullable=False),
)
"""Presses kept but not counted."""

counter_spans = Table(
    "counter_spans",
    projected,
    _branch(),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("counter", Integer, nullable=False),
    Column("clerk", String(32), nullable=False),
    Column("state", String(16), nullable=False),
    Column("reason", String(16), nullable=False),
    Column("from_us", BigInteger, nullable=False),
    Column("until_us", BigInteger),
)
"""Each stretch of time a counter was open or paused with one clerk."""
Index("counter_spans_running", counter_spans.c.branch, counter_spans.c.counter, counter_spans.c.until_us)

closed_visits = Table(
    "closed_visits",
    projected,
    _branch(),
    Column("ticket", String(40), primary_key=True),
    Column("body", Text, nullable=False),
)
"""Visits that are over, whole, for commands that still concern them."""
