"""A hall's server for trials: one that dies at a named point of its way, and one that believes itself alone.

`python -m server.demo.mortal` is the second: it writes without the branch's lock, so that nothing but the journal's key
(branch, seq) stands between it and another server.
"""

import multiprocessing
import os
import signal
import threading
from collections.abc import Mapping
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path

from sqlalchemy import Connection

from server.bootstrap import run_server
from server.settings import load

COMMIT = "inside_commit"
POINTS = (
    "before_decide",
    "after_decide",
    "journal_written",
    "acts_written",
    "projections_written",
    "before_commit",
    COMMIT,
    "after_commit",
    "before_answer",
    "after_answer",
    "after_announce",
)
"""What each batch passes, in this order."""
PRUNE_POINTS = ("before_prune", "before_prune_commit", "after_prune")
"""What is passed besides after a business day was opened."""


class NoLock:
    """Everybody has it."""

    def take(self, connection: Connection) -> bool:  # noqa: ARG002 -- as every lock is taken
        return True

    def held(self, connection: Connection) -> bool:  # noqa: ARG002 -- as every lock is held
        return True

    def drop(self) -> None:
        return


class Doom:
    """Where a process is to die; set by one process and met by another."""

    def __init__(self, context: ForkServerContext) -> None:
        self._words = context.Array("d", [-1.0, 0.0, 0.0])

    def set(self, point: str, passing: int = 1, after_s: float = 0.0) -> None:
        """Dies at the passing of that number from now on; `after_s` delays a death inside the commit."""
        with self._words.get_lock():
            self._words[:] = [float((*POINTS, *PRUNE_POINTS).index(point)), float(passing), after_s]

    def meet(self, passed: str) -> None:
        """The checkpoint: does not return from the fatal one."""
        fatal = COMMIT if passed == "before_commit" else passed
        with self._words.get_lock():
            index, left, after_s = self._words[:]
            point = (*POINTS, *PRUNE_POINTS)[int(index)] if index >= 0 else ""
            if point not in (passed, fatal):
                return
            self._words[:] = [index, left - 1, after_s] if left > 1 else [-1.0, 0.0, 0.0]
        if left > 1:
            return
        if point == COMMIT:
            threading.Timer(after_s, die).start()
        else:
            die()


def die() -> None:
    """As at a power cut, without a last word."""
    os.kill(os.getpid(), signal.SIGKILL)


class Mortal:
    """A whole server that is started again after each death; each life is a process of its own."""

    def __init__(self, environment: Mapping[str, str], log: Path) -> None:
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload([__name__])
        self._environment = dict(environment)
        self._log = log
        self._life: ForkServerProcess | None = None
        self.doom = Doom(self._context)

    def start(self, **environ: str) -> None:
        """Words of `environ` go to this life's settings before those it was made with."""
        life = self._context.Process(target=live, args=(self._environment | environ, self._log, self.doom))
        life.start()
        self._life = life

    @property
    def alive(self) -> bool:
        return self._life is not None and self._life.is_alive()

    def died(self, timeout_s: float) -> bool:
        """Waits for its death; whether it came, and by the signal that nobody can catch."""
        assert self._life is not None
        self._life.join(timeout_s)
        return self._life.exitcode == -signal.SIGKILL

    def kill(self) -> None:
        if self._life is not None and self._life.is_alive():
            self._life.kill()
            self._life.join()


def live(environment: Mapping[str, str], log: Path, doom: Doom) -> None:
    """One life of a mortal server."""
    with log.open("ab") as output:
        for stream in (1, 2):
            os.dup2(output.fileno(), stream)
    run_server(load(Path(environment["HALL_CONFIG"]), environment), checkpoint=doom.meet)


def main() -> None:
    run_server(load(Path(os.environ["HALL_CONFIG"]), os.environ), lock=NoLock())


if __name__ == "__main__":
    main()
