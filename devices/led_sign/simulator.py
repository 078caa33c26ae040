"""The sign at the far end: a text to look at, and the faults of real signs as buttons."""

from random import Random
from typing import Protocol

from devices.buttons import Answer, Argument, Button, Buttons, Request, switch
from devices.farend import FarEnd, Machine
from devices.led_sign import frames
from devices.led_sign.lines import LineFormat


class Panel(Protocol):
    """What stands behind the cable: bytes in, the text shown and answers out."""

    text: bytes

    def take(self, data: bytes) -> bytes: ...

    def restart(self) -> None: ...


class Bx6Panel:
    """A controller that shows what it is sent and acknowledges frames to its address or to everybody."""

    def __init__(self, address: int) -> None:
        self._address = address
        self.restart()

    def restart(self) -> None:
        self.text, self._torn = b"", b""

    def take(self, data: bytes) -> bytes:
        parsed = frames.parse(self._torn + data)
        self._torn = parsed.rest
        answers = b""
        for frame in parsed.frames:
            if frame.to not in {self._address, frames.EVERYBODY}:
                continue
            text = frames.read_show(frame.data)
            if text is not None:
                self.text = text
            answers += frames.encode(frames.acknowledge(frame.source, self._address, frame.data))
        return answers


class LinePanel:
    """Takes each line that ends as configured; says nothing."""

    def __init__(self, form: LineFormat) -> None:
        self._form = form
        self.restart()

    def restart(self) -> None:
        self.text, self._torn = b"", b""

    def take(self, data: bytes) -> bytes:
        *lines, self._torn = (self._torn + data).split(self._form.after)
        for line in lines:
            text = self._form.read(line)
            self.text = self.text if text is None else text
        return b""


class SimulatedSign(Machine):
    def __init__(self, line: FarEnd, panel: Panel, encoding: str, random: Random) -> None:
        self._line = line
        self._panel = panel
        self._encoding = encoding
        self._random = random
        self.silent = False
        self.shown: list[str] = []
        """Every text that stood on it, in order."""
        self.buttons = Buttons(
            "a sign",
            *line.buttons(),
            Button("restart", "power off and on: it is dark until it is told a text", lambda _: self._panel.restart()),
            switch("silence", "answers no more", lambda on: setattr(self, "silent", on)),
            Button("garbage", "noise on the line", self._garbage, (Argument("bytes", usual=64),)),
            Button("mend", "all is well again", lambda _: self._mend()),
            Button("shown", "tells every text that stood on it", lambda _: {"shown": list(self.shown)}),
        )

    @property
    def text(self) -> str:
        return self._panel.text.decode(self._encoding, "replace")

    def start(self) -> None:
        self._line.start(self.take)

    def stop(self) -> None:
        self._line.stop()

    def take(self, data: bytes) -> None:
        answer = self._panel.take(data)
        if self.text != (self.shown[-1] if self.shown else ""):
            self.shown.append(self.text)
        if answer and not self.silent:
            self._line.send(answer)

    def look(self) -> Answer:
        faults = ["silent"] if self.silent else []
        faults += [] if self._line.plugged else ["unplugged"]
        return {"text": self.text, "faults": faults}

    def _garbage(self, request: Request) -> None:
        self._line.send(self._random.randbytes(int(request["bytes"])))

    def _mend(self) -> None:
        self.silent = False
        self._line.plug()
