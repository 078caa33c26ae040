"""The technician's errands: every kind of device is tried out over its simulator, well and faulty."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from random import Random
from typing import Protocol

import pytest

from devices.announcer.making import make_clips
from devices.bootstrap import build_simulation
from devices.errors import ConfigError
from devices.registry import load_devices
from devices.simulation import Simulation
from devices.technician import try_out
from devices.workbench.by_hand import HELP, by_hand
from server.contract.words import Language

DEVICES = """
[devices.printer-1]
kind = "ticket_printer"
driver = "escpos"
at = "kiosk-1"
serial = { path = "printer" }

[devices.pad-1]
kind = "rating_pad"
driver = "framed"
at = "station-1"
counter = 1
address = 1
serial = { path = "pad" }

[devices.sign-1]
kind = "led_sign"
driver = "bx6"
at = "station-1"
serial = { path = "sign" }

[devices.sign-2]
kind = "led_sign"
driver = "lines"
at = "station-1"
counter = 2
serial = { path = "sign-2" }

[devices.keys-1]
kind = "call_pads"
driver = "checked"
at = "station-1"
serial = { path = "keys" }
counters = { 4 = 1 }

[devices.reader-1]
kind = "code_reader"
driver = "serial"
at = "kiosk-1"
serial = { path = "reader", baudrate = 9600 }

[devices.reader-2]
kind = "code_reader"
driver = "hid"
at = "kiosk-2"
input = { path = "reader-2" }

[devices.card-1]
kind = "card_reader"
driver = "sam"
at = "kiosk-1"
serial = { path = "card" }
"""
VOICE = """
[devices.voice-1]
kind = "announcer"
driver = "clips"
at = "station-1"
player = ["true"]
languages = ["en"]
"""


class Logs(Protocol):
    def expect(self, pattern: str) -> None: ...


class Workshop:
    def __init__(self, home: Path) -> None:
        self.home = home
        (home / "devices.toml").write_text(DEVICES, encoding="utf-8")
        self.simulation: Simulation = build_simulation(load_devices(home, home), 0, Random(1))

    def try_out(self, name: str, patience_s: float = 10.0) -> tuple[bool, list[str]]:
        said: list[str] = []
        device = next(device for device in load_devices(self.home, self.home) if device.name == name)
        return try_out(device, said.append, patience_s=patience_s), said

    def press_when_asked(self, name: str, button: dict[str, object]) -> tuple[bool, list[str]]:
        """Presses a key from the moment on at which the technician is asked to."""
        said: list[str] = []
        device = next(device for device in load_devices(self.home, self.home) if device.name == name)

        def say(line: str) -> None:
            said.append(line)
            if any(word in line for word in ("press one", "press a key", "hold a code", "lay a card")):
                threading.Thread(target=self.simulation.press, args=({"device": name, **button},)).start()

        return try_out(device, say, patience_s=10), said


@pytest.fixture
def workshop(tmp_path: Path) -> Iterator[Workshop]:
    with ExitStack() as stack:
        workshop = Workshop(tmp_path)
        workshop.simulation.start()
        stack.callback(workshop.simulation.stop)
        yield workshop


def test_a_printer_prints_a_slip(workshop: Workshop) -> None:
    well, said = workshop.try_out("printer-1")

    assert well
    assert said == [
        f"printer-1: ticket_printer escpos, {workshop.home / 'printer'}",
        "health: ok",
        "test slip: printed",
        "roll: slips printed 1, paper left 79.9 m",
    ]
    (slip,) = workshop.simulation.press({"device": "printer-1", "do": "slips"})["slips"]
    assert "A012" in slip["text"]


def test_an_empty_printer_is_told(workshop: Workshop) -> None:
    workshop.simulation.press({"device": "printer-1", "do": "paper", "state": "out"})

    well, said = workshop.try_out("printer-1")

    assert not well
    assert said[1:3] == ["health: fault: paper out", "  -> put a roll in"]
    assert said[3].startswith("test slip: failed")


def test_a_key_of_a_rating_pad_is_heard(workshop: Workshop) -> None:
    well, said = workshop.press_when_asked("pad-1", {"do": "press", "key": 4})

    assert well
    assert said[1:] == ["health: ok", "its keys are lit for 10 s; press one", "key 4 was pressed"]


@pytest.mark.parametrize("name", ["printer-1", "pad-1", "sign-1", "keys-1", "reader-1", "reader-2"])
def test_of_a_device_whose_cable_is_out_nothing_more_is_asked(workshop: Workshop, name: str) -> None:
    workshop.simulation.press({"device": name, "do": "unplug"})
    port = next(device.where for device in load_devices(workshop.home, workshop.home) if device.name == name)

    well, said = workshop.try_out(name)

    assert not well
    assert said[1] == "health: fault: unplugged"
    assert said[2].startswith(f"  {name}: {port} is not there -> is it plugged in at ")
    assert len(said) == 3


def test_a_silent_pad_is_told_with_what_to_do(workshop: Workshop) -> None:
    workshop.simulation.press({"device": "pad-1", "do": "silence"})

    well, said = workshop.try_out("pad-1")

    assert not well
    assert said[1] == "health: unknown: silent"
    assert said[2].startswith("  -> is it on, with the speed and address of devices.toml?")


def test_a_pad_that_nobody_presses_is_told(workshop: Workshop) -> None:
    assert workshop.try_out("pad-1", patience_s=0.2)[1][-1] == "no key was pressed"


@pytest.mark.parametrize("name", ["reader-1", "reader-2"])
def test_a_code_is_read_and_not_told(workshop: Workshop, name: str) -> None:
    well, said = workshop.press_when_asked(name, {"do": "scan", "text": "https://hall.example/t/secret"})

    assert well
    assert said[1:] == ["health: ok", "hold a code up to it", "a code of 29 letters was read"]


def test_a_card_is_read_and_its_initial_alone_is_told(workshop: Workshop) -> None:
    key = workshop.home / "card.key"
    key.write_bytes(bytes(32))
    key.chmod(0o600)

    well, said = workshop.press_when_asked("card-1", {"do": "lay", "name": "王小试"})

    assert well
    assert said[1:] == ["health: ok", "lay a card on it", "a card was read: 王**"]


@pytest.mark.skipif(os.name != "posix", reason="files have owners and rights")
@pytest.mark.parametrize(
    ("size", "rights", "why"),
    [(0, 0, "cannot be read"), (31, 0o600, "is no key of 32 bytes"), (32, 0o644, "may be read by others")],
)
def test_a_card_reader_without_its_key_is_refused(workshop: Workshop, size: int, rights: int, why: str) -> None:
    if rights:
        key = workshop.home / "card.key"
        key.write_bytes(bytes(size))
        key.chmod(rights)

    with pytest.raises(ConfigError, match=f"device card-1: key key_file: .*{why}"):
        workshop.try_out("card-1")


@pytest.mark.parametrize("name", ["sign-1", "sign-2"])
def test_a_sign_shows_the_number(workshop: Workshop, name: str) -> None:
    well, said = workshop.try_out(name)

    assert (well, said[1:]) == (True, ["health: ok", "it should show A012 now"])
    assert workshop.simulation.press({"device": name, "do": "look"})["text"] == "A012"


def test_a_key_of_a_call_pad_is_heard(workshop: Workshop) -> None:
    well, said = workshop.press_when_asked("keys-1", {"do": "key", "address": 4, "key": "start"})

    assert well
    assert said[-1] == "pad 4: start"


def test_a_voice_without_its_clips_is_told(tmp_path: Path, expected_logs: Logs) -> None:
    (tmp_path / "devices.toml").write_text(VOICE, encoding="utf-8")
    (device,) = load_devices(tmp_path, tmp_path)
    said: list[str] = []
    expected_logs.expect("not all can be said")
    assert not try_out(device, said.append, patience_s=0)
    assert said[1] == "health: fault: clips"
    assert "`hall device voices`" in said[2]

    make_clips(tmp_path / "voices", [Language.EN], range(1, 2))

    assert try_out(device, said.append, patience_s=0)
    assert said[-2:] == ["health: ok", "it should have said: A012 to counter 1"]


def test_a_voice_in_its_quiet_hours_says_so(tmp_path: Path) -> None:
    always = VOICE + 'quiet = [{ since = "00:00", until = "23:59" }, { since = "23:59", until = "00:00" }]\n'
    (tmp_path / "devices.toml").write_text(always, encoding="utf-8")
    (device,) = load_devices(tmp_path, tmp_path)
    said: list[str] = []

    assert not try_out(device, said.append, patience_s=0)

    assert said[-1] == "nothing was said, for these are `quiet` hours in devices.toml"


def test_far_ends_are_played_by_hand(workshop: Workshop) -> None:
    said: list[str] = []
    by_hand(
        workshop.simulation,
        [
            "pad-1 press key=5",
            "printer-1 paper state=out",
            "",
            "pad-9 press",
            'pad-1 "',
            "sign-1",
            "sign-1 buttons",
            "devices",
        ],
        said.append,
    )

    assert said[:3] == [HELP, "sequence: 1", "done"]
    assert said[3].startswith("error: no device 'pad-9'; there are ")
    assert said[4:7] == ["error: No closing quotation", "text: –", "faults: –"]
    assert "unplug: pulls the cable" in said
    assert said[-1].startswith("devices: card-1, ")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["devices", "ports"], 0, "/keys, opened by station-1"),
        (["server", "device", "list"], 0, "Serial ports of this machine:"),
        (["server", "device", "test", "printer-1"], 0, "test slip: printed"),
        (["server", "device", "roll", "printer-1"], 0, "printer-1 counts from a new roll of 80 m"),
        (["devices", "roll", "printer-1", "--metres", "42.5"], 0, "a new roll of 42.5 m"),
        (["devices", "roll", "printer-1", "--metres", "-3"], 2, "a roll has more than 0 and at most 1000 metres"),
        (["devices", "roll", "pad-1"], 2, "line 9, device pad-1: key kind: a rating_pad has no roll of paper"),
        (["devices", "test", "printer-7"], 2, "printer-7: is not there; there are printer-1, pad-1"),
    ],
)
def test_the_errands_are_commands(workshop: Workshop, words: list[str], code: int, said: str) -> None:
    command = [sys.executable, "-m", *words, "--config", str(workshop.home)]
    environ = {**os.environ, "HALL_DATA": str(workshop.home)}
    ended = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=30, check=False)

    assert ended.returncode == code
    assert said in ended.stdout + ended.stderr


def test_a_technician_who_waits_no_longer_presses_ctrl_c(workshop: Workshop) -> None:
    command = [sys.executable, "-m", "devices", "test", "pad-1", "--config", str(workshop.home)]
    environ = {**os.environ, "HALL_DATA": str(workshop.home)}
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as trial:
        assert trial.stdout is not None
        while "press one" not in trial.stdout.readline():
            continue
        trial.send_signal(signal.SIGINT)
        _, told = trial.communicate(timeout=30)

    assert (trial.returncode, told) == (130, "")
