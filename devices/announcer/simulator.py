"""A loudspeaker on the network that nobody hears: it keeps what it was sent, and fails on a button."""

import io
import socket
import socketserver
import threading
import wave

from devices.buttons import Answer, Button, Buttons
from devices.farend import Machine


class SimulatedSpeaker(Machine):
    """Takes one WAV file a connection. `sounds` are those that were played to their end."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self.port = port
        self.sounds: list[bytes] = []
        self._deaf = threading.Event()
        self._stopping = threading.Event()
        self._server: socketserver.ThreadingTCPServer | None = None
        self.buttons = Buttons(
            "a loudspeaker",
            Button("unplug", "pulls the cable", lambda _: self._unplug()),
            Button("plug", "puts the cable back", lambda _: self._plug()),
            Button("silence", "hangs: takes a sound and never ends", lambda _: self._deaf.set()),
            Button("mend", "all is well again", lambda _: self._mend()),
        )

    def start(self) -> None:
        self._plug()

    def stop(self) -> None:
        self._stopping.set()
        self._unplug()

    def take(self, data: bytes) -> None:
        """One whole sound."""
        self.sounds.append(data)

    def look(self) -> Answer:
        faults = ["hangs"] if self._deaf.is_set() else []
        faults += [] if self._server else ["unplugged"]
        seconds = [round(_seconds(sound), 2) for sound in self.sounds[-8:]]
        return {"played": len(self.sounds), "seconds": seconds, "faults": faults}

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
