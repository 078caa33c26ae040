"""How a device is: ok, faulty with its causes, or unknown because it does not say."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class HealthState(StrEnum):
    OK = "ok"
    FAULT = "fault"
    UNKNOWN = "unknown"


class Cause(StrEnum):
    """Why a device is not simply well; `PAPER_NEAR_END` alone leaves it ok."""

    PAPER_OUT = "paper_out"
    PAPER_NEAR_END = "paper_near_end"
    ROLL_ENDING = "roll_ending"
    """By the count of what was printed, the roll ends within two hours of use."""
    COVER_OPEN = "cover_open"
    CUTTER = "cutter"
    OFFLINE = "offline"
    ERROR = "error"
    SILENT = "silent"
    UNPLUGGED = "unplugged"
    IN_USE = "in_use"
    """Another program holds its port."""
    STUCK_KEY = "stuck_key"
    FLOOD = "flood"
    UNREADABLE = "unreadable"
    """A card lies on the reader and cannot be read; another may."""
    CLIPS = "clips"
    """Recorded words are missing: the announcer has only its chime."""


WARNINGS = frozenset({Cause.PAPER_NEAR_END, Cause.ROLL_ENDING, Cause.FLOOD, Cause.UNREADABLE})
TO_MEND = frozenset({Cause.PAPER_NEAR_END, Cause.ROLL_ENDING, Cause.FLOOD})
"""Warnings that staff act upon before they become a fault."""
UNSPOKEN = frozenset({Cause.SILENT})


@dataclass(frozen=True, slots=True)
class Health:
    state: HealthState
    causes: frozenset[Cause] = frozenset()

    @classmethod
    def of(cls, causes: Iterable[Cause]) -> "Health":
        """Judges: a warning alone is ok, silence alone is unknown, anything else is a fault."""
        found = frozenset(causes)
        if found - WARNINGS - UNSPOKEN:
            return cls(HealthState.FAULT, found)
        if found & UNSPOKEN:
            return cls(HealthState.UNKNOWN, found)
        return cls(HealthState.OK, found)

    @property
    def ok(self) -> bool:
        return self.state is HealthState.OK

    @property
    def alarm(self) -> Cause | None:
        """What staff must mend: a fault, a silent device, paper that will end soon, a pad that is played with."""
        mend = self.causes & TO_MEND if self.ok else self.causes - WARNINGS
        return min(mend, key=list(Cause).index, default=None)
