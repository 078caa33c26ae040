"""Giving numbers: at kiosk, phone or counter, and adopting what a kiosk printed away from the server."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from server.domain.calling import target_s
from server.domain.commands import Issue, OfflineIssue, Renumber
from server.domain.config import HallConfig, Series, Service
from server.domain.deciding import Course, Refused, who
from server.domain.deciding_tickets import back_in_queue
from server.domain.errors import Code
from server.domain.events.tickets import TicketExpired, TicketIssued, TicketRenumbered
from server.domain.numbering import business_day, next_number, reserved_for
from server.domain.ticket import Missed
from server.domain.visit import Leg, Visit, number_text
from server.domain.vocabulary import Channel, CustomerClass, ServiceId, TicketState

LATE_S = 3600
"""A ticket adopted this long after its issue, or twice its target, has no fair place in the queue any more."""


def issue(course: Course, asked: Issue) -> None:
    services = [_service(course, service) for service in asked.services]
    _may_issue(course, asked, services)
    today = course.hall.business_day
    visit = _visit(course, asked, services[0])
    expected = visit.appointment is not None and asked.offline is None
    where = (visit.id, visit.number, visit.leg.service, visit.leg.number)
    course.add(TicketIssued(course.at, *where, visit, expected))
    if visit.day != today:
        course.add(TicketExpired(course.at, *where, was=TicketState.EXPECTED if expected else TicketState.WAITING))


def renumber(course: Course, asked: Renumber) -> None:
    """Who was called by a number that is on no paper could not come: back in the queue."""
    ticket = course.ticket(asked.ticket)
    visit = ticket.visit
    number = asked.offline.number
    if visit.ordinal == number:
        return
    _reserved(course, course.hall.rules.series[visit.series], number)
    _untaken(course, course.hall.rules.series[visit.series], number)
    ident, before, service, leg = who(ticket)
    after = number_text(visit.series, number)
    course.add(TicketRenumbered(course.at, ident, after, service, leg, before, number, course.by))
    if isinstance(ticket, Missed):
        back_in_queue(course, course.ticket(ident))


def _service(course: Course, service: ServiceId) -> Service:
    return course.hall.rules.services[course.known_service(service)]


def _may_issue(course: Course, asked: Issue, services: list[Service]) -> None:
    rules = course.hall.rules
    if not services:
        raise Refused(Code.UNKNOWN_SERVICE, service=None)
    if asked.ticket in course.hall.live or course.closed is not None:
        raise Refused(Code.NUMBER_TAKEN, ticket=asked.ticket)
    if asked.offline is None and course.hall.issued_today >= rules.max_tickets:
        raise Refused(Code.NOT_ISSUING, max_tickets=rules.max_tickets)
    given = asked.channel in (Channel.GUIDE, Channel.COUNTER) and asked.customer_class is not CustomerClass.NORMAL
    if given and not asked.class_reason:
        raise Refused(Code.REASON_NEEDED, customer_class=asked.customer_class.value)
    if asked.offline is None:
        for service in services:
            _open_now(rules, service, asked.appointment or course.at)


def _open_now(rules: HallConfig, service: Service, moment: datetime) -> None:
    """An appointment asks whether the service is open at its slot."""
    if service.opens is None and service.closes is None:
        return
    if not service.is_open(moment.astimezone(ZoneInfo(rules.timezone)).time()):
        opens = service.opens.isoformat("minutes") if service.opens else None
        closes = service.closes.isoformat("minutes") if service.closes else None
        raise Refused(Code.SERVICE_CLOSED, service=service.id, opens=opens, closes=closes)


def _visit(course: Course, asked: Issue, service: Service) -> Visit:
    hall = course.hall
    issued_at = min(asked.offline.at, course.at) if asked.offline else course.at
    day = _day_of(course, asked.offline)
    target = target_s(service, asked.customer_class)
    late = course.at - issued_at > timedelta(seconds=max(LATE_S, 2 * target))
    legs = [Leg(number, each) for number, each in enumerate(asked.services, start=1)]
    return Visit(
        id=asked.ticket,
        seq=hall.issued + 1,
        day=day,
        series=service.series,
        ordinal=_ordinal(course, hall.rules.series[service.series], asked.offline, today=day == hall.business_day),
        customer_class=asked.customer_class,
        language=asked.language,
        channel=asked.channel,
        issued_at=issued_at,
        seniority=max(issued_at, asked.appointment or issued_at),
        leg=legs[0],
        to_come=tuple(legs[1:]),
        appointment=asked.appointment,
        promise=asked.promise,
        ahead=asked.ahead,
        class_reason=asked.class_reason,
        issued_by=course.by,
        offline=asked.offline is not None,
        adopted_late=asked.offline is not None and late,
    )


def _day_of(course: Course, offline: OfflineIssue | None) -> date:
    rules, today = course.hall.rules, course.hall.business_day
    if today is None:
        raise Refused(Code.DAY_CLOSED)
    return business_day(min(offline.at, course.at), rules.day_start, rules.timezone) if offline else today


def _ordinal(course: Course, series: Series, offline: OfflineIssue | None, *, today: bool) -> int:
    if offline is None:
        ordinal = next_number(course.hall.series[series.id], series)
        if ordinal is None:
            raise Refused(Code.SERIES_FULL, series=series.id, last=series.last)
        return ordinal
    _reserved(course, series, offline.number)
    if today:
        _untaken(course, series, offline.number)
    return offline.number


def _reserved(course: Course, series: Series, number: int) -> None:
    if not reserved_for(course.by, number, series):
        raise Refused(Code.BAD_OFFLINE_NUMBER, number=number_text(series.id, number), kiosk=course.by)


def _untaken(course: Course, series: Series, number: int) -> None:
    if course.hall.series[series.id].has(number, series):
        raise Refused(Code.NUMBER_TAKEN, number=number_text(series.id, number))
