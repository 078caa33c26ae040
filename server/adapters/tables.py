"""The tables that last: the journal, accepted acts and private texts. All else is computed from the journal."""

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

lasting = MetaData()
"""Journal, acts, private store and, from `account_tables`, accounts: only ever changed by migrations."""

incarnations = Table(
    "incarnations",
    lasting,
    Column("branch", String(32), primary_key=True),
    Column("first_seq", BigInteger, primary_key=True, autoincrement=False),
    Column("journal", String(26), nullable=False),
    Column("at_us", BigInteger, nullable=False),
)
"""Which journal id the events from `first_seq` on belong to."""

events = Table(
    "events",
    lasting,
    Column("branch", String(32), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("journal", String(26), nullable=False),
    Column("at_us", BigInteger, nullable=False),
    Column("by", String(64), nullable=False),
    Column("request", String(160), nullable=False),
    Column("type", String(40), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("prev_hash", LargeBinary(32), nullable=False),
    Column("hash", LargeBinary(32), nullable=False),
)
"""The journal. Times are microseconds since 1970, UTC; `body` is hashed as stored."""

Index("events_by_type", events.c.branch, events.c.type, events.c.seq)

acts = Table(
    "acts",
    lasting,
    Column("branch", String(32), primary_key=True),
    Column("request_id", String(64), primary_key=True),
    Column("client", String(64), primary_key=True),
    Column("body_digest", String(64), nullable=False),
    Column("status", Integer, nullable=False),
    Column("answer", Text, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("at_us", BigInteger, nullable=False),
)

Index("acts_by_time", acts.c.branch, acts.c.at_us)

texts = Table(
    "texts",
    lasting,
    Column("branch", String(32), primary_key=True),
    Column("digest", String(64), primary_key=True),
    Column("text", Text, nullable=True),
    Column("salt", LargeBinary, nullable=True),
    Column("expires_us", BigInteger, nullable=False),
)
"""The private store; an erased text keeps its line without text and salt."""
