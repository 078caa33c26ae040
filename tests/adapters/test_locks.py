from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect

from server.adapters.clock import wall_now
from server.adapters.database import open_engine
from server.adapters.ledger import SqlLedger
from server.adapters.locks import BranchKept, lock_for
from server.adapters.private_store import PrivateStore
from server.adapters.upkeep import migrate, rebuild


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'hall.db'}"
    address: str = request.getfixturevalue("pg_url")
    return address


def test_a_branch_has_one_keeper_and_another_branch_its_own(url: str, until: Any) -> None:
    engine, other = open_engine(url), open_engine(url)
    locks = lock_for(engine, "b1"), lock_for(other, "b1"), lock_for(other, "b2")
    with engine.connect() as one, other.connect() as two:
        assert [locks[0].take(one), locks[1].take(two), locks[2].take(two)] == [True, False, True]
        one.rollback()
        locks[0].drop()
        one.invalidate()
        assert until(lambda: locks[1].take(two))
    for lock in locks:
        lock.drop()
    engine.dispose()
    other.dispose()


def test_a_branch_that_is_kept_is_not_rebuilt(url: str) -> None:
    engine = open_engine(url)
    migrate(engine)
    migrate(engine)
    private = PrivateStore(engine, "b1")
    ledger = SqlLedger(engine, "b1", private=private, new_journal_id=lambda: "J", now=wall_now)
    assert ledger.acquire()
    with pytest.raises(BranchKept):
        rebuild(engine, "b1")
    ledger.release()
    assert rebuild(engine, "b1") == 0
    engine.dispose()


def test_nobody_keeps_a_branch_who_still_reads_a_file_that_was_replaced(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'hall.db'}")
    migrate(engine)
    lock = lock_for(engine, "b")
    with engine.connect() as stale:
        (tmp_path / "hall.db").rename(tmp_path / "aside")
        (tmp_path / "hall.db").write_bytes(b"")
        assert not lock.take(stale)
    with engine.connect() as fresh:
        assert lock.take(fresh)
        assert not inspect(fresh).get_table_names()
    lock.drop()
    engine.dispose()
