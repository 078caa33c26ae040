"""Thirty-two callers, two servers on one journal killed at random: what was told holds together, and the journal."""

from pathlib import Path

import pytest

from server.adapters.database import open_engine
from server.adapters.verify import verify
from server.demo.siege import Plan, Siege, besiege
from server.demo.stage import Stage


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database(request: pytest.FixtureRequest) -> str:
    """For SQLite the siege makes its own."""
    return "" if request.param == "sqlite" else str(request.getfixturevalue("pg_url"))


def survives(config_dir: Path, home: Path, plan: Plan) -> Siege:
    siege, stage = besiege(config_dir, home, plan)

    assert siege.problems == []
    assert siege.kills == plan.kills
    assert siege.chronicle.cuts > 0
    assert len(siege.chronicle.issued) == plan.tickets
    assert siege.chronicle.over == siege.chronicle.issued
    assert verified(stage) == []
    return siege


def verified(stage: Stage) -> list[str]:
    engine = open_engine(stage.settings.database_url)
    try:
        return [finding.words for finding in verify(engine, stage.settings.branch)]
    finally:
        engine.dispose()


def test_nothing_is_doubled_or_lost_while_servers_are_killed_and_two_of_them_write(
    config_dir: Path, tmp_path: Path, empty_database: str
) -> None:
    """One day with a standby, one with a second writer that knows no lock."""
    survives(config_dir, tmp_path, Plan(160, kills=2, seed=11, database_url=empty_database, a_day=80))


@pytest.mark.long
def test_a_hundred_thousand_tickets_survive_two_hundred_kills(
    config_dir: Path, tmp_path: Path, empty_database: str
) -> None:
    siege = survives(config_dir, tmp_path, Plan(100_000, kills=200, seed=11, database_url=empty_database))

    assert siege.chronicle.fenced > 0
