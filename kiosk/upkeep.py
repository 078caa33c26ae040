"""Behind the screen: learning the branch, coming back on line, reporting offline numbers, watching the printer."""

import threading
from collections.abc import Callable

import structlog

from devices.health import Health
from devices.protocols import TicketPrinter
from kiosk.offline import OfflineRefused
from kiosk.taking import NumberDesk
from kiosk.telling import Telling
from server.contract.views.services import ServicesView
from server.link.errors import ActRefused, HallAway, LinkError

log = structlog.get_logger()

EVERY_S = 2.0
LEARN_EVERY_S = 60.0


class Upkeep:
    """One thread; `step` is what it does each time and may be called without it."""

    def __init__(
        self,
        desk: NumberDesk,
        services: Callable[[], ServicesView],
        on_services: Callable[[ServicesView], None],
        printer: TicketPrinter,
        on_printer: Callable[[Health], None],
        telling: Telling,
        monotonic: Callable[[], float],
    ) -> None:
        self._desk = desk
        self._services = services
        self._on_services = on_services
        self._printer = printer
        self._on_printer = on_printer
        self._telling = telling
        self._monotonic = monotonic
        self._learn_at = 0.0
        self._refused = ""
        self._unkept = False
        self._failure = ""
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """First shows what is known from the disk, then asks; a printer that speaks unasked is heard at once."""
        self._printer.watch(self._tell_printer)
        try:
            if known := self._desk.store.services():
                self._on_services(known)
        except OfflineRefused as cause:
            log.error("the kiosk's disk cannot be read", why=str(cause))
        self._thread = threading.Thread(target=self._run, name="kiosk-upkeep", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(5.0)

    def hurry(self) -> None:
        """The line came back: do not wait for the next round."""
        self._learn_at = 0.0
        self._wake.set()

    def step(self) -> None:
        self._telling.tick()
        self._tell_printer(self._printer.health())
        if (self._desk.circuit.is_open or self._monotonic() >= self._learn_at) and self._desk.circuit.allows():
            self._learn()
        self._look_at_store()

    def _tell_printer(self, health: Health) -> None:
        self._on_printer(health)
        self._telling.printer(health, self._printer.counts())

    def _look_at_store(self) -> None:
        store = self._desk.store
        try:
            if not self._desk.circuit.is_open and store.waiting() and (count := self._desk.adopt_waiting()):
                log.info("offline numbers reported", count=count)
            refused = store.refused()
        except OfflineRefused:
            self._telling.store(len(store.aside), 0, failing=True)
            raise
        self._telling.store(len(store.aside), len(refused), failing=self._unkept)

    def _learn(self) -> None:
        try:
            services = self._services()
        except HallAway:
            self._desk.circuit.failed()
            return
        except ActRefused as no:
            self._desk.circuit.succeeded()
            self._learn_at = self._monotonic() + LEARN_EVERY_S
            self._tell_refused(no.problem.code)
            return
        self._desk.circuit.succeeded()
        self._refused = ""
        self._learn_at = self._monotonic() + LEARN_EVERY_S
        self._on_services(services)
        self._unkept = not self._remembered(services)

    def _remembered(self, services: ServicesView) -> bool:
        try:
            self._desk.store.remember(services)
        except OfflineRefused as cause:
            self._tell_failed(str(cause))
            return False
        return True

    def _tell_refused(self, code: str) -> None:
        if code != self._refused:
            self._refused = code
            log.error("the hall refuses this kiosk", code=code)

    def _tell_failed(self, why: str) -> None:
        """Once, not every two seconds."""
        if why != self._failure:
            log.error("upkeep failed", why=why)
        self._failure = why

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.step()
                self._failure = ""
            except (LinkError, OfflineRefused) as cause:
                self._tell_failed(str(cause))
            except Exception:
                log.exception("upkeep failed")
            self._wake.wait(EVERY_S)
            self._wake.clear()
