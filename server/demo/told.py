"""What many callers asked of a hall and were told, with their times: a history in Jepsen's manner, for `checker`."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from server.domain.vocabulary import CustomerClass

ISSUE, NEXT, START, FINISH, CANCEL, RATE = "issue", "next", "start", "finish", "cancel", "rate"
RECALL, NO_SHOW, HOLD, REVIVE, TRANSFER = "recall", "no-show", "hold", "revive", "transfer"


class Ended(StrEnum):
    """How an asking ended for its caller."""

    OK = "ok"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    """Never answered: done or not."""


@dataclass(frozen=True, slots=True)
class Told:
    """One act as its caller saw it, from the first asking to the answer, however often it was asked again meanwhile.

    Times of asking and telling are the caller's own monotonic seconds.
    """

    act: str
    asked_s: float
    told_s: float
    ended: Ended = Ended.OK
    tries: int = 1
    why: str = ""
    """A refusal's code, or what became of a rating."""
    rev: int = 0
    """Of the hall as the act left it; 0 where the answer does not say."""
    day: int = 0
    ticket: str = ""
    finished: str = ""
    """Whom `next` finished before it called."""
    number: str = ""
    service: str = ""
    customer_class: CustomerClass = CustomerClass.NORMAL
    counter: int = 0
    at_s: float = 0.0
    """Hall time of the issue or call, Unix seconds."""
    window: str = ""
    """A rating's."""


@dataclass(slots=True)
class Chronicle:
    """The history as it grows; one event loop writes it."""

    lines: list[Told] = field(default_factory=list)
    issued: set[str] = field(default_factory=set)
    over: set[str] = field(default_factory=set)
    """Finished or cancelled."""
    cuts: int = 0
    """Askings whose line was cut before an answer."""
    acknowledged: int = 0
    fenced: int = 0
    """Askings that a server refused because it does not keep the branch."""

    def add(self, told: Told) -> None:
        self.lines.append(told)
        if told.ended is not Ended.OK:
            return
        self.acknowledged += 1
        if told.act == ISSUE:
            self.issued.add(told.ticket)
        elif told.act in (FINISH, CANCEL):
            self.over.add(told.ticket)
        elif told.finished:
            self.over.add(told.finished)

    @property
    def open(self) -> int:
        """Customers who are in the hall."""
        return len(self.issued) - len(self.over)


def acts(lines: Iterable[Told], act: str) -> list[Told]:
    """Those of one kind that were answered with yes."""
    return [line for line in lines if line.act == act and line.ended is Ended.OK]
