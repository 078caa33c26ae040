"""The audit log: JSON lines in one file a month below the data directory, appended by server and commands alike.

Kept `months` months and then deleted; never fewer than six (网络安全法, article 21: network logs are kept at least six
months). Read with any tool: `grep refused audit-2026-11.jsonl`.
"""

import json
import logging
import os
import re
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from server.application.audit import Deed, Fact
from server.config_files import LEAST_AUDIT_MONTHS
from server.settings import Settings

log = logging.getLogger(__name__)

MOST_A_MINUTE: Final = 120
"""Records of one kind from one caller; more are counted and told with the next, so that nobody fills the disk."""
_FILE = re.compile(r"audit-(\d{4})-(\d{2})\.jsonl")


def wall() -> datetime:
    return datetime.now(UTC)


def audit_of(settings: Settings) -> "AuditLog":
    """The branch's own."""
    return AuditLog(settings.logs.audit_dir, settings.logs.audit_months)


class AuditLog:
    """Appends; thread-safe, and safe beside other processes: each record is one write at the file's end."""

    def __init__(self, directory: Path, months: int = LEAST_AUDIT_MONTHS, now: Callable[[], datetime] = wall) -> None:
        """`now` is the machine's wall clock."""
        self._directory = directory
        self._months = max(months, LEAST_AUDIT_MONTHS)
        self._now = now
        self._lock = threading.Lock()
        self._minute = ""
        self._told: dict[tuple[Deed, str], int] = {}
        self._untold: dict[tuple[Deed, str], int] = {}
        self._pruned_in = ""

    def record(self, deed: Deed, by: str, **facts: Fact) -> None:
        """A disk that does not keep it is told in the log, and stops nobody."""
        now = self._now()
        with self._lock:
            left_out = self._left_out(deed, by, f"{now:%Y-%m-%dT%H:%M}")
            if left_out is None:
                return
            more: dict[str, Fact] = {"left_out": left_out} if left_out else {}
            line = {"at": now.isoformat(timespec="milliseconds"), "deed": deed.value, "by": by} | facts | more
            try:
                self._append(f"audit-{now:%Y-%m}.jsonl", json.dumps(line, ensure_ascii=False) + "\n")
                self._prune(now)
            except OSError as error:
                log.error("the audit log cannot be written: %s", error)

    def _left_out(self, deed: Deed, by: str, minute: str) -> int | None:
        """How many like it were left out before; None: this one is left out too."""
        if minute != self._minute:
            self._untold |= {kind: told - MOST_A_MINUTE for kind, told in self._told.items() if told > MOST_A_MINUTE}
            self._minute, self._told = minute, {}
        self._told[deed, by] = told = self._told.get((deed, by), 0) + 1
        return self._untold.pop((deed, by), 0) if told <= MOST_A_MINUTE else None

    def _append(self, name: str, line: str) -> None:
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = os.open(self._directory / name, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(file, line.encode())
        finally:
            os.close(file)

    def _prune(self, now: datetime) -> None:
        """Once a month: deletes what is older than so many whole months."""
        if self._pruned_in == f"{now:%Y-%m}":
            return
        oldest = now.year * 12 + now.month - 1 - self._months
        for file in self._directory.iterdir():
            month = _FILE.fullmatch(file.name)
            if month and int(month[1]) * 12 + int(month[2]) - 1 < oldest:
                file.unlink()
        self._pruned_in = f"{now:%Y-%m}"
