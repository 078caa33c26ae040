"""Which measurement yields which goals, and the run over them."""

from collections.abc import Callable, Collection, Iterator

from server.demo.bench.day import after_a_kill, long_day
from server.demo.bench.figures import Figure
from server.demo.bench.hall import Ground
from server.demo.bench.issuing import many_callers, on_postgresql, one_caller
from server.demo.bench.paper import ticket_bytes
from server.demo.bench.presses import presses_kept
from server.demo.bench.promises import stale, under_siege
from server.demo.bench.touching import touch_to_paper

Measurement = Callable[[Ground], list[Figure]]
MEASUREMENTS: tuple[tuple[frozenset[int], Measurement], ...] = (
    (frozenset({1}), one_caller),
    (frozenset({2}), many_callers),
    (frozenset({3}), on_postgresql),
    (frozenset({4, 12, 15}), long_day),
    (frozenset({11}), after_a_kill),
    (frozenset({5}), under_siege),
    (frozenset({7}), touch_to_paper),
    (frozenset({8}), ticket_bytes),
    (frozenset({13}), presses_kept),
    (frozenset({16}), stale),
)
GOALS = frozenset[int]().union(*(goals for goals, _ in MEASUREMENTS))


def measure(ground: Ground, only: Collection[int]) -> Iterator[Figure]:
    """The figures of the wanted goals as they come; all of them when `only` is empty."""
    wanted = set(only) or GOALS
    for goals, measurement in MEASUREMENTS:
        if goals & wanted:
            yield from (figure for figure in measurement(ground) if figure.goal in wanted)
