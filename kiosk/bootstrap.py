"""The real parts of a kiosk, chosen in one place."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from devices.health import Health
from devices.parts import Parts
from devices.protocols import CODE_READER, TICKET_PRINTER, CodeReader, TicketPrinter
from devices.registry import build, device_of, ticket_printer
from kiosk.drive import Drive
from kiosk.halltime import HallTime
from kiosk.machine import machine_name
from kiosk.offline import Clocks, OfflineStore
from kiosk.reading import Reading
from kiosk.scanning import ScanDesk
from kiosk.settings import Settings
from kiosk.taking import NumberDesk
from kiosk.telling import NoPrinter, Telling
from kiosk.upkeep import Upkeep
from server.contract.views.services import ServicesView
from server.link.acts import HallClient, new_request_id
from server.link.broker import BrokerAddress, BrokerLink
from server.link.circuit import Circuit
from server.link.outbox import machine_boot
from server.link.presence import device_state


@dataclass(slots=True)
class Core:
    """All of a kiosk but its screen."""

    settings: Settings
    client: HallClient
    store: OfflineStore
    desk: NumberDesk
    scans: ScanDesk
    reading: Reading | None
    """None where devices.toml names no code reader for this kiosk."""
    printer: TicketPrinter
    telling: Telling
    link: BrokerLink | None
    hall_time: HallTime

    def upkeep(
        self, on_services: Callable[[ServicesView], None], on_printer: Callable[[Health], None] = lambda _: None
    ) -> Upkeep:
        ask = self.client.services
        return Upkeep(self.desk, ask, on_services, self.printer, on_printer, self.telling, time.monotonic)

    def start(self) -> None:
        if self.link is not None:
            self.link.start()

    def close(self) -> None:
        if self.link is not None:
            self.link.stop()
        if self.reading is not None:
            self.reading.close()
        self.printer.close()
        self.client.close()
        self.store.close()


def build_core(settings: Settings) -> Core:
    """Raises devices' ConfigError; connects to nothing yet."""
    client = HallClient(settings.url, settings.branch, settings.token, ca_file=settings.ca_file)
    clocks = Clocks(_wall, time.monotonic, machine_boot())
    store = OfflineStore(settings.data_dir / f"{settings.device}.db", machine_name(), clocks, new_request_id)
    printer = ticket_printer(settings.config_dir, settings.data_dir, settings.device) or NoPrinter()
    link, circuit = _link(settings), Circuit()
    return Core(
        settings=settings,
        client=client,
        store=store,
        desk=NumberDesk(client, store, circuit, printer, settings.label, new_request_id),
        scans=ScanDesk(client, circuit, new_request_id),
        reading=_reading(settings, link),
        printer=printer,
        telling=Telling(link, _printer_name(settings), _wall, time.monotonic),
        link=link,
        hall_time=HallTime(_wall, time.monotonic, settings.speed),
    )


def build_drive(core: Core) -> tuple[Drive, Upkeep, threading.Event]:
    """The event: it knows what the hall offers, which a customer sees before the first touch."""
    known: list[ServicesView] = []
    ready = threading.Event()

    def learn(services: ServicesView) -> None:
        known[:] = [services]
        core.hall_time.told(services.stamp.as_of)
        ready.set()

    def services() -> ServicesView | None:
        return known[0] if known else None

    drive = Drive(core.desk, core.scans, core.settings.device, services, new_request_id, core.hall_time.now)
    return drive, core.upkeep(learn), ready


def _link(settings: Settings) -> BrokerLink | None:
    if not settings.broker_host:
        return None
    address = BrokerAddress(
        settings.broker_host, settings.broker_port, settings.device, settings.token, settings.broker_ca_file
    )
    return BrokerLink(address, device_state(settings.branch, settings.device, "kiosk"))


def _reading(settings: Settings, link: BrokerLink | None) -> Reading | None:
    reader = device_of(settings.config_dir, settings.data_dir, CODE_READER, settings.device)
    if reader is None:
        return None
    return Reading(reader.name, cast("CodeReader", build(reader)), Parts(link, _wall) if link else None)


def _printer_name(settings: Settings) -> str:
    printer = device_of(settings.config_dir, settings.data_dir, TICKET_PRINTER, settings.device)
    return printer.name if printer else "printer"


def _wall() -> datetime:
    return datetime.now(UTC)


def config_dir(environ: Mapping[str, str], given: Path | None) -> Path:
    return given or Path(environ.get("HALL_CONFIG", "config"))
