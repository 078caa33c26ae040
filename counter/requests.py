"""What the counter sends: contract bodies whose request id stays the same until the act is answered."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from counter.desk import Act, Draft
from counter.ports import Hall
from server.contract.acts import Act as ActBody
from server.contract.acts import (
    CallTicket,
    CounterAct,
    CurrentAct,
    FinishCustomer,
    HoldCustomer,
    Interaction,
    NextCustomer,
    OpenCounter,
    PauseCounter,
    PutInteraction,
    ReviveTicket,
    ServedOffline,
    TransferCustomer,
)
from server.contract.views.desk import DeskView
from server.contract.words import HoldReason, PauseReason


@dataclass(frozen=True, slots=True)
class Ask:
    """One act on its way: repeated as it is until the server has answered."""

    act: Act
    body: ActBody
    ticket: str | None = None
    leg: int = 0
    number: str = ""
    """What people call the ticket, for staff who read of it later."""

    @property
    def record(self) -> Interaction | None:
        """The clerk's record in it, if it carries one."""
        return self.body.record if isinstance(self.body, FinishCustomer | PutInteraction | ServedOffline) else None

    def same_wish(self, other: "Ask") -> bool:
        """Whether both ask for the same thing, whatever their request ids."""
        return (self.act, self.ticket, self.leg) == (other.act, other.ticket, other.leg) and (
            self.body.model_dump(exclude={"request_id"}) == other.body.model_dump(exclude={"request_id"})
        )

    def put_to(self, hall: Hall, counter: int) -> DeskView:
        """Blocks; raises HallAway or ActRefused."""
        if isinstance(self.body, PutInteraction):
            hall.put_interaction(self.ticket or "", self.leg, self.body)
            return hall.desk(counter)
        return hall.counter_act(counter, self.act.value, self.body)


@dataclass(frozen=True, slots=True)
class TransferTo:
    """Where a clerk sends the customer: to a service, a counter, or both."""

    service: str | None = None
    counter: int | None = None
    return_to_sender: bool = False


@dataclass(frozen=True, slots=True)
class Asking:
    """Builds asks; `new_id` gives a fresh request id."""

    new_id: Callable[[], str]

    def repeated(self, ask: Ask, unanswered: Ask | None) -> Ask:
        """The unanswered ask if this is the same wish again: then one act comes of both."""
        return unanswered if unanswered is not None and unanswered.same_wish(ask) else ask

    def open(self) -> Ask:
        return Ask(Act.OPEN, OpenCounter(request_id=self.new_id()))

    def plain(self, act: Act) -> Ask:
        """resume, close."""
        return Ask(act, CounterAct(request_id=self.new_id()))

    def pause(self, reason: PauseReason) -> Ask:
        return Ask(Act.PAUSE, PauseCounter(request_id=self.new_id(), reason=reason))

    def next(self) -> Ask:
        return Ask(Act.NEXT, NextCustomer(request_id=self.new_id(), expect=None))

    def call(self, ticket: str, reason: str) -> Ask:
        body = CallTicket(request_id=self.new_id(), expect=None, ticket=ticket, reason=reason)
        return Ask(Act.CALL, body, ticket)

    def current(self, act: Act, ticket: str) -> Ask:
        """recall, start, no-show, return."""
        return Ask(act, CurrentAct(request_id=self.new_id(), ticket=ticket), ticket)

    def revive(self, ticket: str) -> Ask:
        return Ask(Act.REVIVE, ReviveTicket(request_id=self.new_id(), ticket=ticket), ticket)

    def finish(self, draft: Draft) -> Ask:
        body = FinishCustomer(request_id=self.new_id(), ticket=draft.ticket, record=interaction(draft))
        return Ask(Act.FINISH, body, draft.ticket, draft.leg, draft.number)

    def save(self, draft: Draft) -> Ask:
        body = PutInteraction(request_id=self.new_id(), record=interaction(draft))
        return Ask(Act.SAVE, body, draft.ticket, draft.leg, draft.number)

    def hold(self, draft: Draft, reason: HoldReason, minutes: int) -> Ask:
        body = HoldCustomer(
            request_id=self.new_id(), ticket=draft.ticket, reason=reason, minutes=minutes, note=draft.handover
        )
        return Ask(Act.HOLD, body, draft.ticket, draft.leg)

    def transfer(self, draft: Draft, to: TransferTo) -> Ask:
        body = TransferCustomer(
            request_id=self.new_id(),
            ticket=draft.ticket,
            service=to.service,
            counter=to.counter,
            return_to_sender=to.return_to_sender,
            note=draft.handover.strip(),
            documents_seen=list(draft.documents),
        )
        return Ask(Act.TRANSFER, body, draft.ticket, draft.leg)

    def served_offline(self, number: str, started_at: datetime, finished_at: datetime, draft: Draft) -> Ask:
        body = ServedOffline(
            request_id=self.new_id(),
            number=number,
            started_at=started_at,
            finished_at=finished_at,
            age_ms=0,
            record=interaction(draft),
        )
        return Ask(Act.VOICE, body, draft.ticket or None, number=number)


def interaction(draft: Draft) -> Interaction:
    return Interaction(
        service_done=draft.service_done,
        outcome=draft.outcome,
        documents_seen=list(draft.documents),
        note=draft.note.strip(),
    )
