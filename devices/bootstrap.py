"""Chooses the real parts of the station and of the simulators."""

import logging
from collections.abc import Iterable, Mapping, MutableMapping
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Protocol, cast

import structlog

from devices.announcer.registry import AnnouncerPart
from devices.call_keys import CallKeys, Keys
from devices.call_pad.registry import CallPadsPart
from devices.config import STATION_FILE, HallPart, read_hall
from devices.entries import Device
from devices.errors import ConfigError
from devices.hall_facts import HallFacts
from devices.led_sign.registry import SignPart
from devices.parts import Parts
from devices.protocols import (
    ANNOUNCER,
    CALL_PADS,
    LED_SIGN,
    RATING_PAD,
    TICKET_PRINTER,
    Announcer,
    CallPads,
    LedSign,
    RatingPad,
    TicketPrinter,
)
from devices.rating_pad.registry import PadPart
from devices.registry import build, devices_at, far_end
from devices.signs import Sign, Signs
from devices.simulation import Simulation
from devices.speaking import Voice, Voices
from devices.station import Pad, Station
from server.contract.topics import RATING
from server.link.acts import HallClient
from server.link.broker import BrokerAddress, BrokerLink
from server.link.outbox import Outbox
from server.link.presence import device_state
from server.link.sender import EventSender


class Program(Protocol):
    def start(self) -> None: ...

    def stop(self) -> None: ...


class StationProgram:
    """The station with its line to the hall; what it could not tell waits on disk for the next start."""

    def __init__(self, hall: HallPart, devices: tuple[Device, ...], token: str) -> None:
        address = BrokerAddress(hall.broker_host, hall.broker_port, hall.device, token, hall.broker_ca_file)
        self._link = BrokerLink(address, device_state(hall.branch, hall.device, "station"))
        self._outbox = Outbox(hall.data_dir / f"{hall.device}.outbox")
        self._sender = EventSender(self._link, self._outbox, hall.device, (RATING,))
        printers = {each.name: cast("TicketPrinter", build(each)) for each in devices if each.kind == TICKET_PRINTER}
        parts = Parts(self._link, lambda: datetime.now(UTC))
        self._station = Station(self._link, self._sender, parts, _pads(devices), printers)
        self._facts = HallFacts(self._link)
        self._signs = Signs(self._facts, parts, _signs(devices))
        self._voices = Voices(self._link, self._facts, parts, _voices(devices))
        self._hall = HallClient(hall.url, hall.branch, token, ca_file=hall.ca_file)
        self._keys = CallKeys(self._facts, parts, self._hall, _keys(devices))

    def start(self) -> None:
        self._station.start()
        self._facts.start()
        self._signs.start()
        self._voices.start()
        self._keys.start()
        self._link.start()
        self._sender.start()

    def stop(self) -> None:
        self._station.stop()
        self._signs.stop()
        self._voices.stop()
        self._keys.stop()
        self._hall.close()
        self._sender.stop()
        self._link.stop()
        self._outbox.close()


def build_station(config_dir: Path, environ: Mapping[str, str]) -> Program:
    """Raises ConfigError."""
    log_through_logging()
    hall = read_hall(config_dir, environ)
    return StationProgram(hall, devices_at(config_dir, hall.data_dir, hall.device), _token(config_dir, hall))


def build_simulation(devices: Iterable[Device], port: int, random: Random) -> Simulation:
    """Raises ConfigError for a device that has no far end here."""
    log_through_logging()
    return Simulation({each.name: far_end(each, random) for each in devices}, port)


def _pads(devices: tuple[Device, ...]) -> tuple[Pad, ...]:
    pads = [each for each in devices if each.kind == RATING_PAD]
    return tuple(_pad(each, cast("PadPart", each.part)) for each in pads)


def _pad(device: Device, part: PadPart) -> Pad:
    return Pad(device.name, cast("RatingPad", build(device)), part.counter, part.keys)


def _signs(devices: tuple[Device, ...]) -> tuple[Sign, ...]:
    signs = [(each, cast("SignPart", each.part)) for each in devices if each.kind == LED_SIGN]
    return tuple(_sign(each, part) for each, part in signs)


def _sign(device: Device, part: SignPart) -> Sign:
    shown = (part.each_s, part.also_customers, part.holds, part.speaks)
    return Sign(device.name, cast("LedSign", build(device)), part.language, part.counter, *shown)


def _voices(devices: tuple[Device, ...]) -> tuple[Voice, ...]:
    voices = [(each, cast("AnnouncerPart", each.part)) for each in devices if each.kind == ANNOUNCER]
    return tuple(Voice(each.name, cast("Announcer", build(each)), part, part.counter) for each, part in voices)


def _keys(devices: tuple[Device, ...]) -> tuple[Keys, ...]:
    lines = [(each, cast("CallPadsPart", each.part)) for each in devices if each.kind == CALL_PADS]
    return tuple(Keys(each.name, cast("CallPads", build(each)), part.counter_of) for each, part in lines)


def _token(config_dir: Path, hall: HallPart) -> str:
    try:
        return hall.token_file.read_text(encoding="utf-8").strip()
    except OSError as cause:
        enrol = f"hall device enrol {hall.device} --url {hall.url} --branch {hall.branch}"
        why = f"{hall.token_file} cannot be read: {cause.strerror}; enrol this machine: `{enrol}`"
        raise ConfigError(str(config_dir / STATION_FILE), "", "hall.token_file", why) from cause


def log_through_logging() -> None:
    """What devices say goes where the program's other words go."""
    _log_by(
        structlog.stdlib.add_log_level,
        structlog.processors.format_exc_info,
        structlog.processors.KeyValueRenderer(key_order=["event"]),
    )


def log_for_people() -> None:
    """Of what devices say the reasons alone, without a log's trimmings."""
    _log_by(_reason)
    for handler in logging.getLogger().handlers:
        handler.setFormatter(logging.Formatter("%(message)s"))


def _reason(_logger: object, _method: str, event: MutableMapping[str, object]) -> str:
    if "why" not in event:
        raise structlog.DropEvent
    return f"  {event['event']}: {event['why']}"


def _log_by(*processors: structlog.typing.Processor) -> None:
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
