"""Which number comes next, and when a business day begins."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from server.domain.config import Series
from server.domain.copying import replace


@dataclass(frozen=True, slots=True)
class Numbers:
    """One series' numbers of the running business day."""

    next: int
    """Every online number below it is taken."""
    taken: tuple[int, ...] = ()
    """Taken out of the running order, sorted: issued offline, or carried over from an earlier day."""

    def has(self, ordinal: int, series: Series) -> bool:
        """Whether somebody already holds this number today."""
        online = series.first <= ordinal < self.next and not in_reserved(ordinal, series)
        return online or ordinal in self.taken

    def took(self, ordinal: int) -> "Numbers":
        return replace(self, taken=tuple(sorted({*self.taken, ordinal})))

    def passed(self, ordinal: int) -> "Numbers":
        """After this online number."""
        return replace(self, next=max(self.next, ordinal + 1))

    def skipping(self, count: int, series: Series) -> "Numbers":
        """As if so many had been given online: they count as held by somebody."""
        numbers = self
        for _ in range(count):
            ordinal = next_number(numbers, series)
            if ordinal is None:
                break
            numbers = numbers.passed(ordinal)
        return numbers


def next_number(numbers: Numbers, series: Series) -> int | None:
    """The next online number; None when the series is used up for today."""
    ordinal = max(numbers.next, series.first)
    while ordinal <= series.last:
        if not in_reserved(ordinal, series) and ordinal not in numbers.taken:
            return ordinal
        ordinal += 1
    return None


def in_reserved(ordinal: int, series: Series) -> bool:
    return any(first <= ordinal <= last for first, last in series.reserved.values())


def reserved_for(kiosk: str, ordinal: int, series: Series) -> bool:
    """Whether this kiosk may issue this number while away from the server."""
    first, last = series.reserved.get(kiosk, (1, 0))
    return first <= ordinal <= last


def day_begins(day: date, start: time, timezone: str) -> datetime:
    """The instant a business day begins; a local time that a clock change skips means the next one that exists."""
    zone = ZoneInfo(timezone)
    local = datetime.combine(day, start, zone)
    there_and_back = local.astimezone(UTC).astimezone(zone)
    if there_and_back.replace(tzinfo=None) == local.replace(tzinfo=None):
        return local.astimezone(UTC)
    return _gap_end(local, zone)


def business_day(at: datetime, start: time, timezone: str) -> date:
    local = at.astimezone(ZoneInfo(timezone)).date()
    return max(
        day
        for day in (local - timedelta(days=1), local, local + timedelta(days=1))
        if day == local - timedelta(days=1) or day_begins(day, start, timezone) <= at
    )


def _gap_end(local: datetime, zone: ZoneInfo) -> datetime:
    """`local` lies in a gap: the first instant after it."""
    before, after = local.replace(fold=1).astimezone(UTC), local.replace(fold=0).astimezone(UTC)
    low, high = min(before, after), max(before, after)
    offset = low.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        low, high = (middle, high) if middle.astimezone(zone).utcoffset() == offset else (low, middle)
    return high.replace(microsecond=0)
