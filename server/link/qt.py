"""The one bridge between other threads and Qt's."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from PySide6.QtCore import QObject, Qt, Signal, Slot

from server.link.errors import LinkError

log = logging.getLogger(__name__)

T = TypeVar("T")
Job = Callable[[], None]


class Bridge(QObject):
    """Create it on the Qt thread; there all jobs run, in the order they were called."""

    _called = Signal(object)

    def __init__(self, parent: QObject | None = None, *, workers: int = 4) -> None:
        super().__init__(parent)
        self._pool = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="hall-work")
        self._closed = False
        self._called.connect(self._run_job, Qt.ConnectionType.QueuedConnection)

    def call(self, job: Job) -> None:
        """From any thread: `job` runs soon on the Qt thread; never after `close`."""
        if not self._closed:
            self._called.emit(job)

    def run(
        self,
        work: Callable[[], T],
        done: Callable[[T], None],
        failed: Callable[[Exception], None],
    ) -> None:
        """Does blocking `work` off the Qt thread, then `done` with its result or `failed` with its error on it."""
        if not self._closed:
            self._pool.submit(self._work, work, done, failed)

    def close(self) -> None:
        """Waits for work under way and drops what it would have told."""
        self._closed = True
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _work(self, work: Callable[[], T], done: Callable[[T], None], failed: Callable[[Exception], None]) -> None:
        try:
            result = work()
        except LinkError as away:
            error: Exception = away
            self.call(lambda: failed(error))
        except Exception as fault:
            log.exception("work for the screen failed")
            error = fault
            self.call(lambda: failed(error))
        else:
            self.call(lambda: done(result))

    @Slot(object)
    def _run_job(self, job: Job) -> None:
        if not self._closed:
            job()
