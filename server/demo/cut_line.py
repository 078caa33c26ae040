"""A line between two programs that can be cut: a proxy on loopback, for trials of the worst."""

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator
from enum import Enum, auto

CHUNK = 65536
RESET = struct.pack("ii", 1, 0)
"""SO_LINGER: closing resets the connection, as a machine does that was switched off and on."""


class Fault(Enum):
    NONE = auto()
    REFUSED = auto()
    """Nobody listens; what was open is reset."""
    SWALLOWED = auto()
    """What is asked arrives, what is answered does not."""
    FROZEN = auto()
    """A pulled plug: connections stay open and nothing passes, until it is mended and all that waited comes late."""
    SLOW = auto()
    """A few bytes at a time, each after a pause."""
    CUT = auto()
    """The answer ends in its middle."""


class CutLine:
    """Listens on `port` and passes everything on to `to`, as far as its present fault lets it."""

    def __init__(self, to: int, *, pace_s: float = 0.05, bytes_at_once: int = 16) -> None:
        self._to = to
        self._pace_s = pace_s
        self._bytes = bytes_at_once
        self._changed = threading.Condition()
        self._fault = Fault.NONE
        self._open: set[socket.socket] = set()
        self._spoiled: set[socket.socket] = set()
        self._listener = _listen(0)
        self.port: int = self._listener.getsockname()[1]
        self.swallowed = 0
        self._ended = False
        self._accept()

    def fail(self, fault: Fault) -> None:
        self._set(fault)
        if fault is Fault.REFUSED:
            self._stop_listening()
            self._reset(self._open)

    def mend(self) -> None:
        """Connections of which bytes were lost are reset: TCP would never let them go on."""
        refused = self._fault is Fault.REFUSED
        self._set(Fault.NONE)
        self._reset(self._spoiled)
        if refused:
            self._listener = _listen(self.port)
            self._accept()

    def close(self) -> None:
        with self._changed:
            self._ended = True
        self._set(Fault.NONE)
        self._stop_listening()
        self._reset(self._open)

    def _set(self, fault: Fault) -> None:
        with self._changed:
            self._fault = fault
            self._changed.notify_all()

    def _stop_listening(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _reset(self, which: set[socket.socket]) -> None:
        with self._changed:
            sockets = list(which)
        for one in sockets:
            with contextlib.suppress(OSError):
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                one.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        threading.Thread(target=self._accepting, args=(self._listener,), name="cut-line", daemon=True).start()

    def _accepting(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = listener.accept()
                threading.Thread(target=self._join, args=(near,), name="cut-line", daemon=True).start()

    def _join(self, near: socket.socket) -> None:
        with near, socket.socket() as far, self._kept(near, far), contextlib.suppress(OSError):
            self._hold(Fault.FROZEN)
            far.connect(("127.0.0.1", self._to))
            back = threading.Thread(target=self._pump, args=(far, near, True), name="cut-line", daemon=True)
            back.start()
            self._pump(near, far, False)
            back.join()

    @contextlib.contextmanager
    def _kept(self, *pair: socket.socket) -> Iterator[None]:
        with self._changed:
            self._open.update(pair)
        try:
            yield
        finally:
            with self._changed:
                self._open.difference_update(pair)
                self._spoiled.difference_update(pair)

    def _pump(self, source: socket.socket, target: socket.socket, answering: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(CHUNK):
                if not self._pass(data, target, answering):
                    break
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _pass(self, data: bytes, target: socket.socket, answering: bool) -> bool:
        """False: this connection is over."""
        fault = self._hold(Fault.FROZEN)
        if fault is Fault.SWALLOWED and answering:
            self.swallowed += 1
            self._spoiled.add(target)
        elif fault is Fault.CUT and answering:
            target.sendall(data[: len(data) // 2])
            return False
        elif fault is Fault.SLOW:
            self._trickle(data, target)
        else:
            target.sendall(data)
        return True

    def _trickle(self, data: bytes, target: socket.socket) -> None:
        for start in range(0, len(data), self._bytes):
            with self._changed:
                self._changed.wait_for(lambda: self._fault is not Fault.SLOW, self._pace_s)
            target.sendall(data[start : start + self._bytes])

    def _hold(self, fault: Fault) -> Fault:
        """Waits while this is the fault; -> the one that is then."""
        with self._changed:
            self._changed.wait_for(lambda: self._fault is not fault)
            if self._ended:
                raise OSError("the line is closed")
            return self._fault


def _listen(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(64)
    return listener
