"""What a printer says by itself: told from its answers wherever it comes, and shown at once."""

import queue
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from random import Random
from time import monotonic

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.farend import PtyEnd, TcpEnd
from devices.health import Cause, Health, HealthState
from devices.protocols import Printed
from devices.resources import SerialPort, TcpPort
from devices.sheets import Sheet
from devices.ticket_printer import frames
from devices.ticket_printer.cable import cable_to
from devices.ticket_printer.driver import EscposTicketPrinter, Patience, Says
from devices.ticket_printer.layout import Paper
from devices.ticket_printer.simulator import SimulatedPrinter

Wait = Callable[..., None]
PATIENT = Patience(answer_s=2.0, marker_s=30.0)
"""Who waits for time to pass, and not for a word, is found out."""


class Talker:
    """A printer that speaks unasked, its driver, and what the driver told of it."""

    def __init__(self, printer: EscposTicketPrinter, far: SimulatedPrinter) -> None:
        self.printer = printer
        self.far = far
        self.heard: queue.Queue[Health] = queue.Queue()
        printer.watch(self.heard.put)

    def press(self, do: str, **facts: object) -> None:
        self.far.do({"do": do, **facts})

    def next_health(self) -> Health:
        return self.heard.get(timeout=30)


@pytest.fixture(params=["tcp", "serial"])
def talker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Talker]:
    with ExitStack() as stack:
        tcp, serial = TcpEnd("127.0.0.1", 0), PtyEnd(tmp_path / "printer-1")
        far = SimulatedPrinter(tcp if request.param == "tcp" else serial, Random(1))
        far.start()
        stack.callback(far.stop)
        place = TcpPort("127.0.0.1", tcp.port) if request.param == "tcp" else SerialPort(str(serial.path))
        cable = cable_to("printer-1", place)
        printer = EscposTicketPrinter("printer-1", cable, Paper(), says=Says(unasked=True), patience=PATIENT)
        stack.callback(printer.close)
        yield Talker(printer, far)


BLOCK = st.tuples(
    st.integers(0, 255).map(lambda byte: byte & 0x6C | 0x10), *(st.integers(0, 255).map(lambda b: b & 0x6F),) * 3
).map(bytes)
ANSWER = st.integers(0, 255).map(lambda byte: bytes((byte & 0x6C | 0x12,)))
MARKER = st.integers(0, 255).map(lambda byte: bytes((byte & 0x6F,)))


@given(st.lists(BLOCK | ANSWER | MARKER), st.data())
def test_blocks_are_told_from_answers_however_the_reads_cut_them(said: list[bytes], data: st.DataObject) -> None:
    stream, sorter = b"".join(said), frames.Sorter(unasked=True)
    rest, blocks = b"", list[bytes]()
    while stream:
        cut = data.draw(st.integers(1, len(stream)))
        more, found = sorter.take(stream[:cut])
        rest, blocks, stream = rest + more, [*blocks, *found], stream[cut:]

    assert blocks == [each for each in said if len(each) == frames.ASB_BLOCK]
    assert rest == b"".join(each for each in said if len(each) == 1)


@given(BLOCK, st.integers(1, 3), st.lists(ANSWER | st.just(b"\x13"), min_size=1))
def test_an_answer_in_the_middle_of_a_block_is_an_answer(block: bytes, at: int, answers: list[bytes]) -> None:
    sorter = frames.Sorter(unasked=True)

    rest, blocks = sorter.take(block[:at] + b"".join(answers) + block[at:])

    assert (rest, blocks) == (b"".join(answers), [block])


@given(st.binary())
def test_of_a_printer_that_must_be_asked_every_byte_is_an_answer(data: bytes) -> None:
    assert frames.Sorter(unasked=False).take(data) == (data, [])


@pytest.mark.parametrize(
    ("block", "causes"),
    [
        ("10 00 00 0F", set()),
        ("18 00 00 0F", {Cause.OFFLINE}),
        ("38 00 00 0F", {Cause.OFFLINE, Cause.COVER_OPEN}),
        ("18 08 00 0F", {Cause.OFFLINE, Cause.CUTTER}),
        ("18 40 00 0F", {Cause.OFFLINE, Cause.ERROR}),
        ("10 00 03 0F", {Cause.PAPER_NEAR_END}),
        ("18 00 0F 0F", {Cause.OFFLINE, Cause.PAPER_NEAR_END, Cause.PAPER_OUT}),
    ],
)
def test_a_block_names_its_causes(block: str, causes: set[Cause]) -> None:
    assert frames.read_block(bytes.fromhex(block)) == causes


@pytest.mark.parametrize(
    ("button", "facts", "cause"),
    [
        ("paper", {"state": "out"}, Cause.PAPER_OUT),
        ("paper", {"state": "near_end"}, Cause.PAPER_NEAR_END),
        ("cover", {"state": "open"}, Cause.COVER_OPEN),
    ],
)
def test_a_fault_shows_without_being_asked_and_so_does_its_end(
    talker: Talker, zh_sheet: Sheet, button: str, facts: dict[str, str], cause: Cause
) -> None:
    assert talker.printer.print(zh_sheet).printed is Printed.PRINTED
    assert talker.printer.health().ok
    before = monotonic()

    talker.press(button, **facts)
    while talker.next_health().causes != {cause}:
        continue
    assert monotonic() - before < 20
    talker.press("mend")
    while talker.next_health() != Health(HealthState.OK):
        continue


def test_a_jam_ends_the_waiting_for_the_slip_at_once(talker: Talker, zh_sheet: Sheet) -> None:
    talker.press("cutter", state="jam")
    before = monotonic()

    outcome = talker.printer.print(zh_sheet)

    assert (outcome.printed, outcome.cause) == (Printed.FAILED, Cause.CUTTER)
    assert monotonic() - before < PATIENT.marker_s


def test_silence_is_noticed_by_asking(talker: Talker) -> None:
    assert talker.printer.health().ok

    talker.press("silence")

    assert talker.printer.health() == Health(HealthState.UNKNOWN, frozenset({Cause.SILENT}))


def test_a_printer_that_only_speaks_by_itself_is_asked_by_switching_that_on(zh_sheet: Sheet) -> None:
    end = TcpEnd("127.0.0.1", 0)
    far = SimulatedPrinter(end, Random(1))
    far.start()
    says = Says(answers=False, unasked=True)
    cable = cable_to("printer-1", TcpPort("127.0.0.1", end.port))
    printer = EscposTicketPrinter("printer-1", cable, Paper(), says=says, patience=Patience(answer_s=1.0))

    assert printer.print(zh_sheet).printed is Printed.PRINTED
    assert printer.health() == Health(HealthState.OK)
    far.do({"do": "silence"})
    assert printer.health() == Health(HealthState.UNKNOWN, frozenset({Cause.SILENT}))
    printer.close()
    far.stop()
