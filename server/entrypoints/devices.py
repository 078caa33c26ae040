"""The devices of the branch as the broker tells of them: who is there, what ails it, who owns which pad."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

from server.application.alarms import Alarm
from server.application.scene import DeviceFacts
from server.contract.messages import DeviceAlert, DeviceState, Health, PartState
from server.contract.views.board import DeviceLine
from server.link.broker import LOST_AFTER_S
from server.link.hearing import Heard

MOST_DEVICES: Final = 256
MOST_PARTS: Final = 32
PAD_KIND: Final = "rating_pad"
LOST: Final = "lost"
PAPER_MINUTES: Final = "paper-minutes"
"""Among a printer's counts."""
QUIET_S: Final = 60.0
"""After so long without another change of hands a name is nobody else's."""


@dataclass(frozen=True, slots=True)
class _Part:
    state: PartState
    since: datetime
    claimed_at: float
    """Machine clock; since when it is said to be what it is, at the counter that it names."""


@dataclass(frozen=True, slots=True)
class _Device:
    state: DeviceState
    heard_at: float
    """Machine clock."""
    since: datetime
    parts: dict[str, _Part] = field(default_factory=dict)
    alerts: dict[str, DeviceAlert] = field(default_factory=dict)
    former_boot: str = ""
    """Of the program that spoke under this name before; it never comes back, unless two share the name."""
    shared_at: float = float("-inf")
    """Machine clock; when that was last seen."""


class Devices:
    """Filled on the link's thread, read by boards; keeps the last word of each device."""

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
        came: Callable[[str], None] = lambda _device: None,
    ) -> None:
        self.owns_pads: Callable[[str], bool] = lambda _device: True
        """Whether a device may have rating pads at all."""
        self.came = came
        """Told the id of a device whose pads were not known to be there a moment ago."""
        self._clock = clock
        self._wall = wall
        self._lock = threading.Lock()
        self._devices: dict[str, _Device] = {}
        self._lamps = False

    def hear_line(self, up: bool) -> None:
        """While the broker is away nothing is known of any device."""
        with self._lock:
            self._lamps = up
            if up:
                now = self._clock()
                self._devices = {name: replace(each, heard_at=now) for name, each in self._devices.items()}

    def hear_state(self, heard: Heard[DeviceState]) -> None:
        name = heard.ids["device"]
        with self._lock:
            known = self._devices.get(name)
            if heard.message is None:
                self._devices.pop(name, None)
                return
            if known is None and len(self._devices) >= MOST_DEVICES:
                return
            if known is not None and _old_will(known, heard.message):
                return
            fresh = known is None or known.state.session != heard.message.session or not self._here(known)
            self._devices[name] = self._with_state(known, heard.message)
        if fresh and heard.message.online:
            self.came(name)

    def hear_part(self, heard: Heard[PartState]) -> None:
        name, part = heard.ids["device"], heard.ids["name"]
        with self._lock:
            known = self._known_or_new(name)
            if known is None:
                return
            parts = {key: value for key, value in known.parts.items() if key != part}
            before = known.parts.get(part)
            if heard.message is not None and len(parts) < MOST_PARTS:
                same = before is not None and before.state.health == heard.message.health
                claimed_at = before.claimed_at if before and _same_place(before, heard.message) else self._clock()
                parts[part] = _Part(heard.message, before.since if before and same else self._wall(), claimed_at)
            self._devices[name] = replace(known, parts=parts)
            new_pad = _is_pad(heard.message) and (before is None or not _is_pad(before.state))
        if new_pad:
            self.came(name)

    def hear_alert(self, heard: Heard[DeviceAlert]) -> None:
        name, alert = heard.ids["device"], heard.ids["name"]
        with self._lock:
            known = self._known_or_new(name)
            if known is None:
                return
            alerts = {key: value for key, value in known.alerts.items() if key != alert}
            if heard.message is not None and len(alerts) < MOST_PARTS:
                alerts[alert] = heard.message
            self._devices[name] = replace(known, alerts=alerts)

    def station_of(self, counter: int) -> str | None:
        """The station that owns the rating pad of this counter, as it says itself; of two the first to say so."""
        with self._lock:
            owners = [(not self._here(device), part.claimed_at, name) for name, device, part in self._pads_at(counter)]
        return min(owners)[2] if owners else None

    def alarms(self) -> list[Alarm]:
        """Pads of one counter that two stations call their own, names that two programs take from each other."""
        since = self._clock() - QUIET_S
        with self._lock:
            shared = tuple(sorted(name for name, device in self._devices.items() if device.shared_at > since))
            counters = {part.state.counter for device in self._devices.values() for part in device.parts.values()}
            owners = (
                {name for name, device, _ in self._pads_at(counter) if self._here(device)} for counter in counters
            )
            disputed = sorted(set().union(*(names for names in owners if len(names) > 1)))
        found = (Alarm("pad-disputed", tuple(disputed)), Alarm("name-shared", shared))
        return [alarm for alarm in found if alarm.names]

    def _pads_at(self, counter: int | None) -> Iterator[tuple[str, _Device, _Part]]:
        for name, device in self._devices.items():
            for part in device.parts.values():
                if _is_pad(part.state) and part.state.counter == counter and self.owns_pads(name):
                    yield name, device, part

    def facts(self) -> DeviceFacts:
        with self._lock:
            lines = [line for name in sorted(self._devices) for line in self._lines(name, self._devices[name])]
            return DeviceFacts(self._lamps, tuple(lines))

    def _lines(self, name: str, device: _Device) -> list[DeviceLine]:
        here = self._here(device)
        own = "ok" if here else LOST if self._lamps else Health.UNKNOWN.value
        alerts = {alert.part or key: alert.cause for key, alert in device.alerts.items()}
        lines = [DeviceLine(device=name, part="", health=own, alert=alerts.pop("", None), since=device.since)]
        for key, part in sorted(device.parts.items()):
            health = part.state.health.value if here else own
            since = part.since if here else device.since
            paper = part.state.counts.get(PAPER_MINUTES) if here else None
            alert = alerts.pop(key, None)
            lines.append(
                DeviceLine(device=name, part=key, health=health, alert=alert, since=since, paper_minutes=paper)
            )
        lines += [
            DeviceLine(device=name, part=key, health=Health.FAULT.value, alert=cause, since=device.since)
            for key, cause in sorted(alerts.items())
        ]
        return lines

    def _here(self, device: _Device) -> bool:
        return self._lamps and device.state.online and self._clock() - device.heard_at <= LOST_AFTER_S

    def _with_state(self, known: _Device | None, state: DeviceState) -> _Device:
        if known is None:
            return _Device(state, self._clock(), self._wall())
        since = known.since if self._here(known) == state.online else self._wall()
        seen = replace(known, state=state, heard_at=self._clock(), since=since)
        if not state.online or state.boot == known.state.boot:
            return seen
        shared_at = self._clock() if state.boot == known.former_boot else known.shared_at
        return replace(seen, former_boot=known.state.boot, shared_at=shared_at)

    def _known_or_new(self, name: str) -> _Device | None:
        """A device of which a part may be heard before its own state; None when there are too many."""
        if name not in self._devices and len(self._devices) >= MOST_DEVICES:
            return None
        unseen = _Device(DeviceState(online=False, boot="-", session="-"), self._clock(), self._wall())
        return self._devices.get(name, unseen)


def _old_will(known: _Device, word: DeviceState) -> bool:
    """That an earlier session ended says nothing of the one that has been heard since."""
    return (
        not word.online and known.state.online and (known.state.boot, known.state.session) != (word.boot, word.session)
    )


def _same_place(before: _Part, now: PartState) -> bool:
    return (before.state.kind, before.state.counter) == (now.kind, now.counter)


def _is_pad(part: PartState | None) -> bool:
    return part is not None and part.kind == PAD_KIND and part.counter is not None
