"""The power fails and the disk has lost the end of SQLite's log, or torn it (fault 14): one whole moment is left.

What was acknowledged is not in that end: every commit waits until its log is forced down (`synchronous = FULL`).
"""

import shutil
from pathlib import Path
from typing import Any

import pytest

from server.adapters.database import open_engine
from server.adapters.journal import read_lines
from server.adapters.verify import verify

FRAME = 4096 + 24
"""A page in the log with its head (sqlite.org/fileformat2.html#walformat)."""
FULL = 2
ACTS = 2


def seqs(database: Path, branch: str) -> list[int]:
    engine = open_engine(f"sqlite:///{database}")
    try:
        assert verify(engine, branch) == []
        with engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == FULL
            return [line.seq for line in read_lines(connection, branch)]
    finally:
        engine.dispose()


@pytest.mark.fault(14)
def test_after_a_power_cut_that_tore_the_log_the_hall_is_as_it_was_after_one_of_its_acts(
    sqlite_branch: Any, tmp_path: Path
) -> None:
    branch = sqlite_branch
    keeper = branch.keeper()
    with branch.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    first = keeper.rev
    revs = [first]
    branch.open(keeper)
    revs.append(keeper.rev)
    for n in range(ACTS):
        branch.ask(keeper, branch.issue(f"t{n}"))
        revs.append(keeper.rev)
    branch.serve(keeper, "t0")
    revs.append(keeper.rev)
    whole = tmp_path / "hall.db"
    log = whole.with_name("hall.db-wal").read_bytes()

    seen = set[int]()
    for cut in [*range(0, len(log), FRAME // 2), len(log)]:
        torn = tmp_path / f"torn-{cut}" / "hall.db"
        torn.parent.mkdir()
        shutil.copy(whole, torn)
        torn.with_name("hall.db-wal").write_bytes(log[:cut])
        left = seqs(torn, branch.name)
        assert left == list(range(1, len(left) + 1))
        seen.add(len(left))

    assert set(revs) <= seen
    assert min(seen) == first
