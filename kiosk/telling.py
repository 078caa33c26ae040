"""What the kiosk tells the hall's staff by the broker: how printer and disk are, and that a customer wants a person."""

import threading
from collections.abc import Callable
from datetime import datetime

from devices.health import Cause, Health
from devices.protocols import Printed, PrintOutcome
from devices.sheets import Sheet
from server.contract.messages import DeviceAlert, PartState
from server.contract.messages import Health as ToldHealth
from server.contract.topics import DEVICE_ALERT, DEVICE_PART
from server.link.broker import BrokerLink

STAFF_WANTED = "staff-wanted"
STORE, STORE_FAILING, STORE_SET_ASIDE = "store", "store-failing", "store-set-aside"
NOT_ADOPTED = "not-adopted"
WANTED_FOR_S = 180.0
"""A call for staff is taken back after so long: by then somebody came or the customer left."""


class NoPrinter:
    """Stands where devices.toml names no printer for this kiosk: every slip fails at once, numbers stay valid."""

    def print(self, _sheet: Sheet) -> PrintOutcome:
        return PrintOutcome(Printed.FAILED, Cause.UNPLUGGED, "no printer in devices.toml")

    def health(self) -> Health:
        return Health.of({Cause.UNPLUGGED})

    def watch(self, _on_health: Callable[[Health], None]) -> None:
        return

    def counts(self) -> dict[str, int]:
        return {}

    def close(self) -> None:
        return


class Telling:
    """Thread-safe. Without a broker nobody can be told, and it says so."""

    def __init__(
        self, link: BrokerLink | None, printer: str, wall: Callable[[], datetime], monotonic: Callable[[], float]
    ) -> None:
        self._link = link
        self._printer = printer
        self._wall = wall
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._health: Health | None = None
        self._health_since = wall()
        self._counts: dict[str, int] = {}
        self._wanted_until: float | None = monotonic() + WANTED_FOR_S
        """The program may have been started anew while somebody waits: a call made before then ends too."""
        self._troubles: dict[str, tuple[str, int]] = {}

    def call_staff(self) -> bool:
        """Whether the call went out to the hall."""
        if self._link is None:
            return False
        with self._lock:
            self._wanted_until = self._monotonic() + WANTED_FOR_S
        return self._link.publish(DEVICE_ALERT, DeviceAlert(cause=STAFF_WANTED, since=self._wall()), name=STAFF_WANTED)

    def printer(self, health: Health, counts: dict[str, int]) -> None:
        """Tells changes only."""
        with self._lock:
            changed, counted = self._health != health, self._counts != counts
            self._health, self._counts = health, counts
            self._health_since = self._wall() if changed else self._health_since
            if self._link is None or not (changed or counted):
                return
            self._tell_part(self._link, health, counts)
            if changed:
                self._tell_alarm(self._link, health.alarm)

    def _tell_part(self, link: BrokerLink, health: Health, counts: dict[str, int]) -> None:
        part = PartState(
            health=ToldHealth(health.state.value),
            kind="ticket_printer",
            causes=sorted(_word(cause) for cause in health.causes),
            counts=counts,
            since=self._health_since,
        )
        link.publish(DEVICE_PART, part, name=self._printer)

    def _tell_alarm(self, link: BrokerLink, cause: Cause | None) -> None:
        if cause:
            alert = DeviceAlert(cause=_word(cause), part=self._printer, since=self._health_since)
            link.publish(DEVICE_ALERT, alert, name=self._printer)
        else:
            link.clear(DEVICE_ALERT, name=self._printer)

    def store(self, aside: int, refused: int, *, failing: bool) -> None:
        """How the disk of offline numbers is, and how many of them the hall would not take."""
        self._trouble(STORE, STORE_FAILING if failing else STORE_SET_ASIDE if aside else "", aside)
        self._trouble(NOT_ADOPTED, NOT_ADOPTED if refused else "", refused)

    def _trouble(self, name: str, cause: str, count: int) -> None:
        if self._link is None or self._troubles.get(name) == (cause, count):
            return
        self._troubles[name] = (cause, count)
        if cause:
            alert = DeviceAlert(cause=cause, since=self._wall(), facts={"count": count})
            self._link.publish(DEVICE_ALERT, alert, name=name)
        else:
            self._link.clear(DEVICE_ALERT, name=name)

    def tick(self) -> None:
        """Takes back a call for staff whose time is over."""
        with self._lock:
            over = self._wanted_until is not None and self._monotonic() >= self._wanted_until
            if over:
                self._wanted_until = None
        if over and self._link is not None:
            self._link.clear(DEVICE_ALERT, name=STAFF_WANTED)


def _word(cause: Cause) -> str:
    return cause.value.replace("_", "-")
