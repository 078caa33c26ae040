"""Whether a branch's journal is what was written: line after line, each chained to the one before."""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from server.adapters.journal import ROOT, Line, read_lines
from server.adapters.tables import incarnations


class BrokenChain(Exception):
    """At `seq` the journal is not what was written."""

    def __init__(self, branch: str, seq: int, why: str) -> None:
        super().__init__(f"the journal of {branch} is broken at {seq}: {why}")
        self.seq = seq


@dataclass(frozen=True, slots=True)
class End:
    """The last line of a journal; seq 0 when there is none."""

    journal: str
    seq: int = 0
    hash: bytes = ROOT
    at_us: int = 0


def link_fault(line: Line, prev: bytes) -> str:
    """Why this line cannot follow the hash before it; empty when it can."""
    if line.prev_hash != prev:
        return "is not chained to the event before it"
    return "" if line.true_hash == line.hash else "is not what was written: its hash differs"


def follow(connection: Connection, branch: str, from_seq: int = 1) -> End:
    """Reads the lines from `from_seq` on; raises BrokenChain at the first that does not follow the one before."""
    last: Line | None = None
    for line in read_lines(connection, branch, from_seq):
        expected, prev = (last.seq + 1, last.hash) if last else (from_seq, ROOT if line.seq == 1 else line.prev_hash)
        fault = link_fault(line, prev)
        if fault or line.seq != expected:
            raise BrokenChain(branch, line.seq, fault or f"follows {expected - 1}")
        last = line
    return End(last.journal, last.seq, last.hash, last.at_us) if last else End(journal_of(connection, branch))


def journal_of(connection: Connection, branch: str) -> str:
    """The branch's present incarnation; empty when it has none."""
    known = select(incarnations.c.journal).where(incarnations.c.branch == branch)
    return connection.scalar(known.order_by(incarnations.c.first_seq.desc()).limit(1)) or ""


def branches_of(connection: Connection) -> list[str]:
    """Whose journals stand in this database."""
    return sorted(connection.scalars(select(incarnations.c.branch).distinct()))
