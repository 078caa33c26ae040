"""The demo's hands on the simulated devices: press a pad, take the paper out, read what was printed."""

import json
import socket
import threading
from dataclasses import dataclass

TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class PrintedSlip:
    text: str
    qr: str
    size: int
    """Bytes on the wire."""


class Simulators:
    """A line to the far ends' control port (`python -m devices simulate`); thread-safe, one question at a time."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._lock = threading.Lock()

    def ask(self, device: str, do: str, **facts: object) -> dict[str, object]:
        """Raises OSError when the simulators are away, ValueError when they refuse."""
        line = json.dumps({"device": device, "do": do, **facts}) + "\n"
        with (
            self._lock,
            socket.create_connection(("127.0.0.1", self._port), TIMEOUT_S) as line_to,
            line_to.makefile("r", encoding="utf-8") as replies,
        ):
            line_to.sendall(line.encode())
            answer: dict[str, object] = json.loads(replies.readline())
        if "error" in answer:
            raise ValueError(f"{device}: {answer['error']}")
        return answer

    def press(self, pad: str, key: int) -> None:
        self.ask(pad, "press", key=key)

    def heard(self, speaker: str) -> list[str]:
        """The SHA-256 of each sound that it played."""
        return self._texts(speaker, "heard")

    def shown(self, sign: str) -> list[str]:
        return self._texts(sign, "shown")

    def _texts(self, device: str, what: str) -> list[str]:
        told = self.ask(device, what)[what]
        if not isinstance(told, list):
            raise ValueError(f"{device}: {what} is not a list")
        return [str(each) for each in told]

    def slips(self, printer: str) -> list[PrintedSlip]:
        """Those that were cut; what a fault tore is no slip that anybody holds."""
        rows = self.ask(printer, "slips")["slips"]
        if not isinstance(rows, list):
            raise ValueError(f"{printer}: not a list of slips")
        return [
            PrintedSlip(str(row["text"]), str(row.get("qr") or ""), int(row["bytes"])) for row in rows if row["cut"]
        ]
