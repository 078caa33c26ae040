"""Events that must arrive: kept in the outbox, published, and repeated until the server says `stored`."""

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from pydantic import ValidationError

from server.contract.codec import MessageRefused
from server.contract.messages import DeviceAlert, Event, Message, Stored
from server.contract.topics import DEVICE_ALERT, STORED, Topic
from server.link.broker import BrokerLink
from server.link.errors import OutboxFailed
from server.link.outbox import Entry, Outbox

log = logging.getLogger(__name__)

D = TypeVar("D", bound=Message)
E = TypeVar("E")

RESEND_AFTER_S = 5.0
OUTBOX_ALERT = "outbox"
FAILING, SET_ASIDE = "outbox-failing", "outbox-set-aside"
AT_ONCE = 50
"""Events under way at a time; more would only fill the broker's queues."""
HELPING_EVERY_S = 0.1
"""Between two helpings, so that what was kept for hours is no flood to the hall."""


class EventSender:
    """Sends the events of one device program; its outbox holds nothing else."""

    def __init__(
        self,
        link: BrokerLink,
        outbox: Outbox,
        device: str,
        topics: tuple[Topic[Any], ...],
        *,
        resend_after_s: float = RESEND_AFTER_S,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._link = link
        self._outbox = outbox
        self._device = device
        self._topics = {_kind(topic): topic for topic in topics}
        self._resend_after_s = resend_after_s
        self._clock = clock
        self._wall = wall
        self._sent: dict[str, float] = {}
        """Entry id -> when it went out on this line; only the sending thread touches it."""
        self._line_is_new = False
        self._failing = False
        self._alerted: tuple[str, int] | None = None
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        link.subscribe(STORED, self._hear_stored)
        link.watch(self._hear_line)

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="hall-events", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread; what is unacknowledged stays in the outbox for the next start."""
        self._stopping.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(5)

    def tell(self, topic: Topic[Event[D]], data: D) -> Entry:
        """Durable when it returns, sent as soon as there is a line. Raises OutboxFailed."""
        return self._keep(lambda: self._outbox.put(_kind(topic), data.model_dump_json()))

    def tell_once(self, topic: Topic[Event[D]], data: D, source: str, mark: str) -> Entry | None:
        """As `tell`, unless `source` gave this `mark` before, also before a restart: then None. Raises OutboxFailed."""
        return self._keep(lambda: self._outbox.put_once(source, mark, _kind(topic), data.model_dump_json()))

    def _keep(self, put: Callable[[], E]) -> E:
        try:
            entry = put()
        except OutboxFailed:
            self._failing = True
            raise
        finally:
            self._wake.set()
        self._failing = False
        return entry

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.wait(self._resend_after_s)
            self._wake.clear()
            try:
                self._tell_trouble()
                if self._link.up:
                    self._send_due()
                    self._stopping.wait(HELPING_EVERY_S)
            except OutboxFailed as cause:
                log.error("events wait: %s", cause)
            except Exception:
                log.exception("sending events failed")

    def _tell_trouble(self) -> None:
        """An alert stands while the disk takes nothing, and while what could not be used waits for staff."""
        aside = len(self._outbox.aside)
        trouble = (FAILING if self._failing else SET_ASIDE if aside else "", aside)
        if trouble == self._alerted:
            return
        self._alerted = trouble
        if trouble[0]:
            alert = DeviceAlert(cause=trouble[0], since=self._wall(), facts={"files": aside})
            self._link.publish(DEVICE_ALERT, alert, name=OUTBOX_ALERT)
        else:
            self._link.clear(DEVICE_ALERT, name=OUTBOX_ALERT)

    def _send_due(self) -> None:
        if self._line_is_new:
            self._line_is_new, self._sent = False, {}
        entries = self._outbox.pending(limit=AT_ONCE)
        due = self._clock() - self._resend_after_s
        oldest: dict[str, int] = {}
        self._sent = {entry.id: self._sent[entry.id] for entry in entries if entry.id in self._sent}
        for entry in entries:
            oldest.setdefault(entry.boot, entry.seq)
            if self._sent.get(entry.id, float("-inf")) <= due:
                self._send(entry, oldest[entry.boot] - 1)

    def _send(self, entry: Entry, after: int) -> None:
        try:
            topic, event = self._event(entry, after)
            gone = self._link.publish(topic, event)
        except (KeyError, ValidationError, MessageRefused) as cause:
            self._give_up(entry, cause)
            return
        if gone:
            self._sent[entry.id] = self._clock()

    def _give_up(self, entry: Entry, cause: Exception) -> None:
        """On a full disk it stays in the outbox and is looked at again; the others go on."""
        log.error("event %s of the outbox cannot be sent and is given up: %s", entry.id, cause)
        try:
            self._outbox.give_up(entry, str(cause))
        except OutboxFailed as full:
            log.error("and cannot be set aside: %s", full)

    def _event(self, entry: Entry, after: int) -> tuple[Topic[Any], Message]:
        topic = self._topics[entry.kind]
        data = topic.model.model_fields["data"].annotation.model_validate_json(entry.body)
        age_ms = None if entry.age_s is None else int(entry.age_s * 1000)
        return topic, topic.model(
            id=entry.id,
            source=self._device,
            boot=entry.boot,
            seq=entry.seq,
            after=after,
            time=entry.put_at,
            age_ms=age_ms,
            data=data,
        )

    def _hear_stored(self, stored: Stored) -> None:
        if self._outbox.acknowledge(stored.boot, stored.upto):
            self._wake.set()

    def _hear_line(self, up: bool) -> None:
        if up:
            self._line_is_new = True
            self._wake.set()


def _kind(topic: Topic[Any]) -> str:
    return topic.template.rsplit("/", 1)[-1]
