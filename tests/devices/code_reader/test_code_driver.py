"""A code reader on a real line, serial and keyboard: each code once, faults in the health, found again when pulled."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from random import Random

import pytest

from devices.code_reader.driver import HidCodeReader, ListeningCodeReader, SerialCodeReader
from devices.code_reader.simulator import SimulatedCodeReader, by_keys, over_serial
from devices.farend import PtyEnd
from devices.health import Cause, Health, HealthState
from devices.protocols import Scan
from devices.resources import InputPort, SerialPort

Wait = Callable[..., None]
URL = "https://hall.example/t/AZqrSSW1pq0_XC3KkfJmD-4fKq9ZrT7bWmXc2LpVn8Ya"
PATIENCE_S = 30.0


class Bench:
    """A driver and the simulated reader at the other end of its cable."""

    def __init__(self, reader: ListeningCodeReader[object], far: SimulatedCodeReader) -> None:
        self.reader = reader
        self.far = far
        self.scans: list[str] = []

    def hear(self, scan: Scan) -> None:
        self.scans.append(scan.text)

    def do(self, do: str, **facts: object) -> None:
        self.far.do({"do": do, **facts})

    def hears(self, text: str) -> Callable[[], bool]:
        """Held up until it is heard."""

        def heard() -> bool:
            self.do("scan", text=text)
            return self.scans[-1:] == [text]

        return heard

    def is_well(self) -> bool:
        return self.reader.health() == Health(HealthState.OK)


@pytest.fixture(params=["serial", "hid"])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    path = tmp_path / "reader"
    with ExitStack() as stack:
        far = SimulatedCodeReader(PtyEnd(path), over_serial if request.param == "serial" else by_keys, Random(1))
        far.start()
        stack.callback(far.stop)
        reader: ListeningCodeReader[object]
        if request.param == "serial":
            reader = SerialCodeReader("reader-1", SerialPort(str(path)), reopen_s=0.1)
        else:
            reader = HidCodeReader("reader-1", InputPort(str(path)), reopen_s=0.1)  # type: ignore[assignment]
        bench = Bench(reader, far)
        reader.start(bench.hear, lambda _health: None)
        stack.callback(reader.close)
        yield bench


def test_a_code_is_heard_letter_by_letter(bench: Bench, eventually: Wait) -> None:
    eventually(bench.is_well, PATIENCE_S)
    bench.do("scan", text=URL)
    eventually(lambda: bench.scans == [URL], PATIENCE_S)


def test_a_code_held_up_for_long_is_one_scan(bench: Bench, eventually: Wait) -> None:
    eventually(bench.is_well, PATIENCE_S)
    bench.do("repeat", text="A023")
    bench.do("scan", text="end")
    eventually(lambda: bench.scans == ["A023", "end"], PATIENCE_S)


def test_a_code_of_any_other_kind_is_heard_as_empty(bench: Bench, eventually: Wait) -> None:
    eventually(bench.is_well, PATIENCE_S)
    bench.do("scan", text="A\x01023")
    eventually(lambda: bench.scans == [""], PATIENCE_S)


def test_half_a_code_spoils_no_later_one(bench: Bench, eventually: Wait) -> None:
    eventually(bench.is_well, PATIENCE_S)
    bench.do("half")
    eventually(bench.hears(URL), PATIENCE_S)


def test_noise_is_survived(bench: Bench, eventually: Wait) -> None:
    eventually(bench.is_well, PATIENCE_S)
    bench.do("garbage", bytes=500)
    eventually(bench.hears(URL), PATIENCE_S)


def test_a_flood_is_told_and_ends(bench: Bench, eventually: Wait) -> None:
    eventually(bench.is_well, PATIENCE_S)
    bench.do("flood", codes=15)
    eventually(lambda: Cause.FLOOD in bench.reader.health().causes, PATIENCE_S)
    assert bench.reader.health().ok
    assert len(bench.scans) < 10

    eventually(bench.is_well, PATIENCE_S)
    bench.do("scan", text=URL)
    eventually(lambda: bench.scans[-1] == URL, PATIENCE_S)


def test_a_pulled_cable_is_found_again(bench: Bench, eventually: Wait) -> None:
    eventually(bench.is_well, PATIENCE_S)
    bench.do("unplug")
    eventually(lambda: Cause.UNPLUGGED in bench.reader.health().causes, PATIENCE_S)

    bench.do("plug")
    eventually(bench.is_well, PATIENCE_S)
    bench.do("scan", text=URL)
    eventually(lambda: bench.scans == [URL], PATIENCE_S)


def test_a_scan_tells_its_code_to_no_log() -> None:
    assert URL not in repr(Scan(URL))
