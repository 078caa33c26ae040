"""A loudspeaker on the network that nobody hears: it keeps what it was sent, and fails on a button."""

import io
import socket
import socketserver
import threading
import wave
from collections.abc import Callable

from devices.farend import Answer, Request


class SimulatedSpeaker:
    """Takes one WAV file a connection. `sounds` are those that were played to their end."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self.port = port
        self.sounds: list[bytes] = []
        self._deaf = threading.Event()
        self._stopping = threading.Event()
        self._server: socketserver.ThreadingTCPServer | None = None
        self._buttons: dict[str, Callable[[], None]] = {
            "unplug": self._unplug,
            "plug": self._plug,
            "silence": self._deaf.set,
            "mend": self._mend,
        }

    def start(self) -> None:
        self._plug()

    def stop(self) -> None:
        self._stopping.set()
        self._unplug()

    def take(self, data: bytes) -> None:
        """One whole sound."""
        self.sounds.append(data)

    def do(self, request: Request) -> Answer:
        if request.get("do") == "look":
            return {"played": len(self.sounds), "seconds": [round(_seconds(sound), 2) for sound in self.sounds[-8:]]}
        button = self._buttons.get(str(request.get("do")))
        if button is None:
            buttons = ", ".join(self._buttons)
            raise ValueError(f"a loudspeaker has no button {request.get('do')!r}; it has look, {buttons}")
        button()
        return {}

    def _plug(self) -> None:
        if self._server is not None:
            return
        speaker = self

        class Line(socketserver.BaseRequestHandler):
            request: socket.socket

            def handle(self) -> None:
                sound = bytearray()
                while data := self.request.recv(65536):
                    sound += data
                if speaker._deaf.is_set():
                    speaker._stopping.wait(120)
                else:
                    speaker.take(bytes(sound))

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
        self._deaf.clear()
        self._plug()


def _seconds(sound: bytes) -> float:
    with wave.open(io.BytesIO(sound), "rb") as file:
        return file.getnframes() / file.getframerate()
