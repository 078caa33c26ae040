"""The demo's stage: a hall of its own that never touches another one."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from server.console import initialise
from server.demo.children import Child
from server.demo.stage import set_stage
from server.settings import ConfigError, load

CONFIG = Path(__file__).parents[2] / "config"


def test_programs_of_the_demo_do_not_hear_the_callers_hall(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HALL_DATABASE_URL", "postgresql://a-real-hall")
    told = "import os; print(sorted(name for name in os.environ if name.startswith('HALL_')))"

    child = Child("told", [sys.executable, "-c", told], {"HALL_DATA": str(tmp_path)}, tmp_path)
    child.start()
    process = child.process
    assert process is not None
    assert process.wait(20) == 0

    assert (tmp_path / "told.log").read_text().strip() == "['HALL_DATA']"


def test_database_of_a_real_hall_is_refused(tmp_path: Path, pg_url: str) -> None:
    real = tmp_path / "real"
    real.mkdir()
    for file in CONFIG.glob("*.toml"):
        (real / file.name).write_bytes(file.read_bytes())
    text = (real / "hall.toml").read_text(encoding="utf-8")
    (real / "hall.toml").write_text(
        text.replace("[broker]", f'database_url = "{pg_url}"\n\n[broker]', 1), encoding="utf-8"
    )
    initialise(load(real, {"HALL_DATA": str(tmp_path / "data")}))

    with pytest.raises(ConfigError, match="serves a hall already"):
        set_stage(real, tmp_path / "home", speed=1, start=datetime(2026, 11, 2, tzinfo=UTC), erlangs=1)
