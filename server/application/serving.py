"""A clerk's acts on the customer being served, and the record of what was done."""

from datetime import timedelta

from server.application.asking import Asked, Asking
from server.contract import acts
from server.domain import commands as cmd
from server.domain.vocabulary import ClerkId, CounterNo, ServiceId, TicketId

LONGEST_LEG = timedelta(hours=12)


def start(_who: Asking, counter: CounterNo, body: acts.CurrentAct) -> Asked:
    return Asked(cmd.Start(counter, TicketId(body.ticket)))


def finish(who: Asking, counter: CounterNo, body: acts.FinishCustomer) -> Asked:
    sealing = who.sealing()
    return sealing.asked(cmd.Finish(counter, TicketId(body.ticket), sealing.record(body.record)))


def hold(who: Asking, counter: CounterNo, body: acts.HoldCustomer) -> Asked:
    sealing = who.sealing()
    note = sealing.digest(body.note)
    return sealing.asked(cmd.Hold(counter, TicketId(body.ticket), body.reason, body.minutes, note))


def transfer(who: Asking, counter: CounterNo, body: acts.TransferCustomer) -> Asked:
    sealing = who.sealing()
    return sealing.asked(
        cmd.Transfer(
            counter,
            TicketId(body.ticket),
            None if body.service is None else ServiceId(body.service),
            None if body.counter is None else CounterNo(body.counter),
            None if body.clerk is None else ClerkId(body.clerk),
            body.return_to_sender,
            sealing.digest(body.note),
            tuple(body.documents_seen),
        )
    )


def served_offline(who: Asking, counter: CounterNo, body: acts.ServedOffline) -> Asked:
    sealing = who.sealing()
    finished_at = who.true_time(body.age_ms, body.finished_at)
    took = min(max(body.finished_at - body.started_at, timedelta()), LONGEST_LEG)
    record = sealing.record(body.record)
    return sealing.asked(cmd.AdoptServedOffline(counter, body.number, finished_at - took, finished_at, record))


def put_interaction(who: Asking, ticket: TicketId, leg: int, body: acts.PutInteraction) -> Asked:
    sealing = who.sealing()
    return sealing.asked(cmd.PutInteraction(ticket, leg, sealing.record(body.record)))
