"""Events that must arrive: kept in the outbox, published, and repeated until the server says `stored`."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from pydantic import ValidationError

from server.contract.codec import MessageRefused
from server.contract.messages import Event, Message, Stored
from server.contract.topics import STORED, Topic
from server.link.broker import BrokerLink
from server.link.errors import OutboxFailed
from server.link.outbox import Entry, Outbox

log = logging.getLogger(__name__)

D = TypeVar("D", bound=Message)

RESEND_AFTER_S = 5.0
AT_ONCE = 50
"""Events under way at a time; more would only fill the broker's queues."""


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
    ) -> None:
        self._link = link
        self._outbox = outbox
        self._device = device
        self._topics = {_kind(topic): topic for topic in topics}
        self._resend_after_s = resend_after_s
        self._clock = clock
        self._sent: dict[str, float] = {}
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
        entry = self._outbox.put(_kind(topic), data.model_dump_json())
        self._wake.set()
        return entry

    def tell_once(self, topic: Topic[Event[D]], data: D, source: str, mark: str) -> Entry | None:
        """As `tell`, unless `source` gave this `mark` before, also before a restart: then None. Raises OutboxFailed."""
        entry = self._outbox.put_once(source, mark, _kind(topic), data.model_dump_json())
        self._wake.set()
        return entry

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.wait(self._resend_after_s)
            self._wake.clear()
            try:
                if self._link.up:
                    self._send_due()
            except OutboxFailed as cause:
                log.error("events wait: %s", cause)
            except Exception:
                log.exception("sending events failed")

    def _send_due(self) -> None:
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
            log.error("event %s of the outbox cannot be sent and is given up: %s", entry.id, cause)
            self._outbox.drop(entry.id)
            return
        if gone:
            self._sent[entry.id] = self._clock()

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
            self._sent = {}
            self._wake.set()


def _kind(topic: Topic[Any]) -> str:
    return topic.template.rsplit("/", 1)[-1]
