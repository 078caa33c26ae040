"""How much paper is left and how long it will last; pure arithmetic."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from devices.health import Cause

HOUR = timedelta(hours=1)
RUNNING_AT_LEAST_H = 0.25
"""A first slip at a minute past the hour is not sixty slips an hour."""
ENDS_SOON = timedelta(hours=2)
_BLIND = frozenset({Cause.SILENT, Cause.UNPLUGGED})


@dataclass(frozen=True, slots=True)
class Roll:
    """What went through the printer since this roll was put in."""

    put_in: datetime
    length_mm: int
    slips: int = 0
    cuts: int = 0
    used_mm: int = 0
    near_at_mm: int | None = None
    """What had been used when the sensor said first that the end is near."""
    opened: bool = False
    """The cover stood open after that."""
    out: bool = False
    """The sensor said under a shut cover that there is no paper."""

    def printed(self, mm: int, *, cut: bool) -> "Roll":
        return replace(self, slips=self.slips + 1, cuts=self.cuts + cut, used_mm=self.used_mm + mm)

    def seen(self, causes: frozenset[Cause], now: datetime, length_mm: int) -> "Roll":
        """What the sensors say now; paper where none was, or plenty after the cover stood open, is a new roll.

        With the cover open the sensors of many models see no paper whatever lies there.
        """
        if causes & _BLIND:
            return self
        if Cause.COVER_OPEN in causes:
            return replace(self, opened=self.near_at_mm is not None)
        if Cause.PAPER_OUT in causes:
            return replace(self, out=True)
        near = Cause.PAPER_NEAR_END in causes
        fresh = Roll(now, length_mm) if self.out or (self.opened and not near) else self
        if near and fresh.near_at_mm is None:
            return replace(fresh, near_at_mm=fresh.used_mm)
        return fresh

    def left_mm(self, near_end_mm: int) -> int:
        """By the count, corrected by the sensor that sees the last `near_end_mm`; 0: the model has none."""
        if self.out:
            return 0
        if self.near_at_mm is not None and near_end_mm:
            return max(near_end_mm - (self.used_mm - self.near_at_mm), 0)
        return max(self.length_mm - self.used_mm, near_end_mm)


@dataclass(frozen=True, slots=True)
class HourOfUse:
    """Paper used in one hour of the clock."""

    since: datetime
    mm: int


def mm_an_hour(hours: Iterable[HourOfUse], now: datetime) -> float:
    """Over the hours in which anything was printed: nights and closed days say nothing of the day's use."""
    used, spent_h = 0, 0.0
    for hour in hours:
        if hour.mm:
            used += hour.mm
            spent_h += min(max((now - hour.since) / HOUR, RUNNING_AT_LEAST_H), 1.0)
    return used / spent_h if spent_h else 0.0


def lasts(left_mm: int, pace_mm_h: float) -> timedelta | None:
    """Time of use until the roll ends; None while there is nothing to judge by."""
    return timedelta(hours=left_mm / pace_mm_h) if pace_mm_h > 0 else None


def ends_soon(lasting: timedelta | None) -> bool:
    return lasting is not None and lasting <= ENDS_SOON


def told_minutes(lasting: timedelta) -> int:
    """In steps that a person would say: to five minutes in the last two hours, then to half an hour."""
    step = 5 if ends_soon(lasting) else 30
    return round(lasting.total_seconds() / 60) // step * step
