"""What the keeper does by itself: time, configuration, forgetting."""

import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

from server.adapters.private_store import PrivateStore
from server.application.answers import Accepted, Answer, Unavailable
from server.application.ports import seal
from server.domain.events.ratings import RatingClosed
from server.domain.vocabulary import CounterNo


def accepted(answer: Answer) -> Accepted:
    assert isinstance(answer, Accepted), answer
    return answer


def test_the_hall_ticks_by_itself_when_something_is_due(sqlite_branch: Any) -> None:
    branch, ended = sqlite_branch, threading.Event()
    keeper = branch.keeper(config=replace(branch.config(), rating_s=1), begin=False)
    keeper.on_committed(lambda recorded, _hall: ended.set() if isinstance(recorded[0].event, RatingClosed) else None)
    keeper.start()
    branch.open(keeper)
    branch.ask(keeper, branch.issue("t1"))
    branch.serve(keeper, "t1")
    assert ended.wait(30)
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


def test_acts_and_texts_are_forgotten_when_their_time_is_over(branch: Any) -> None:
    keeper = branch.keeper()
    text = seal("an old reason", b"salt", keeper.hall.at + timedelta(days=10))
    accepted(branch.ask(keeper, replace(branch.issue("t1"), class_reason=text.digest), "request-old", texts=[text]))
    assert PrivateStore(branch.engine, branch.name).read([text.digest]) != {}
    began = keeper.hall.at
    keeper.stop()
    later = branch.keeper(start=began + timedelta(days=31))
    assert not accepted(branch.ask(later, branch.issue("t2"), "request-old")).repeated
    assert PrivateStore(branch.engine, branch.name).read([text.digest]) == {}
