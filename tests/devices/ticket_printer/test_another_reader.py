"""Slips printed on a printer that others have written: emupos knows nothing of this house and reads them all."""

import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from devices.health import Cause, Health
from devices.protocols import Printed
from devices.resources import TcpPort
from devices.sheets import NUMBER, Line, Qr, Sheet
from devices.ticket_printer.cable import cable_to
from devices.ticket_printer.driver import EscposTicketPrinter, Says
from devices.ticket_printer.layout import Paper
from server.contract.words import Language

EMUPOS = shutil.which("emupos")
URL = "https://hall.csgd.example.cn/t/4fKq9ZrT7bWmXc2LpVn8Ya"
CONFIG = """
schema: 1
api: {{port: {api}}}
devices:
  - id: front
    type: printer
    profile: epson-tm-t20iii
    connections: [{{tcp: {{port: {paper}}}}}]
    receipts_dir: slips
"""
Wait = Callable[..., None]

pytestmark = pytest.mark.skipif(EMUPOS is None, reason="emupos is not on the PATH: `uv tool install emupos`")


@dataclass(frozen=True, slots=True)
class Stranger:
    api: int
    place: TcpPort
    slips: Path

    def fault(self, what: str, fault: str) -> None:
        subprocess.run(
            [str(EMUPOS), "--api", f"http://127.0.0.1:{self.api}", "fault", what, "front", fault], check=True
        )

    def texts(self) -> list[str]:
        return [file.read_text("utf-8") for file in sorted(self.slips.glob("*.txt"))]

    def codes(self) -> list[str]:
        """Read from the pictures as a phone's camera reads them."""
        pictures = (Image.open(file).convert("L") for file in sorted(self.slips.glob("*.png")))
        return [code.text for picture in pictures for code in zxingcpp.read_barcodes(picture)]


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stranger]:
    home = tmp_path_factory.mktemp("emupos")
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        api, paper = one.getsockname()[1], other.getsockname()[1]
    (home / "emupos.yaml").write_text(CONFIG.format(api=api, paper=paper), encoding="utf-8")
    with (home / "log").open("w") as log, subprocess.Popen([str(EMUPOS), "run"], cwd=home, stdout=log) as program:
        yield Stranger(api, TcpPort("127.0.0.1", paper), home / "slips")
        program.terminate()


@pytest.fixture(params=[Says(), Says(unasked=True)], ids=["asked", "unasked"])
def printer(request: pytest.FixtureRequest, stranger: Stranger, eventually: Wait) -> Iterator[EscposTicketPrinter]:
    made = EscposTicketPrinter("printer-1", cable_to("printer-1", stranger.place), Paper(), says=request.param)
    eventually(lambda: made.health() == Health.of(()))
    yield made
    made.close()


def test_it_confirms_each_slip_and_its_code_can_be_read(
    printer: EscposTicketPrinter,
    stranger: Stranger,
    zh_sheet: Sheet,
    ru_sheet: Sheet,
    vi_sheet: Sheet,
    eventually: Wait,
) -> None:
    english = Sheet((Line("B107", NUMBER, True, "center"), Qr(URL, ("Your place in the queue",))), Language.EN)
    before = len(stranger.texts())

    outcomes = [printer.print(sheet).printed for sheet in (zh_sheet, ru_sheet, vi_sheet, english)]

    assert outcomes == [Printed.PRINTED] * 4
    eventually(lambda: len(stranger.texts()) == before + 4)
    assert stranger.codes()[before:] == [URL] * 4
    assert stranger.texts()[-1].split("\n")[:2] == ["B107", "Your place in the queue"]


def test_chinese_words_come_out_whole_in_the_code_of_chinese_printers(
    printer: EscposTicketPrinter, stranger: Stranger, zh_sheet: Sheet, eventually: Wait
) -> None:
    """It has no hanzi and shows the bytes in its own letters, of code page 437."""
    before = len(stranger.texts())
    printer.print(zh_sheet)
    eventually(lambda: len(stranger.texts()) > before)

    words = stranger.texts()[-1].encode("cp437", "replace").decode("gb18030", "replace")

    assert "城东供电营业厅" in words
    assert "□ 不动产权证或购房合同" in words


@pytest.mark.parametrize(
    ("fault", "cause"), [("paper-out", Cause.PAPER_OUT), ("cover-open", Cause.COVER_OPEN), ("offline", Cause.OFFLINE)]
)
def test_its_faults_are_told_by_their_names_and_nothing_is_printed(
    printer: EscposTicketPrinter, stranger: Stranger, zh_sheet: Sheet, eventually: Wait, fault: str, cause: Cause
) -> None:
    before = stranger.texts()
    stranger.fault("set", fault)
    try:
        eventually(lambda: printer.health() == Health.of({cause}))
        outcome = printer.print(zh_sheet)
    finally:
        stranger.fault("clear", fault)

    assert (outcome.printed, outcome.cause) == (Printed.FAILED, cause)
    eventually(lambda: printer.health() == Health.of(()))
    assert stranger.texts() == before


def test_paper_near_its_end_is_a_warning_there_too(
    printer: EscposTicketPrinter, stranger: Stranger, zh_sheet: Sheet
) -> None:
    stranger.fault("set", "paper-near-end")
    try:
        assert printer.print(zh_sheet).printed is Printed.PRINTED
        assert printer.health() == Health.of({Cause.PAPER_NEAR_END})
    finally:
        stranger.fault("clear", "paper-near-end")
