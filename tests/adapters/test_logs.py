"""The server's log lines: to systemd's journal with a priority, or to a file that does not grow without end."""

import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.adapters.logs import set_up_logs
from server.settings import Logs


@pytest.fixture(autouse=True)
def root() -> Iterator[logging.Logger]:
    logger = logging.getLogger()
    handlers, level = logger.handlers, logger.level
    yield logger
    for handler in logger.handlers:
        handler.close()
    logger.handlers, logger.level = handlers, level


def test_a_file_is_begun_anew_at_its_size_and_old_ones_go(tmp_path: Path) -> None:
    file = tmp_path / "log" / "hall.log"
    set_up_logs(Logs(file, size_mb=1, count=2, audit_dir=tmp_path, audit_months=6), {})

    for number in range(5000):
        logging.getLogger("hall").info("%d %s", number, "x" * 1000)

    assert sorted(each.name for each in file.parent.iterdir()) == ["hall.log", "hall.log.1", "hall.log.2"]
    assert all(each.stat().st_size <= 1_000_000 for each in file.parent.iterdir())
    assert {each.stat().st_mode & 0o777 for each in file.parent.iterdir()} == {0o640}
    assert file.read_text().splitlines()[-1].split()[1:4] == ["INFO", "hall", "4999"]


def test_a_file_tells_the_time_in_utc(tmp_path: Path) -> None:
    file = tmp_path / "hall.log"
    set_up_logs(Logs(file, size_mb=1, count=1, audit_dir=tmp_path, audit_months=6), {})

    logging.getLogger("hall").info("hello")

    stamp, *_ = file.read_text().split()
    assert len(stamp) == len("2026-11-20T04:00:00.000Z")
    assert stamp.endswith("Z")


def test_systemds_journal_is_told_each_lines_priority(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    logs = Logs(None, size_mb=1, count=1, audit_dir=tmp_path, audit_months=6)
    set_up_logs(logs, {"JOURNAL_STREAM": "8:1"})
    try:
        raise ValueError("of many\nlines")
    except ValueError:
        logging.getLogger("hall").info("it failed", exc_info=sys.exc_info())

    told = capsys.readouterr().err.splitlines()
    assert told[0] == "<6>hall it failed"
    assert len(told) > 3
    assert all(line.startswith("<6>") for line in told)
