"""What a code held up to the reader shows: how its ticket stands, or why there is none."""

import math
from collections.abc import Mapping
from types import MappingProxyType

from kiosk.pages import Picture, Shown
from kiosk.texts import Texts
from kiosk.visit import Unfound
from server.contract.views.answers import TicketView
from server.contract.words import TicketState

ICONS: Mapping[str, str] = MappingProxyType(
    {
        "checked_in": "tick",
        "waiting": "clock",
        "called": "sound",
        "serving": "people",
        "missed": "warn",
        "held": "pause",
        "expected": "clock",
        "closed": "stop",
    }
)
IN_QUEUE = frozenset({"checked_in", "waiting", "held"})
"""Whose customer waits to be called."""


def found_values(ticket: TicketView, service: str, picture: Picture, texts: Texts, *, checked_in: bool) -> Shown:
    """What differs from the page of a number that was just given out, before a slip is asked for."""
    case = _case(ticket, checked_in=checked_in)
    facts = _facts(ticket, picture)
    page: Shown = {
        "steps": [],
        "print": {
            "state": case,
            "icon": ICONS[case],
            "title": texts(f"found.{case}", **facts),
            "sub": texts(f"found.{case}_sub", **facts),
        },
        "other": {"act": "again", "label": texts("found.print"), "icon": "printer"},
    }
    if case == "held":
        page |= {"label": texts("found.held_label", service=service), "wait": {"phrase": facts["time"]}}
    if case not in IN_QUEUE:
        page |= {
            "label": service,
            "url": "",
            "wait": {"phrase": _where(case, picture, texts, facts)},
            "qr_icon": "staff",
            "qr_title": texts("found.help"),
            "qr_sub": texts("found.help_sub", **facts),
            "next": texts(f"found.{case}_next", **facts),
            "next_icon": ICONS[case],
        }
    if case == "closed":
        page["other"] = {"act": "read_on", "label": texts("ticket.read_on"), "icon": "clock"}
    return page


def notice_page(why: Unfound, left_s: float, picture: Picture, texts: Texts) -> Shown:
    """In place of a ticket: what happened, what still holds, what to do now."""
    return {
        "icon": "noline" if why is Unfound.AWAY else "qr",
        "title": texts(f"scan.{why.value}"),
        "body": texts(f"scan.{why.value}_body", counter=picture.reception),
        "done": texts("scan.back"),
        "ends": texts("ticket.ends", seconds=math.ceil(left_s)),
    }


def _case(ticket: TicketView, *, checked_in: bool) -> str:
    if checked_in:
        return "checked_in"
    return TicketState.HELD.value if ticket.state is TicketState.DELAYED else ticket.state.value


def _facts(ticket: TicketView, picture: Picture) -> dict[str, str | int]:
    until = ticket.return_until or ticket.delayed_until
    time = f"{until.astimezone(picture.local.tzinfo):%H:%M}" if until else ""
    return {"number": ticket.number, "window": ticket.counter or 0, "counter": picture.reception, "time": time}


def _where(case: str, picture: Picture, texts: Texts, facts: Mapping[str, str | int]) -> str:
    if case in {"called", "serving"}:
        return texts("home.call", counter=facts["window"])
    return texts("found.desk", counter=picture.reception)
