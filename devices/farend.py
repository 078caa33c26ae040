"""The far end of a cable, for simulators: a pty under a stable name or a TCP port, with a plug that can be pulled."""

import os
import select
import socket
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path

from devices.buttons import Answer, Button, Buttons, Request

_TICK_S = 0.1
"""How long a pulled plug may go unnoticed by the listening thread."""
_PTYS = Path("/dev/pts")


class Machine(ABC):
    """A simulated device: takes bytes from the cable, is looked at, and has buttons to press."""

    buttons: Buttons

    @abstractmethod
    def look(self) -> Answer:
        """What a person before it sees, the most telling first; `faults`: what was broken on purpose."""

    @abstractmethod
    def take(self, data: bytes) -> None: ...

    @abstractmethod
    def start(self) -> None: ...

    @abstractmethod
    def stop(self) -> None: ...

    def do(self, request: Request) -> Answer:
        """`look`, `buttons`, or one of its buttons. Raises ValueError with a sentence for any other."""
        match request.get("do"):
            case "look":
                return self.look()
            case "buttons":
                return {"buttons": self.buttons.told()}
            case _:
                return self.buttons.press(request)


class FarEnd(ABC):
    """One thread reads; `send` may be called from any."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self._hear: Callable[[bytes], None] = lambda _data: None

    def start(self, hear: Callable[[bytes], None]) -> None:
        self._hear = hear
        self.plug()
        self._thread = threading.Thread(target=self._run, name="far-end", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        if self._thread:
            self._thread.join()
        self.unplug()

    def buttons(self) -> tuple[Button, ...]:
        """What can be done to any cable."""
        return (
            Button("unplug", "pulls the cable", lambda _: self.unplug()),
            Button("plug", "puts the cable back", lambda _: self.plug()),
        )

    def _run(self) -> None:
        while not self._stopped.is_set():
            data = self._listen()
            if data:
                self._hear(data)

    @property
    @abstractmethod
    def plugged(self) -> bool: ...

    @abstractmethod
    def plug(self) -> None: ...

    @abstractmethod
    def unplug(self) -> None: ...

    @abstractmethod
    def send(self, data: bytes) -> None:
        """Lost, as on a real line, where nobody is at the other end."""

    @abstractmethod
    def _listen(self) -> bytes:
        """Waits a tick at most."""


class PtyEnd(FarEnd):
    """A pseudo terminal, which Windows has not; `path` is a link to the name that the system gives at each plugging."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self._master = self._slave = -1

    @property
    def plugged(self) -> bool:
        return self._master >= 0

    def plug(self) -> None:
        import tty

        with self._lock:
            if self._master >= 0:
                return
            if self.path.exists() and not self.path.resolve().is_relative_to(_PTYS):
                raise FileExistsError(f"a real device is at {self.path}")
            self._master, self._slave = os.openpty()
            tty.setraw(self._slave)
            os.set_blocking(self._master, False)
            self.path.parent.mkdir(parents=True, exist_ok=True)
            fresh = self.path.with_name(self.path.name + ".new")
            fresh.unlink(missing_ok=True)
            fresh.symlink_to(os.ttyname(self._slave))
            fresh.replace(self.path)

    def unplug(self) -> None:
        with self._lock:
            if self._master < 0:
                return
            self.path.unlink(missing_ok=True)
            os.close(self._slave)
            os.close(self._master)
            self._master = self._slave = -1

    def send(self, data: bytes) -> None:
        with self._lock:
            if self._master >= 0:
                try:
                    os.write(self._master, data)
                except BlockingIOError:
                    return

    def _listen(self) -> bytes:
        with self._lock:
            master = self._master
        if master < 0:
            self._stopped.wait(_TICK_S)
            return b""
        try:
            ready, _, _ = select.select([master], [], [], _TICK_S)
            with self._lock:
                return os.read(master, 4096) if ready and master == self._master else b""
        except OSError:
            return b""


class TcpEnd(FarEnd):
    """Listens on one port of loopback, for one client at a time as network printers do."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__()
        self.host, self.port = host, port
        self._server: socket.socket | None = None
        self._client: socket.socket | None = None

    @property
    def plugged(self) -> bool:
        return self._server is not None

    def plug(self) -> None:
        with self._lock:
            if self._server:
                return
            self._server = socket.create_server((self.host, self.port), backlog=4)
            self.port = self._server.getsockname()[1]

    def unplug(self) -> None:
        with self._lock:
            for end in (self._client, self._server):
                if end:
                    end.close()
            self._client = self._server = None

    def send(self, data: bytes) -> None:
        with self._lock:
            if self._client:
                try:
                    self._client.sendall(data)
                except OSError:
                    self._hang_up()

    def _listen(self) -> bytes:
        with self._lock:
            end = self._client or self._server
        if end is None:
            self._stopped.wait(_TICK_S)
            return b""
        try:
            ready, _, _ = select.select([end], [], [], _TICK_S)
            if not ready:
                return b""
            return self._accept() if end is self._server else self._receive(end)
        except (OSError, ValueError):
            self._hang_up()
            return b""

    def _accept(self) -> bytes:
        with self._lock:
            if self._server:
                self._client, _ = self._server.accept()
                self._client.settimeout(1)
        return b""

    def _receive(self, client: socket.socket) -> bytes:
        data = client.recv(65536)
        if not data:
            self._hang_up()
        return data

    def _hang_up(self) -> None:
        with self._lock:
            if self._client:
                self._client.close()
            self._client = None
