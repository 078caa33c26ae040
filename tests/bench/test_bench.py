"""Each figure of `hall bench` can be measured and has its shape; no time is ever judged here."""

import json
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from server.demo.bench.figures import Figure, at_least, at_most, quantile, table
from server.demo.bench.hall import Ground
from server.demo.bench.issuing import on_postgresql
from server.demo.bench.postgresql import own_postgresql
from server.demo.bench.run import GOALS, MEASUREMENTS, Measurement

CONFIG = Path(__file__).parents[2] / "config"


def bench(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "server", "bench", "--config", str(CONFIG), *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=110, cwd=CONFIG.parent, check=False)


@pytest.mark.parametrize(("goals", "measurement"), MEASUREMENTS, ids=lambda value: getattr(value, "__name__", ""))
def test_a_measurement_yields_its_goals(
    goals: frozenset[int], measurement: Measurement, tmp_path: Path, pg_url: str
) -> None:
    database_url = pg_url if measurement is on_postgresql else ""

    figures = measurement(Ground(CONFIG, tmp_path, quick=True, database_url=database_url))

    assert {figure.goal for figure in figures} == goals
    assert all(figure.figure and figure.limit >= 0 for figure in figures)
    assert list(tmp_path.iterdir()) == []
    lost = [figure for figure in figures if figure.goal in (5, 13) and not figure.met]
    assert lost == []


def test_the_row_lock_is_measured_on_a_postgresql_as_durable_as_a_halls() -> None:
    with own_postgresql(None) as url, psycopg.connect(url.replace("+psycopg", "")) as connection:
        asked = connection.execute("SELECT current_setting('fsync'), current_setting('synchronous_commit')")
        durable = asked.fetchone()

    assert durable == ("on", "on")


def test_the_command_prints_what_programs_read(tmp_path: Path) -> None:
    ended = bench("--json", "--quick", "--only", "1", "--dir", str(tmp_path))

    assert ended.returncode == 0, ended.stderr
    (figure,) = json.loads(ended.stdout)
    assert set(figure) >= {"goal", "figure", "value", "limit", "ratio", "met"}
    assert (figure["goal"], figure["limit"]) == (1, 1.0)
    assert "one fsync" in figure["seen"]


def test_a_goal_that_is_not_measured_is_refused() -> None:
    ended = bench("--only", "99")

    assert ended.returncode == 2
    assert f"not measured here: [99]; there are {sorted(GOALS)}" in ended.stderr


def test_a_figure_is_judged_from_its_side() -> None:
    assert at_most(1, "ms", 2.0, 1.0) == Figure(1, "ms", 2.0, 1.0, 2.0, met=False)
    assert at_least(2, "a second", 3300, 3000).met
    assert at_most(5, "losses", 0, 0) == Figure(5, "losses", 0, 0, 0, met=True)
    assert not at_most(5, "losses", 3, 0).met


def test_a_quantile_is_a_value_that_was_seen() -> None:
    assert quantile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert quantile(list(range(1, 101)), 0.99) == 99
    assert quantile([7.0], 0.99) == 7.0


def test_the_table_says_what_was_missed() -> None:
    head, met, missed = table([at_most(1, "ms", 0.5, 1), at_least(2, "a second", 10, 20, "slow disk")]).splitlines()

    assert "value" in head
    assert met.split() == ["1", "0.5", "1", "0.50", "met", "ms"]
    assert missed.endswith("MISSED a second (slow disk)")
