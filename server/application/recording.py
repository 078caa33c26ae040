"""The way of a batch: judged, committed at once, made true, answered, announced; and the way back from trouble."""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice

from server.application.answers import Accepted, Answer, NotOwner, OutcomeUnknown, Refused, Unavailable
from server.application.deliberation import Deliberation, Laws, Request
from server.application.figures import Figures
from server.application.ports import (
    Act,
    ActKey,
    Checkpoint,
    Committed,
    CommitUnknown,
    HallClock,
    Learner,
    Ledger,
    LedgerConflict,
    LedgerRejected,
    LedgerUnavailable,
    MachineClock,
    Recorded,
)
from server.domain.errors import Code, Refusal
from server.domain.events.days import DayOpened
from server.domain.state import Hall
from server.domain.vocabulary import BranchId

log = logging.getLogger(__name__)

ACTS_KEPT = timedelta(days=30)
REPLAYED_AT_ONCE = 500
"""Events held in memory while a journal is replayed."""

Listener = Callable[[Sequence[Recorded], Hall], None]


@dataclass(frozen=True, slots=True)
class State:
    """The last committed hall. `rev` is the seq of its last event; `figures` are those of its business day."""

    hall: Hall
    rev: int
    journal_id: str
    figures: Figures


class Recorder:
    """Holds the last committed state of one branch and moves it on; used by one thread, `state` read by any."""

    def __init__(
        self,
        branch: BranchId,
        ledger: Ledger,
        laws: Laws,
        clock: HallClock,
        machine: MachineClock,
        checkpoint: Checkpoint,
        learner: Learner,
    ) -> None:
        self._branch = branch
        self._ledger = ledger
        self._laws = laws
        self._clock = clock
        self._machine = machine
        self._checkpoint = checkpoint
        self._learner = learner
        self.listeners: list[Listener] = []
        self.on_replay: Callable[[Hall], None] = lambda _hall: None
        self.broken: dict[str, str] = {}
        self.state = State(Hall.empty(branch), 0, "", Figures())
        self.owner = False
        self.trouble = ""
        """Why the journal cannot be read or written now; empty when it could be last time."""

    def take_over(self) -> bool:
        """Becomes owner if nobody else is, by replaying the journal."""
        try:
            self.owner = self._ledger.acquire()
            if self.owner:
                self._replay()
            self.trouble = ""
        except LedgerUnavailable as error:
            if str(error) != self.trouble:
                log.warning("the journal of %s cannot be read: %s", self._branch, error)
            self.trouble = str(error)
            self.step_down()
        return self.owner

    def look_after(self) -> None:
        """While nobody asks anything: is the branch still ours, and can what could not be written be written now."""
        try:
            if not self._ledger.still_held():
                log.error("the lock of %s is lost", self._branch)
                self.step_down()
            elif self.trouble:
                self._ledger.try_writing()
                self.trouble = ""
        except LedgerUnavailable as error:
            self.trouble = str(error)
        except CommitUnknown as error:
            log.error("the connection that keeps %s is lost: %s", self._branch, error)
            self.step_down()

    def step_down(self) -> None:
        """Lets go of journal and lock."""
        self.owner = False
        self._ledger.release()

    def record(self, requests: Sequence[Request]) -> None:
        """Judges and commits a batch and answers everybody in it; afterwards `owner` may be False."""
        self._checkpoint("before_decide")
        try:
            judged = self._judge(requests)
            committed = self._ledger.commit(judged.batch)
        except LedgerUnavailable as error:
            log.error("the journal of %s cannot be written: %s", self._branch, error)
            self.trouble = str(error)
            tell((request, Unavailable(str(error))) for request in requests)
        except LedgerConflict as error:
            log.error("another writer keeps %s: %s", self._branch, error)
            self.step_down()
            tell((request, NotOwner()) for request in requests)
        except LedgerRejected as error:
            self._one_by_one(requests, str(error))
        except CommitUnknown as error:
            log.error("a commit of %s ended unknown: %s", self._branch, error)
            tell(self._settled(requests, str(error)))
            self.trouble = self.trouble or str(error)
        else:
            self._make_true(judged, committed)

    def _one_by_one(self, requests: Sequence[Request], cause: str) -> None:
        """One of them cannot be stored: it alone is refused."""
        if len(requests) > 1:
            for request in requests:
                self.record([request])
            return
        request = requests[0]
        log.error("%s of %s cannot be stored: %s", type(request.command).__name__, request.client, cause)
        tell([(request, Refused(Refusal(Code.FAULT), self.state.hall))])

    def _judge(self, requests: Sequence[Request]) -> Deliberation:
        before = self._ledger.begin([request.key for request in requests if request.repeatable])
        judged = Deliberation(
            self._laws,
            self.state.hall,
            self.state.rev,
            accepted_before=before,
            closed_visit=self._ledger.closed_visit,
            now=self._clock.now,
            machine_now=self._machine.monotonic,
        )
        for request in requests:
            judged.consider(request)
        self._checkpoint("after_decide")
        return judged

    def _make_true(self, judged: Deliberation, committed: Committed) -> None:
        self._checkpoint("after_commit")
        self.trouble = "" if judged.writes else self.trouble
        self.broken |= committed.broken
        self.state = State(judged.hall, judged.rev, self.state.journal_id, self.state.figures)
        self._count(committed.recorded)
        self._checkpoint("before_answer")
        tell(judged.answers)
        self._checkpoint("after_answer")
        self._announce(committed.recorded)
        self._checkpoint("after_announce")
        if any(isinstance(one.event, DayOpened) for one in committed.recorded):
            self._prune()

    def _count(self, recorded: Sequence[Recorded]) -> None:
        """What is only counted or learned may fail; it is right again after the next replay."""
        if not recorded:
            return
        try:
            self.state.figures.follow(recorded)
            self._learner.learn(one.event for one in recorded)
        except Exception:
            log.exception("counting seq %d of %s failed", recorded[-1].seq, self._branch)

    def _announce(self, recorded: Sequence[Recorded]) -> None:
        for listener in self.listeners if recorded else ():
            try:
                listener(recorded, self.state.hall)
            except Exception:
                log.exception("announcing seq %d of %s failed", recorded[-1].seq, self._branch)

    def _settled(self, requests: Sequence[Request], cause: str) -> list[tuple[Request, Answer]]:
        """Reads the journal anew: with the lock taken again the failed commit is over, found or not."""
        self.step_down()
        try:
            if not self.take_over():
                return [(request, OutcomeUnknown()) for request in requests]
            acts = self._ledger.begin([request.key for request in requests if request.repeatable])
            self._ledger.abandon()
        except (LedgerUnavailable, CommitUnknown):
            self.step_down()
            return [(request, OutcomeUnknown()) for request in requests]
        return [(request, self._outcome(request, acts, cause)) for request in requests]

    def _outcome(self, request: Request, acts: dict[ActKey, Act], cause: str) -> Answer:
        act = acts.get(request.key)
        if not request.repeatable:
            return OutcomeUnknown()
        if act is None or act.body_digest != request.body_digest:
            return Unavailable(cause)
        return Accepted(act.seq, (), self.state.hall, act.answer, act.status)

    def _replay(self) -> None:
        known, recovery = self.state.rev, self._ledger.recover()
        hall, figures, news = Hall.empty(self._branch), Figures(), list[Recorded]()
        self._learner.learn_anew(recovery.earlier)
        while page := list(islice(recovery.events, REPLAYED_AT_ONCE)):
            for one in page:
                hall, _ = self._laws.after(hall, one.event)
            figures.follow(page)
            self._learner.learn(one.event for one in page)
            news += [one for one in page if known and one.seq > known]
        self.broken = dict(recovery.broken)
        self.state = State(hall, recovery.rev, recovery.journal_id, figures)
        if hall.at is not None:
            self._clock.not_before(hall.at)
        self.on_replay(hall)
        if news:
            self._announce(news)

    def _prune(self) -> None:
        now = self._clock.now()
        try:
            self._ledger.prune(now - ACTS_KEPT, now)
        except LedgerUnavailable as error:
            log.warning("old acts of %s are still kept: %s", self._branch, error)
        except CommitUnknown as error:
            log.warning("old acts of %s may still be kept: %s", self._branch, error)
            self.step_down()


def tell(answers: Iterable[tuple[Request, Answer]]) -> None:
    """Hands each its answer."""
    for request, answer in answers:
        request.tell(answer)
