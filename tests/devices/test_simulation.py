"""The simulators as a program: stable paths, buttons on loopback, mistakes answered in words."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from devices.protocols import Printed
from devices.registry import ticket_printer
from devices.sheets import Sheet

Wait = Callable[..., None]
DEVICES = """
[devices.printer-1]
kind = "ticket_printer"
driver = "escpos"
at = "kiosk-1"
tcp = {{ host = "127.0.0.1", port = {port} }}

[devices.pad-1]
kind = "rating_pad"
driver = "framed"
at = "station-1"
counter = 1
address = 1
serial = {{ path = "serial/pad-1" }}
"""


class Buttons:
    """A caller of the control port."""

    def __init__(self, port: int) -> None:
        self._port = port

    def ask(self, *requests: object) -> list[dict[str, Any]]:
        lines = b"".join((each if isinstance(each, bytes) else json.dumps(each).encode()) + b"\n" for each in requests)
        with socket.create_connection(("127.0.0.1", self._port), 5) as line, line.makefile("rb") as answers:
            line.sendall(lines)
            return [json.loads(answers.readline()) for _ in requests]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def simulate(config: Path, control: int, told: int = subprocess.DEVNULL) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "devices", "simulate", "--config", str(config), "--control", str(control)]
    environ = {**os.environ, "HALL_DATA": str(config)}
    return subprocess.Popen(command, env=environ, stderr=told)


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def buttons(tmp_path: Path, eventually: Wait) -> Iterator[Buttons]:
    control = free_port()
    (tmp_path / "devices.toml").write_text(DEVICES.format(port=free_port()), encoding="utf-8")
    process = simulate(tmp_path, control)
    try:
        eventually(lambda: answers(control), 20)
        yield Buttons(control)
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    assert list((tmp_path / "serial").iterdir()) == []


def test_a_kiosk_prints_on_it_and_the_slips_can_be_read(buttons: Buttons, tmp_path: Path, zh_sheet: Sheet) -> None:
    printer = ticket_printer(tmp_path, tmp_path, "kiosk-1")
    assert printer is not None
    assert printer.print(zh_sheet).printed is Printed.PRINTED
    printer.close()

    (answer,) = buttons.ask({"device": "printer-1", "do": "slips"})

    (slip,) = answer["slips"]
    assert (slip["number"], slip["cut"], slip["bytes"] <= 600) == ("A023", True, True)
    assert slip["qr"].startswith("https://hall.csgd.example.cn/t/")
    assert buttons.ask({"device": "printer-1", "do": "slips", "since": 1}) == [{"ok": True, "slips": []}]


def test_a_pad_stands_under_its_stable_path_also_after_replugging(buttons: Buttons, tmp_path: Path) -> None:
    path = tmp_path / "serial" / "pad-1"
    assert path.is_char_device()

    buttons.ask({"device": "pad-1", "do": "unplug"})
    assert not path.exists()
    buttons.ask({"device": "pad-1", "do": "plug"})
    assert path.is_char_device()


def test_a_port_that_another_program_has_is_told_and_no_far_end_is_left(tmp_path: Path) -> None:
    (tmp_path / "devices.toml").write_text(DEVICES.format(port=free_port()), encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = simulate(tmp_path, port, subprocess.PIPE)
        _, told = process.communicate(timeout=60)

    assert (process.returncode, told.decode()) == (2, f"buttons: port {port} cannot be had: Address already in use\n")
    assert list((tmp_path / "serial").iterdir()) == []


def test_a_wrong_request_is_answered_in_words_and_the_line_stays_open(buttons: Buttons) -> None:
    told = buttons.ask(
        b"not json",
        ["press"],
        {"device": "pad-9", "do": "press"},
        {"device": "pad-1", "do": "jump"},
        {"device": "pad-1", "do": "press", "key": 99},
        {"device": "printer-1", "do": "paper", "state": "wet"},
        {"do": "devices"},
    )

    assert ["error" in answer for answer in told] == [True] * 6 + [False]
    assert "pad-1, printer-1" in told[2]["error"]
    assert "it has press" in told[3]["error"]
    assert told[6] == {"devices": ["pad-1", "printer-1"]}


def test_a_mistake_in_the_file_ends_the_program_with_one_sentence(tmp_path: Path) -> None:
    text = DEVICES.format(port=9100).replace("address = 1", "address = 256")
    (tmp_path / "devices.toml").write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "devices", "simulate", "--config", str(tmp_path)]

    ended = subprocess.run(command, capture_output=True, text=True, check=False)

    assert ended.returncode == 2
    assert ended.stderr.strip().endswith("line 13, device pad-1: key address: must be at most 255, not 256")
