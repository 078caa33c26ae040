"""A wrong configuration: refused when it is loaded, by file and place, and nothing starts."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import tomli_w

from server.settings import read_toml

CONFIG = Path(__file__).parents[2] / "config"


@pytest.mark.fault(33)
@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("recall_limit", "recal_limit", "recal_limit: there is no such key; did you mean 'recall_limit'?"),
        ('timezone = "', 'timezone = "Moon/', "timezone"),
        ("[counters.1]", "[counters.1", "line "),
    ],
)
def test_a_wrong_configuration_is_refused_with_file_and_place_and_no_server_starts(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    config = Path(shutil.copytree(CONFIG, tmp_path / "config"))
    text = (config / "hall.toml").read_text(encoding="utf-8")
    assert old in text
    (config / "hall.toml").write_text(text.replace(old, new, 1), encoding="utf-8")

    ended = started(config, tmp_path / "data")

    assert ended.returncode == 2
    assert "hall.toml" in ended.stderr
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not (tmp_path / "data").exists()


@pytest.mark.fault(33)
def test_a_service_that_no_counter_serves_is_refused_by_name(tmp_path: Path) -> None:
    config = Path(shutil.copytree(CONFIG, tmp_path / "config"))
    hall = read_toml(config / "hall.toml")
    for counter in hall["counters"].values():
        counter["services"] = [service for service in counter["services"] if service != "pay"] or ["new"]
    (config / "hall.toml").write_text(tomli_w.dumps(hall), encoding="utf-8")

    ended = started(config, tmp_path / "data")

    assert ended.returncode == 2
    assert "pay" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.fault(33)
def test_a_port_that_another_program_has_is_told_and_worth_another_start(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        ended = started(CONFIG, tmp_path / "data", other.getsockname()[1])

    assert ended.returncode == 1
    assert "address already in use" in ended.stderr
    assert "`ss -ltnp` tells who has port" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.fault(33)
def test_a_certificate_that_is_none_is_told_and_waits_for_a_person(tmp_path: Path) -> None:
    config = Path(shutil.copytree(CONFIG, tmp_path / "config"))
    hall = read_toml(config / "hall.toml")
    hall["server"]["tls"] = {"certificate": "hall.crt", "key": "hall.key"}
    (config / "hall.toml").write_text(tomli_w.dumps(hall), encoding="utf-8")
    for name in hall["server"]["tls"].values():
        (config / name).write_text("no certificate, no key", encoding="utf-8")

    ended = started(config, tmp_path / "data")

    assert ended.returncode == 3
    assert ended.stderr.startswith("[server.tls] of hall.toml cannot be used: ")
    assert "Traceback" not in ended.stderr


def started(config: Path, data: Path, port: int = 0) -> "subprocess.CompletedProcess[str]":
    """A server told to serve this configuration."""
    command = [sys.executable, "-m", "server", "server", "--config", str(config)]
    surroundings = {"HALL_DATA": str(data), "HALL_BROKER": "none", "HALL_PORT": str(port)}
    return subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False, env={**os.environ, **surroundings}
    )
