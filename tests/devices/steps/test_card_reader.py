"""Identity-card readers through random steps: each card laid is read once; their health is right."""

import hashlib
import hmac
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from random import Random
from typing import Protocol

import pytest

from devices.card_reader.driver import Pace, SamCardReader
from devices.card_reader.simulator import SimulatedCardReader, number_of_nobody
from devices.farend import FarEnd
from devices.health import Cause, Health
from devices.protocols import Card
from devices.resources import SerialPort

KEY = bytes(range(32))
PATIENT = Pace(reopen_s=0.02, ask_s=0.005, answer_s=2.0, card_s=5.0, silent_s=2.0)
A_WHILE_S = 1.0
ENOUGH_QUESTIONS = 4
"""By which a driver has seen that a card was taken away."""
MUTE = ("silence", "checksum", "half")


class Clock(Protocol):
    def __call__(self) -> float: ...
    def leap(self, seconds: float) -> None: ...


class Cable(FarEnd):
    path: Path
    garbles: bool

    def replug(self) -> None: ...


class CardTrial:
    """A reader that finds a card as long as it lies there, its driver, and the cards that should have been read."""

    def __init__(self, cable: Cable, clock: Clock) -> None:
        self._cable = cable
        self._clock = clock
        self._far = SimulatedCardReader(cable, Random(6))
        self._far.do({"do": "again"})
        self._faults: set[str] = set()
        self._lying: int | None = None
        self._over = self._unreadable = False
        """As the driver knows of the card there: read or given up; given up."""
        self._expected: list[str] = []
        self._asked_enough = 0
        self._cards: list[Card] = []
        self._far.start()
        self._driver = self._begin()

    @property
    def steps(self) -> Mapping[str, Callable[[Random], None]]:
        switches = {name: lambda _, name=name: self._switch(name, on=True) for name in (*MUTE, "worn")}
        mended = {f"no {name}": lambda _, name=name: self._switch(name, on=False) for name in (*MUTE, "worn")}
        return {
            "lay": lambda random: self._lay(random.randrange(1000)),
            "take": lambda _: self._take(),
            "garbage": lambda random: self._do("garbage", bytes=random.randint(1, 200)),
            "unplug": lambda _: self._do("unplug"),
            "plug": lambda _: self._do("plug"),
            "replug": lambda _: self._cable.replug(),
            "wrong speed": lambda _: setattr(self._cable, "garbles", True),
            "right speed": lambda _: setattr(self._cable, "garbles", False),
            "start anew": lambda _: self._start_anew(),
            **switches,
            **mended,
        }

    def close(self) -> None:
        self._driver.close()
        self._far.stop()

    def ill_judged(self) -> str:
        self._settle()
        said, wanted = self._driver.health(), Health.of(self._causes())
        if said == wanted:
            return ""
        if self._mute:
            self._clock.leap(A_WHILE_S)
        return f"health is {said}, not {wanted}"

    def amiss(self) -> str:
        read = [card.key for card in self._cards]
        if read != self._expected:
            return f"{len(read)} cards were read, not {len(self._expected)}"
        return "not asked again yet" if self._heard and self._far.asked < self._asked_enough else ""

    @property
    def _mute(self) -> bool:
        return self._cable.garbles or bool(self._faults & set(MUTE))

    @property
    def _heard(self) -> bool:
        return self._cable.plugged and not self._mute

    def _settle(self) -> None:
        """What the driver must come to know while the reader is heard."""
        if not self._heard:
            return
        if self._lying is None:
            self._over = self._unreadable = False
        elif not self._over:
            self._over = True
            self._unreadable = "worn" in self._faults
            if not self._unreadable:
                number = number_of_nobody(self._lying).encode("utf-16-le")
                self._expected.append(hmac.digest(KEY, number, hashlib.sha256).hex())

    def _causes(self) -> set[Cause]:
        if not self._cable.plugged:
            return {Cause.UNPLUGGED}
        if self._mute:
            return {Cause.SILENT}
        return {Cause.UNREADABLE} if self._unreadable else set()

    def _begin(self) -> SamCardReader:
        driver = SamCardReader("card-1", SerialPort(str(self._cable.path)), KEY, pace=PATIENT, clock=self._clock)
        driver.start(self._cards.append, lambda _health: None)
        self._over = self._unreadable = False
        return driver

    def _do(self, button: str, **facts: object) -> None:
        self._far.do({"do": button, **facts})
        self._asked_enough = self._far.asked + ENOUGH_QUESTIONS

    def _lay(self, serial: int) -> None:
        if self._lying is None:
            self._lying = serial
            self._do("lay", serial=serial)

    def _take(self) -> None:
        self._lying = None
        self._do("take")

    def _switch(self, name: str, *, on: bool) -> None:
        (self._faults.add if on else self._faults.discard)(name)
        self._do(name, on=on)

    def _start_anew(self) -> None:
        self._driver.close()
        self._driver = self._begin()


@contextmanager
def opened(cable: Cable, clock: Clock) -> Iterator[CardTrial]:
    trial = CardTrial(cable, clock)
    try:
        yield trial
    finally:
        trial.close()


@pytest.mark.driver("card_reader", "sam")
def test_each_card_laid_is_read_once(
    walk: Callable[[Callable[[], AbstractContextManager[CardTrial]]], None],
    new_cable: Callable[[], Cable],
    clock: Clock,
) -> None:
    walk(lambda: opened(new_cable(), clock))
