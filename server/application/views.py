"""What the hall and its customers see: the services, the queues, the counters, the calls, one ticket."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from server.application.scene import Scene, as_range
from server.contract.common import WaitRange, Words
from server.contract.views.answers import TicketView
from server.contract.views.hall import CallView, CounterView, HallView, QueueView
from server.contract.views.services import ReservedRange, ServicesView
from server.domain.config import HallConfig, Series, Service
from server.domain.counter import Desk
from server.domain.rating import window_id
from server.domain.state import Hall, RecentCall
from server.domain.ticket import Called, ClosedVisit, Delayed, Held, Missed, Serving, Ticket, Waiting, state_of
from server.domain.visit import Visit
from server.domain.vocabulary import CounterNo, CustomerClass, Language, TicketState

_OPENS: Words = {
    Language.ZH: "今天 {time} 起办理",
    Language.EN: "Opens at {time}",
    Language.VI: "Mở lúc {time}",
    Language.RU: "Откроется в {time}",
}
_CLOSED: Words = {
    Language.ZH: "今天 {time} 已停办",
    Language.EN: "Closed at {time}",
    Language.VI: "Đã đóng lúc {time}",
    Language.RU: "Закрыто с {time}",
}
_NOT_READY: Words = {
    Language.ZH: "营业厅还没有开始取号，请找引导员",
    Language.EN: "Numbers are not given out yet; please ask the guide",
    Language.VI: "Chưa bắt đầu lấy số, vui lòng hỏi nhân viên hướng dẫn",
    Language.RU: "Талоны пока не выдаются, обратитесь к консультанту",
}
_NO_DAY = datetime(1970, 1, 1, tzinfo=UTC)


def services_view(scene: Scene, kiosk: str) -> ServicesView:
    """`kiosk`: the asking machine, which learns the numbers it may issue by itself."""
    rules, facts = scene.hall.rules, scene.facts
    known = {service.id: service for service in facts.services}
    return ServicesView(
        stamp=scene.stamp,
        branch=facts.branch,
        name=facts.name,
        timezone=rules.timezone,
        business_day=scene.hall.business_day or scene.as_of.date(),
        public_url=facts.public_url,
        groups=list(facts.groups),
        services=[known[service] for service in rules.services if service in known],
        reserved=[_reserved(scene, series, kiosk) for series in rules.series.values() if kiosk in series.reserved],
        recall_limit=rules.recall_limit,
        no_show_after_s=rules.no_show_after_s,
        return_within_s=rules.return_within_s,
        reception_counter=facts.reception_counter,
    )


def _reserved(scene: Scene, series: Series, kiosk: str) -> ReservedRange:
    first, last = series.reserved[kiosk]
    numbers = scene.hall.series.get(series.id)
    taken = [number for number in numbers.taken if first <= number <= last] if numbers else []
    return ReservedRange(series=series.id, first=first, last=last, taken=taken)


def hall_view(scene: Scene) -> HallView:
    hall, ready = scene.hall, scene.hall.business_day is not None
    return HallView(
        stamp=scene.stamp,
        branch=scene.facts.branch,
        name=scene.facts.name,
        timezone=hall.rules.timezone,
        business_day=hall.business_day or scene.as_of.date(),
        issuing=ready,
        issuing_closed_why={} if ready else _NOT_READY,
        waiting=hall.waiting,
        queues=queue_views(scene),
        counters=counter_views(scene),
        calls=[_call_view(hall, call) for call in hall.calls],
        device_lamps=scene.devices.lamps,
    )


def queue_views(scene: Scene) -> list[QueueView]:
    return [_queue_view(scene, service) for service in scene.hall.rules.services.values()]


def _queue_view(scene: Scene, service: Service) -> QueueView:
    oldest = scene.oldest.get(service.id)
    why = closed_why(scene.hall.rules, service, scene.as_of)
    return QueueView(
        service=service.id,
        waiting=scene.hall.queues.waiting.get(service.id, 0),
        longest_wait_s=int(oldest.visit.waited_s(scene.as_of)) if oldest else 0,
        target_s=service.target_s[CustomerClass.NORMAL],
        forecast=None if why else scene.wait_range(service.id),
        open=not why,
        closed_why=why,
        counters=[int(number) for number in scene.serving_counters.get(service.id, [])],
    )


def closed_why(rules: HallConfig, service: Service, at: datetime) -> Words:
    """Why no number is given for this service at that moment, in the branch's local time; empty: it is open."""
    local = at.astimezone(ZoneInfo(rules.timezone)).time()
    if service.is_open(local):
        return {}
    if service.opens is not None and local < service.opens:
        return {language: text.format(time=f"{service.opens:%H:%M}") for language, text in _OPENS.items()}
    return {language: text.format(time=f"{service.closes:%H:%M}") for language, text in _CLOSED.items()}


def counter_views(scene: Scene) -> list[CounterView]:
    return [_counter_view(scene, number) for number in scene.hall.rules.counters]


def _counter_view(scene: Scene, number: CounterNo) -> CounterView:
    desk = scene.hall.counters.get(number) or Desk(number, scene.hall.at or _NO_DAY)
    current = scene.hall.current(number)
    return CounterView(
        counter=number,
        state=desk.state,
        clerk=desk.clerk,
        pause_reason=desk.pause_reason,
        since=desk.since,
        number=current.visit.number if current else None,
        service=current.visit.leg.service if current else None,
        ticket_state=state_of(current) if current else None,
        ticket_since=_since(current) if current else None,
        services=list(desk.services),
    )


def _since(current: Called | Serving) -> datetime:
    return current.started_at if isinstance(current, Serving) else current.called_at


def _call_view(hall: Hall, call: RecentCall) -> CallView:
    return CallView(
        seq=call.seq,
        number=call.number,
        counter=call.counter,
        service=call.service,
        language=call.language,
        at=call.at,
        times=call.times,
        active=hall.calling_now(call),
    )


def ticket_view(scene: Scene, ticket: Ticket | ClosedVisit, *, phone_url: str | None = None) -> TicketView:
    """One ticket with its present place and forecast, to its holder."""
    visit = ticket.visit
    ahead = scene.ahead_of(visit) if isinstance(ticket, Waiting) and not visit.adopted_late else None
    forecast = scene.wait_range(visit.leg.service, visit.customer_class, ahead) if ahead is not None else None
    return _ticket_view(scene, ticket, phone_url, ahead, _promise(visit), forecast)


def issued_view(scene: Scene, ticket: Ticket | ClosedVisit, phone_url: str | None) -> TicketView:
    """As it was told at issue: `ahead` and the promise of that moment."""
    promise = _promise(ticket.visit)
    return _ticket_view(scene, ticket, phone_url, ticket.visit.ahead, promise, promise)


def _promise(visit: Visit) -> WaitRange | None:
    return as_range(visit.promise, visit.issued_at) if visit.promise else None


def _ticket_view(
    scene: Scene,
    ticket: Ticket | ClosedVisit,
    phone_url: str | None,
    ahead: int | None,
    promise: WaitRange | None,
    forecast: WaitRange | None,
) -> TicketView:
    visit = ticket.visit
    last = visit.done[-1].number if visit.done else visit.leg.number
    window = scene.hall.windows.get(window_id(visit.id, last))
    return TicketView(
        stamp=scene.stamp,
        id=visit.id,
        number=visit.number,
        service=visit.leg.service,
        customer_class=visit.customer_class,
        language=visit.language,
        state=TicketState.CLOSED if isinstance(ticket, ClosedVisit) else state_of(ticket),
        closed_as=ticket.closed_as if isinstance(ticket, ClosedVisit) else None,
        leg=visit.leg.number,
        channel=visit.channel,
        issued_at=visit.issued_at,
        ahead=ahead,
        promise=promise,
        forecast=forecast,
        counter=ticket.counter if isinstance(ticket, Called | Serving) else None,
        called_at=ticket.called_at if isinstance(ticket, Called | Serving) else None,
        return_until=ticket.until if isinstance(ticket, Missed) else None,
        delayed_until=ticket.until if isinstance(ticket, Delayed | Held) else None,
        may_delay=isinstance(ticket, Waiting) and not visit.delayed,
        phone_url=phone_url,
        reprints=visit.reprints,
        rating_window=window.id if window else None,
        rated=window is not None and window.score is not None,
    )
