"""A program's line to the broker: typed, always coming back, honest about who is there."""

import contextlib
import logging
import random
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from pydantic import BaseModel
from ulid import ULID

from server.contract.codec import MessageRefused
from server.contract.topics import Topic
from server.link.broker_address import BrokerAddress
from server.link.hearing import Heard, Hearing, Subscription
from server.link.presence import Beat, OwnState

__all__ = ["BrokerAddress", "BrokerLink"]

log = logging.getLogger(__name__)

M = TypeVar("M", bound=BaseModel)

HEARTBEAT_S = 5.0
LOST_AFTER_S = 12.0
"""Readers call a program lost when its state is older, whatever it says."""
KEEPALIVE_S = 10
FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 10.0
GOODBYE_S = 1.0
SUSPICIOUS = 3
"""Lines in a row that were lost within seconds."""


class BrokerLink:
    """Connects in the background for as long as it lives; handlers run on its thread and must be short."""

    def __init__(
        self,
        address: BrokerAddress,
        own: OwnState,
        *,
        heartbeat_s: float = HEARTBEAT_S,
        deaf_after_s: float = LOST_AFTER_S,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
        clock: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
        new_id: Callable[[], str] = lambda: str(ULID()),
    ) -> None:
        """`deaf_after_s` without its own state, which comes back with every beat, the line is held to be dead."""
        self.boot = new_id()
        self._address = address
        self._own = own
        self._heartbeat_s = heartbeat_s
        self._deaf_after_s = deaf_after_s
        self._wall = wall
        self._clock = clock
        self._chance = chance
        self._new_id = new_id
        self._lock = threading.RLock()
        self._hearing = Hearing()
        self._watchers: list[Callable[[bool], None]] = []
        self._kept: dict[str, tuple[bytes, int]] = {}
        self._client: Client | None = None
        self._session = ""
        self._beat = 0
        self._cut_short = 0
        self._up_at = 0.0
        self._echo_at = 0.0
        self._awaited: int | None = None
        self._ready = threading.Event()
        self._closed = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def refused(self) -> Counter[str]:
        """Payloads that were no messages, by reason."""
        return self._hearing.refused

    @property
    def up(self) -> bool:
        """Connected, subscribed and announced."""
        return self._ready.is_set()

    def start(self) -> None:
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, name=f"broker-{self._address.user}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Says goodbye if there is a line and ends the thread."""
        self._stopping.set()
        client = self._client
        if client is not None and self.up:
            with contextlib.suppress(RuntimeError, ValueError):
                client.publish(self._own.topic, self._state(online=False), 1, True).wait_for_publish(GOODBYE_S)
        self._closed.set()
        if self._thread is not None:
            self._thread.join(GOODBYE_S + 10)

    def wait_up(self, timeout_s: float) -> bool:
        return self._ready.wait(timeout_s)

    def watch(self, watcher: Callable[[bool], None]) -> None:
        """Tells of every change of `up`, on the link's thread."""
        with self._lock:
            self._watchers.append(watcher)

    def guard(self, admits: Callable[[str], bool], on_refused: Callable[[str], None]) -> None:
        """`admits` says of each topic whether its message is read at all; `on_refused` learns where it was none."""
        self._hearing.admits, self._hearing.on_refused = admits, on_refused

    def ask_again(self) -> None:
        """Has the broker tell once more all that it retains, after messages were passed over."""
        with self._lock:
            if self._client is not None and self.up:
                self._client.subscribe(self._filters())

    def _filters(self) -> list[tuple[str, int]]:
        return [(each, 1) for each in sorted({self._own.topic} | self._hearing.filters)]

    def publish(self, topic: Topic[M], message: M, **ids: str | int) -> bool:
        """Whether it went out now. A retained message is kept and sent at every reconnect; any other is not."""
        return self._send(topic, topic.encode(message), ids)

    def clear(self, topic: Topic[M], **ids: str | int) -> bool:
        """Takes a retained message back, also one that the broker kept from before a reconnect."""
        return self._send(topic, b"", ids)

    def subscribe(self, topic: Topic[M], handler: Callable[[M], None], **ids: str | int) -> None:
        """`handler` gets each message of these ids; the ids left out are this program's own, or any."""

        def take(heard: Heard[M]) -> None:
            if heard.message is not None:
                handler(heard.message)

        self.hear(topic, take, **ids)

    def hear(self, topic: Topic[M], handler: Callable[[Heard[M]], None], **ids: str | int) -> None:
        """As `subscribe`, with the ids of the topic and with clearings."""
        subscription = Subscription(topic, self._named(topic, ids), handler)
        with self._lock:
            self._hearing.add(subscription)
            client = self._client if self.up else None
        if client is not None:
            client.subscribe(subscription.filter, 1)

    def _named(self, topic: Topic[Any], ids: dict[str, str | int]) -> dict[str, str]:
        own = {name: value for name, value in self._own.ids.items() if name in topic.places}
        return own | {name: str(value) for name, value in ids.items()}

    def _send(self, topic: Topic[Any], payload: bytes, ids: dict[str, str | int]) -> bool:
        where = topic.at(**self._named(topic, ids))
        with self._lock:
            if topic.retain:
                self._kept[where] = (payload, topic.qos)
            client = self._client if self.up else None
        if client is None:
            return False
        return client.publish(where, payload, topic.qos, topic.retain).rc == MQTTErrorCode.MQTT_ERR_SUCCESS

    def _run(self) -> None:
        tries = 0
        while not self._stopping.is_set():
            began = self._clock()
            try:
                self._hold_line()
            except (OSError, ssl.SSLError) as cause:
                log.info("no broker at %s:%d: %s", self._address.host, self._address.port, cause)
            except Exception:
                log.exception("line to the broker failed")
            tries = 1 if self._clock() - began > LONGEST_WAIT_S else tries + 1
            wait_s = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(tries - 1, 10))
            self._stopping.wait(wait_s * (0.8 + 0.2 * self._chance()))

    def _hold_line(self) -> None:
        """One connection from its start to its end; nothing of it is taken over into the next."""
        self._session, self._beat, self._echo_at = self._new_id(), 0, self._clock()
        self._closed.clear()
        if self._stopping.is_set():
            return
        client = self._new_client()
        client.connect(self._address.host, self._address.port, KEEPALIVE_S)
        with self._lock:
            self._client = client
        client.loop_start()
        try:
            while not self._closed.wait(self._heartbeat_s) and not self._stopping.is_set():
                if self._clock() - self._echo_at > self._deaf_after_s:
                    log.warning("the broker keeps the line of %s but passes on nothing: a new one", self._address.user)
                    return
                if self.up:
                    self._announce(client)
        finally:
            self._end(client)

    def _end(self, client: Client) -> None:
        with self._lock:
            self._client = None
        was_up = self.up
        self._ready.clear()
        client.disconnect()
        client.loop_stop()
        if was_up:
            short = self._clock() - self._up_at < LONGEST_WAIT_S and not self._stopping.is_set()
            self._cut_short = self._cut_short + 1 if short else 0
            if self._cut_short == SUSPICIOUS:
                log.warning(
                    "the line of %s ends as soon as it is up: is another program using its name?", self._address.user
                )
            self._tell(up=False)

    def _new_client(self) -> Client:
        client = self._address.client()
        client.will_set(self._own.topic, self._state(online=False), 1, True)
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        client.on_disconnect = self._on_disconnect
        return client

    def _on_connect(
        self, client: Client, _data: Any, _flags: ConnectFlags, reason: ReasonCode, _properties: Properties | None
    ) -> None:
        if reason.is_failure:
            log.error("the broker refuses %s: %s", self._address.user, reason)
            self._closed.set()
            return
        with self._lock:
            _, self._awaited = client.subscribe(self._filters())

    def _on_subscribe(
        self, client: Client, _data: Any, mid: int, reasons: list[ReasonCode], _properties: Properties | None
    ) -> None:
        if any(reason.is_failure for reason in reasons):
            log.error("the broker denies %s some subscriptions", self._address.user)
        if mid != self._awaited:
            return
        with self._lock:
            for where, (payload, qos) in self._kept.items():
                client.publish(where, payload, qos, True)
            self._up_at = self._clock()
            self._ready.set()
        self._announce(client)
        self._tell(up=True)

    def _on_message(self, client: Client, _data: Any, packet: MQTTMessage) -> None:
        if packet.topic == self._own.topic:
            self._echo_at = self._clock()
        if not self._hearing.admits(packet.topic):
            return
        if packet.topic == self._own.topic:
            self._hear_own(client, bytes(packet.payload))
        self._say_again(client, packet)
        self._hearing.give(packet.topic, bytes(packet.payload), packet.retain)

    def _say_again(self, client: Client, packet: MQTTMessage) -> None:
        """What another put in the place of this program's retained word is put right."""
        with self._lock:
            kept = self._kept.get(packet.topic)
        if kept is not None and kept[0] != bytes(packet.payload):
            client.publish(packet.topic, *kept, True)

    def _hear_own(self, client: Client, payload: bytes) -> None:
        """Another's word that this program is gone (an old will, a clearing) is answered by its being here."""
        try:
            online = bool(payload) and self._own.read(payload).online
        except MessageRefused:
            online = False
        if not online and self.up and not self._stopping.is_set():
            self._announce(client)

    def _on_disconnect(
        self, _client: Client, _data: Any, _flags: DisconnectFlags, reason: ReasonCode, _properties: Properties | None
    ) -> None:
        log.info("line to the broker ended: %s", reason)
        self._closed.set()

    def _announce(self, client: Client) -> None:
        client.publish(self._own.topic, self._state(online=True), 1, True)

    def _state(self, *, online: bool) -> bytes:
        self._beat += 1
        return self._own.payload(Beat(online, self.boot, self._session, self._beat, self._wall()))

    def _tell(self, *, up: bool) -> None:
        for watcher in tuple(self._watchers):
            try:
                watcher(up)
            except Exception:
                log.exception("watcher of the broker line failed")
