"""Tables of people, machines, sessions and enrolment codes; secrets only as hashes."""

from datetime import UTC, datetime

from sqlalchemy import Column, DateTime, Dialect, Index, Integer, String, Table
from sqlalchemy.types import TypeDecorator

from server.adapters.tables import lasting


class Utc(TypeDecorator[datetime]):
    """Aware UTC moments on both databases (SQLite forgets the zone)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 -- SQLAlchemy's own shape
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 -- SQLAlchemy's own shape
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


people = Table(
    "person",
    lasting,
    Column("staff", String(32), primary_key=True),
    Column("role", String(16), nullable=False),
    Column("secret_hash", String(255), nullable=False),
)

machines = Table(
    "machine",
    lasting,
    Column("device", String(32), primary_key=True),
    Column("role", String(16), nullable=False),
    Column("counter", Integer),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("enrolled_at", Utc, nullable=False),
)

codes = Table(
    "enrolment_code",
    lasting,
    Column("code_hash", String(64), primary_key=True),
    Column("role", String(16), nullable=False),
    Column("counter", Integer),
    Column("device", String(32)),
    Column("expires_at", Utc, nullable=False),
)

sessions = Table(
    "session",
    lasting,
    Column("token_hash", String(64), primary_key=True),
    Column("staff", String(32), nullable=False),
    Column("role", String(16), nullable=False),
    Column("counter", Integer),
    Column("device", String(32)),
    Column("expires_at", Utc, nullable=False),
)

Index("session_by_staff", sessions.c.staff)
