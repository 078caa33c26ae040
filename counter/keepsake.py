"""What the clerk typed and did away from the server, on this machine's disk at every stroke until the server has it."""

import itertools
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from counter.desk import Draft
from server.contract.words import Outcome


@dataclass(frozen=True, slots=True)
class Kept:
    draft: Draft | None = None
    started: Mapping[str, datetime] = field(default_factory=dict)
    """Ticket -> hall time at which it was started here while the line was down."""
    voice_number: str | None = None
    voice_since: datetime | None = None


class Keepsake:
    """One small file, replaced whole; only its owner may read it. A broken one is set aside, never written over."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._last: Kept | None = None

    def load(self) -> Kept:
        try:
            self._last = _from_json(json.loads(self.path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            self._last = Kept()
        except (ValueError, KeyError, TypeError, AttributeError):
            self.path.replace(self._free_name())
            self._last = Kept()
        return self._last

    @property
    def aside(self) -> tuple[Path, ...]:
        """Broken ones that wait for staff."""
        return tuple(sorted(self.path.parent.glob(f"{self.path.name}.broken-*")))

    def _free_name(self) -> Path:
        names = (self.path.with_name(f"{self.path.name}.broken-{count}") for count in itertools.count(1))
        return next(name for name in names if not name.exists())

    def store(self, kept: Kept) -> None:
        """Raises OSError when the disk takes nothing; the former content then still stands."""
        if kept == self._last:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_suffix(".new")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump(_to_json(kept), file, ensure_ascii=False)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.path)
        self._last = kept


def _to_json(kept: Kept) -> dict[str, Any]:
    return {
        "draft": asdict(kept.draft) if kept.draft else None,
        "started": {ticket: at.isoformat() for ticket, at in kept.started.items()},
        "voice_number": kept.voice_number,
        "voice_since": kept.voice_since.isoformat() if kept.voice_since else None,
    }


def _from_json(data: dict[str, Any]) -> Kept:
    draft, since = data["draft"], data["voice_since"]
    return Kept(
        draft=_draft(draft) if draft else None,
        started={str(ticket): datetime.fromisoformat(at) for ticket, at in data["started"].items()},
        voice_number=data["voice_number"],
        voice_since=datetime.fromisoformat(since) if since else None,
    )


def _draft(data: dict[str, Any]) -> Draft:
    return Draft(**(data | {"outcome": Outcome(data["outcome"]), "documents": tuple(data["documents"])}))
