"""`hall verify`: replays a branch's journal, checks its chain, and compares everything stored beside it."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Table, bindparam, func, select

from server.adapters.beside import Beside
from server.adapters.chain import link_fault
from server.adapters.codec import CodecError
from server.adapters.database import Prepared, from_us, to_us
from server.adapters.journal import ROOT, Line, read_lines
from server.adapters.projections.memory import MemoryTables
from server.adapters.projections.tables import projection_state
from server.adapters.projections.writer import PROJECTIONS
from server.adapters.tables import incarnations, texts
from server.adapters.upkeep import replayed
from server.application.history import Finding, History
from server.application.ports import Recorded
from server.domain.events.days import Restored
from server.domain.moving import BrokenJournal
from server.domain.state import Hall
from server.domain.vocabulary import BranchId

DIFFERENCES_TOLD = 20


@dataclass(frozen=True, slots=True)
class Incarnation:
    """A journal id, from its first event on. Each but the first began with a restore."""

    journal: str
    first_seq: int
    began_at: datetime


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
    incarnations: list[Incarnation] = field(default_factory=list)
    """Oldest first."""


def verify(engine: Engine, branch: str) -> list[Finding]:
    """What is wrong with the branch; empty when nothing is."""
    return inspect(engine, branch).findings


def inspect(engine: Engine, branch: str, anchor: str = "") -> Report:
    """Verifies the whole branch as of one moment. `anchor` is a printed hash that must be in the chain."""
    began = time.monotonic()
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        return _Inspection(engine, connection, branch, anchor).report(began)


class _Inspection:
    def __init__(self, engine: Engine, connection: Connection, branch: str, anchor: str) -> None:
        self._engine = engine
        self._connection = connection
        self._branch = branch
        self._findings: list[Finding] = []
        self._history = History()
        self._hall = Hall.empty(BranchId(branch))
        self._last: Line | None = None
        self._anchor = anchor
        self._anchored = not anchor
        self._beside = Beside(connection, branch)
        self._incarnations: list[Incarnation] = []
        self._later: list[Incarnation] = []
        self._life: Incarnation | None = None
        self._owned_up: set[str] = set()

    def report(self, began: float) -> Report:
        self._incarnations = self._lives()
        self._later = list(self._incarnations)
        self._replay()
        self._silent()
        self._findings += self._beside.end(self._last.seq if self._last else 0)
        if not self._anchored:
            self._found("anchor", 0, f"{self._anchor} is not in this journal")
        rev = self._last.seq if self._last else 0
        digest = self._last.hash.hex() if self._last else ROOT.hex()
        return Report(
            branch=self._branch,
            journal=self._incarnations[-1].journal if self._incarnations else "",
            events=rev,
            seconds=time.monotonic() - began,
            hash=digest,
            findings=self._findings,
            counts=self._history.counts,
            erased=self._erased(),
            incarnations=self._incarnations,
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
                        if changes := projection.changes(recorded):
                            tables.apply(changes)
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
            if fault := link_fault(line, prev):
                self._found("chain", line.seq, fault)
            self._belongs(line)
            if stray := self._beside.follow(line):
                self._findings.append(stray)
            prev = line.hash
            if self._anchor and line.hash.hex() == self._anchor:
                self._anchored = True
            recorded = line.recorded
            if to_us(recorded.event.at) != line.at_us:
                self._found("chain", line.seq, "is dated another time than it happened")
            yield recorded

    def _lives(self) -> list[Incarnation]:
        known = select(incarnations).where(incarnations.c.branch == self._branch).order_by(incarnations.c.first_seq)
        return [Incarnation(row.journal, row.first_seq, from_us(row.at_us)) for row in self._connection.execute(known)]

    def _belongs(self, line: Line) -> None:
        """Each line names the incarnation it was written in; one that began later says first what it lost."""
        while self._later and self._later[0].first_seq <= line.seq:
            self._life = self._later.pop(0)
        if self._life is None or self._life.journal != line.journal:
            self._found("incarnation", line.seq, f"was written in {line.journal}, which does not hold this seq")
        if line.type == Restored.__name__:
            self._owned_up.add(line.journal)

    def _silent(self) -> None:
        """A journal that goes on from another without a word of what was lost."""
        for one in self._incarnations[1:]:
            if one.first_seq > 1 and one.journal not in self._owned_up:
                self._found("incarnation", one.first_seq, f"{one.journal} does not say what was lost before it")

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

    def _erased(self) -> int:
        gone = select(func.count()).select_from(texts).where(texts.c.branch == self._branch, texts.c.text.is_(None))
        return int(self._connection.scalar(gone) or 0)
