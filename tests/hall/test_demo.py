"""`hall demo` from its command line: a small day lived to its end, and traces that cannot be played."""

import json
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest

PEOPLE = 12
HEAD = "arrive,service,priority,handle_seconds"
OPENING = datetime(2020, 1, 7, 8, 0)  # noqa: DTZ001 -- a trace tells local times
PATIENCE_S = 280
"""A whole day takes a minute on a machine that does nothing else."""

pytestmark = pytest.mark.timeout(PATIENCE_S + 20)


def demo(config_dir: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "server", "demo", "--config", str(config_dir), "--headless", "--port", "0", *words]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=PATIENCE_S, cwd=config_dir.parent, check=False
    )


def small_day(path: Path) -> Path:
    letters, classes = "ABC", ["normal", "normal", "elder", "normal"]
    rows = [
        f"{(OPENING + timedelta(seconds=90 * n)).isoformat()},{letters[n % 3]},{classes[n % 4]},{60 + 15 * n}"
        for n in range(PEOPLE)
    ]
    path.write_text("\n".join([HEAD, *rows]) + "\n", encoding="utf-8")
    return path


def test_a_small_day_is_lived_to_its_end_over_a_kill_and_failing_devices(config_dir: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    trace = small_day(tmp_path / "day.csv")

    troubles = ("--kills", "1", "--faults")
    ended = demo(config_dir, "--trace", str(trace), "--speed", "60", *troubles, "--report", str(report))

    assert ended.returncode == 0, ended.stderr + ended.stdout
    account = json.loads(report.read_text(encoding="utf-8"))
    assert account["problems"] == []
    assert account["customers"] == account["tickets"] == PEOPLE
    assert account["printed"] == PEOPLE + account["reprints"] - account["unprinted"]
    assert account["finished"] + account["no_show"] == PEOPLE
    assert account["said"] + sum(account["unsaid"].values()) >= account["called"]
    assert account["killed"] == {"server": 1, "broker": 1}
    assert "manager board" in ended.stdout


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (["2020-01-07T08:00:00,A,normal,soon"], "day.csv:2: could not convert string to float: 'soon'"),
        (["2020-01-07T08:00:00,A,normal,60", "noon,A,normal,60"], "day.csv:3: Invalid isoformat string: 'noon'"),
        (["2020-01-07T08:00:00,A,royal,60"], "day.csv:2: 'royal' is not a valid CustomerClass"),
        ([], "no customers in it"),
    ],
)
def test_a_trace_that_cannot_be_played_is_refused_with_its_line(
    config_dir: Path, tmp_path: Path, rows: list[str], said: str
) -> None:
    trace = tmp_path / "day.csv"
    trace.write_text("\n".join([HEAD, *rows]) + "\n", encoding="utf-8")

    ended = demo(config_dir, "--trace", str(trace))

    assert ended.returncode == 2
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_trace_that_is_not_there_is_named(config_dir: Path, tmp_path: Path) -> None:
    ended = demo(config_dir, "--trace", str(tmp_path / "none.csv"))

    assert ended.returncode == 2
    assert "none.csv: No such file or directory" in ended.stderr
