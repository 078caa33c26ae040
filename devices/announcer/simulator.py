"""A loudspeaker on the network that nobody hears: it keeps what it was sent, and fails on a button."""

import hashlib
import socket
import socketserver
import threading
import wave
from collections import deque
from contextlib import suppress

from devices.buttons import Answer, Button, Buttons
from devices.farend import Machine
from server.contract.clips import seconds

KEPT = 8
HANGS_S = 120.0


class SimulatedSpeaker(Machine):
    """Plays one WAV file a connection. `sounds` are those last played to their end, `heard` the SHA-256 of all."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self.port = port
        self.sounds: deque[bytes] = deque(maxlen=KEPT)
        self._lasted: deque[float] = deque(maxlen=KEPT)
        self.heard: list[str] = []
        self._well = threading.Event()
        self._well.set()
        self._server: socketserver.ThreadingTCPServer | None = None
        self.buttons = Buttons(
            "a loudspeaker",
            Button("unplug", "pulls the cable", lambda _: self._unplug()),
            Button("plug", "puts the cable back", lambda _: self._plug()),
            Button("silence", "hangs: takes a sound and never ends", lambda _: self._well.clear()),
            Button("mend", "all is well again", lambda _: self._mend()),
            Button("heard", "tells the SHA-256 of each sound it played", lambda _: {"heard": list(self.heard)}),
        )

    def start(self) -> None:
        self._plug()

    def stop(self) -> None:
        self._well.set()
        self._unplug()

    def take(self, data: bytes) -> None:
        """All of one connection; what is no sound, as a knock at its port, is not heard."""
        try:
            self._lasted.append(round(seconds(data), 2))
        except (EOFError, wave.Error):
            return
        self.sounds.append(data)
        self.heard.append(hashlib.sha256(data).hexdigest())

    def look(self) -> Answer:
        faults = [] if self._well.is_set() else ["hangs"]
        faults += [] if self._server else ["unplugged"]
        return {"played": len(self.heard), "seconds": list(self._lasted), "faults": faults}

    def _plug(self) -> None:
        if self._server is not None:
            return
        speaker = self

        class Line(socketserver.BaseRequestHandler):
            request: socket.socket

            def handle(self) -> None:
                sound = bytearray()
                with suppress(OSError):
                    while data := self.request.recv(65536):
                        sound += data
                if speaker._well.is_set():
                    speaker.take(bytes(sound))
                else:
                    speaker._well.wait(HANGS_S)

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True

        self._server = Server((self._host, self.port), Line)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.1,), name="speaker", daemon=True).start()

    def _unplug(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.shutdown()
            server.server_close()

    def _mend(self) -> None:
        self._well.set()
        self._plug()
