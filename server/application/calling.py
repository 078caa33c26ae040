"""A clerk's acts at a counter, up to the customer who stands before it."""

from server.application.asking import Asked, Asking
from server.contract import acts
from server.domain import commands as cmd
from server.domain.errors import Code, Refusal
from server.domain.state import Hall
from server.domain.ticket import Called, Serving
from server.domain.vocabulary import CounterNo, ServiceId, TicketId


def open_counter(who: Asking, counter: CounterNo, body: acts.OpenCounter) -> Asked:
    services = tuple(ServiceId(service) for service in body.services)
    return Asked(cmd.OpenCounter(counter, who.caller.clerk, services))


def pause(_who: Asking, counter: CounterNo, body: acts.PauseCounter) -> Asked:
    return Asked(cmd.PauseCounter(counter, body.reason))


def resume(_who: Asking, counter: CounterNo, _body: acts.CounterAct) -> Asked:
    return Asked(cmd.ResumeCounter(counter))


def close(_who: Asking, counter: CounterNo, _body: acts.CounterAct) -> Asked:
    return Asked(cmd.CloseCounter(counter))


def next_customer(who: Asking, counter: CounterNo, body: acts.NextCustomer) -> Asked:
    sealing = who.sealing()
    record = sealing.record(body.record) if body.record else None
    return sealing.asked(cmd.Next(counter, _ticket(body.expect), record))


def call(who: Asking, counter: CounterNo, body: acts.CallTicket) -> Asked:
    sealing = who.sealing()
    record = sealing.record(body.record) if body.record else None
    reason = sealing.digest(body.reason)
    return sealing.asked(cmd.Call(counter, TicketId(body.ticket), _ticket(body.expect), reason, record))


def recall(_who: Asking, counter: CounterNo, body: acts.CurrentAct) -> Asked:
    return Asked(cmd.Recall(counter, TicketId(body.ticket)))


def no_show(_who: Asking, counter: CounterNo, body: acts.CurrentAct) -> Asked:
    return Asked(cmd.NoShow(counter, TicketId(body.ticket)))


def send_back(_who: Asking, counter: CounterNo, body: acts.CurrentAct) -> Asked:
    return Asked(cmd.Return(counter, TicketId(body.ticket)))


def revive(_who: Asking, counter: CounterNo, body: acts.ReviveTicket) -> Asked:
    return Asked(cmd.Revive(TicketId(body.ticket), counter))


def press_key(hall: Hall, counter: CounterNo, body: acts.PressKey) -> Asked | Refusal:
    """A call pad's key as the act that the clerk means by it.

    Should somebody act meanwhile, the act names a customer who is no longer current and is refused: a key and the
    counter program at once make one call.
    """
    current = hall.current(counter)
    match body.key, current:
        case "call", Called():
            return Asked(cmd.Recall(counter, current.visit.id))
        case "call", _:
            return Asked(cmd.Next(counter, None, None))
        case "start", Called():
            return Asked(cmd.Start(counter, current.visit.id))
        case "end", Called():
            return Asked(cmd.NoShow(counter, current.visit.id))
        case "end" | "redirect", Serving():
            return Refusal(Code.REASON_NEEDED, {"number": current.visit.number, "missing": "record"})
        case _:
            return Refusal(Code.WRONG_STATE, {"counter": counter})


def _ticket(given: str | None) -> TicketId | None:
    return None if given is None else TicketId(given)
