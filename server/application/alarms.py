"""What staff must know of the hall's own works; each stands until what raised it is solved."""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from server.contract.views.board import AlarmView

Source = Callable[[], Iterable["Alarm"]]


@dataclass(frozen=True, slots=True)
class Alarm:
    cause: str
    """One of each stands at a time."""
    names: tuple[str, ...] = ()
    """Whom or what it is about."""


class Alarms:
    """Asks the parts of the server what is wrong with them now, and remembers since when."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._sources: list[Source] = []
        self._since: dict[str, datetime] = {}
        self._lock = threading.Lock()

    def watch(self, source: Source) -> None:
        self._sources.append(source)

    def standing(self) -> list[AlarmView]:
        found = {alarm.cause: alarm for source in tuple(self._sources) for alarm in source()}
        with self._lock:
            self._since = {cause: self._since.get(cause) or self._now() for cause in found}
            return [
                AlarmView(cause=cause, since=self._since[cause], names=list(found[cause].names))
                for cause in sorted(found)
            ]
