"""The hall's vocabulary for programs that know the server by its contract alone."""

from server.domain.vocabulary import (
    Channel,
    ClosedAs,
    CounterState,
    CustomerClass,
    HoldReason,
    Language,
    Outcome,
    PauseReason,
    RatingFate,
    Role,
    TicketState,
)

__all__ = [
    "Channel",
    "ClosedAs",
    "CounterState",
    "CustomerClass",
    "HoldReason",
    "Language",
    "Outcome",
    "PauseReason",
    "RatingFate",
    "Role",
    "TicketState",
]
