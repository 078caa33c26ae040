"""Acts kept on disk while the server was away, and their adoption when it is back: each under its own request id."""

import json
import logging
from dataclasses import dataclass
from typing import Any

from counter.desk import Act
from counter.ports import Hall
from counter.requests import Ask
from server.contract.acts import FinishCustomer, PutInteraction, ServedOffline
from server.contract.views.desk import DeskView
from server.link.errors import ActRefused
from server.link.outbox import Entry, Outbox

log = logging.getLogger(__name__)

ACT = "counter-act"
REFUSED = "counter-act-refused"
"""Judged and not taken by the server: kept for staff to read, not sent again."""


@dataclass(frozen=True, slots=True)
class Adopted:
    """What one round of sending came to."""

    view: DeskView | None = None
    sent: int = 0
    refused: int = 0


def keep(outbox: Outbox, counter: int, ask: Ask) -> None:
    """Durable when it returns; raises OutboxFailed with nothing kept."""
    outbox.put(ACT, json.dumps(_as_kept(counter, ask), ensure_ascii=False))


def set_aside(outbox: Outbox, counter: int, ask: Ask, why: str) -> None:
    """Keeps what the server did not take, with its reason."""
    outbox.put(REFUSED, json.dumps({"why": why, "what": _as_kept(counter, ask)}, ensure_ascii=False))


def _as_kept(counter: int, ask: Ask) -> dict[str, Any]:
    return {
        "counter": counter,
        "act": ask.act.value,
        "ticket": ask.ticket,
        "leg": ask.leg,
        "number": ask.number,
        "body": ask.body.model_dump(mode="json"),
    }


@dataclass(frozen=True, slots=True)
class NotTaken:
    """A kept act that the server judged and did not take; `why` is its code."""

    id: str
    act: Act
    number: str
    why: str


def not_taken(outbox: Outbox) -> tuple[NotTaken, ...]:
    """Those that wait for somebody to read them, oldest first."""
    return tuple(_not_taken(entry) for entry in outbox.pending(REFUSED))


def _not_taken(entry: Entry) -> NotTaken:
    told: dict[str, Any] = json.loads(entry.body)
    return NotTaken(entry.id, Act(told["what"]["act"]), told["what"].get("number", ""), told["why"])


def kept_tickets(outbox: Outbox) -> frozenset[str]:
    """Tickets finished here that the server may not have heard of."""
    kept = (json.loads(entry.body) for entry in outbox.pending(ACT))
    return frozenset(each["ticket"] for each in kept if each["ticket"] and each["act"] != Act.SAVE.value)


def send_kept(hall: Hall, outbox: Outbox) -> Adopted:
    """Oldest first; raises HallAway where the line breaks again and ActRefused where the session is over."""
    view: DeskView | None = None
    sent = refused = 0
    for entry in outbox.pending(ACT):
        try:
            view = _send(hall, entry) or view
        except ActRefused as no:
            if no.problem.status in (401, 403):
                raise
            log.warning("the hall did not take a kept act: %s", no)
            outbox.put(
                REFUSED, json.dumps({"why": no.problem.code, "what": json.loads(entry.body)}, ensure_ascii=False)
            )
            refused += 1
        outbox.drop(entry.id)
        sent += 1
    return Adopted(view, sent, refused)


def _send(hall: Hall, entry: Entry) -> DeskView | None:
    kept: dict[str, Any] = json.loads(entry.body)
    body = json.dumps(kept["body"])
    if kept["act"] == Act.SAVE.value:
        hall.put_interaction(kept["ticket"], kept["leg"], PutInteraction.model_validate_json(body))
        return None
    if kept["act"] == Act.VOICE.value:
        served = ServedOffline.model_validate_json(body)
        return hall.counter_act(kept["counter"], "served-offline", served)
    try:
        return hall.counter_act(kept["counter"], kept["act"], FinishCustomer.model_validate_json(body))
    except ActRefused as no:
        if no.problem.status in (401, 403):
            raise
        _save_record_alone(hall, kept, no)
        return None


def _save_record_alone(hall: Hall, kept: dict[str, Any], no: ActRefused) -> None:
    """The visit was ended by somebody else meanwhile: its record is still worth having."""
    finish = FinishCustomer.model_validate_json(json.dumps(kept["body"]))
    log.info("kept finish refused (%s), saving its record alone", no.problem.code)
    hall.put_interaction(
        kept["ticket"], kept["leg"], PutInteraction(request_id=f"{finish.request_id}-record", record=finish.record)
    )
