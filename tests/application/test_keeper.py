"""The keeper over real databases: what is promised to callers."""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from server.application.answers import (
    Accepted,
    Answer,
    Busy,
    Dropped,
    Refused,
    ReusedRequestId,
)
from server.application.deliberation import Laws
from server.application.ports import NoLearner, PrivateText, Recorded, seal
from server.domain.commands import Command, Context, Issue, Next, PutInteraction
from server.domain.errors import Code, Refusal
from server.domain.events.event import Event
from server.domain.hall import decide
from server.domain.state import Hall
from server.domain.ticket import ClosedVisit
from server.domain.visit import Record
from server.domain.vocabulary import CounterNo, Digest, Outcome, ServiceId, TicketId


def refused(answer: Answer) -> Code:
    assert isinstance(answer, Refused), answer
    return answer.refusal.code


def accepted(answer: Answer) -> Accepted:
    assert isinstance(answer, Accepted), answer
    return answer


def test_an_accepted_act_is_in_the_hall_and_speaks_of_its_rev(branch: Any) -> None:
    keeper = branch.keeper()
    answer = accepted(branch.ask(keeper, branch.issue("t1"), status=201))
    assert answer.seq == keeper.rev
    assert answer.status == 201
    assert answer.body == f'{{"rev":{keeper.rev},"events":1}}'
    assert TicketId("t1") in keeper.hall.live


def test_the_same_request_is_answered_again_as_before_also_after_a_restart(branch: Any) -> None:
    keeper = branch.keeper()
    first = accepted(branch.ask(keeper, branch.issue("t1"), "request-same"))
    again = accepted(branch.ask(keeper, branch.issue("t1"), "request-same"))
    keeper.stop()
    later = accepted(branch.ask(branch.keeper(), branch.issue("t1"), "request-same"))
    assert [again.body, later.body] == [first.body, first.body]
    assert (again.repeated, later.repeated, again.events) == (True, True, ())
    assert branch.keepers[-1].hall.issued == 1


def test_the_same_request_id_with_another_body_is_refused(branch: Any) -> None:
    keeper = branch.keeper()
    accepted(branch.ask(keeper, branch.issue("t1"), "request-same"))
    assert branch.ask(keeper, branch.issue("t2"), "request-same") == ReusedRequestId()
    keeper.stop()
    keeper = branch.keeper()
    assert branch.ask(keeper, branch.issue("t2"), "request-same") == ReusedRequestId()
    assert branch.ask(keeper, branch.issue("t2"), "request-same", client="kiosk-2") != ReusedRequestId()
    assert keeper.hall.issued == 2


def test_the_same_request_twice_in_one_batch_is_done_once(branch: Any) -> None:
    keeper = branch.keeper(begin=False)
    answers = branch.together(keeper, [(branch.issue("t1"), branch.envelope(branch.issue("t1"), "request-same"))] * 2)
    assert [accepted(one).body for one in answers] == [accepted(answers[0]).body] * 2
    assert keeper.hall.issued == 1


def test_a_refusal_is_judged_anew(branch: Any) -> None:
    keeper = branch.keeper()
    branch.open(keeper)
    call = Next(CounterNo(1), None)
    assert refused(branch.ask(keeper, call, "request-next")) is Code.NOBODY_WAITING
    branch.ask(keeper, branch.issue("t1"))
    accepted(branch.ask(keeper, call, "request-next"))


def test_all_that_waits_is_committed_at_once_and_announced_in_order(branch: Any) -> None:
    heard: list[Sequence[Recorded]] = []
    keeper = branch.keeper(begin=False)
    keeper.on_committed(lambda recorded, _hall: heard.append(recorded))
    commands = [branch.issue(f"t{n}") for n in range(40)]
    answers = branch.together(keeper, [(command, branch.envelope(command)) for command in commands])
    seqs = [accepted(one).seq for one in answers]
    keeper.stop()
    assert seqs == sorted(seqs)
    assert max(len(batch) for batch in heard) >= 39
    assert [one.seq for batch in heard for one in batch] == list(range(1, keeper.rev + 1))


def test_one_bad_command_is_refused_alone(branch: Any, expected_logs: Any) -> None:
    expected_logs.expect("deciding Issue for kiosk-1 failed")

    def stumble(
        hall: Hall, command: Command, context: Context, closed: ClosedVisit | None = None
    ) -> tuple[Event, ...] | Refusal:
        if isinstance(command, Issue) and command.ticket == "bad":
            raise ZeroDivisionError
        return decide(hall, command, context, closed)

    keeper = branch.keeper(begin=False, laws=Laws(decide=stumble))
    commands = [branch.issue(name) for name in ("t1", "bad", "t2")]
    answers = branch.together(keeper, [(command, branch.envelope(command)) for command in commands])
    accepted(answers[0])
    accepted(answers[2])
    assert refused(answers[1]) is Code.FAULT
    assert set(keeper.hall.live) == {"t1", "t2"}


def test_what_cannot_be_stored_is_refused_alone(branch: Any, expected_logs: Any) -> None:
    expected_logs.expect("Issue of kiosk-1 cannot be stored")
    keeper = branch.keeper(begin=False)
    bad = seal("written twice", b"salt", datetime(2030, 1, 1, tzinfo=UTC))
    torn = PrivateText(Digest("00" * 32), "half a \ud83d sign", b"salt", bad.expires_at)
    asked = []
    for name, texts in (("t1", [bad]), ("torn", [torn]), ("t2", []), ("twice", [bad])):
        command = replace(branch.issue(name), class_reason=texts[0].digest if texts else Digest(""))
        asked.append((command, branch.envelope(command) | {"texts": texts}))
    answers = branch.together(keeper, asked[:3])
    accepted(answers[0])
    assert refused(answers[1]) is Code.FAULT
    accepted(answers[2])
    again = keeper.submit(asked[3][0], **asked[3][1]).result(10)
    assert refused(again) is Code.FAULT
    assert set(keeper.hall.live) == {"t1", "t2"}


def test_a_command_past_its_deadline_is_dropped_undecided(branch: Any, hands: Any, gate: Any) -> None:
    gate = gate("before_decide")
    keeper = branch.keeper(machine=hands, checkpoint=gate.pass_)
    gate.shut()
    first = keeper.submit(branch.issue("t0"), **branch.envelope(branch.issue("t0")))
    gate.wait_reached()
    late, patient = branch.issue("late"), branch.issue("patient")
    asked = branch.envelope(late, "request-late")
    waiting = keeper.submit(late, **asked, deadline=hands.monotonic() + 1.2)
    other = keeper.submit(patient, **branch.envelope(patient), deadline=hands.monotonic() + 60)
    hands.pass_(seconds=1.3)
    gate.open()
    accepted(first.result(10))
    assert waiting.result(10) == Dropped()
    accepted(other.result(10))
    assert set(keeper.hall.live) == {"t0", "patient"}
    assert not branch.done(keeper, late, "request-late").repeated


def test_too_many_waiting_are_told_to_come_again(sqlite_branch: Any, gate: Any) -> None:
    branch, gate = sqlite_branch, gate("before_decide")
    keeper = branch.keeper(begin=False, queued=3, checkpoint=gate.pass_)
    keeper.start()
    gate.shut()
    futures = [keeper.submit(branch.issue("t0"), **branch.envelope(branch.issue("t0")))]
    gate.wait_reached()
    more = [branch.issue(f"t{n}") for n in range(1, 6)]
    futures += [keeper.submit(command, **branch.envelope(command)) for command in more]
    gate.open()
    answers = [future.result(10) for future in futures]
    assert answers[4:] == [Busy(), Busy()]
    assert [accepted(one).hall.issued for one in answers[:4]] == [1, 2, 3, 4]


def test_recovery_gives_the_same_hall_figures_and_clock(branch: Any) -> None:
    keeper = branch.keeper()
    branch.open(keeper)
    for n in range(3):
        branch.ask(keeper, branch.issue(f"t{n}"))
    branch.serve(keeper, "t0")
    keeper.stop()
    again = branch.keeper(start=keeper.hall.at - timedelta(hours=1))
    assert again.hall == keeper.hall
    assert (again.rev, again.journal_id) == (keeper.rev, keeper.journal_id)
    assert again.figures.today() == keeper.figures.today()
    assert accepted(branch.ask(again, branch.issue("t9"))).hall.at >= keeper.hall.at


def test_a_record_of_a_closed_visit_may_still_be_edited(branch: Any) -> None:
    keeper = branch.keeper()
    branch.open(keeper)
    branch.ask(keeper, branch.issue("t1"))
    branch.serve(keeper, "t1")
    edit = PutInteraction(TicketId("t1"), 1, Record(ServiceId("trf"), Outcome.NOT_DONE))
    accepted(branch.ask(keeper, edit))
    keeper.stop()
    accepted(branch.ask(branch.keeper(), edit))


def test_counting_that_fails_stops_nobody(branch: Any, expected_logs: Any) -> None:
    expected_logs.expect("counting seq")

    class Stumbling(NoLearner):
        def learn(self, events: Iterable[Event]) -> None:
            if any(True for _ in events):
                raise ZeroDivisionError

    keeper = branch.keeper(learner=Stumbling())
    assert branch.done(keeper, branch.issue("t1")).hall.issued == 1
    assert keeper.hall.issued == 1


def test_a_listener_that_fails_changes_nothing(branch: Any, expected_logs: Any) -> None:
    expected_logs.expect("announcing seq")
    heard, done = list[int](), threading.Event()

    def fail(_recorded: Sequence[Recorded], _hall: Hall) -> None:
        raise ValueError("no ears")

    def hear(recorded: Sequence[Recorded], hall: Hall) -> None:
        heard.append(recorded[-1].seq)
        if hall.issued == 2:
            done.set()

    keeper = branch.keeper(begin=False)
    keeper.on_committed(fail)
    keeper.on_committed(hear)
    keeper.start()
    accepted(branch.ask(keeper, branch.issue("t1")))
    accepted(branch.ask(keeper, branch.issue("t2")))
    assert done.wait(30)
    assert heard[-1] == keeper.rev
