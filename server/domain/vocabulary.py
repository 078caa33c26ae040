"""The words of the hall: identifiers and the closed sets of values that code, screens, topics and tables share."""

from enum import StrEnum
from typing import NewType

BranchId = NewType("BranchId", str)
ServiceId = NewType("ServiceId", str)
TicketId = NewType("TicketId", str)
"""A ULID; the number people read is `Ticket.number`."""
CounterNo = NewType("CounterNo", int)
ClerkId = NewType("ClerkId", str)
"""A staff number, never a name."""
ClientId = NewType("ClientId", str)
"""Who sends a command: an enrolled machine's id, a staff number, or `phone:{ticket}`; `system` is the keeper itself."""
Digest = NewType("Digest", str)
"""Salted digest of a text in the private store, since free text never enters the hall; "" for no text."""

NO_TEXT = Digest("")


class Language(StrEnum):
    ZH = "zh-CN"
    EN = "en"
    VI = "vi"
    RU = "ru"


class CustomerClass(StrEnum):
    """Why a customer may have a shorter target (DESIGN §4, who is next)."""

    NORMAL = "normal"
    ELDER = "elder"
    DISABLED = "disabled"
    PREGNANT = "pregnant"
    APPOINTMENT = "appointment"
    BUSINESS = "business"


class TicketState(StrEnum):
    EXPECTED = "expected"
    WAITING = "waiting"
    DELAYED = "delayed"
    CALLED = "called"
    MISSED = "missed"
    SERVING = "serving"
    HELD = "held"
    CLOSED = "closed"


class ClosedAs(StrEnum):
    FINISHED = "finished"
    NO_SHOW = "no_show"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class CounterState(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    PAUSED = "paused"


class PauseReason(StrEnum):
    BREAK = "break"
    MEAL = "meal"
    MEETING = "meeting"
    HELPING = "helping"
    SYSTEM = "system"
    OTHER = "other"


class HoldReason(StrEnum):
    DOCUMENTS = "documents"
    FORM = "form"
    PAYMENT = "payment"
    CUSTOMER_AWAY = "customer_away"
    BACK_OFFICE = "back_office"
    OTHER = "other"


class Outcome(StrEnum):
    """How a leg ended for the customer, as the clerk records it."""

    DONE = "done"
    DOCUMENTS_MISSING = "documents_missing"
    BACK_OFFICE = "back_office"
    NOT_DONE = "not_done"


class Channel(StrEnum):
    """Where a ticket or a rating came from."""

    KIOSK = "kiosk"
    GUIDE = "guide"
    COUNTER = "counter"
    PHONE = "phone"
    PAD = "pad"
    PAPER = "paper"


class CallPolicy(StrEnum):
    TARGET_SHARE = "target_share"
    STRICT_PRIORITY = "strict_priority"
    N_FOR_1 = "n_for_1"


class RatingFate(StrEnum):
    """What became of a press; a press is never dropped silently."""

    ACCEPTED = "accepted"
    REPEATED = "repeated"
    LATE = "late"
    UNMATCHED = "unmatched"


class Role(StrEnum):
    KIOSK = "kiosk"
    COUNTER = "counter"
    STATION = "station"
    DISPLAY = "display"
    PAD = "pad"
    """A rating pad with a line of its own to the broker, where alone it speaks."""
    CLERK = "clerk"
    GUIDE = "guide"
    MANAGER = "manager"
    AUDITOR = "auditor"
    PHONE = "phone"
