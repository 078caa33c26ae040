"""What the keeper does by itself: time, configuration, forgetting."""

import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from server.adapters.clock import HallTime
from server.adapters.private_store import PrivateStore
from server.application.answers import Accepted, Answer, Unavailable
from server.application.ports import Recorded, seal
from server.domain.events import RatingClosed, TimeStepped
from server.domain.state import Hall
from server.domain.vocabulary import CounterNo


def accepted(answer: Answer) -> Accepted:
    assert isinstance(answer, Accepted), answer
    return answer


def test_missed_rollovers_are_decided_at_start_one_a_day(branch: Any) -> None:
    keeper = branch.keeper()
    branch.ask(keeper, branch.issue("t1"))
    began = keeper.hall.at
    keeper.stop()
    again = branch.keeper(start=began + timedelta(days=3))
    assert again.hall.business_day == keeper.hall.business_day + timedelta(days=3)
    assert not again.hall.live
    assert again.figures.today().issued == 0


def test_the_hall_ticks_by_itself_when_something_is_due(sqlite_branch: Any) -> None:
    branch, ended = sqlite_branch, threading.Event()
    keeper = branch.keeper(config=replace(branch.config(), rating_s=1), begin=False)
    keeper.on_committed(lambda recorded, _hall: ended.set() if isinstance(recorded[0].event, RatingClosed) else None)
    keeper.start()
    branch.open(keeper)
    branch.ask(keeper, branch.issue("t1"))
    branch.serve(keeper, "t1")
    assert ended.wait(10)
    assert keeper.hall.counters[CounterNo(1)].window is None
    assert keeper.figures.today().not_rated == 1


def test_a_changed_configuration_is_adopted_at_start(branch: Any) -> None:
    branch.keeper().stop()
    changed = replace(branch.config(), recall_limit=7)
    keeper = branch.keeper(config=changed)
    assert keeper.hall.config == changed
    rev = keeper.rev
    keeper.stop()
    assert branch.keeper(config=changed).rev == rev


def test_a_hall_that_is_given_only_bad_configuration_says_so(branch: Any, expected_logs: Any) -> None:
    expected_logs.expect("gives up")
    bad = replace(branch.config(), timezone="Nowhere/Atall")
    keeper = branch.keeper(config=bad)
    assert not keeper.owner
    assert keeper.fault
    assert isinstance(branch.ask(keeper, branch.issue("t1")), Unavailable)


def test_a_moved_wall_clock_is_an_event_and_moves_nothing(sqlite_branch: Any, expected_logs: Any) -> None:
    expected_logs.expect("wall clock was moved by 7200")
    branch, ahead, told = sqlite_branch, timedelta(), threading.Event()
    start = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
    began = time.monotonic()
    clock = HallTime(wall=lambda: start + ahead + timedelta(seconds=time.monotonic() - began))
    steps: list[TimeStepped] = []

    def hear(recorded: Sequence[Recorded], _hall: Hall) -> None:
        steps.extend(one.event for one in recorded if isinstance(one.event, TimeStepped))
        if steps:
            told.set()

    keeper = branch.keeper(clock=clock, begin=False)
    keeper.on_committed(hear)
    keeper.start()
    ahead = timedelta(hours=2)
    assert told.wait(10)
    assert [round(step.seconds) for step in steps] == [7200]
    at = accepted(branch.ask(keeper, branch.issue("t1"))).hall.at
    assert at is not None
    assert at < start + timedelta(hours=1)


def test_acts_and_texts_are_forgotten_when_their_time_is_over(branch: Any) -> None:
    keeper = branch.keeper()
    text = seal("an old reason", b"salt", keeper.hall.at + timedelta(days=10))
    branch.ask(keeper, branch.issue("t1"), "request-old", texts=[text])
    began = keeper.hall.at
    keeper.stop()
    later = branch.keeper(start=began + timedelta(days=31))
    assert not accepted(branch.ask(later, branch.issue("t2"), "request-old")).repeated
    assert PrivateStore(branch.engine, branch.name).read([text.digest]) == {}
