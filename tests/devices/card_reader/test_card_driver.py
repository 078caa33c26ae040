"""A card reader on a real line: one card laid is one reading, and a fault shows in the health."""

import hashlib
import hmac
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from random import Random

import pytest

from devices.card_reader.driver import Pace, SamCardReader
from devices.card_reader.simulator import SimulatedCardReader, number_of_nobody
from devices.farend import PtyEnd
from devices.health import Cause, Health, HealthState
from devices.protocols import Card
from devices.resources import SerialPort

Wait = Callable[..., None]
KEY = bytes(range(32))
QUICK = Pace(reopen_s=0.1, ask_s=0.02, answer_s=0.3, card_s=2.0, silent_s=0.6)
PATIENCE_S = 30.0


def hash_of(serial: int) -> str:
    return hmac.new(KEY, number_of_nobody(serial).encode("utf-16-le"), hashlib.sha256).hexdigest()


class Bench:
    """A driver and the simulated reader at the other end of its cable."""

    def __init__(self, reader: SamCardReader, far: SimulatedCardReader) -> None:
        self.reader = reader
        self.far = far
        self.cards: list[Card] = []

    def do(self, do: str, **facts: object) -> None:
        self.far.do({"do": do, **facts})

    def has(self, cause: Cause) -> Callable[[], bool]:
        return lambda: cause in self.reader.health().causes

    def asked(self, times: int, eventually: Wait) -> None:
        """Waits until the reader has been asked so often from now."""
        until = self.far.asked + times
        eventually(lambda: self.far.asked >= until, PATIENCE_S)

    def has_read(self, *serials: int) -> Callable[[], bool]:
        return lambda: [card.key for card in self.cards] == [hash_of(serial) for serial in serials]

    def is_well(self) -> bool:
        return self.reader.health() == Health(HealthState.OK)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with ExitStack() as stack:
        far = SimulatedCardReader(PtyEnd(tmp_path / "card"), Random(1))
        far.start()
        stack.callback(far.stop)
        reader = SamCardReader("card-1", SerialPort(str(tmp_path / "card")), KEY, pace=QUICK)
        bench = Bench(reader, far)
        reader.start(bench.cards.append, lambda _health: None)
        stack.callback(reader.close)
        yield bench


def test_a_card_gives_its_initial_and_its_hash(bench: Bench, eventually: Wait) -> None:
    bench.do("lay", name="王小试", serial=7)
    eventually(lambda: bench.cards == [Card("王", hash_of(7))], PATIENCE_S)
    assert bench.is_well()


@pytest.mark.parametrize("again", [False, True], ids=["found once", "found as long as it lies"])
def test_one_card_laid_is_one_reading_until_it_is_taken_away(bench: Bench, eventually: Wait, again: bool) -> None:
    bench.do("again", on=again)
    for serials in ([1], [1, 2], [1, 2, 2]):
        bench.do("lay", serial=serials[-1])
        eventually(bench.has_read(*serials), PATIENCE_S)
        bench.asked(8, eventually)
        bench.do("take")
        bench.asked(8, eventually)
        assert bench.has_read(*serials)()


def test_a_card_that_cannot_be_read_is_told_until_it_is_taken_away(bench: Bench, eventually: Wait) -> None:
    bench.do("worn")
    bench.do("lay")
    eventually(bench.has(Cause.UNREADABLE), PATIENCE_S)
    assert bench.reader.health().ok

    bench.do("take")
    eventually(bench.is_well, PATIENCE_S)
    bench.do("mend")
    bench.do("lay", serial=3)
    eventually(bench.has_read(3), PATIENCE_S)


def test_answers_with_wrong_checks_are_counted_and_none_is_a_card(bench: Bench, eventually: Wait) -> None:
    bench.do("checksum")
    bench.do("lay")
    eventually(lambda: bench.reader.wrong_checks >= 3, PATIENCE_S)
    eventually(bench.has(Cause.SILENT), PATIENCE_S)
    assert bench.cards == []

    bench.do("mend")
    eventually(lambda: len(bench.cards) == 1 and bench.is_well(), PATIENCE_S)


@pytest.mark.parametrize("fault", ["silence", "half"])
def test_a_reader_that_says_nothing_whole_is_silent_until_it_does(bench: Bench, eventually: Wait, fault: str) -> None:
    eventually(bench.is_well, PATIENCE_S)
    bench.do(fault)
    eventually(bench.has(Cause.SILENT), PATIENCE_S)
    assert bench.reader.health().state is HealthState.UNKNOWN

    bench.do("mend")
    eventually(bench.is_well, PATIENCE_S)


def test_a_slow_reader_is_waited_for_and_gives_the_card_once(tmp_path: Path, eventually: Wait) -> None:
    far = SimulatedCardReader(PtyEnd(tmp_path / "card"), Random(1))
    far.do({"do": "slow"})
    far.do({"do": "lay"})
    far.start()
    cards: list[Card] = []
    patient = Pace(ask_s=0.02, answer_s=10.0, card_s=10.0, silent_s=20.0)
    reader = SamCardReader("card-1", SerialPort(str(tmp_path / "card")), KEY, pace=patient)
    reader.start(cards.append, lambda _health: None)
    try:
        eventually(lambda: len(cards) == 1, PATIENCE_S)
    finally:
        reader.close()
        far.stop()


def test_a_pulled_cable_is_found_again(bench: Bench, eventually: Wait) -> None:
    eventually(bench.is_well, PATIENCE_S)
    bench.do("unplug")
    eventually(bench.has(Cause.UNPLUGGED), PATIENCE_S)

    bench.do("plug")
    bench.do("lay", serial=4)
    eventually(bench.has_read(4), PATIENCE_S)


def test_a_card_is_read_through_noise(bench: Bench, eventually: Wait) -> None:
    for last in range(5):
        bench.do("garbage", bytes=200)
        bench.do("lay", serial=last)
        bench.do("garbage", bytes=30)
        eventually(bench.has_read(*range(last + 1)), PATIENCE_S)
        bench.do("take")
        bench.asked(8, eventually)
