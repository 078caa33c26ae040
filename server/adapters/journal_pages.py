"""The journal's lines as they are stored, page by page, read beside the keeper."""

from sqlalchemy import Engine

from server.adapters.database import from_us, reading
from server.adapters.journal import Line, read_lines
from server.contract.journal import PAGE, JournalLine, JournalPage


class JournalPages:
    """Reads one branch's journal; thread-safe."""

    def __init__(self, engine: Engine, branch: str) -> None:
        self._engine = engine
        self._branch = branch

    def read(self, after: int) -> JournalPage:
        """The first `PAGE` lines after this seq."""
        with reading(self._engine) as connection:
            found = list(read_lines(connection, self._branch, after + 1, PAGE + 1))
        lines = [_told(line) for line in found[:PAGE]]
        last = lines[-1].seq if lines else after
        return JournalPage(branch=self._branch, lines=lines, last=last, more=len(found) > PAGE)


def _told(line: Line) -> JournalLine:
    return JournalLine(
        seq=line.seq,
        at=from_us(line.at_us),
        journal=line.journal,
        by=line.by,
        request=line.request,
        type=line.type,
        body=line.body.decode(),
        prev_hash=line.prev_hash.hex(),
        hash=line.hash.hex(),
    )
