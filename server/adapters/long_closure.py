"""A clock far past the last event is not believed: hundreds of business days would be closed that never were."""

from datetime import datetime, timedelta

from sqlalchemy import Engine, func, inspect, select

from server.adapters.database import from_us
from server.adapters.tables import events


class ClockRefused(Exception):
    """A person must say which is right, the clock or the closure. Nothing was changed."""


def closed_for(engine: Engine, branch: str, now: datetime) -> timedelta:
    """Since the branch's last event; nothing where there is none, and where it lies ahead."""
    if not inspect(engine).has_table(events.name):
        return timedelta()
    last = select(func.max(events.c.at_us)).where(events.c.branch == branch)
    with engine.connect() as db:
        at_us = db.execute(last).scalar()
    return max(now - from_us(at_us), timedelta()) if at_us is not None else timedelta()


def believe(engine: Engine, branch: str, now: datetime, longest_days: int) -> None:
    """Raises ClockRefused when the branch would have been closed for longer than it ever is."""
    closed = closed_for(engine, branch, now)
    if closed > timedelta(days=longest_days):
        raise ClockRefused(
            f"the clock shows {now:%Y-%m-%d %H:%M} UTC, {closed.days} days after the last event of {branch}. "
            "Nothing was changed. Set the clock right; if the branch was closed for so long, "
            f"write server.longest_closure_days = {closed.days + 1} in hall.toml for this start"
        )
