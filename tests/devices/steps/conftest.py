"""Random steps over a driver and its simulator: after each, everything must become as it must be, in time."""

import os
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack
from itertools import count
from pathlib import Path
from random import Random
from time import monotonic
from typing import Protocol

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from devices.farend import PtyEnd

PATIENCE_S = 30.0
"""So long may a loaded machine need; what is not right by then never will be."""
HEALTH_S = 2.0
"""The promise; how often it was kept on this machine is among the figures."""
A_WALK = 25
LOOK_S = 0.005
QUICK_S = 0.02
LOOKS = 12
"""Of a driver at the clock: more than it needs for the frames of a step."""


class Trial(Protocol):
    """A driver, its far end, and a model of both: steps change the world and the model alike."""

    @property
    def steps(self) -> Mapping[str, Callable[[Random], None]]: ...

    def ill_judged(self) -> str:
        """What is wrong with the health that the driver tells; empty when it is right."""
        ...

    def amiss(self) -> str:
        """What else is not as it must be; empty when nothing is."""
        ...


Open = Callable[[], AbstractContextManager[Trial]]


class Walker:
    """Walks a trial through random steps; one that failed is opened anew, so that the shortest way to it is found."""

    def __init__(self, steps: int) -> None:
        self.steps = steps
        self.taken = 0
        self.long = steps > 1000
        self.health_s: dict[str, list[float]] = defaultdict(list)

    def __call__(self, open_trial: Open) -> None:
        with ExitStack() as stack:
            trials: list[Trial] = []
            before: list[str] = []

            def walk(ways: list[tuple[str, int]]) -> None:
                if not trials:
                    before.clear()
                    trials.append(stack.enter_context(open_trial()))
                    _wait(trials[0].ill_judged, before)
                trial = trials.pop()
                for name, chance in ways:
                    before.append(name)
                    self._step(trial, name, chance, before)
                trials.append(trial)

            with open_trial() as first:
                names = list(first.steps)
            ways = st.lists(st.tuples(st.sampled_from(names), st.integers(0, 999)), min_size=A_WALK, max_size=A_WALK)
            settings(
                max_examples=self.steps // A_WALK,
                derandomize=not self.long,
                phases=[Phase.generate, Phase.shrink] if self.long else [Phase.generate],
                database=None,
                suppress_health_check=list(HealthCheck),
            )(given(ways)(walk))()

    def _step(self, trial: Trial, name: str, chance: int, before: list[str]) -> None:
        trial.steps[name](Random(chance))
        self.taken += 1
        self.health_s[name].append(_wait(trial.ill_judged, before))
        _wait(trial.amiss, before)

    def figures(self) -> str:
        told = sorted(second for seconds in self.health_s.values() for second in seconds)
        late = sum(second > HEALTH_S for second in told)
        slowest = max(self.health_s, key=lambda name: max(self.health_s[name]))
        half, most = told[len(told) // 2], told[len(told) * 99 // 100]
        return (
            f"{self.taken} steps; health right after {half:.3f} s (half), {most:.3f} s (99 %), "
            f"{told[-1]:.3f} s (at most, {slowest}); over {HEALTH_S:.0f} s: {late}"
        )


def _wait(wrong: Callable[[], str], before: list[str]) -> float:
    began = monotonic()
    pause = threading.Event()
    while what := wrong():
        if monotonic() - began > PATIENCE_S:
            raise AssertionError(f"{what}, after {', '.join(before[-40:])}")
        pause.wait(LOOK_S)
    return monotonic() - began


@pytest.fixture(params=[150, pytest.param(10_000, marks=pytest.mark.long)])
def walk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Walker]:
    """At both ends of a line nobody waits long, so that a step takes milliseconds."""
    monkeypatch.setattr("devices.serial_line.READ_S", QUICK_S)
    monkeypatch.setattr("devices.farend._TICK_S", QUICK_S)
    walker = Walker(request.param)
    yield walker
    reporter = request.config.pluginmanager.get_plugin("terminalreporter")
    if walker.long and walker.health_s and reporter:
        with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
            reporter.write_line(f"\n{request.node.name}: {walker.figures()}")


class LeapingClock:
    """The machine's clock, which a step may put forward: so presses are a finger's, and nobody waits for minutes."""

    def __init__(self) -> None:
        self._ahead_s = 0.0
        self.looks: Counter[str] = Counter()
        """By the name of the thread that looked."""

    def __call__(self) -> float:
        self.looks[threading.current_thread().name] += 1
        return monotonic() + self._ahead_s

    def leap(self, seconds: float) -> None:
        self._ahead_s += seconds


@pytest.fixture
def clock() -> LeapingClock:
    return LeapingClock()


class Cable(PtyEnd):
    """A serial cable that can come back under another name, and run at another speed than the host."""

    def __init__(self, path: Path, random: Random) -> None:
        super().__init__(path)
        self._random = random
        self._looks = 0
        self.garbles = False

    def start(self, hear: Callable[[bytes], None]) -> None:
        super().start(lambda data: hear(self._carried(data)))

    def send(self, data: bytes) -> None:
        super().send(self._carried(data))

    def wait_for(self, clock: LeapingClock, driver: str) -> None:
        """`judged` is so once the driver's thread has turned a few times, and all that was sent until now is taken."""
        self._looks = clock.looks[driver] + LOOKS

    def judged(self, clock: LeapingClock, driver: str) -> bool:
        return not self.plugged or clock.looks[driver] >= self._looks

    def replug(self) -> None:
        """The stable name then leads to another device of the system."""
        self.unplug()
        taken = os.openpty()
        self.plug()
        for end in taken:
            os.close(end)

    def _carried(self, data: bytes) -> bytes:
        return self._random.randbytes(len(data)) if self.garbles else data


@pytest.fixture
def new_cable(tmp_path: Path) -> Callable[[], Cable]:
    """Each under a stable name of its own."""
    numbers = count(1)
    return lambda: Cable(tmp_path / "by-id" / f"device-{next(numbers)}", Random(5))
