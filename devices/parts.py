"""What the hall is told of the devices behind a station: health, counts, and an alert until it is mended."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

import structlog

from devices.health import Cause, Health
from server.contract.messages import DeviceAlert, PartState
from server.contract.messages import Health as ToldHealth
from server.contract.topics import DEVICE_ALERT, DEVICE_PART
from server.link.broker import BrokerLink

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Told:
    kind: str
    counter: int | None
    health: Health
    since: datetime
    alert: Cause | None
    counts: dict[str, int] = field(default_factory=dict)


class Parts:
    """Thread-safe; tells changes alone."""

    def __init__(self, link: BrokerLink, wall: Callable[[], datetime]) -> None:
        self._link = link
        self._wall = wall
        self._lock = threading.Lock()
        self._told: dict[str, _Told] = {}

    def enter(self, name: str, kind: str, counter: int | None, health: Health, counts: dict[str, int]) -> None:
        """A device that has not had time to answer yet is unknown, and no alarm."""
        with self._lock:
            self._told[name] = _Told(kind, counter, health, self._wall(), None, counts)
            self._publish(name)
            self._link.clear(DEVICE_ALERT, name=name)

    def tell(self, name: str, health: Health) -> None:
        """Of a device that was entered."""
        with self._lock:
            told = self._told[name]
            alert = health.alarm
            if (told.health, told.alert) == (health, alert):
                return
            self._told[name] = replace(told, health=health, since=self._wall(), alert=alert)
            self._publish(name)
            if alert:
                since = self._told[name].since
                self._link.publish(DEVICE_ALERT, DeviceAlert(cause=_word(alert), part=name, since=since), name=name)
            elif told.alert:
                self._link.clear(DEVICE_ALERT, name=name)
        log.info("device", device=name, health=health.state.value, causes=sorted(health.causes))

    def count(self, name: str, what: str) -> None:
        with self._lock:
            counts = self._told[name].counts
            counts[what] = counts.get(what, 0) + 1
            self._publish(name)

    def counted(self, name: str, counts: dict[str, int]) -> None:
        """What a device counts by itself."""
        with self._lock:
            if self._told[name].counts != counts:
                self._told[name] = replace(self._told[name], counts=counts)
                self._publish(name)

    def _publish(self, name: str) -> None:
        told = self._told[name]
        part = PartState(
            health=ToldHealth(told.health.state.value),
            kind=told.kind,
            counter=told.counter,
            causes=sorted(_word(cause) for cause in told.health.causes),
            counts=dict(told.counts),
            since=told.since,
        )
        self._link.publish(DEVICE_PART, part, name=name)


def _word(cause: Cause) -> str:
    return cause.value.replace("_", "-")
