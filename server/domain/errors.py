"""Why the hall refuses a command. A refusal changes nothing; its code chooses the words on every screen."""

from dataclasses import dataclass, field
from enum import StrEnum


class Code(StrEnum):
    UNKNOWN_SERVICE = "unknown-service"
    UNKNOWN_COUNTER = "unknown-counter"
    UNKNOWN_TICKET = "unknown-ticket"
    UNKNOWN_CLERK = "unknown-clerk"
    UNKNOWN_LEG = "unknown-leg"
    NOT_ISSUING = "not-issuing"
    SERVICE_CLOSED = "service-closed"
    SERIES_FULL = "series-full"
    BAD_OFFLINE_NUMBER = "bad-offline-number"
    NUMBER_TAKEN = "number-taken"
    REASON_NEEDED = "reason-needed"
    NOT_ALLOWED = "not-allowed"
    WRONG_STATE = "wrong-state"
    EXPECT_MISMATCH = "expect-mismatch"
    COUNTER_CLOSED = "counter-closed"
    COUNTER_PAUSED = "counter-paused"
    COUNTER_BUSY = "counter-busy"
    COUNTER_TAKEN = "counter-taken"
    CLERK_BUSY = "clerk-busy"
    NOBODY_WAITING = "nobody-waiting"
    NOT_SERVED_HERE = "not-served-here"
    RECALL_LIMIT = "recall-limit"
    TOO_EARLY = "too-early"
    TOO_LATE = "too-late"
    ALREADY_DELAYED = "already-delayed"
    DAY_CLOSED = "day-closed"
    BAD_CONFIG = "bad-config"
    BAD_SCORE = "bad-score"
    FAULT = "fault"
    """`decide` raised; the command alone is refused and the fault is logged."""


@dataclass(frozen=True, slots=True)
class Refusal:
    code: Code
    facts: dict[str, str | int | float | None] = field(default_factory=dict)
    """Figures for the words: number, counter, state …"""
