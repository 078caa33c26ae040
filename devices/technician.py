"""What a technician does with one device: finds its port, tries it out, tells it of a new roll."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Generic, Protocol, TypeVar, cast

from serial.tools.list_ports import comports

from devices.announcer.registry import AnnouncerPart
from devices.call_pad.registry import CallPadsPart
from devices.doctor import examine, to_do
from devices.entries import Device
from devices.health import Cause, Health, HealthState
from devices.protocols import (
    ANNOUNCER,
    CALL_PADS,
    CARD_READER,
    CODE_READER,
    LED_SIGN,
    RATING_PAD,
    TICKET_PRINTER,
    Announcer,
    CallLight,
    CallPads,
    Card,
    CardReader,
    CodeReader,
    LedSign,
    PadKey,
    Press,
    Printed,
    RatingPad,
    Scan,
    TicketPrinter,
)
from devices.registry import build
from devices.sheets import NUMBER, Line, Rule, Sheet
from devices.ticket_printer.registry import MM_A_METRE, roll_book
from server.contract.sentences import RATE, Prompt, Utterance
from server.contract.words import Language

BY_ID = Path("/dev/serial/by-id")
INPUT_BY_ID = Path("/dev/input/by-id")
HEALTH_S = 6.0
"""Long enough for a silent device to be called so."""
AT_PORT = frozenset({Cause.UNPLUGGED, Cause.IN_USE})
"""Causes for which the device itself was not reached."""
TEST_NUMBER = "A012"
_SAMPLES = {Language.ZH: "测试 过户/更名", Language.EN: "Test", Language.VI: "Kiểm tra thử", Language.RU: "Проверка"}

Say = Callable[[str], None]
C = TypeVar("C")
C_co = TypeVar("C_co", covariant=True)


def ports() -> list[str]:
    """Serial ports of this machine, by the name that stays when they are plugged in again."""
    stable = {link.resolve(): link for link in sorted(BY_ID.glob("*"))} if BY_ID.is_dir() else {}
    return [
        f"{stable.get(Path(port.device).resolve(), port.device)}  {port.description}" for port in sorted(comports())
    ]


def keyboards() -> list[str]:
    """Pads and code readers that this machine takes for keyboards, among its own, by the name that stays."""
    return [str(link) for link in sorted(INPUT_BY_ID.glob("*-event-kbd"))]


def try_out(device: Device, say: Say, *, patience_s: float) -> bool:
    """Opens it, has it do what it is for, and says how it is; `patience_s`: how long a key may take to be pressed."""
    say(f"{device.name}: {device.kind} {device.part.driver}, {device.where}")
    tests: dict[str, Callable[[Device, Say, float], bool]] = {
        TICKET_PRINTER: _printer,
        RATING_PAD: _rating_pad,
        LED_SIGN: _sign,
        CALL_PADS: _call_pads,
        ANNOUNCER: _announcer,
        CODE_READER: _code_reader,
        CARD_READER: _card_reader,
    }
    return tests[device.kind](device, say, patience_s)


def new_roll(device: Device, metres: float | None, say: Say) -> bool:
    """A new roll was put in, however the sensors saw it. Raises ConfigError where it is no printer's."""
    if device.kind != TICKET_PRINTER:
        raise device.wrong("kind", f"a {device.kind} has no roll of paper")
    book = roll_book(device)
    kept = book.put_in(round(metres * MM_A_METRE) if metres else None)
    left = book.counts().get("paper-left-mm", 0) / MM_A_METRE
    book.close()
    say(f"{device.name} counts from a new roll of {left:g} m" if kept else "the disk did not keep it")
    return kept


class _Listening(Protocol[C_co]):
    """A device from which something comes when somebody does something."""

    def start(self, on_coming: Callable[[C_co], None], on_health: Callable[[Health], None], /) -> None: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class _Words(Generic[C]):
    ask: Callable[[], str]
    """Makes the device ready; what the technician is to do."""
    tell: Callable[[C], str]
    nothing: str


def _listen(device: Device, listening: _Listening[C], say: Say, patience_s: float, words: _Words[C]) -> bool:
    """Whether it is well and something came."""
    watch, came = _Watch(device), threading.Event()

    def take(coming: C) -> None:
        say(words.tell(coming))
        came.set()

    listening.start(take, watch.hear)
    try:
        if not watch.ok(say):
            return False
        say(words.ask())
        if not came.wait(patience_s):
            say(words.nothing)
        return came.is_set()
    finally:
        listening.close()


class _Watch:
    """Waits for a device's word of its health."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self.health = Health(HealthState.UNKNOWN)
        self._heard = threading.Event()

    def hear(self, health: Health) -> None:
        self.health = health
        if health.ok or health.causes & AT_PORT:
            self._heard.set()

    def ok(self, say: Say) -> bool:
        self._heard.wait(HEALTH_S)
        return _told(self._device, self.health, say)


def _told(device: Device, health: Health, say: Say) -> bool:
    """Also what to do about it: where its port is not to be had, as `hall doctor` says."""
    causes = ", ".join(sorted(cause.value.replace("_", " ") for cause in health.causes))
    say(f"health: {health.state.value}{': ' + causes if causes else ''}")
    if health.causes & AT_PORT:
        for finding in examine([device]):
            say("  " + " -> ".join(filter(None, (finding.what, finding.to_do))))
    elif health.causes:
        say(f"  -> {to_do(health.causes)}")
    return health.ok


def _printer(device: Device, say: Say, _patience_s: float) -> bool:
    printer = cast("TicketPrinter", build(device))
    try:
        health = printer.health()
        ok = _told(device, health, say)
        if health.causes & AT_PORT:
            return False
        samples = (Line(text, align="center") for text in _SAMPLES.values())
        now = Line(f"{datetime.now():%Y-%m-%d %H:%M}  {device.name}", align="center")  # noqa: DTZ005 -- as the clock on the wall
        number = Line(TEST_NUMBER, NUMBER, bold=True, align="center")
        outcome = printer.print(Sheet((number, Rule(), *samples, Rule(), now), Language.ZH))
        say(f"test slip: {outcome.printed.value}{': ' + outcome.detail if outcome.detail else ''}")
        if counts := printer.counts():
            say(f"roll: slips printed {counts['slips']}, paper left {counts['paper-left-mm'] / MM_A_METRE:.1f} m")
        return ok and outcome.printed is not Printed.FAILED
    finally:
        printer.close()


def _rating_pad(device: Device, say: Say, patience_s: float) -> bool:
    pad = cast("RatingPad", build(device))

    def ask() -> str:
        pad.invite(patience_s, TEST_NUMBER)
        return f"its keys are lit for {patience_s:.0f} s; press one"

    def tell(press: Press) -> str:
        pad.thank()
        return f"key {press.key} was pressed"

    return _listen(device, pad, say, patience_s, _Words(ask, tell, "no key was pressed"))


def _sign(device: Device, say: Say, _patience_s: float) -> bool:
    sign = cast("LedSign", build(device))
    watch = _Watch(device)
    sign.show(TEST_NUMBER)
    sign.start(watch.hear)
    try:
        if not watch.ok(say):
            return False
        say(f"it should show {TEST_NUMBER} now")
        return True
    finally:
        sign.close()


def _call_pads(device: Device, say: Say, patience_s: float) -> bool:
    pads = cast("CallPads", build(device))

    def ask() -> str:
        for address in cast("CallPadsPart", device.part).counter_of:
            pads.light(address, CallLight.SERVING)
        return "the lamps are lit; press a key"

    def tell(key: PadKey) -> str:
        return f"pad {key.address}: {key.key.value}"

    return _listen(device, pads, say, patience_s, _Words(ask, tell, "no key was pressed"))


def _announcer(device: Device, say: Say, _patience_s: float) -> bool:
    announcer = cast("Announcer", build(device))
    part = cast("AnnouncerPart", device.part)
    calls = part.counter is None
    said = announcer.say(Utterance(TEST_NUMBER, 1, part.languages) if calls else Prompt(RATE, part.languages))
    if not _told(device, announcer.health(), say):
        return False
    told = f"{TEST_NUMBER} to counter 1" if calls else "please rate my service"
    say(f"it should have said: {told}" if said else "nothing was said, for these are `quiet` hours in devices.toml")
    return said


def _code_reader(device: Device, say: Say, patience_s: float) -> bool:
    def tell(scan: Scan) -> str:
        return (
            f"a code of {len(scan.text)} letters was read" if scan.text else "a code was read that cannot be a slip's"
        )

    nothing = "no code was read; the reader must end each with CR, CR LF or Enter"
    words = _Words(lambda: "hold a code up to it", tell, nothing)
    return _listen(device, cast("CodeReader", build(device)), say, patience_s, words)


def _card_reader(device: Device, say: Say, patience_s: float) -> bool:
    def tell(card: Card) -> str:
        return f"a card was read: {card.initial}**"

    words = _Words(lambda: "lay a card on it", tell, "no card was read")
    return _listen(device, cast("CardReader", build(device)), say, patience_s, words)
