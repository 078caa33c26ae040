"""The paper in the customer's hand: what is on it and in which order."""

from datetime import datetime

from devices.sheets import FIGURE, NUMBER, TITLE, Columns, Element, Framed, Line, Qr, Rule, Sheet, TickBoxes
from kiosk.pages import Picture
from kiosk.texts import Texts
from kiosk.visit_pages import MOST_DOCUMENTS, Told
from kiosk.waits import Kind, clock_range, sentence


def slip(held: Told, picture: Picture, texts: Texts, kiosk: str, copies: int = 0) -> Sheet:
    """`kiosk` is the number on the machine; `copies` counts reprints, the first slip is 0."""
    service = picture.service(held.service)
    local = held.issued_at.astimezone(picture.local.tzinfo)
    elements: list[Element] = [
        Columns(texts.of(picture.services.name) if picture.services else "", texts.short_date(local), bold=True),
        Rule(),
        Line(held.number, size=NUMBER, bold=True, align="center"),
    ]
    if service is not None:
        elements.append(Line(texts.of(service.name), size=TITLE, bold=True, align="center"))
    elements += _promise(held, local, texts)
    elements.append(Line(texts("slip.listen"), align="center"))
    elements += _phone(held, texts)
    if service is not None and service.documents:
        names = tuple(texts.of(one.name) for one in service.documents[:MOST_DOCUMENTS])
        elements += [Rule(dashed=True), Line(texts("slip.documents"), bold=True), TickBoxes(names)]
    valid = texts("slip.offline") if held.offline else texts("slip.today")
    elements += [Rule(), Columns(texts("slip.kiosk", kiosk=kiosk), valid, bold=True)]
    if picture.services is not None:
        minutes = picture.services.return_within_s // 60
        elements.append(Line(texts("slip.late", minutes=minutes, counter=picture.reception), align="center"))
    return Sheet(tuple(elements), texts.language, texts("slip.copy", count=copies) if copies else "")


def _promise(held: Told, local: datetime, texts: Texts) -> list[Element]:
    """The framed wait with people ahead; an offline number tells none."""
    wait = held.wait
    if held.ticket is None or not wait.known:
        return []
    figure = sentence(wait, texts)
    if wait.kind is Kind.RANGE:
        figure = f"{figure} {texts('wait.unit')}"
    framed: list[Line | Columns] = [Line(texts("slip.wait")), Line(figure, size=FIGURE, bold=True)]
    if held.ticket.ahead is not None:
        framed.append(Columns(texts("slip.ahead"), texts.count("slip.people", held.ticket.ahead), bold=True))
    found: list[Element] = [Framed(tuple(framed))]
    clock = clock_range(wait, local)
    if clock:
        found.append(Line(texts("slip.call_time", start=clock[0], end=clock[1]), align="center"))
    return found


def _phone(held: Told, texts: Texts) -> list[Element]:
    url = held.ticket.phone_url if held.ticket else None
    if not url:
        return []
    return [Rule(dashed=True), Qr(url, (texts("slip.qr"), texts("slip.qr_sub")))]
