"""The card reader at the far end: cards of nobody to lay on it, and the faults of real readers as buttons."""

import threading
from random import Random

from devices.buttons import Answer, Argument, Button, Buttons, Request, switch
from devices.card_reader import frames
from devices.card_reader.block import check_digit
from devices.card_reader.frames import PHOTO, TEXT, Command, Status
from devices.farend import FarEnd, Machine

_ORDERS = {frames.command(order): order for order in Command}
_SLOW_S = 0.4


def number_of_nobody(serial: int) -> str:
    """A number that no district gives out, with its check digit."""
    digits = f"00000019000101{serial % 1000:03d}".encode()
    return (digits + bytes((check_digit(digits),))).decode()


def data_of(name: str, number: str, photo: bytes) -> bytes:
    """As a card holds it."""
    fields = (
        (name, 30),
        ("1", 2),
        ("01", 4),
        ("19000101", 16),
        ("测试路 1 号", 70),
        (number, 36),
        ("测试局", 30),
        ("20200101", 16),
        ("20400101", 16),
        ("", 36),
    )
    text = b"".join(value.ljust(size // 2).encode("utf-16-le")[:size] for value, size in fields)
    return TEXT.to_bytes(2, "big") + PHOTO.to_bytes(2, "big") + text + photo


class SimulatedCardReader(Machine):
    """Finds a card once until it is laid anew; with `again`, as other makes do, as long as it lies there."""

    def __init__(self, line: FarEnd, random: Random) -> None:
        self._line = line
        self._random = random
        self._lock = threading.RLock()
        self._stopping = threading.Event()
        self._card: bytes | None = None
        self._found = self._selected = False
        self._again = self._checks_wrong = self._slow = self._half = self._silent = self._worn = False
        self._readings = 0
        self.asked = 0
        """Questions that came."""
        person = (Argument("name", usual="王小试"), Argument("serial", usual=1))
        self.buttons = Buttons(
            "a card reader",
            Button("lay", "a card of nobody is laid on it", self._lay, person),
            Button("take", "the card is taken away", lambda _: self._take_away()),
            switch("again", "finds a card that was read as long as it lies there", lambda on: self._set("again", on)),
            switch("worn", "cards are found but cannot be read", lambda on: self._set("worn", on)),
            switch("checksum", "every check is wrong", lambda on: self._set("checks_wrong", on)),
            switch("slow", "answers late", lambda on: self._set("slow", on)),
            switch("half", "answers break off", lambda on: self._set("half", on)),
            switch("silence", "answers no more", lambda on: self._set("silent", on)),
            Button("garbage", "noise on the line", self._garbage, (Argument("bytes", usual=64),)),
            *line.buttons(),
            Button("mend", "all is well again", lambda _: self._mend()),
        )

    def start(self) -> None:
        self._line.start(self.take)

    def stop(self) -> None:
        self._stopping.set()
        self._line.stop()

    def take(self, data: bytes) -> None:
        order = _ORDERS.get(data[-len(frames.command(Command.FIND)) :])
        self.asked += order is not None
        if order is None or self._silent:
            return
        if self._slow:
            self._stopping.wait(_SLOW_S)
        with self._lock:
            said = bytearray(self._answer(order))
        if self._checks_wrong:
            said[-1] ^= 0xFF
        self._line.send(bytes(said[: len(said) // 2] if self._half else said))

    def look(self) -> Answer:
        """A reader shows no name: whether a card lies there, and how many were read."""
        names = ("worn", "checks_wrong", "slow", "half", "silent")
        faults = [name.replace("_", " ") for name in names if getattr(self, f"_{name}")]
        faults += [] if self._line.plugged else ["unplugged"]
        return {"card": self._card is not None, "readings": self._readings, "faults": faults}

    def _answer(self, order: Command) -> bytes:
        match order:
            case Command.STATE:
                return frames.answer(Status.DONE)
            case Command.FIND:
                return self._find()
            case Command.SELECT:
                self._selected = self._card is not None
                return frames.answer(Status.DONE, bytes(8)) if self._selected else frames.answer(Status.NOT_SELECTED)
            case Command.READ:
                return self._read()

    def _find(self) -> bytes:
        if self._card is None or (self._found and not self._again):
            return frames.answer(Status.NO_CARD)
        return frames.answer(Status.FOUND, bytes(4))

    def _read(self) -> bytes:
        if self._card is None or not self._selected or self._worn:
            return frames.answer(Status.NOT_READ)
        self._found, self._readings = True, self._readings + 1
        return frames.answer(Status.DONE, self._card)

    def _lay(self, request: Request) -> None:
        number = number_of_nobody(int(request["serial"]))
        with self._lock:
            self._card = data_of(str(request["name"]), number, self._random.randbytes(PHOTO))
            self._found = self._selected = False

    def _take_away(self) -> None:
        with self._lock:
            self._card, self._found, self._selected = None, False, False

    def _set(self, name: str, on: bool) -> None:
        setattr(self, f"_{name}", on)

    def _garbage(self, request: Request) -> None:
        self._line.send(self._random.randbytes(int(request["bytes"])))

    def _mend(self) -> None:
        self._checks_wrong = self._slow = self._half = self._silent = self._worn = False
        self._line.plug()
