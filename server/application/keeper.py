"""The keeper: the only writer of a branch. Records all that waits as one batch, and keeps its own duties."""

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future

from server.application.answers import Answer, Busy, NotOwner, Unavailable
from server.application.deliberation import Laws, Render, Request, no_body
from server.application.duties import PULSE_S, Duties
from server.application.figures import Figures
from server.application.ports import (
    Checkpoint,
    HallClock,
    Learner,
    Ledger,
    MachineClock,
    NoLearner,
    PrivateText,
    pass_by,
)
from server.application.recording import Listener, Recorder, State, tell
from server.application.waiting_room import WaitingRoom
from server.domain.commands import Command
from server.domain.config import HallConfig
from server.domain.state import Hall
from server.domain.vocabulary import BranchId

log = logging.getLogger(__name__)

BATCH = 128
QUEUED = 512
STANDBY_S = 0.25
"""Between two attempts to take the branch over."""


class Keeper:
    """Keeps one branch on a thread of its own; everything public is thread-safe."""

    def __init__(
        self,
        branch: BranchId,
        config: HallConfig,
        *,
        ledger: Ledger,
        clock: HallClock,
        machine: MachineClock,
        laws: Laws | None = None,
        learner: Learner | None = None,
        checkpoint: Checkpoint = pass_by,
        batch: int = BATCH,
        queued: int = QUEUED,
    ) -> None:
        """`learner` hears every committed event once, whatever befalls the keeper."""
        self._branch = branch
        self._machine = machine
        self._most = batch
        self._look_after_at = 0.0
        self._room = WaitingRoom(queued)
        self._duties = Duties(config, clock, machine)
        self._recorder = Recorder(branch, ledger, laws or Laws(), clock, machine, checkpoint, learner or NoLearner())
        self._recorder.on_replay = self._duties.look
        self._recorder.listeners.append(self._duties.follow)
        self._stopping = threading.Event()
        self._tried = threading.Event()
        self._ready = threading.Event()
        self._fault = ""
        self.on_fault: Callable[[], None] = lambda: None
        """Called once, on the keeper's thread, when it gives up; a new process may read the journal better."""
        self._thread = threading.Thread(target=self._run, name=f"keeper-{branch}", daemon=True)

    @property
    def state(self) -> State:
        """Hall, rev, journal id and figures of one and the same moment."""
        return self._recorder.state

    @property
    def hall(self) -> Hall:
        return self.state.hall

    @property
    def rev(self) -> int:
        return self.state.rev

    @property
    def journal_id(self) -> str:
        """The incarnation; empty until the journal was first read."""
        return self.state.journal_id

    @property
    def figures(self) -> Figures:
        """Those of the running business day."""
        return self.state.figures

    @property
    def owner(self) -> bool:
        """Whether this process keeps the branch and takes commands now."""
        return self._ready.is_set()

    @property
    def fault(self) -> str:
        """Why the branch cannot be kept at all; empty when it can."""
        return self._fault

    @property
    def trouble(self) -> str:
        """Why nothing can be recorded at this moment; empty when it can."""
        return self._fault or self._recorder.trouble

    @property
    def broken_projections(self) -> dict[str, str]:
        """Those set aside until `rebuild`, and why."""
        return dict(self._recorder.broken)

    def on_committed(self, listener: Listener) -> None:
        """Called after each commit, on the keeper's thread, in order; must be quick. Register before `start`."""
        self._recorder.listeners.append(listener)

    def start(self, timeout_s: float = 10.0) -> bool:
        """Starts the thread; True when this process keeps the branch, False while it stands by or has a fault."""
        self._thread.start()
        self._tried.wait(timeout_s)
        return self.owner

    def wait_ready(self, timeout_s: float) -> bool:
        """Waits until the branch is kept here."""
        return self._ready.wait(timeout_s)

    def stop(self) -> None:
        """Ends after the running batch; whoever still waits hears `NotOwner`."""
        self._stopping.set()
        self._room.wake()
        if self._thread.is_alive():
            self._thread.join()

    def submit(
        self,
        command: Command,
        *,
        by: str,
        client: str,
        request_id: str,
        body_digest: str,
        deadline: float | None = None,
        supervisor: bool = False,
        texts: Sequence[PrivateText] = (),
        render: Render = no_body,
        status: int = 200,
    ) -> Future[Answer]:
        """Asks for one command; its answer can be waited for."""
        heard: Future[Answer] = Future()
        said = command, by, client, request_id, body_digest, deadline, supervisor, texts, render, status
        self.ask([Request(*said, heard.set_result)])
        return heard

    def ask(self, requests: Sequence[Request]) -> None:
        """Lets requests wait for judgement and never blocks; each hears its answer by its `tell`."""
        left_out = self._room.enter(requests)
        if left_out is None:
            tell((request, self._away()) for request in requests)
        else:
            tell((request, Busy()) for request in left_out)

    def _away(self) -> Answer:
        return Unavailable(self._fault) if self._fault else NotOwner()

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                if self._recorder.owner:
                    self._serve()
                else:
                    self._stand_by()
        except Exception as error:
            log.critical("the keeper of %s gives up", self._branch, exc_info=True)
            self._fault = f"{type(error).__name__}: {error}"
        finally:
            self._close()
            self._recorder.step_down()
            self._tried.set()
            if self._fault:
                self.on_fault()

    def _stand_by(self) -> None:
        self._close()
        if self._recorder.take_over():
            self._catch_up()
        if self._recorder.owner:
            self._room.open()
            self._ready.set()
            self._tried.set()
        else:
            self._tried.set()
            self._stopping.wait(STANDBY_S)

    def _close(self) -> None:
        self._ready.clear()
        tell((request, self._away()) for request in self._room.close())

    def _catch_up(self) -> None:
        """Decides what fell due while nobody kept the branch, each at its own step."""
        rev = -1
        while self._recorder.owner and rev != self.rev:
            rev = self.rev
            self._keep([])

    def _serve(self) -> None:
        waiting = self._room.take(self._most, self._duties.pause_s())
        if not waiting and self._machine.monotonic() >= self._look_after_at:
            self._look_after_at = self._machine.monotonic() + PULSE_S
            self._recorder.look_after()
        if self._recorder.owner:
            self._keep(waiting)

    def _keep(self, waiting: list[Request]) -> None:
        own = self._duties.requests()
        if not own and not waiting:
            return
        self._recorder.record([*own, *waiting])
        self._duties.heard()
