"""What the branch offers, and all that a kiosk or counter keeps of it on its own disk."""

from datetime import date

from pydantic import Field

from server.contract.common import Stamp, View, Words
from server.domain.vocabulary import CustomerClass


class DocumentView(View):
    id: str
    name: Words
    hint: Words = Field(default_factory=dict)
    optional: bool = False


class OnlineView(View):
    """The way to do this service on a phone."""

    url: str
    minutes: int | None = None
    note: Words = Field(default_factory=dict)


class ServiceView(View):
    id: str
    series: str
    """The letter before its numbers."""
    group: str
    name: Words
    elder_name: Words = Field(default_factory=dict)
    """Spoken words for the elder screen; empty: not one of its six tasks."""
    icon: str = "dots"
    target_minutes: dict[CustomerClass, float]
    handle_target_minutes: float
    documents: list[DocumentView] = Field(default_factory=list)
    online: OnlineView | None = None
    more: bool = False
    """Shown behind "more services" rather than on the first screen."""


class GroupView(View):
    id: str
    name: Words


class ReservedRange(View):
    """Numbers of one series that one kiosk may issue while away from the server."""

    series: str
    first: int
    last: int
    taken: list[int] = Field(default_factory=list)
    """Those that the hall knows somebody holds today: a kiosk that lost its memory does not give them again."""


class ServicesView(View):
    """GET /services: all that a kiosk or counter must know of the branch, and keeps on its own disk."""

    stamp: Stamp
    branch: str
    name: Words
    timezone: str
    business_day: date
    public_url: str | None = None
    """Unset: no QR is shown or printed."""
    groups: list[GroupView]
    services: list[ServiceView]
    reserved: list[ReservedRange] = Field(default_factory=list)
    """Only for the asking kiosk."""
    recall_limit: int = 3
    no_show_after_s: int = 45
    return_within_s: int = 1800
    reception_counter: int = 1
