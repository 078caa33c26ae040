"""Models by name: what each profile says reaches the paper; a name that nobody knows is told with those that are."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import cast

import pytest
import tomli_w
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.config import read_toml
from devices.entries import Device
from devices.errors import ConfigError
from devices.protocols import Printed
from devices.registry import build, far_end, load_devices
from devices.sheets import Columns, Line, Qr, Sheet
from devices.ticket_printer import frames
from devices.ticket_printer.driver import EscposTicketPrinter
from devices.ticket_printer.happenings import Cut, Present
from devices.ticket_printer.layout import Paper, render
from devices.ticket_printer.paper import picture_of
from devices.ticket_printer.registry import PrinterPart
from devices.ticket_printer.simulator import SimulatedPrinter
from devices.ticket_printer.slips import Reader, Slip
from server.contract.words import Language

CONFIG = Path(__file__).parents[3] / "config"
OURS = read_toml(CONFIG / "printers.toml")["printers"]
Wait = Callable[..., None]
URL = "https://hall.csgd.example.cn/t/4fKq9ZrT7bWmXc2LpVn8Ya"


def entry(home: Path, **keys: object) -> Device:
    """printer-1 on a serial line in `home`, whose configuration has the house's profiles."""
    (home / "printers.toml").write_bytes((CONFIG / "printers.toml").read_bytes())
    printer = {"kind": "ticket_printer", "driver": "escpos", "at": "kiosk-1", "serial": {"path": "printer"}, **keys}
    (home / "devices.toml").write_text(tomli_w.dumps({"devices": {"printer-1": printer}}), encoding="utf-8")
    (device,) = load_devices(home, home)
    return device


def part(home: Path, **keys: object) -> PrinterPart:
    return cast("PrinterPart", entry(home, **keys).part)


@contextmanager
def plugged(home: Path, **keys: object) -> Iterator[tuple[EscposTicketPrinter, SimulatedPrinter]]:
    device = entry(home, **keys)
    far = cast("SimulatedPrinter", far_end(device, Random(1)))
    far.start()
    printer = cast("EscposTicketPrinter", build(device))
    try:
        yield printer, far
    finally:
        printer.close()
        far.stop()


@pytest.mark.parametrize("name", [*OURS, "TM-T88V", "POS-5890"])
def test_every_profile_is_a_printer_that_prints(tmp_path: Path, zh_sheet: Sheet, name: str) -> None:
    with plugged(tmp_path, profile=name) as (printer, far):
        outcome = printer.print(zh_sheet)
        known = part(tmp_path, profile=name)
        cutter = known.cutter

        assert outcome.printed is (Printed.PRINTED if "marker" in known.says else Printed.UNCONFIRMED)
        assert [slip.cut for slip in far.slips] == ([] if cutter == "none" else [True])
        assert printer.counts()["cuts"] == (cutter != "none")


def test_a_key_of_the_entry_goes_before_its_profile(tmp_path: Path) -> None:
    narrow = part(tmp_path, profile="generic-58", chinese_font=False)

    assert (narrow.dots, narrow.cutter, narrow.chinese_font, narrow.roll_metres) == (384, "none", False, 30.0)


def test_python_escpos_knows_widths_and_cutters(tmp_path: Path) -> None:
    epson, cheap = part(tmp_path, profile="TM-T88V"), part(tmp_path, profile="POS-5890")

    assert (epson.dots, epson.cutter, epson.native_qr, epson.chinese_font) == (512, "feed-partial", True, False)
    assert (cheap.dots, cheap.cutter, cheap.native_qr) == (384, "none", False)


def test_a_profile_that_nobody_knows_is_told_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"printer-1: key profile: 'snbc-bt-t08' is not known.*snbc-bt-t080.*TM-T88V"):
        entry(tmp_path, profile="snbc-bt-t08")


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"cutter": "presenter"}, "go together"),
        ({"cutter": "laser"}, "key cutter"),
        ({"says": ["braille"]}, "key says"),
        ({"cutter": "presenter", "presenter": {"present": "xy"}}, "key presenter.present"),
        ({"roll_metres": 0}, "key roll_metres"),
    ],
)
def test_what_cannot_be_is_told_by_key(tmp_path: Path, keys: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        entry(tmp_path, **keys)


VKP = {"profile": "custom-vkp80", "says": ["dle-eot", "marker"]}


def test_a_slip_that_was_taken_is_counted_and_one_that_was_left_is_drawn_in_before_the_next(
    tmp_path: Path, zh_sheet: Sheet
) -> None:
    with plugged(tmp_path, **VKP) as (printer, far):
        assert printer.print(zh_sheet).printed is Printed.PRINTED
        assert far.held_out
        far.do({"do": "take"})
        printer.health()
        assert printer.counts()["taken"] == 1

        assert printer.print(zh_sheet).printed is Printed.PRINTED
        printer.health()
        assert (far.held_out, far.drawn_in) == (True, 0)
        assert printer.print(zh_sheet).printed is Printed.PRINTED
        assert (far.held_out, far.drawn_in) == (True, 1)
        assert (printer.counts()["taken"], printer.counts()["left-behind"]) == (1, 1)


def test_a_slip_that_nobody_takes_in_time_is_drawn_in(tmp_path: Path, zh_sheet: Sheet, eventually: Wait) -> None:
    presenter = {**OURS["custom-vkp80"]["presenter"], "hold_s": 0.001}
    with plugged(tmp_path, **VKP, presenter=presenter) as (printer, far):
        printer.print(zh_sheet)
        assert printer.health().ok

        eventually(lambda: far.drawn_in == 1)
        assert (far.held_out, printer.counts()["left-behind"]) == (False, 1)


def slips_of(data: bytes) -> tuple[list[Slip], list[object]]:
    reader, happened = Reader(), list[object]()
    reader.take(data)
    while (each := reader.step()) is not False:
        happened.append(each)
        if isinstance(each, Cut | Present):
            reader.tear(cut=True)
    return reader.slips, [each for each in happened if each is not True]


@pytest.mark.parametrize("language", [Language.ZH, Language.RU])
@pytest.mark.parametrize("native", [True, False], ids=["own code", "code as picture"])
def test_a_phone_reads_the_code_from_the_paper(language: Language, native: bool) -> None:
    sheet = Sheet((Line("A001", 8), Qr(URL, ("扫码",))), language)

    ((slip,), _) = slips_of(render(sheet, Paper(384, native_qr=native)))

    assert [code.text for code in zxingcpp.read_barcodes(picture_of(slip, 384).convert("L"))] == [URL]
    assert slip.codes == ([URL] if native else [])


COMMANDS = ["\x1de\x02", "\x1da\x00", "\x1bi\x1dV0", "\x10\x05\x02", "\x1d(k\x03\x001Q0"]
MEAN = st.text(max_size=30) | st.sampled_from(COMMANDS)
PAPERS = st.builds(
    Paper,
    st.sampled_from([384, 512, 576]),
    st.booleans(),
    native_qr=st.booleans(),
    ending=st.sampled_from([frames.CUT, frames.feed_dots(96) + frames.FULL_CUT, b"\x1de\x20\x0c\x1e"]),
)


@settings(max_examples=40)
@given(MEAN, MEAN, st.sampled_from(list(Language)), PAPERS)
def test_whatever_a_text_holds_the_printer_is_told_to_cut_once_and_nothing_else(
    text: str, data: str, language: Language, paper: Paper
) -> None:
    sheet = Sheet((Line(text, 8), Columns(text, text), Qr(URL + data, (text,))), language, copy_mark=text)
    body = render(sheet, paper)

    _, happened = slips_of(body)

    assert [type(each).__name__ for each in happened] == ["Reset", "Present" if paper.ending[:2] == b"\x1de" else "Cut"]
    assert re.findall(rb"\x10[\x04\x05\x14]", body) == []
