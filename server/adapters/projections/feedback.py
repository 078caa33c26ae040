"""Ratings, presses and the counters' open and paused hours, as each event changes them."""

import json
from collections.abc import Sequence
from typing import Any

from server.adapters.database import to_us
from server.adapters.projections.statements import Change
from server.application.ports import Recorded
from server.domain import events as e
from server.domain.vocabulary import CounterState


def rating_changes(recorded: Recorded) -> Sequence[Change]:
    """Rating windows with their one score, and the presses that did not count."""
    event = recorded.event
    match event:
        case e.RatingOpened():
            return (("open_rating", _window_row(event)),)
        case e.RatingClosed():
            return (("close_rating", {"k_window": event.window, "v_closed_us": to_us(event.at)}),)
        case e.RatingGiven():
            return (("rate", _score(event) | _explanation(event)),)
        case e.RatingExplained():
            return (("explain", {"k_window": event.window} | _explanation(event)),)
        case e.RatingIgnored():
            return (("ignore", _press_row(event, recorded.seq)),)
        case _:
            return ()


def counter_changes(recorded: Recorded) -> Sequence[Change]:
    """Who was where, open or paused, from when until when."""
    event = recorded.event
    match event:
        case e.CounterOpened() | e.CounterResumed():
            return _end_span(event), ("begin_span", _span_row(event, recorded.seq, CounterState.OPEN, ""))
        case e.CounterPaused():
            begin = "begin_span", _span_row(event, recorded.seq, CounterState.PAUSED, event.reason.value)
            return _end_span(event), begin
        case e.CounterClosed():
            return (_end_span(event),)
        case _:
            return ()


def _window_row(event: e.RatingOpened) -> dict[str, Any]:
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


def _score(event: e.RatingGiven) -> dict[str, Any]:
    return {
        "k_window": event.window,
        "v_score": event.score,
        "v_pressed_us": to_us(event.pressed_at),
        "v_channel": event.channel.value,
        "v_source": event.source,
    }


def _explanation(event: e.RatingGiven | e.RatingExplained) -> dict[str, Any]:
    return {"v_reasons": json.dumps(event.reasons), "v_text": event.text}


def _press_row(event: e.RatingIgnored, seq: int) -> dict[str, Any]:
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


Span = e.CounterOpened | e.CounterResumed | e.CounterPaused


def _end_span(event: Span | e.CounterClosed) -> Change:
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
