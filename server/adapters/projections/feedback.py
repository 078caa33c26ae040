"""Ratings, presses and the counters' open and paused hours, as each event changes them."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from server.adapters.database import to_us
from server.adapters.projections.statements import Change
from server.application.ports import Recorded
from server.domain.events.counters import CounterClosed, CounterOpened, CounterPaused, CounterResumed
from server.domain.events.event import Event
from server.domain.events.ratings import RatingClosed, RatingExplained, RatingGiven, RatingIgnored, RatingOpened
from server.domain.vocabulary import CounterState


def rating_changes(recorded: Recorded) -> Sequence[Change]:
    """Rating windows with their one score, and the presses that did not count."""
    changes = _RATINGS.get(type(recorded.event))
    return (changes(recorded.event, recorded.seq),) if changes else ()


def counter_changes(recorded: Recorded) -> Sequence[Change]:
    """Who was where, open or paused, from when until when."""
    changes = _COUNTERS.get(type(recorded.event))
    return changes(recorded.event, recorded.seq) if changes else ()


def _window_row(event: RatingOpened) -> dict[str, Any]:
    return {
        "window": event.window,
        "ticket": event.ticket,
        "leg": event.leg,
        "number": event.number,
        "service": event.service,
        "counter": event.counter,
        "clerk": event.clerk,
        "opened_us": to_us(event.at),
        "closed_us": None,
        "score": None,
        "pressed_us": None,
        "channel": None,
        "source": None,
        "reasons": "[]",
        "text": "",
    }


def _score(event: RatingGiven) -> dict[str, Any]:
    return {
        "k_window": event.window,
        "v_score": event.score,
        "v_pressed_us": to_us(event.pressed_at),
        "v_channel": event.channel.value,
        "v_source": event.source,
    }


def _explanation(event: RatingGiven | RatingExplained) -> dict[str, Any]:
    return {"v_reasons": json.dumps(event.reasons), "v_text": event.text}


def _press_row(event: RatingIgnored, seq: int) -> dict[str, Any]:
    return {
        "seq": seq,
        "at_us": to_us(event.at),
        "fate": event.fate.value,
        "window": event.window,
        "counter": event.counter,
        "score": event.score,
        "source": event.source,
        "channel": event.channel.value,
        "pressed_us": to_us(event.pressed_at),
    }


Span = CounterOpened | CounterResumed | CounterPaused


def _end_span(event: Span | CounterClosed) -> Change:
    return "end_span", {"k_counter": event.counter, "v_until_us": to_us(event.at)}


def _span_row(event: Span, seq: int, state: CounterState, reason: str) -> dict[str, Any]:
    return {
        "seq": seq,
        "counter": event.counter,
        "clerk": event.clerk,
        "state": state.value,
        "reason": reason,
        "from_us": to_us(event.at),
        "until_us": None,
    }


def _opened(event: CounterOpened | CounterResumed, seq: int) -> Sequence[Change]:
    return _end_span(event), ("begin_span", _span_row(event, seq, CounterState.OPEN, ""))


def _paused(event: CounterPaused, seq: int) -> Sequence[Change]:
    return _end_span(event), ("begin_span", _span_row(event, seq, CounterState.PAUSED, event.reason.value))


_RATINGS: dict[type[Event], Callable[[Any, int], Change]] = {
    RatingOpened: lambda event, _seq: ("open_rating", _window_row(event)),
    RatingClosed: lambda event, _seq: ("close_rating", {"k_window": event.window, "v_closed_us": to_us(event.at)}),
    RatingGiven: lambda event, _seq: ("rate", _score(event) | _explanation(event)),
    RatingExplained: lambda event, _seq: ("explain", {"k_window": event.window} | _explanation(event)),
    RatingIgnored: lambda event, seq: ("ignore", _press_row(event, seq)),
}

_COUNTERS: dict[type[Event], Callable[[Any, int], Sequence[Change]]] = {
    CounterOpened: _opened,
    CounterResumed: _opened,
    CounterPaused: _paused,
    CounterClosed: lambda event, _seq: (_end_span(event),),
}
