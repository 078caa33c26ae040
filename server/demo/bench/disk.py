"""What the disk itself can do: the limit of everything durable."""

import os
import time
from pathlib import Path
from types import TracebackType
from typing import Self

PAGE = 4096
SPAN = 1024
"""Pages of the file; written round and round, as a write-ahead log is."""


class Disk:
    """Writes one page and forces it down, in the directory that the hall's database lives in."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / "limit.bench"
        self._file = -1
        self._at = 0

    def __enter__(self) -> Self:
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT)
        os.pwrite(self._file, os.urandom(PAGE * SPAN), 0)
        os.fsync(self._file)
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        os.close(self._file)
        self._path.unlink()

    def force(self) -> float:
        """One page durable; -> seconds it took."""
        page = os.urandom(PAGE)
        began = time.perf_counter()
        os.pwrite(self._file, page, self._at * PAGE)
        os.fsync(self._file)
        took = time.perf_counter() - began
        self._at = (self._at + 1) % SPAN
        return took

    def force_for(self, seconds: float) -> list[float]:
        until = time.perf_counter() + seconds
        took = [self.force()]
        while time.perf_counter() < until:
            took.append(self.force())
        return took
