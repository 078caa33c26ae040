"""An open cable to a printer: one thread hears all it says, so that nothing said unasked is taken for an answer."""

import threading
import time
from collections import deque
from collections.abc import Callable

from devices.errors import DeviceError
from devices.health import Cause
from devices.ticket_printer import frames
from devices.ticket_printer.cable import Cable

_SLICE_S = 0.25
"""How long closing may wait for the thread that listens."""
_MOST_UNREAD = 256


class Line:
    """Thread-safe; everything but `close` raises DeviceError once the far end is gone."""

    def __init__(
        self,
        cable: Cable,
        hear_block: Callable[[frozenset[Cause]], None],
        *,
        unasked: bool,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Opens the cable; `hear_block` is told on the line's own thread, where the model speaks `unasked`."""
        self._cable = cable
        self._hear_block = hear_block
        self._sorter = frames.Sorter(unasked=unasked)
        self._clock = clock
        self._heard: deque[int] = deque(maxlen=_MOST_UNREAD)
        self._blocks = 0
        self._news = threading.Condition()
        self._closing = False
        self._gone: DeviceError | None = None
        cable.open()
        self._thread = threading.Thread(target=self._listen, name="printer-line", daemon=True)
        if cable.speaks:
            self._thread.start()

    @property
    def gone(self) -> bool:
        return self._gone is not None

    def write(self, data: bytes) -> None:
        if self._gone:
            raise self._gone
        self._cable.write(data)

    def ask(self, question: bytes, wanted: Callable[[int], bool], within_s: float) -> int | None:
        """The first byte of the wanted form that is said after the question; None if none comes."""
        self.forget(wanted)
        self.write(question)
        return self.hear(wanted, within_s)

    def forget(self, wanted: Callable[[int], bool]) -> None:
        """A byte of this form that is heard from now on answers what is written from now on."""
        with self._news:
            kept = [byte for byte in self._heard if not wanted(byte)]
            self._heard.clear()
            self._heard.extend(kept)

    def ask_block(self, question: bytes, within_s: float) -> bool:
        """Whether a block of status came after the question."""
        with self._news:
            before = self._blocks
        self.write(question)
        with self._news:
            return self._news.wait_for(lambda: self._blocks > before or self.gone, within_s) and not self.gone

    def hear(
        self, wanted: Callable[[int], bool], within_s: float, unless: Callable[[], bool] = lambda: False
    ) -> int | None:
        """The next byte of the wanted form; None when the time is over or `unless` came true."""
        until = self._clock() + within_s
        with self._news:
            while True:
                for byte in self._heard:
                    if wanted(byte):
                        self._heard.remove(byte)
                        return byte
                if self._gone:
                    raise self._gone
                left = until - self._clock()
                if left <= 0 or unless():
                    return None
                self._news.wait(left)

    def close(self) -> None:
        self._closing = True
        if self._thread.is_alive():
            self._thread.join()
        self._cable.close()

    def _listen(self) -> None:
        while not self._closing:
            try:
                data = self._cable.read(_SLICE_S)
            except DeviceError as cause:
                self._tell(gone=cause)
                return
            if data:
                self._sort(data)

    def _sort(self, data: bytes) -> None:
        rest, blocks = self._sorter.take(data)
        for block in blocks:
            self._hear_block(frames.read_block(block))
        self._tell(rest, len(blocks))

    def _tell(self, heard: bytes = b"", blocks: int = 0, gone: DeviceError | None = None) -> None:
        with self._news:
            self._heard.extend(heard)
            self._blocks += blocks
            self._gone = gone
            self._news.notify_all()
