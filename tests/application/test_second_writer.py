"""A keeper that lost its branch to another writer says nothing by what it no longer knows."""

from typing import Any

from sqlalchemy import insert

from server.adapters.journal import ROOT
from server.adapters.tables import events
from server.application.answers import NotOwner, Refused
from server.domain.commands import Next
from server.domain.errors import Code
from server.domain.vocabulary import CounterNo

ASK = Next(CounterNo(1), None)


def test_a_second_writer_refuses_nobody_by_what_it_no_longer_knows(branch: Any, expected_logs: Any) -> None:
    expected_logs.expect("another writer keeps")
    keeper = branch.keeper()
    refused = branch.ask(keeper, ASK)
    assert isinstance(refused, Refused)
    assert refused.refusal.code is Code.COUNTER_CLOSED
    line = {
        "branch": branch.name,
        "seq": keeper.rev + 1,
        "journal": keeper.journal_id,
        "at_us": 0,
        "by": "other",
        "request": "",
        "type": "TimeStepped",
        "body": b'{"at":"2026-03-02T01:00:00+00:00","seconds":3.0}',
        "prev_hash": ROOT,
        "hash": ROOT,
    }
    with branch.engine.execution_options(writer=True).begin() as connection:
        connection.execute(insert(events), line)

    assert branch.ask(keeper, ASK) == NotOwner()

    assert keeper.wait_ready(10)
    assert isinstance(branch.ask(keeper, ASK), Refused)
