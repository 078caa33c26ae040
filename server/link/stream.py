"""Living views: one event stream held open on its own thread, and an honest word on how old it is."""

import contextlib
import logging
import random
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, Self, TypeVar

import httpx
from pydantic import ValidationError

from server.contract.common import Stamp
from server.contract.views.answers import ProblemView
from server.link.acts import STREAM_SILENCE_S, HallClient, Query
from server.link.errors import ActRefused, HallAway
from server.link.sse import ServerEvent, events_of

log = logging.getLogger(__name__)


class LiveView(Protocol):
    """HallView, DeskView or BoardView."""

    @property
    def stamp(self) -> Stamp: ...
    @classmethod
    def model_validate_json(cls, json_data: str, /) -> Self: ...


V = TypeVar("V", bound=LiveView)

FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 5.0


@dataclass(frozen=True, slots=True)
class LineState:
    """How the line is; while not `up` the last view is stale and must be shown so."""

    up: bool
    last_heard: float | None
    """Monotonic time of the last snapshot or beat."""
    attempts: int = 0
    """Failed tries since it was last up."""
    refused: ProblemView | None = None
    """Set while the server answers but will not serve this stream (token revoked, unknown counter)."""


class _Run:
    """One run of the thread, from `start` to `stop`; it outlives its stop where an answer is slow to come."""

    def __init__(self) -> None:
        self.stopping = threading.Event()
        self.socket: socket.socket | None = None

    def stop(self) -> None:
        """Also wakes a thread that waits for bytes."""
        self.stopping.set()
        if self.socket is not None:
            with contextlib.suppress(OSError):
                self.socket.shutdown(socket.SHUT_RDWR)


class ViewStream(Generic[V]):
    """Calls `on_view` with every newer view and `on_line` with every change of the line, both on its own thread."""

    def __init__(
        self,
        client: HallClient,
        view_type: type[V],
        query: Query,
        on_view: Callable[[V], None],
        on_line: Callable[[LineState], None],
        *,
        silence_s: float = STREAM_SILENCE_S,
        clock: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._client = client
        self._view_type = view_type
        self._query = query
        self._on_view = on_view
        self._on_line = on_line
        self._silence_s = silence_s
        self._clock = clock
        self._chance = chance
        self._run_now = _Run()
        self._thread: threading.Thread | None = None
        self._shown: tuple[str, int] | None = None
        self._line = LineState(up=False, last_heard=None)
        self.runs_over = 0
        """How often it was stopped: what waits in a queue may be of a run that is over."""

    @property
    def line(self) -> LineState:
        return self._line

    def start(self) -> None:
        self._run_now = _Run()
        self._thread = threading.Thread(target=self._run, args=(self._run_now,), name="hall-stream", daemon=True)
        self._thread.start()

    def stop(self, timeout_s: float = 3.0) -> None:
        """Ends the thread, also one that is waiting for bytes; callbacks end with it."""
        self._run_now.stop()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout_s)
        self.runs_over += 1

    def _run(self, run: _Run) -> None:
        while not run.stopping.is_set():
            refused: ProblemView | None = None
            try:
                self._listen(run)
            except ActRefused as no:
                refused = no.problem
            except (HallAway, httpx.HTTPError, httpx.StreamError, ValidationError, OSError) as cause:
                log.info("event stream lost: %s", cause)
            except Exception:
                log.exception("event stream failed")
            if not run.stopping.is_set():
                self._tell(LineState(False, self._line.last_heard, self._line.attempts + 1, refused))
                run.stopping.wait(self._pause_s())

    def _listen(self, run: _Run) -> None:
        with self._client.events(self._query, silence_s=self._silence_s) as response:
            run.socket = response.extensions["network_stream"].get_extra_info("socket")
            if run.stopping.is_set():
                return
            heard_at = self._clock()
            for event in events_of(response.iter_lines()):
                if run.stopping.is_set():
                    return
                if event is not None and self._take(event):
                    heard_at = self._clock()
                elif self._clock() - heard_at > self._silence_s:
                    raise HallAway("the stream is open but silent")

    def _take(self, event: ServerEvent) -> bool:
        if event.name == "snapshot":
            self._show(self._view_type.model_validate_json(event.data))
        elif event.name != "beat":
            return False
        self._tell(LineState(True, self._clock()))
        return True

    def _show(self, view: V) -> None:
        stamp = view.stamp
        if self._shown is not None and self._shown[0] == stamp.journal and stamp.rev < self._shown[1]:
            return
        self._shown = (stamp.journal, stamp.rev)
        self._on_view(view)

    def _tell(self, line: LineState) -> None:
        self._line = line
        self._on_line(line)

    def _pause_s(self) -> float:
        full = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(self._line.attempts - 1, 10))
        return full * (0.8 + 0.2 * self._chance())
