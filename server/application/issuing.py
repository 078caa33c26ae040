"""Numbers given out, and a customer's or guide's acts on a ticket."""

from server.application.asking import Asked, Asking
from server.contract import acts
from server.domain import commands as cmd
from server.domain.vocabulary import Channel, Digest, Role, ServiceId, TicketId

CHANNELS: dict[Role, tuple[Channel, ...]] = {
    Role.KIOSK: (Channel.KIOSK,),
    Role.CLERK: (Channel.COUNTER,),
    Role.GUIDE: (Channel.GUIDE, Channel.PAPER),
    Role.MANAGER: (Channel.GUIDE, Channel.PAPER),
}


def issue(who: Asking, ticket: TicketId, body: acts.IssueTicket) -> Asked:
    """`ticket`: the new ticket's id. The promise is put in at the moment of deciding."""
    sealing = who.sealing()
    reason = sealing.digest(body.class_reason)
    return sealing.asked(
        cmd.Issue(
            ticket,
            tuple(ServiceId(service) for service in body.services),
            body.customer_class,
            reason,
            body.language,
            channel(who, body.channel),
            body.appointment,
            offline_issue(who, body.offline) if body.offline else None,
        )
    )


def channel(who: Asking, said: Channel) -> Channel:
    """Where the ticket came from: what a machine or person can say of itself, else its own."""
    possible = CHANNELS[who.caller.role]
    return said if said in possible else possible[0]


def offline_issue(who: Asking, printed: acts.IssuedOffline) -> cmd.OfflineIssue:
    return cmd.OfflineIssue(printed.number, who.true_time(printed.age_ms, printed.issued_at))


def renumber(who: Asking, ticket: TicketId, printed: acts.IssuedOffline) -> Asked:
    """The kiosk printed this number though the server had answered with another: paper wins."""
    return Asked(cmd.Renumber(ticket, offline_issue(who, printed)))


def cancel(_who: Asking, ticket: TicketId, _body: acts.TicketAct) -> Asked:
    return Asked(cmd.Cancel(ticket))


def check_in(_who: Asking, ticket: TicketId, _body: acts.TicketAct) -> Asked:
    return Asked(cmd.CheckIn(ticket))


def reprint(_who: Asking, ticket: TicketId, _body: acts.TicketAct) -> Asked:
    return Asked(cmd.Reprint(ticket))


def revive(_who: Asking, ticket: TicketId, _body: acts.TicketAct) -> Asked:
    return Asked(cmd.Revive(ticket))


def delay(_who: Asking, ticket: TicketId, body: acts.DelayTicket) -> Asked:
    return Asked(cmd.Delay(ticket, body.minutes))


def change_class(who: Asking, ticket: TicketId, body: acts.ChangeClass) -> Asked:
    sealing = who.sealing()
    reason: Digest = sealing.digest(body.reason)
    return sealing.asked(cmd.ChangeClass(ticket, body.customer_class, reason))
