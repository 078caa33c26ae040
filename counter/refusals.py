"""How a refusal or a silence of the server is said to the clerk: fact, cause, act, with its figures."""

from math import ceil

from counter.phrases import Phrase, phrase
from server.contract.views.answers import ProblemView
from server.contract.views.desk import DeskView
from server.link.errors import HallAway

REFUSAL_SHOWN_S = 6.0

NEEDS: dict[str, dict[str, str]] = {
    "recall-limit": {"number": "number", "times": "limit"},
    "too-early": {"number": "number", "seconds": "wait_s"},
    "not-served-here": {"number": "number"},
    "too-late": {"number": "number"},
    "counter-taken": {"clerk": "clerk"},
    "clerk-busy": {"counter": "counter"},
}
"""Codes whose full sentence has figures: place in the sentence -> name in the facts."""

PLAIN = frozenset(
    {
        "nobody-waiting",
        "wrong-state",
        "expect-mismatch",
        "counter-closed",
        "counter-paused",
        "counter-busy",
        "counter-taken",
        "clerk-busy",
        "not-served-here",
        "recall-limit",
        "too-early",
        "too-late",
        "unknown-ticket",
        "unknown-service",
        "unknown-counter",
        "unknown-clerk",
        "service-closed",
        "reason-needed",
        "not-allowed",
        "day-closed",
        "forbidden",
        "unauthorised",
        "busy",
        "malformed",
        "outcome-unknown",
        "away",
    }
)


def refusal_words(problem: ProblemView, desk: DeskView | None) -> Phrase:
    """`desk` is the view that came with the refusal or the last one."""
    code = problem.code
    present = problem.desk or desk
    now = present.current if present else None
    if code in ("expect-mismatch", "wrong-state", "counter-busy") and now is not None:
        return phrase("refused.now-here", number=now.number)
    if code == "nobody-waiting" and desk is not None and desk.mean_interarrival_s:
        return phrase("refused.nobody-waiting-mean", minutes=max(1, round(desk.mean_interarrival_s / 60)))
    figures = _figures(problem, NEEDS.get(code, {}))
    if figures:
        return Phrase(f"refused.{code}-full", figures)
    return code_words(code)


def code_words(code: str) -> Phrase:
    """Why an act was refused, without its figures."""
    return phrase(f"refused.{code}") if code in PLAIN else phrase("refused.other", code=code)


def failure_words(error: Exception) -> Phrase:
    """What to say when no answer came: whether pressing again is safe."""
    if isinstance(error, HallAway) and error.code in ("busy", "too-many"):
        return phrase("refused.busy")
    if isinstance(error, HallAway) and error.outcome_unknown:
        return phrase("refused.outcome-unknown")
    return phrase("refused.away")


def _figures(problem: ProblemView, wanted: dict[str, str]) -> dict[str, str | int]:
    found: dict[str, str | int] = {}
    for place, name in wanted.items():
        value = problem.facts.get(name)
        if value is None:
            return {}
        found[place] = ceil(value) if isinstance(value, float) else value
    return found
