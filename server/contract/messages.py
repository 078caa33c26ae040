"""What travels over MQTT. Fields are only ever added, each with a default; a change of meaning is a new major."""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from server.contract.common import DeviceId, Moment, ShortText, Stamp, WaitRange
from server.domain.vocabulary import CounterState, Language, TicketState

Count = Annotated[int, Field(ge=0, lt=2**53)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,32}$")]
Ulid = Annotated[str, Field(pattern=r"^[0-9A-HJKMNP-TV-Z]{26}$")]
Id = Annotated[str, Field(min_length=1, max_length=64)]
Unknown = Literal["unknown"]

E = TypeVar("E", bound=StrEnum)


def _known(words: type[E]) -> Callable[[Any], Any]:
    """Reads a word of a closed set; one that this reader has not learned is "unknown", never an error."""
    by_value = {word.value: word for word in words}

    def read(value: Any) -> Any:
        return by_value.get(value, by_value.get("unknown", "unknown")) if isinstance(value, str) else value

    return read


class Message(BaseModel):
    """Any payload: readers skip fields they do not know and refuse a major they do not know."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    v: Literal[1] = 1


class Health(StrEnum):
    OK = "ok"
    FAULT = "fault"
    UNKNOWN = "unknown"
    """Not known, or said in a word that this reader has not learned yet."""


class Presence(Message):
    """A program's own state, sent again every 5 s; its will is the same with `online` false."""

    online: bool
    boot: Id
    """New each time the program starts."""
    session: Id
    """New with each connection; a will of an older session says nothing."""
    beat: Count = 0
    """Counts the heartbeats of this session, so that each payload differs."""
    at: Moment | None = None
    """By the sender's wall clock."""
    program: ShortText = ""
    version: ShortText = ""


class ServerState(Presence):
    """The server's presence; only this names the journal that readers may follow."""

    journal: str = ""
    rev: Count = 0


class DeviceState(Presence):
    """The presence of a kiosk, counter or station."""


class PartState(Message):
    """One device behind a program, such as a printer."""

    health: Annotated[Health, BeforeValidator(_known(Health))] = Health.UNKNOWN
    kind: Annotated[str, Field(max_length=32)] = ""
    """ticket_printer, rating_pad …"""
    counter: int | None = None
    """The counter this part belongs to; a rating pad's says who owns that counter's windows."""
    causes: Annotated[list[Name], Field(max_length=8)] = Field(default_factory=list)
    counts: Annotated[dict[Name, Count], Field(max_length=16)] = Field(default_factory=dict)
    since: Moment | None = None


class DeviceAlert(Message):
    """Something staff must mend; retained until an empty payload says it is solved."""

    cause: Name
    part: Name | Literal[""] = ""
    since: Moment | None = None
    facts: Annotated[dict[Name, str | int], Field(max_length=8)] = Field(default_factory=dict)


D = TypeVar("D", bound=Message)


class Event(Message, Generic[D]):
    """Something that happened at a device; repeated until the server has acknowledged (boot, seq)."""

    id: Ulid
    source: DeviceId
    boot: Id
    """Of the outbox, within which `seq` counts from 1."""
    seq: Annotated[int, Field(ge=1, lt=2**53)]
    after: Count = 0
    """Every event of this boot up to here is acknowledged or given up, none of them will come again."""
    time: Moment
    """By the device's wall clock."""
    age_ms: Count | None = None
    """Monotonic time from happening to this sending; null: the machine was restarted in between."""
    data: D


class RatingPress(Message):
    """A key of a rating pad."""

    window: Id | None = None
    """The window that the station had open on this pad."""
    score: Annotated[int, Field(ge=1, le=5)]
    key: Annotated[int, Field(ge=0, le=255)] = 0
    counter: Annotated[int, Field(ge=1, le=999)]
    in_time: bool | None = None
    """Judged by the station's monotonic clock; null: it had no window."""
    pressed_age_ms: Count = 0
    """Monotonic time from the press until it was kept on disk."""


class Command(Message):
    """A wish of the server to one device; it may come twice and is never queued for an absent one."""

    id: Id
    time: Moment | None = None


class Stored(Command):
    """All events of `boot` up to `upto` are judged and committed, or rightly ignored: forget them."""

    boot: Id
    upto: Count


class RatingWindow(Command):
    """Ask the customer at this counter's pad."""

    window: Id
    leg: int = 1
    counter: int
    seconds: Annotated[float, Field(gt=0, le=3600)]
    """Machine seconds that remain."""
    number: str = ""
    language: Annotated[Language | Unknown | None, BeforeValidator(_known(Language))] = None
    """That the customer chose; a pad that speaks asks in it."""


class RatingClosed(Command):
    window: Id
    counter: int | None = None


class Live(Message):
    """A fact of the hall as it is now; drop a lower rev of the same journal."""

    stamp: Stamp


class QueueNow(Live):
    service: str
    waiting: Count
    oldest_at: Moment | None = None
    """When the one who waits longest took the number; null: nobody waits."""
    target_s: Count
    forecast: WaitRange | None = None
    open: bool = True


class CounterNow(Live):
    counter: int
    state: Annotated[CounterState | Unknown, BeforeValidator(_known(CounterState))]
    since: Moment | None = None
    number: str | None = None
    service: str | None = None
    ticket_state: Annotated[TicketState | Unknown | None, BeforeValidator(_known(TicketState))] = None


class CallNow(Message):
    seq: Count
    number: str
    counter: int
    service: str
    at: datetime
    times: int = 1
    active: bool = True
    language: Annotated[Language | Unknown | None, BeforeValidator(_known(Language))] = None
    """That the customer chose; a voice says the call in it too."""


class CallsNow(Live):
    """Newest first, at most 5."""

    calls: Annotated[list[CallNow], Field(max_length=5)] = Field(default_factory=list)


class KpiNow(Live):
    """Today so far."""

    waiting: Count
    issued: Count = 0
    called: Count = 0
    finished: Count = 0
    no_show: Count = 0
    rated: Count = 0
    satisfied: Count = 0
    """4 and 5 of 5, of those rated."""


class LiveAlert(Live):
    """Something the hall's staff must know; retained until an empty payload."""

    cause: Name
    since: Moment | None = None
    facts: Annotated[dict[Name, str | int], Field(max_length=8)] = Field(default_factory=dict)


class JournalRecord(Message):
    seq: Count
    at: Moment
    kind: str
    payload: str
    """The stored bytes, over which `hash` goes together with the hash before."""
    hash: str


class JournalPage(Message):
    """Consecutive records on their way to the centre."""

    journal: Id
    records: Annotated[list[JournalRecord], Field(min_length=1, max_length=1000)]


class JournalStored(Message):
    """The centre's cursor: it has everything up to `seq`."""

    journal: Id
    seq: Count
    hash: str
