"""What the hall's programs ask of devices; drivers fulfil it, and nobody above knows wires or bytes."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from devices.health import Cause, Health
from devices.sheets import Sheet
from server.contract.sentences import Prompt, Utterance

TICKET_PRINTER = "ticket_printer"
RATING_PAD = "rating_pad"
LED_SIGN = "led_sign"
ANNOUNCER = "announcer"
CALL_PADS = "call_pads"
CODE_READER = "code_reader"
CARD_READER = "card_reader"


class Printed(StrEnum):
    PRINTED = "printed"
    UNCONFIRMED = "unconfirmed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class PrintOutcome:
    """UNCONFIRMED: every byte was handed over, the printer did not say that it printed them."""

    printed: Printed
    cause: Cause | None = None
    """Why it failed, or why nothing confirms it."""
    detail: str = ""
    """For the technician's log; never shown to a customer."""


class TicketPrinter(Protocol):
    """Blocking and thread-safe; never raises for a device's fault."""

    def print(self, sheet: Sheet) -> PrintOutcome: ...

    def health(self) -> Health:
        """Asks the printer now (≤ 1 s) unless a sheet is on its way, then the last known answer."""
        ...

    def watch(self, on_health: Callable[[Health], None]) -> None:
        """Told at once, on the driver's own thread, when a printer that can says by itself that it has changed."""
        ...

    def counts(self) -> dict[str, int]:
        """Slips, cuts and paper since the roll was put in, what is left of it and for how many minutes of use."""
        ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Press:
    """One press of a key by one finger: bounces and repeats of the line are already taken out."""

    key: int
    """1 … 5 as engraved, from the left."""
    pressed_at_s: float
    """Machine clock (`time.monotonic`)."""
    mark: str
    """The pad's own name for this press: the same again is the same press, also after the station was restarted."""


class PadLight(StrEnum):
    OFF = "off"
    INVITE = "invite"
    THANKS = "thanks"


class RatingPad(Protocol):
    """Thread-safe; presses come on the driver's own thread, and a press counts as taken when the callback returns."""

    def start(self, on_press: Callable[[Press], None], on_health: Callable[[Health], None]) -> None: ...

    def invite(self, seconds: float, number: str) -> None:
        """Lights the keys and shows the number for so long; quiet when the pad is away."""
        ...

    def thank(self) -> None: ...

    def dark(self) -> None: ...

    def ignored(self) -> dict[str, int]:
        """How often what came was no finger's press: repeats, bounces, floods."""
        ...

    def health(self) -> Health: ...

    def close(self) -> None: ...


class LedSign(Protocol):
    """Thread-safe; shows one text until it is told another, also after it was unplugged."""

    def start(self, on_health: Callable[[Health], None]) -> None: ...

    def show(self, text: str) -> None:
        """Returns at once; quiet when the sign is away."""
        ...

    def health(self) -> Health: ...

    def close(self) -> None:
        """Its last text still reaches a sign that is there."""
        ...


class CallKey(StrEnum):
    """The keys of a call pad; what each does depends on who stands at the counter."""

    CALL = "call"
    START = "start"
    REDIRECT = "redirect"
    END = "end"


class CallLight(StrEnum):
    """What a call pad's lamp says."""

    OFF = "off"
    CALLED = "called"
    SERVING = "serving"
    PAUSED = "paused"
    REFUSED = "refused"
    AWAY = "away"
    """The hall cannot be reached: call by voice."""


@dataclass(frozen=True, slots=True)
class PadKey:
    """One press of a call pad's key by one finger."""

    address: int
    key: CallKey
    pressed_at_s: float
    """Machine clock (`time.monotonic`)."""
    mark: str
    """New for each press; the act's request id."""


class CallPads(Protocol):
    """The pads of one line; keys come on the driver's own thread, which must not be held up."""

    def start(self, on_key: Callable[[PadKey], None], on_health: Callable[[Health], None]) -> None: ...

    def light(self, address: int, light: CallLight) -> None:
        """Until the next word; quiet when the pads are away."""
        ...

    def health(self) -> Health: ...

    def close(self) -> None:
        """Their last lights still reach pads that are there."""
        ...


class Announcer(Protocol):
    """Blocking and thread-safe; never raises for a device's fault."""

    def say(self, spoken: Utterance | Prompt) -> bool:
        """Returns when it was said whole. False: it was not, for the hour is quiet or a fault shows in the health."""
        ...

    def health(self) -> Health: ...


@dataclass(frozen=True, slots=True)
class Scan:
    """One code held up once: repeats of a code that is held for long are taken out."""

    text: str = field(repr=False)
    """Printable ASCII, at most 256 letters; empty where it was anything else. It may open a ticket: tell nobody."""


class CodeReader(Protocol):
    """Thread-safe; scans come on the driver's own thread."""

    def start(self, on_scan: Callable[[Scan], None], on_health: Callable[[Health], None]) -> None: ...

    def health(self) -> Health: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Card:
    """All that leaves a reader of identity cards."""

    initial: str
    """The first letter of the surname, shown as 王**."""
    key: str = field(repr=False)
    """The same for the same card in this branch; by the branch's key, so that nobody else can tell whose it is."""


class CardReader(Protocol):
    """Thread-safe; cards come on the driver's own thread, each once until it is taken away."""

    def start(self, on_card: Callable[[Card], None], on_health: Callable[[Health], None]) -> None: ...

    def health(self) -> Health: ...

    def close(self) -> None: ...
