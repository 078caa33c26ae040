"""Thirty-two callers and a server killed at random: what they were told holds together, and so does the journal."""

from pathlib import Path

import pytest

from server.adapters.database import open_engine
from server.adapters.verify import verify
from server.demo.siege import besiege
from server.demo.stage import Stage
from server.demo.storm import Told, check


def survives(config_dir: Path, home: Path, tickets: int, kills: int) -> None:
    siege, stage = besiege(config_dir, home, tickets=tickets, kills=kills, seed=11)

    assert siege.problems == []
    assert siege.kills == kills
    assert siege.told.cuts > 0
    assert set(siege.told.called_at) == set(siege.told.numbers)
    assert len(siege.told.numbers) == tickets
    assert verified(stage) == []


def verified(stage: Stage) -> list[str]:
    engine = open_engine(stage.settings.database_url)
    try:
        return [finding.words for finding in verify(engine, stage.settings.branch)]
    finally:
        engine.dispose()


def test_nothing_is_doubled_or_lost_while_the_server_is_killed(config_dir: Path, tmp_path: Path) -> None:
    survives(config_dir, tmp_path, tickets=300, kills=2)


@pytest.mark.long
def test_ten_thousand_tickets_survive_twenty_kills(config_dir: Path, tmp_path: Path) -> None:
    survives(config_dir, tmp_path, tickets=10_000, kills=20)


def told(*numbers: str) -> Told:
    """A sound history: each number called once, at counter 1."""
    return Told(
        numbers={f"ticket of {number}": number for number in numbers},
        called_at={f"ticket of {number}": {1} for number in numbers},
    )


def test_the_checker_finds_nothing_in_a_sound_history() -> None:
    assert check(told("A001", "A002"), 2) == []


def test_the_checker_finds_a_number_given_twice() -> None:
    history = told("A001", "A002")
    history.numbers["another"] = "A002"
    history.called_at["another"] = {2}

    assert check(history, 3) == ["number A002 was given twice"]


def test_the_checker_finds_a_customer_called_by_two_counters() -> None:
    history = told("A001", "A002")
    history.called_at["ticket of A001"] = {4, 2}

    assert check(history, 2) == ["A001 was called at [2, 4]"]


def test_the_checker_finds_what_was_acknowledged_and_lost() -> None:
    history = told("A001", "A002")
    del history.called_at["ticket of A002"]

    assert check(history, 2) == ["A002 was acknowledged and never called"]


def test_the_checker_finds_a_call_of_nobody() -> None:
    history = told("A001")
    history.called_at["stranger"] = {1}

    assert check(history, 1) == ["ticket stranger was called and never acknowledged"]


def test_the_checker_counts_and_keeps_what_surprised_the_callers() -> None:
    history = told("A001")
    history.surprises.append("/tickets: 500 fault")

    assert check(history, 2) == ["2 tickets were asked for, 1 acknowledged", "/tickets: 500 fault"]
