"""What the service and ticket screens show: plain values in the customer's language, ready to be drawn."""

import math
from dataclasses import dataclass
from datetime import datetime

from kiosk.found_pages import found_values
from kiosk.pages import Picture, Shown, shut_words
from kiosk.texts import Texts
from kiosk.visit import Obstacle, Printing
from kiosk.visit import Shown as TicketStep
from kiosk.waits import UNKNOWN, Kind, Wait, clock_range, scale_minutes, sentence, told
from server.contract.views.answers import TicketView
from server.contract.views.services import ServiceView

MOST_DOCUMENTS = 6
TICKS = 3


@dataclass(frozen=True, slots=True)
class Told:
    """The ticket as the customer holds it."""

    number: str
    service: str
    issued_at: datetime
    ticket: TicketView | None = None
    """None for a number from the reserved range."""
    scanned: bool = False
    """By a code held up, some time after it was given out."""
    checked_in: bool = False
    """By holding it up."""

    @property
    def offline(self) -> bool:
        return self.ticket is None

    def copies(self, printed_here: int) -> int:
        """How many reprints there have been; the hall counts those of other machines too."""
        return max(printed_here, self.ticket.reprints if self.ticket and printed_here else 0)

    @property
    def wait(self) -> Wait:
        if self.ticket is None:
            return UNKNOWN
        return told(self.ticket.promise, self.ticket.ahead or 0)

    @property
    def wait_now(self) -> Wait:
        """Paper keeps the promise; a screen looked at later tells what is so by then."""
        if self.scanned and self.ticket is not None:
            return told(self.ticket.forecast, self.ticket.ahead or 0)
        return self.wait


def service_page(
    service: str, obstacle: Obstacle | None, taking: bool, elder: bool, picture: Picture, texts: Texts
) -> Shown:
    found = picture.service(service)
    if found is None:
        return {}
    may_take = obstacle in {None, Obstacle.SEE_STAFF} and picture.is_open(service) and not (picture.shut or taking)
    return {
        "steps": [texts("service.step1"), texts("service.step2"), texts("service.step3")],
        "title": texts.of(found.name),
        "wait": _wait_card(found, elder, picture, texts),
        "trouble": _trouble(service, obstacle, picture, texts),
        "documents_title": texts("service.documents"),
        "documents": documents(found, texts),
        "no_documents": texts("service.no_documents"),
        "optional": texts("service.optional"),
        "phone": _phone_card(found, picture, texts),
        "phone_first": picture.busy(service) and found.online is not None,
        "back": texts("service.back"),
        "take": texts("service.taking" if taking else "service.take"),
        "take_sub": texts("service.take_sub" if picture.printer else "service.take_unprinted") if may_take else "",
        "taking": taking,
        "may_take": may_take,
    }


def documents(service: ServiceView, texts: Texts) -> list[Shown]:
    return [
        {"name": texts.of(one.name), "hint": texts.of(one.hint), "optional": one.optional}
        for one in service.documents[:MOST_DOCUMENTS]
    ]


def _trouble(service: str, obstacle: Obstacle | None, picture: Picture, texts: Texts) -> Shown:
    """In place of the wait: what happened, what still holds, what to do now."""
    queue, title, body = picture.queue(service), "", ""
    if obstacle is not None:
        title, body = texts("service.no_number"), texts(f"service.{obstacle.value}", counter=picture.reception)
    elif picture.shut and picture.hall is not None:
        title, body = shut_words(picture.hall, texts)
    elif queue is not None and not picture.is_open(service):
        why = texts.of(queue.closed_why)
        title, body = texts("service.closed_title"), texts("service.closed_body", why=why).strip()
    return {"title": title, "body": body}


def _wait_card(service: ServiceView, elder: bool, picture: Picture, texts: Texts) -> Shown:
    wait, queue = picture.wait(service.id), picture.queue(service.id)
    clock = clock_range(wait, picture.local) if picture.fresh else None
    ahead = queue.waiting if queue is not None and not picture.forgotten else None
    return {
        **wait_figures(wait, texts),
        "label": texts("service.wait_label"),
        "stale": not picture.fresh,
        "stamp": "" if picture.fresh or not wait.known else picture.as_of,
        "ahead_label": texts("service.ahead_label") if ahead is not None else "",
        "ahead": texts.count("service.ahead", ahead) if ahead is not None else "",
        "clock": texts("service.call_time", start=clock[0], end=clock[1]) if clock else "",
        "why": _why(wait, service, elder, picture, texts),
    }


def _why(wait: Wait, service: ServiceView, elder: bool, picture: Picture, texts: Texts) -> str:
    minutes = max(1, math.ceil(service.handle_target_minutes))
    if not picture.fresh and wait.known:
        return texts("service.why_stale", time=picture.as_of)
    usual = "why_elder" if elder else "why"
    over = "why_over" if service.online else "why_over_here"
    key = {Kind.NONE: "why_none", Kind.UNKNOWN: "why_unknown", Kind.OVER: over}.get(wait.kind, usual)
    return texts(f"service.{key}", minutes=minutes)


def wait_figures(wait: Wait, texts: Texts) -> Shown:
    """The range as figure and unit, or as one phrase; the band with its scale where there is a range."""
    scale = scale_minutes(wait)
    ranged = wait.kind is Kind.RANGE
    return {
        "figure": sentence(wait, texts) if ranged else "",
        "unit": texts("wait.unit") if ranged else "",
        "phrase": "" if ranged else sentence(wait, texts),
        "band": wait.kind in {Kind.RANGE, Kind.UNDER},
        "low": wait.low / scale,
        "high": wait.high / scale,
        "likely": min(max(wait.likely, wait.low), wait.high) / scale,
        "ticks": [texts("service.now")]
        + [texts("service.tick", minutes=scale * step // TICKS) for step in range(1, TICKS + 1)],
    }


def _phone_card(service: ServiceView, picture: Picture, texts: Texts) -> Shown:
    online = service.online
    if online is None:
        note = texts("service.no_phone_sub")
        return {"shown": True, "url": "", "title": texts("service.no_phone"), "sub": "", "scan": "", "note": note}
    sub = texts("service.phone_minutes", minutes=online.minutes) if online.minutes else texts("service.phone_no_queue")
    return {
        "shown": picture.fresh,
        "url": online.url,
        "title": texts("service.phone"),
        "sub": sub,
        "scan": texts("service.phone_scan"),
        "note": texts.of(online.note),
    }


def ticket_page(step: TicketStep, held: Told, left_s: float, picture: Picture, texts: Texts) -> Shown:
    service = picture.service(held.service)
    name = texts.of(service.name) if service else ""
    url = held.ticket.phone_url if held.ticket else None
    failed = step.printing is Printing.FAILED
    page: Shown = {
        "steps": [texts("service.step1"), texts("service.step2"), texts("service.step3")],
        "yours": texts("ticket.yours"),
        "number": held.number,
        "label": texts("ticket.label", service=name) if not held.offline else name,
        "wait": {**wait_figures(held.wait_now, texts), **_offline_wait(held, texts)},
        "ahead_label": texts("ticket.ahead"),
        "ahead": _ahead(held, texts),
        "clock_label": texts("ticket.called_at"),
        "clock": _clock(held, picture, texts),
        "listen": texts("ticket.listen"),
        "url": url or "",
        "qr_icon": "seat",
        "qr_title": _qr_title(url, failed, texts),
        "qr_sub": texts("ticket.qr_sub") if url else texts("ticket.no_qr_sub", number=held.number),
        "next": texts("ticket.next_failed" if failed else "ticket.next", number=held.number, counter=picture.reception),
        "next_icon": "staff" if failed else "sound",
        "done": texts("ticket.remembered" if failed else "ticket.done"),
        "ends": texts("ticket.ends", seconds=math.ceil(left_s)),
    }
    if held.scanned and held.ticket is not None:
        page |= found_values(held.ticket, name, picture, texts, checked_in=held.checked_in)
    if step.printing is not Printing.UNASKED:
        page |= {"print": _print_card(step, held, url, picture, texts), "other": _other_button(step, texts)}
    return page


def _print_card(step: TicketStep, held: Told, url: str | None, picture: Picture, texts: Texts) -> Shown:
    state = step.printing
    facts: dict[str, str | int] = {"number": held.number, "counter": picture.reception}
    sub = "failed_sub_qr" if state is Printing.FAILED and url else f"{state.value}_sub"
    return {
        "state": state.value,
        "icon": "warn" if state is Printing.FAILED else "printer",
        "title": texts(f"ticket.{state.value}"),
        "sub": texts(f"ticket.{sub}", **facts),
    }


def _offline_wait(held: Told, texts: Texts) -> Shown:
    if not held.offline:
        return {"note": ""}
    return {"phrase": texts("ticket.offline"), "note": texts("ticket.offline_sub")}


def _ahead(held: Told, texts: Texts) -> str:
    if held.ticket is None or held.ticket.ahead is None:
        return ""
    return texts.count("service.ahead", held.ticket.ahead)


def _clock(held: Told, picture: Picture, texts: Texts) -> str:
    if held.ticket is None:
        return ""
    told_at = held.ticket.stamp.as_of if held.scanned else held.ticket.issued_at
    clock = clock_range(held.wait_now, told_at.astimezone(picture.local.tzinfo))
    return texts("ticket.call_range", start=clock[0], end=clock[1]) if clock else ""


def _qr_title(url: str | None, failed: bool, texts: Texts) -> str:
    if not url:
        return texts("ticket.no_qr")
    return texts("ticket.qr_failed" if failed else "ticket.qr")


def _other_button(step: TicketStep, texts: Texts) -> Shown:
    if step.printing in {Printing.FAILED, Printing.UNCONFIRMED}:
        return {"act": "again", "label": texts("ticket.again"), "icon": "again"}
    return {"act": "read_on", "label": texts("ticket.read_on"), "icon": "clock"}
