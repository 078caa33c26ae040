"""The one table of what travels over MQTT: topic, message, who may publish it and how."""

import re
from dataclasses import dataclass
from typing import Any, Final, Generic, Literal, TypeVar

from pydantic import BaseModel

from server.contract.codec import MAX_BYTES, MessageRefused, decode, encode
from server.contract.messages import (
    CallsNow,
    CounterNow,
    DeviceAlert,
    DeviceState,
    Event,
    JournalPage,
    JournalStored,
    KpiNow,
    LiveAlert,
    PartState,
    QueueNow,
    RatingClosed,
    RatingPress,
    RatingWindow,
    ServerState,
    Stored,
)

M = TypeVar("M", bound=BaseModel)
Publisher = Literal["server", "device", "centre"]

ROOT: Final = "hall/v1"
SERVER_USER: Final = "server"
"""The server's user name at the broker; no device may be called so."""
CENTRE_USER: Final = "centre"
DOCTOR_USER: Final = "doctor"
"""`hall doctor` tries with it what a device may do."""
_ID = re.compile(r"[a-z0-9-]{1,32}")
_PLACE = re.compile(r"\{(\w+)\}")


class BadTopic(ValueError):
    """An id that cannot stand in a topic, or one too many or too few."""


@dataclass(frozen=True, slots=True)
class Topic(Generic[M]):
    """One line of the table. Retained topics say what is so, the others what happened or is wished."""

    template: str
    model: type[M]
    publisher: Publisher
    about: str
    qos: int = 1
    retain: bool = False
    max_bytes: int = MAX_BYTES

    @property
    def places(self) -> tuple[str, ...]:
        return tuple(_PLACE.findall(self.template))

    def at(self, **ids: str | int) -> str:
        """The topic of exactly these ids; raises BadTopic for wildcards and anything else but `[a-z0-9-]{1,32}`."""
        return self._fill(ids, {})

    def pattern(self, **ids: str | int) -> str:
        """A subscription to these ids and every value of those not named."""
        return self._fill(ids, dict.fromkeys(self.places, "+"))

    def match(self, topic: str) -> dict[str, str] | None:
        """The ids in a topic of this line; None for any other topic."""
        names, values = self.template.split("/"), topic.split("/")
        if len(names) != len(values):
            return None
        ids: dict[str, str] = {}
        for name, value in zip(names, values, strict=True):
            if name.startswith("{"):
                if not _ID.fullmatch(value):
                    return None
                ids[name[1:-1]] = value
            elif name != value:
                return None
        return ids

    def encode(self, message: M) -> bytes:
        if not isinstance(message, self.model):
            raise MessageRefused("wrong-shape", f"{type(message).__name__} on {self.template}")
        return encode(message, self.max_bytes)

    def decode(self, payload: bytes) -> M:
        return decode(self.model, payload, self.max_bytes)

    def _fill(self, ids: dict[str, str | int], others: dict[str, str]) -> str:
        values = others | {name: _checked(name, value) for name, value in ids.items()}
        if set(values) != set(self.places):
            raise BadTopic(f"{self.template} takes {self.places}, not {tuple(values)}")
        return _PLACE.sub(lambda place: values[place[1]], self.template)


def _checked(name: str, value: str | int) -> str:
    text = str(value)
    if not _ID.fullmatch(text):
        raise BadTopic(f"not an id for {name}: {text!r}")
    return text


_BRANCH = ROOT + "/{branch}"
_DEVICE = _BRANCH + "/device/{device}"

SERVER_STATE: Final = Topic(
    _BRANCH + "/server/state",
    ServerState,
    "server",
    "The server is there, and which journal it speaks of.",
    retain=True,
)
LIVE_QUEUE: Final = Topic(
    _BRANCH + "/live/queue/{service}", QueueNow, "server", "Who waits for one service.", retain=True
)
LIVE_COUNTER: Final = Topic(
    _BRANCH + "/live/counter/{counter}", CounterNow, "server", "What one counter does.", retain=True
)
LIVE_CALLS: Final = Topic(_BRANCH + "/live/calls", CallsNow, "server", "The numbers called last.", retain=True)
LIVE_KPI: Final = Topic(_BRANCH + "/live/kpi", KpiNow, "server", "The day so far.", retain=True)
LIVE_ALERT: Final = Topic(
    _BRANCH + "/live/alert/{name}", LiveAlert, "server", "What staff must know; empty when solved.", retain=True
)
DEVICE_STATE: Final = Topic(
    _DEVICE + "/state", DeviceState, "device", "A program is there; heartbeat 5 s, lost after 12 s.", retain=True
)
DEVICE_PART: Final = Topic(
    _DEVICE + "/part/{name}", PartState, "device", "A device behind a program: health and counts.", retain=True
)
DEVICE_ALERT: Final = Topic(
    _DEVICE + "/alert/{name}", DeviceAlert, "device", "What must be mended; empty when solved.", retain=True
)
RATING: Final = Topic(
    _DEVICE + "/event/rating", Event[RatingPress], "device", "A press, repeated until it is acknowledged."
)
STORED: Final = Topic(_DEVICE + "/command/stored", Stored, "server", "Events up to here are committed: forget them.")
RATING_WINDOW: Final = Topic(
    _DEVICE + "/command/rating-window", RatingWindow, "server", "Ask the customer at a counter's pad."
)
RATING_CLOSED: Final = Topic(_DEVICE + "/command/rating-closed", RatingClosed, "server", "Stop asking.")
JOURNAL: Final = Topic(
    _BRANCH + "/journal", JournalPage, "server", "Pages of the journal to the centre.", max_bytes=128 * 1024
)
JOURNAL_STORED: Final = Topic(
    _BRANCH + "/journal/stored", JournalStored, "centre", "How far the centre has the journal.", retain=True
)

TABLE: Final[tuple[Topic[Any], ...]] = (
    SERVER_STATE,
    LIVE_QUEUE,
    LIVE_COUNTER,
    LIVE_CALLS,
    LIVE_KPI,
    LIVE_ALERT,
    DEVICE_STATE,
    DEVICE_PART,
    DEVICE_ALERT,
    RATING,
    STORED,
    RATING_WINDOW,
    RATING_CLOSED,
    JOURNAL,
    JOURNAL_STORED,
)


def of(topic: str) -> Topic[Any] | None:
    """The line of the table that a topic belongs to."""
    return next((line for line in TABLE if line.match(topic) is not None), None)
