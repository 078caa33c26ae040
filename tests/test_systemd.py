"""The shipped units: no key that systemd would skip, no command that `hall` lacks, no more rights than are needed."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import typer.main

from server.cli import app

UNITS = Path(__file__).parents[1] / "config" / "systemd"
SYSTEM = sorted(path.name for path in UNITS.iterdir() if path.is_file())
USER = sorted(path.name for path in (UNITS / "user").iterdir())
MOST_EXPOSED = 2.0
"""Of 10, as `systemd-analyze security` weighs a service: what is below 2 it calls OK."""
SHUT = ("NoNewPrivileges=yes", "LockPersonality=yes", "RestrictSUIDSGID=yes", "SystemCallFilter=@system-service")
SHUT_FOR_GOOD = (*SHUT, "CapabilityBoundingSet=\n", "ProtectSystem=strict", "ProtectHome=yes", "PrivateTmp=yes")

needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed here")


def text_of(name: str) -> str:
    found = UNITS / name if (UNITS / name).exists() else UNITS / "user" / name
    return found.read_text(encoding="utf-8")


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """Copies that start something which every machine has, so that only the units themselves are looked at."""
    home = tmp_path / "units"
    home.mkdir()
    for name in (*SYSTEM, *USER):
        (home / name).write_text(re.sub(r"/(opt/powerhall/bin/hall|usr/sbin/mosquitto)", "/bin/true", text_of(name)))
    return home


def analyze(*words: str, home: Path) -> subprocess.CompletedProcess[str]:
    environ = os.environ | {"XDG_RUNTIME_DIR": str(home), "SYSTEMD_PAGER": "", "SYSTEMD_UNIT_PATH": f"{home}:"}
    line = ["systemd-analyze", *words]
    return subprocess.run(line, env=environ, cwd=home, capture_output=True, text=True, check=False, timeout=60)


@needs_systemd
@pytest.mark.parametrize("name", [*SYSTEM, *USER])
def test_systemd_understands_every_key(name: str, units: Path) -> None:
    manager = "--user" if name in USER else "--system"

    seen = analyze("verify", manager, "--man=no", "--recursive-errors=no", f"./{name}", home=units)

    assert (seen.returncode, seen.stderr) == (0, "")


@needs_systemd
@pytest.mark.parametrize("name", [name for name in SYSTEM if name.endswith(".service")])
def test_services_have_no_more_rights_than_they_need(name: str, units: Path) -> None:
    threshold = f"--threshold={int(MOST_EXPOSED * 10)}"

    seen = analyze("security", "--offline=true", "--no-pager", threshold, f"./{name}", home=units)

    assert seen.returncode == 0, seen.stdout + seen.stderr


@pytest.mark.parametrize("name", [name for name in (*SYSTEM, *USER) if name.endswith(".service")])
def test_every_service_is_shut_in_and_bounded(name: str) -> None:
    unit = text_of(name)

    wanted = SHUT if name in USER else SHUT_FOR_GOOD
    assert [key for key in wanted if key not in unit] == []
    assert re.search(r"^MemoryMax=\d+[MG]$", unit, re.MULTILINE)
    assert "User=root" not in unit


@pytest.mark.parametrize("name", [*SYSTEM, *USER])
def test_units_start_commands_that_hall_has(name: str) -> None:
    commands = set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]

    assert set(re.findall(r"/opt/powerhall/bin/hall (\w+)", text_of(name))) <= commands


def test_a_wrong_config_or_database_is_not_started_again_and_again() -> None:
    """The exit codes that `hall` keeps for what only a person can mend."""
    assert "RestartPreventExitStatus=2 3" in text_of("powerhall-server.service")
    for name in ("powerhall-station.service", *USER):
        assert "RestartPreventExitStatus=2\n" in text_of(name)
