"""What the crowd itself saw: the demo's reconciliation believes this, not the server's word."""

import threading
from dataclasses import dataclass, field

from server.demo.plan import Customer

FINAL = frozenset({"finished", "no_show"})


@dataclass(slots=True)
class Walk:
    """One customer's way through the hall, as seen from outside."""

    customer: Customer
    ticket: str = ""
    number: str = ""
    printings: list[str] = field(default_factory=list)
    """What the kiosk said of the slip, and of each reprint: printed, unconfirmed, failed."""
    offline: bool = False
    refused: str = ""
    called_at: list[int] = field(default_factory=list)
    """Counters that called, in order."""
    serving_at: int | None = None
    ended: str = ""
    pressed: int | None = None
    gone_at_s: float | None = None
    """When patience runs out, in hall seconds; from then on nobody answers a call."""

    @property
    def reprints(self) -> int:
        return max(len(self.printings) - 1, 0)


@dataclass(slots=True)
class History:
    """Thread-safe: the kiosk's thread and every clerk's write here."""

    walks: dict[str, Walk] = field(default_factory=dict)
    by_ticket: dict[str, Walk] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def arrived(self, customer: Customer, now_s: float) -> Walk:
        walk = Walk(customer)
        if customer.patience_s is not None:
            walk.gone_at_s = now_s + customer.patience_s
        with self.changed:
            self.walks[customer.tag] = walk
        return walk

    def issued(self, walk: Walk, ticket: str, number: str, printed: str, offline: bool) -> None:
        with self.changed:
            other = next((w for w in self.walks.values() if w is not walk and w.number == number), None)
            if other is not None:
                self.problems.append(f"{number} was given to {other.customer.tag} and {walk.customer.tag}")
            walk.ticket, walk.number, walk.offline = ticket, number, offline
            walk.printings.append(printed)
            if ticket:
                self.by_ticket[ticket] = walk
            self.changed.notify_all()

    def reprinted(self, walk: Walk, printed: str) -> None:
        with self.changed:
            walk.printings.append(printed)

    def refused(self, walk: Walk, why: str) -> None:
        with self.changed:
            walk.refused = why
            self.problems.append(f"{walk.customer.tag} got no number: {why}")
            self.changed.notify_all()

    def holder(self, ticket: str, number: str, timeout_s: float) -> Walk | None:
        """Whose ticket this is; waits for the kiosk's answer if need be. Offline ones are known by number."""

        def found() -> Walk | None:
            if ticket in self.by_ticket:
                return self.by_ticket[ticket]
            return next((w for w in self.walks.values() if w.offline and w.number == number), None)

        with self.changed:
            self.changed.wait_for(lambda: found() is not None, timeout_s)
            walk = found()
            if walk is not None:
                walk.ticket = ticket
                self.by_ticket[ticket] = walk
            return walk

    def begin_service(self, walk: Walk, counter: int) -> None:
        with self.changed:
            if walk.serving_at is not None:
                self.problems.append(f"{walk.number} is served at {walk.serving_at} and {counter} at once")
            walk.serving_at = counter

    def end_service(self, walk: Walk, ended: str) -> None:
        with self.changed:
            walk.serving_at = None
            walk.ended = ended

    def problem(self, text: str) -> None:
        with self.changed:
            self.problems.append(text)

    def all_ended(self, expected: int) -> bool:
        with self.changed:
            return len(self.walks) == expected and all(w.ended in FINAL or w.refused for w in self.walks.values())
