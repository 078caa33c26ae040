"""The server's power fails in the middle of a write: what was acknowledged is there, the torn rest is not."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from server.adapters.database import open_engine
from server.contract.acts import IssueTicket
from server.demo.cut_hall import CutHall, serve_next
from server.link.acts import HallClient, new_request_id
from server.link.errors import HallAway

Until = Callable[..., bool]
FRAME = 24 + 4096
"""A page in SQLite's write-ahead log and the head before it."""


def waiting(clerk: HallClient) -> list[str]:
    try:
        return [line.number for line in clerk.desk(1).waiting]
    except HallAway:
        return []


@pytest.mark.fault(14)
@pytest.mark.parametrize("torn", [FRAME // 2, *(pytest.param(n, marks=pytest.mark.long) for n in (7, 3 * FRAME + 11))])
def test_a_torn_write_at_the_end_takes_nothing_of_what_was_acknowledged(
    cut: CutHall, clerk: HallClient, until: Until, torn: int
) -> None:
    kiosk = HallClient(cut.stage.url, cut.stage.settings.branch, cut.stage.tokens["kiosk-1"], timeout_s=10)
    asked = [IssueTicket(request_id=new_request_id(), services=["pay"]) for _ in range(3)]
    told = [kiosk.issue(body).number for body in asked]
    wal = Path(f"{cut.stage.settings.database_url.removeprefix('sqlite:///')}-wal")
    cut.kill("server")
    with wal.open("ab") as log:
        log.write(os.urandom(torn))
    cut.again("server")

    assert until(lambda: waiting(clerk) == told)
    assert [kiosk.issue(body).number for body in asked] == told
    kiosk.close()
    assert [serve_next(clerk, 1) for _ in told] == told


@pytest.mark.fault(14)
def test_whoever_writes_waits_for_the_disk(cut: CutHall) -> None:
    engine = open_engine(cut.stage.settings.database_url)
    with engine.execution_options(writer=True).connect() as connection:
        assert connection.execute(text("PRAGMA synchronous")).scalar_one() == 2
    engine.dispose()
