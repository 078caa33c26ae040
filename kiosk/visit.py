"""One customer at the kiosk, step by step: what is on the screen, what a touch does, when the screen goes home.

Times are seconds of the machine's monotonic clock.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from server.contract.words import Language

IDLE_S = 60.0
ELDER_IDLE_S = 90.0
ASKING_S = 20.0
"""How long "still here?" waits for a touch before the screen goes home."""
TICKET_S = 25.0
"""The ticket stays at least so long, counted from when it was shown."""
ELDER_TICKET_S = 90.0
READ_ON_S = 60.0
"""What "keep showing" adds."""
AFTER_PRINT_S = 12.0
"""The ticket stays at least so long after the printer's outcome is known."""
SETTLE_S = 0.5
"""Touches so soon after a change of screen belong to the screen before it."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How this customer wants to be spoken to."""

    language: Language = Language.ZH
    elder: bool = False
    contrast: bool = False


class Printing(StrEnum):
    UNASKED = "unasked"
    """The customer has a slip already, or a phone."""
    RUNNING = "printing"
    PRINTED = "printed"
    UNCONFIRMED = "unconfirmed"
    FAILED = "failed"


class Obstacle(StrEnum):
    """Why no number could be given; each has its own words."""

    CLOSED = "closed"
    NOT_ISSUING = "not_issuing"
    FULL = "full"
    SEE_STAFF = "see_staff"


@dataclass(frozen=True, slots=True)
class Home:
    more: bool = False
    """The services behind "more services" are shown."""


@dataclass(frozen=True, slots=True)
class Chosen:
    service: str
    obstacle: Obstacle | None = None
    """Set when taking a number for it has just been refused."""
    request_id: str = ""
    """Of the try before, whose outcome may be unknown: the next try repeats it."""


@dataclass(frozen=True, slots=True)
class Issuing:
    service: str
    request_id: str


@dataclass(frozen=True, slots=True)
class Shown:
    """The ticket is on the screen; it is valid whatever the printer does."""

    service: str
    number: str
    printing: Printing
    ends_at: float
    copies: int = 0
    """Times "print again" was touched."""


class Unfound(StrEnum):
    """Why a code that was held up shows no ticket; each has its own words."""

    FOREIGN = "foreign"
    UNKNOWN = "unknown"
    AWAY = "away"


@dataclass(frozen=True, slots=True)
class NotFound:
    """What is said of such a code, for so long."""

    why: Unfound
    ends_at: float


Step = Home | Chosen | Issuing | Shown | NotFound


@dataclass(frozen=True, slots=True)
class Visit:
    manner: Manner
    step: Step
    touched_at: float
    changed_at: float
    usual: Manner = Manner()
    """What the kiosk returns to for the next customer."""

    @classmethod
    def fresh(cls, at: float, usual: Manner | None = None) -> "Visit":
        manner = usual or Manner()
        return cls(manner, Home(), at, at - SETTLE_S, manner)

    @property
    def untouched(self) -> bool:
        return self.step == Home() and self.manner == self.usual

    @property
    def idle_s(self) -> float:
        return ELDER_IDLE_S if self.manner.elder else IDLE_S

    def settled(self, at: float) -> bool:
        """Whether a touch now is meant for what is on the screen."""
        return at - self.changed_at >= SETTLE_S

    def touch(self, at: float) -> "Visit":
        """Somebody is here: the idle countdown starts again."""
        return replace(self, touched_at=at)

    def speak(self, language: Language, at: float) -> "Visit":
        return self._with(replace(self.manner, language=language), at)

    def elder(self, on: bool, at: float) -> "Visit":
        """Leaves or enters the elder screens; a service or ticket in hand stays in hand."""
        step = Home() if isinstance(self.step, Home) else self.step
        return replace(self._with(replace(self.manner, elder=on), at), step=step)

    def contrast(self, on: bool, at: float) -> "Visit":
        return self._with(replace(self.manner, contrast=on), at)

    def more(self, at: float) -> "Visit":
        return self._go(Home(more=True), at) if self.settled(at) and isinstance(self.step, Home) else self.touch(at)

    def choose(self, service: str, at: float) -> "Visit":
        """Shows the service; takes no number yet."""
        if isinstance(self.step, Home) and self.settled(at):
            return self._go(Chosen(service), at)
        return self.touch(at)

    def back(self, at: float) -> "Visit":
        if isinstance(self.step, Chosen | Home) and self.settled(at):
            return self._go(Home(), at)
        return self.touch(at)

    def take(self, request_id: str, at: float) -> "Visit":
        """Asks for the number. Repeated touches change nothing: one visit is one request."""
        if isinstance(self.step, Chosen) and self.settled(at):
            return self._go(Issuing(self.step.service, self.step.request_id or request_id), at)
        return self.touch(at)

    def issued(self, request_id: str, number: str, at: float) -> "Visit":
        """The number is committed; an answer to a request that is no longer on the screen changes nothing."""
        if isinstance(self.step, Issuing) and self.step.request_id == request_id:
            return self._go(Shown(self.step.service, number, Printing.RUNNING, at + self._ticket_s), at)
        return self

    def refused(self, request_id: str, obstacle: Obstacle, at: float) -> "Visit":
        if isinstance(self.step, Issuing) and self.step.request_id == request_id:
            return self._go(Chosen(self.step.service, obstacle, request_id), at)
        return self

    def found(self, service: str, number: str, language: Language, at: float) -> "Visit":
        """A code held up is this ticket; it speaks the ticket's language to somebody who has not chosen one."""
        if not self.may_be_scanned:
            return self
        manner = replace(self.manner, language=language) if self.untouched else self.manner
        step = Shown(service, number, Printing.UNASKED, at + self._ticket_s)
        return replace(self._go(step, at), manner=manner)

    def not_found(self, why: Unfound, at: float) -> "Visit":
        return self._go(NotFound(why, at + self._ticket_s), at) if self.may_be_scanned else self

    @property
    def may_be_scanned(self) -> bool:
        """Not while a number is being given out or printed: that customer's screen stays."""
        step = self.step
        return not isinstance(step, Issuing) and not (isinstance(step, Shown) and step.printing is Printing.RUNNING)

    def printed(self, number: str, outcome: Printing, at: float) -> "Visit":
        """The printer's outcome for `number`; the ticket then stays long enough to be read once more."""
        step = self.step
        if not isinstance(step, Shown) or step.number != number:
            return self
        ends_at = max(step.ends_at, at + (self._ticket_s if outcome is Printing.FAILED else AFTER_PRINT_S))
        return replace(self, step=replace(step, printing=outcome, ends_at=ends_at))

    def print_again(self, at: float) -> "Visit":
        step = self.step
        if not isinstance(step, Shown) or step.printing is Printing.RUNNING or not self.settled(at):
            return self.touch(at)
        ends_at = max(step.ends_at, at + self._ticket_s)
        again = replace(step, printing=Printing.RUNNING, copies=step.copies + 1, ends_at=ends_at)
        return replace(self, step=again, touched_at=at)

    def read_on(self, at: float) -> "Visit":
        step = self.step
        if not isinstance(step, Shown):
            return self.touch(at)
        return replace(self, step=replace(step, ends_at=at + READ_ON_S), touched_at=at)

    def done(self, at: float) -> "Visit":
        """The customer has the number; the next one begins."""
        if isinstance(self.step, Shown | NotFound) and self.settled(at):
            return self._fresh(at)
        return self.touch(at)

    def tick(self, at: float) -> "Visit":
        """Goes home when the time of the ticket, or of a customer who left, is over."""
        return self._fresh(at) if self._over(at) else self

    def asking_left_s(self, at: float) -> float | None:
        """Seconds left of "still here?"; None while nobody needs to be asked."""
        if self.untouched or isinstance(self.step, Shown | Issuing | NotFound):
            return None
        idle = at - self.touched_at
        return max(0.0, self.idle_s + ASKING_S - idle) if idle >= self.idle_s else None

    def ticket_left_s(self, at: float) -> float | None:
        if isinstance(self.step, Shown | NotFound):
            return max(0.0, self.step.ends_at - at)
        return None

    def _over(self, at: float) -> bool:
        match self.step:
            case Shown(printing=printing, ends_at=ends_at):
                return printing is not Printing.RUNNING and at >= ends_at
            case NotFound(ends_at=ends_at):
                return at >= ends_at
            case Issuing():
                return False
            case _:
                return not self.untouched and at - self.touched_at >= self.idle_s + ASKING_S

    @property
    def _ticket_s(self) -> float:
        return ELDER_TICKET_S if self.manner.elder else TICKET_S

    def _fresh(self, at: float) -> "Visit":
        return replace(Visit.fresh(at, self.usual), changed_at=at)

    def _go(self, step: Step, at: float) -> "Visit":
        return replace(self, step=step, touched_at=at, changed_at=at)

    def _with(self, manner: Manner, at: float) -> "Visit":
        return replace(self, manner=manner, touched_at=at)
