"""Far ends played by hand at a real terminal, its screen read back."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from devices.protocols import CodeReader, LedSign, Printed, RatingPad
from devices.registry import build, load_devices, ticket_printer
from devices.sheets import Sheet
from devices.workbench.choosing import choose

DOWN, ESCAPE = "\x1b[B", "\x1b"
Sit = Callable[..., Any]
Wait = Callable[..., None]

DEVICES = """
[devices.printer-1]
kind = "ticket_printer"
driver = "escpos"
at = "kiosk-1"
serial = { path = "printer" }

[devices.sign-1]
kind = "led_sign"
driver = "bx6"
at = "station-1"
serial = { path = "sign" }

[devices.pad-1]
kind = "rating_pad"
driver = "framed"
at = "station-1"
counter = 1
address = 1
serial = { path = "pad" }
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "devices.toml").write_text(DEVICES, encoding="utf-8")
    return tmp_path


def test_without_an_entry_one_far_end_is_made_and_what_to_write_is_told(sit: Sit, tmp_path: Path) -> None:
    terminal = sit("simulate", "rating_pad", rows=32, columns=200)
    terminal.sees("rating-pad-1", str(tmp_path / "serial" / "pad"), "[devices.rating-pad-1]", "q quit")
    assert (tmp_path / "serial" / "pad").is_char_device()

    terminal.keys("q")

    assert (terminal.ended(), terminal.is_sane) == (0, True)
    told = terminal.raw.decode().replace("\r\n", "\n")
    entry = told[told.index("[devices.") :].partition("\n\n")[0]
    (tmp_path / "devices.toml").write_text(entry, encoding="utf-8")
    (device,) = load_devices(tmp_path, tmp_path)
    assert (device.name, device.kind, device.part.driver) == ("rating-pad-1", "rating_pad", "framed")


def test_a_key_is_pressed_and_a_pad_shows_its_light(sit: Sit, home: Path) -> None:
    terminal = sit("simulate", "rating_pad")
    terminal.sees("q quit")
    pad = cast("RatingPad", build(load_devices(home, home)[2]))
    pressed: list[int] = []
    pad.start(lambda press: pressed.append(press.key), lambda _health: None)
    try:
        pad.invite(60, "A012")
        terminal.sees("light invite, number A012")
        terminal.keys("p4")
        terminal.until(lambda: pressed == [4], "the press at the driver")
    finally:
        pad.close()
    terminal.sees("[press key=4]")


def test_a_chinese_text_stands_in_its_cells(sit: Sit, home: Path) -> None:
    terminal = sit("simulate")
    terminal.sees("q quit")
    terminal.keys(DOWN)
    sign = cast("LedSign", build(load_devices(home, home)[1]))
    sign.start(lambda _health: None)
    try:
        sign.show("请 A012 到 3 号窗口")
        terminal.sees("│ text  请 A012 到 3 号窗口")
    finally:
        sign.close()
    borders = {column for row in range(2, 16) for column in range(80) if terminal.cell(row, column) == "│"}
    assert borders == {26}


def test_paper_is_taken_out_a_cable_pulled_and_all_mended(sit: Sit, home: Path, zh_sheet: Sheet) -> None:
    terminal = sit("simulate")
    terminal.sees("q quit")
    printer = ticket_printer(home, home, "kiosk-1")
    assert printer is not None
    assert printer.print(zh_sheet).printed is Printed.PRINTED
    terminal.sees("number A023, slips 1", "▏ ", "城东供电营业厅")

    terminal.keys("p1")
    terminal.sees("[paper state=out]", "✗ paper out", "1 with a fault")
    assert printer.print(zh_sheet).printed is Printed.FAILED
    printer.close()
    terminal.keys(DOWN + "u")
    terminal.sees("sign-1     unplugged", "2 with a fault")
    assert not (home / "sign").exists()

    terminal.keys("m\x1b[Am")
    terminal.sees("3 simulated\n", "well again")
    assert (home / "sign").exists()


def test_a_question_is_left_with_escape(sit: Sit, home: Path) -> None:
    terminal = sit("simulate", "ticket_printer")
    terminal.sees("q quit")
    terminal.keys("p")
    terminal.sees("1 out", "3 ok", "Esc back")
    terminal.keys(f"q9{ESCAPE}")
    terminal.sees("q quit")
    assert "[paper" not in terminal.text


def test_a_code_is_held_up_as_it_is_or_as_it_is_typed(sit: Sit, tmp_path: Path) -> None:
    terminal = sit("simulate", "code_reader", "--driver", "serial")
    terminal.sees("q quit")
    device = choose(tmp_path, tmp_path, "code_reader", "serial").devices[0]
    reader = cast("CodeReader", build(device))
    scanned: list[str] = []
    reader.start(lambda scan: scanned.append(scan.text), lambda _health: None)
    try:
        terminal.until(lambda: reader.health().ok, "the reader's driver")
        terminal.keys("s")
        terminal.sees("text https://hall.example/t/x")
        terminal.keys("\n")
        terminal.until(lambda: scanned == ["https://hall.example/t/x"], "the usual code at the driver")
        terminal.keys("s\x7fabc\n")
        terminal.until(lambda: scanned[1:] == ["https://hall.example/t/abc"], "the typed code at the driver")
    finally:
        reader.close()
    terminal.sees("[scan text=https://hall.example/t/abc]")


def test_what_a_button_answers_is_told(sit: Sit, home: Path) -> None:
    terminal = sit("simulate", "led_sign")
    terminal.sees("q quit")
    terminal.keys("h")
    terminal.sees("[shown] shown –")


def test_a_refused_button_is_told_in_the_log(sit: Sit, home: Path) -> None:
    terminal = sit("simulate", "ticket_printer")
    terminal.sees("q quit")
    terminal.keys("n")
    terminal.sees("[unplug]")
    (home / "printer").write_bytes(b"")
    terminal.keys("l")
    terminal.sees("plug: a real device is at ")


def test_the_screen_follows_the_window_and_says_when_it_is_too_small(sit: Sit, home: Path) -> None:
    terminal = sit("simulate", rows=40, columns=132)
    terminal.sees("q quit")
    assert terminal.cell(2, 32) == "│"

    terminal.resize(24, 80)
    terminal.until(
        lambda: terminal.cell(2, 26) == "│" and terminal.rows[-1].startswith(" ↑↓ device"), "the narrower list"
    )

    terminal.resize(5, 30)
    terminal.sees("too small")
    terminal.keys("q")
    assert terminal.ended() == 0


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_told_to_end_it_leaves_the_terminal_and_the_ports_as_they_were(sit: Sit, home: Path, told: int) -> None:
    terminal = sit("simulate")
    terminal.sees("q quit")

    terminal.process.send_signal(told)

    assert (terminal.ended(), terminal.is_sane) == (0, True)
    assert [path.name for path in home.iterdir()] == ["devices.toml"]


def test_after_a_mistake_of_its_own_the_terminal_is_sane(sit: Sit, home: Path) -> None:
    broken = (
        "import devices.__main__ as m, os, sys; m.Workbench.look = None; sys.exit(m.main(sys.argv[1:], os.environ))"
    )
    terminal = sit("simulate", program=["-c", broken])
    assert terminal.ended() == 1
    assert terminal.is_sane
    assert "TypeError" in terminal.raw.decode()
    assert not (home / "pad").exists()


def test_where_is_no_terminal_it_says_what_else_there_is(home: Path) -> None:
    command = [sys.executable, "-m", "devices", "simulate", "--config", str(home)]
    environ = {**os.environ, "HALL_DATA": str(home)}
    ended = subprocess.run(
        command, env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.returncode, ended.stderr) == (
        2,
        "Here is no terminal to draw on; --by-hand takes one button a line.\n",
    )


def test_a_real_device_is_never_replaced_by_a_far_end(home: Path) -> None:
    (home / "pad").write_bytes(b"")
    command = [sys.executable, "-m", "devices", "simulate", "--control", "0", "--config", str(home)]
    environ = {**os.environ, "HALL_DATA": str(home)}
    ended = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 2
    assert f"pad-1: cannot be simulated here: a real device is at {home / 'pad'}" in ended.stderr
    assert (home / "pad").is_file()
