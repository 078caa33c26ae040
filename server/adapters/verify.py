"""`hall verify`: replays a branch's journal, checks its chain, and compares everything stored beside it."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine, Table, bindparam, func, select

from server.adapters.codec import CodecError
from server.adapters.database import Prepared
from server.adapters.journal import ROOT, Line, read_lines
from server.adapters.projections.memory import MemoryTables
from server.adapters.projections.tables import projection_state
from server.adapters.projections.writer import PROJECTIONS
from server.adapters.tables import acts, incarnations, texts
from server.adapters.upkeep import replayed
from server.application.history import Finding, History
from server.application.ports import Recorded
from server.domain.evolving import BrokenJournal
from server.domain.state import Hall
from server.domain.vocabulary import BranchId

DIFFERENCES_TOLD = 20


@dataclass(frozen=True, slots=True)
class Report:
    """What a verification saw; `findings` is empty for a sound branch."""

    branch: str
    journal: str
    events: int
    seconds: float
    hash: str
    """Of the last event, hexadecimal: the anchor to compare with the day-close slip."""
    findings: list[Finding]
    counts: dict[str, int] = field(default_factory=dict)
    """Tickets issued, open, closed in each way, ratings."""
    erased: int = 0
    """Private texts taken away on purpose: not a finding."""


def verify(engine: Engine, branch: str) -> list[Finding]:
    """What is wrong with the branch; empty when nothing is."""
    return inspect(engine, branch).findings


def inspect(engine: Engine, branch: str, anchor: str = "") -> Report:
    """Verifies the whole branch as of one moment. `anchor` is a printed hash that must be in the chain."""
    began = time.monotonic()
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        return _Inspection(engine, connection, branch).report(began, anchor)


class _Inspection:
    def __init__(self, engine: Engine, connection: Connection, branch: str) -> None:
        self._engine = engine
        self._connection = connection
        self._branch = branch
        self._findings: list[Finding] = []
        self._history = History()
        self._hall = Hall.empty(BranchId(branch))
        self._last: Line | None = None
        self._hashes: set[str] = set()

    def report(self, began: float, anchor: str) -> Report:
        self._replay()
        self._acts()
        if anchor and anchor not in self._hashes:
            self._found("anchor", 0, f"{anchor} is not in this journal")
        rev = self._last.seq if self._last else 0
        digest = self._last.hash.hex() if self._last else ROOT.hex()
        journal = select(incarnations.c.journal).where(incarnations.c.branch == self._branch)
        return Report(
            branch=self._branch,
            journal=self._connection.scalar(journal.order_by(incarnations.c.first_seq.desc()).limit(1)) or "",
            events=rev,
            seconds=time.monotonic() - began,
            hash=digest,
            findings=self._findings,
            counts=self._history.counts,
            erased=self._erased(),
        )

    def _found(self, kind: str, seq: int, words: str) -> None:
        self._findings.append(Finding(kind, seq, words))

    def _replay(self) -> None:
        tables = MemoryTables(self._branch)
        failed: set[str] = set()
        try:
            for recorded in self._followed():
                for projection in PROJECTIONS:
                    try:
                        tables.apply(projection.changes(recorded))
                    except KeyError as error:
                        failed.add(projection.name)
                        self._found("projection", recorded.seq, f"{projection.name} cannot be computed: {error}")
            self._findings += self._history.end(self._hall)
        except (BrokenJournal, CodecError, LookupError) as error:
            self._found("replay", self._last.seq if self._last else 0, f"{type(error).__name__}: {error}")
        else:
            self._compare(tables, failed)

    def _followed(self) -> Iterator[Recorded]:
        for recorded, hall in replayed(self._branch, self._chained()):
            self._findings += self._history.follow(recorded)
            self._hall = hall
            yield recorded

    def _chained(self) -> Iterator[Recorded]:
        prev = ROOT
        for line in read_lines(self._connection, self._branch):
            self._last = line
            if line.prev_hash != prev:
                self._found("chain", line.seq, "is not chained to the event before it")
            if line.true_hash != line.hash:
                self._found("chain", line.seq, "is not what was written: its hash differs")
            prev = line.hash
            self._hashes.add(line.hash.hex())
            yield line.recorded

    def _compare(self, tables: MemoryTables, failed: set[str]) -> None:
        wanted = select(projection_state).where(projection_state.c.branch == self._branch)
        broken = {row.name: row for row in self._connection.execute(wanted)}
        for projection in PROJECTIONS:
            if projection.name in broken:
                row = broken[projection.name]
                self._found("projection", row.broken_at_seq, f"{projection.name} is set aside: {row.why}")
            elif projection.name not in failed:
                for table in projection.tables:
                    self._compare_table(table, tables.take(table))

    def _compare_table(self, table: Table, right: dict[tuple[Any, ...], tuple[Any, ...]]) -> None:
        keys, differing = len(table.primary_key.columns), list[str]()
        stored = Prepared(select(table).where(table.c.branch == bindparam("this_branch")), self._engine)
        for row in stored.fetch(self._connection, {"this_branch": self._branch}):
            should = right.pop(tuple(row[1:keys]), None)
            if should != tuple(row):
                differing.append(f"has {tuple(row)}, should be {should}")
        differing += [f"lacks {should}" for should in right.values()]
        for words in differing[:DIFFERENCES_TOLD]:
            self._found("projection", 0, f"{table.name} {words}")

    def _acts(self) -> None:
        last = self._last.seq if self._last else 0
        wanted = select(acts.c.client, acts.c.request_id, acts.c.seq).where(acts.c.branch == self._branch)
        for row in self._connection.execute(wanted):
            if not 0 <= row.seq <= last:
                self._found("act", row.seq, f"{row.client}/{row.request_id} speaks of an event that is not there")

    def _erased(self) -> int:
        gone = select(func.count()).select_from(texts).where(texts.c.branch == self._branch, texts.c.text.is_(None))
        return int(self._connection.scalar(gone) or 0)
