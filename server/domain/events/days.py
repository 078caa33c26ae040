"""What happens to the hall as a whole: its days, its config, its clock, its journal."""

from dataclasses import dataclass
from datetime import date, datetime

from server.domain.config import HallConfig
from server.domain.events.happening import Happening
from server.domain.state import Hall


@dataclass(frozen=True, slots=True)
class DayOpened(Happening):
    """Carries the whole hall, so that nothing before it is needed to go on. `at` is the scheduled instant."""

    day: date
    state: Hall


@dataclass(frozen=True, slots=True)
class ConfigAdopted(Happening):
    config: HallConfig
    by: str


@dataclass(frozen=True, slots=True)
class TimeStepped(Happening):
    """The wall clock was moved; hall time went on evenly, so no duration needs correcting."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Restored(Happening):
    """The hall went on from a backup: what happened after `rev` of `journal` is lost, open tickets stand as then."""

    journal: str
    rev: int
    kept_until: datetime
    """When the last event happened that is still known."""
    skipped: int
    """Numbers left out in every series, because they may have been told."""
    by: str
