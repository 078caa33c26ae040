"""`hall doctor` on devices: one finding each, what to do, in time, and nothing is disturbed."""

import getpass
import grp
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from random import Random

import pytest

from devices.bootstrap import build_simulation
from devices.doctor import Finding, examine
from devices.entries import Device
from devices.registry import load_devices
from devices.simulation import Simulation

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
"""

CARD_READER = """
[devices.card-1]
kind = "card_reader"
driver = "sam"
at = "kiosk-1"
serial = { path = "card" }
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "devices.toml").write_text(DEVICES, encoding="utf-8")
    return tmp_path


def devices(home: Path) -> tuple[Device, ...]:
    return load_devices(home, home)


@pytest.fixture
def far_ends(home: Path) -> Iterator[Simulation]:
    simulation = build_simulation(devices(home), 0, Random(1))
    with ExitStack() as stack:
        stack.callback(simulation.stop)
        simulation.start()
        yield simulation


def test_what_is_there_and_well_is_told_so(home: Path, far_ends: Simulation) -> None:
    assert examine(devices(home)) == [
        Finding("ok", "printer-1 answers: all is well"),
        Finding("ok", f"sign-1: {home / 'sign'} is there and free"),
    ]


def test_a_printer_tells_what_it_lacks(home: Path, far_ends: Simulation) -> None:
    far_ends.press({"device": "printer-1", "do": "paper", "state": "out"})
    printer, _ = examine(devices(home))
    assert (printer.health, printer.what, printer.to_do) == ("fault", "printer-1 answers: paper out", "put a roll in")


def test_a_silent_printer_is_looked_at_in_time(home: Path, far_ends: Simulation) -> None:
    far_ends.press({"device": "printer-1", "do": "silence"})
    printer, _ = examine(devices(home))
    assert (printer.health, printer.what) == ("look", "printer-1 does not say how it is: silent")


@pytest.mark.parametrize(("make", "what"), [(Path.mkdir, "a folder"), (Path.touch, "a plain file")])
def test_what_is_no_port_is_told(home: Path, make: Callable[[Path], None], what: str) -> None:
    make(home / "sign")
    assert examine(devices(home))[1] == Finding(
        "fault", f"sign-1: {home / 'sign'} is {what} and no port", "name the port; see `hall device list`"
    )


def test_two_programs_that_name_one_port_are_told(home: Path, far_ends: Simulation) -> None:
    with (home / "devices.toml").open("a", encoding="utf-8") as file:
        file.write(
            DEVICES[DEVICES.index("[devices.sign-1]") :].replace("sign-1", "sign-2").replace("station-1", "st-2")
        )
    *_, shared = examine(devices(home))
    assert shared == Finding(
        "look",
        f"sign-1 of station-1 and sign-2 of st-2 name one port, {home / 'sign'}",
        "right on two machines only; on one, correct devices.toml",
    )


def test_a_card_reader_without_its_key_is_told(tmp_path: Path) -> None:
    (tmp_path / "devices.toml").write_text(CARD_READER, encoding="utf-8")
    (card,) = examine(devices(tmp_path))
    assert card.health == "fault"
    assert "devices.toml, line 2, device card-1: key key_file: " in card.what
    assert "`hall init` makes it" in card.what


def test_a_port_that_is_not_there_is_told_with_its_machine(home: Path) -> None:
    printer, sign = examine(devices(home))
    assert printer == Finding(
        "look",
        f"printer-1: {home / 'printer'} is not there",
        "is it plugged in at kiosk-1? see `hall device list`",
    )
    assert sign.health == "look"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["-m", "devices", "station"], lambda what: ("ok", f"{what}; the board tells how it is")),
        (["-m", "minicom"], lambda what: ("look", f"{what}, {Path(sys.executable).name}, which is none of the hall's")),
    ],
)
def test_a_port_in_use_is_left_alone_and_its_user_named(
    home: Path, far_ends: Simulation, words: list[str], told: Callable[[str], tuple[str, str]]
) -> None:
    holding = f"f = open({str(home / 'sign')!r}, 'rb+', buffering=0); print(1, flush=True); input()"
    holder = subprocess.Popen(
        [sys.executable, "-c", holding, *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert holder.stdout is not None
        holder.stdout.readline()
        _, sign = examine(devices(home))
    finally:
        holder.communicate(b"\n")
    assert (sign.health, sign.what) == told(f"sign-1: {home / 'sign'} is in use by process {holder.pid}")


@pytest.fixture
def anybody() -> Iterator[Path]:
    """A folder with a port that nobody may open, and this process no longer root while the test runs."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        (Path(folder) / "sign").touch(mode=0o000)
        (Path(folder) / "devices.toml").write_text(DEVICES[DEVICES.index("[devices.sign-1]") :], encoding="utf-8")
        was = os.geteuid()
        if was == 0:
            os.seteuid(65534)
        try:
            yield Path(folder)
        finally:
            os.seteuid(was)


def test_a_port_that_may_not_be_opened_is_told_with_the_command_that_mends_it(anybody: Path) -> None:
    (sign,) = examine(devices(anybody))
    user, group = getpass.getuser(), grp.getgrgid((anybody / "sign").stat().st_gid).gr_name
    assert sign == Finding(
        "fault",
        f"sign-1: {user} may not open {anybody / 'sign'}, which belongs to group {group}",
        f"sudo usermod -aG {group} {user}, then sign in anew",
    )


def test_whatever_hangs_the_rest_is_told_in_time(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=8) as mute:
        place = f'tcp = {{ host = "127.0.0.1", port = {mute.getsockname()[1]} }}'
        (home / "devices.toml").write_text(DEVICES.replace('serial = { path = "printer" }', place), encoding="utf-8")
        hanging, sign = examine(devices(home), within_s=0.01)
    assert hanging.what in {"printer-1 has not answered in time", "printer-1 does not say how it is: silent"}
    assert sign.what


def test_mistakes_in_the_file_are_told_and_the_other_devices_looked_at(home: Path, far_ends: Simulation) -> None:
    (home / "devices.toml").write_text(DEVICES.replace('"escpos"', '"star"'), encoding="utf-8")
    command = [sys.executable, "-m", "devices", "doctor", "--config", str(home)]
    ended = subprocess.run(
        command, env={**os.environ, "HALL_DATA": str(home)}, capture_output=True, text=True, timeout=60, check=False
    )
    mistake, sign = ended.stdout.splitlines()
    assert (ended.returncode, ended.stderr) == (1, "")
    assert mistake.startswith(
        f"fault  {home / 'devices.toml'}, line 4, device printer-1: key driver: 'star' is not known"
    )
    assert "sign-1: " in sign


def test_it_is_a_command_for_people_and_for_programs(home: Path, far_ends: Simulation) -> None:
    command = [sys.executable, "-m", "devices", "doctor", "--config", str(home)]
    environ = {**os.environ, "HALL_DATA": str(home)}
    people = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=True)
    programs = subprocess.run([*command, "--json"], env=environ, capture_output=True, text=True, timeout=60, check=True)
    told = f"printer-1: {home / 'printer'} is in use by process {os.getpid()}, "
    assert people.stdout.splitlines()[0].startswith(f"look   {told}")
    finding = json.loads(programs.stdout.splitlines()[0])
    assert finding["health"] == "look"
    assert finding["what"].startswith(told)
    assert finding["to_do"].endswith("kiosk-1 cannot open it")
