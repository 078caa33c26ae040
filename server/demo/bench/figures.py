"""A figure beside its limit, and how a list of them is shown."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    goal: int
    figure: str
    """What was measured, with its unit."""
    value: float
    limit: float
    ratio: float
    """Value to limit."""
    met: bool
    seen: str = ""
    """What the figure was made of, in words."""

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def at_most(goal: int, figure: str, value: float, limit: float, seen: str = "") -> Figure:
    return Figure(goal, figure, round(value, 3), round(limit, 3), _ratio(value, limit), value <= limit, seen)


def at_least(goal: int, figure: str, value: float, limit: float, seen: str = "") -> Figure:
    return Figure(goal, figure, round(value, 3), round(limit, 3), _ratio(value, limit), value >= limit, seen)


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that `share` of them do not exceed."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def table(figures: Iterable[Figure]) -> str:
    rows = [("goal", "value", "limit", "ratio", "", "figure")]
    for each in figures:
        words = f"{each.figure} ({each.seen})" if each.seen else each.figure
        mark = "met" if each.met else "MISSED"
        rows.append((str(each.goal), f"{each.value:g}", f"{each.limit:g}", f"{each.ratio:.2f}", mark, words))
    return "\n".join(f"{row[0]:>4} {row[1]:>10} {row[2]:>10} {row[3]:>7} {row[4]:6} {row[5]}" for row in rows)


def _ratio(value: float, limit: float) -> float:
    """A limit of nothing is kept by nothing: 0, else as many times as there are."""
    return round(value / limit, 4) if limit else value
