"""A visitor at the broker's door, who tries what may be done there and leaves nothing behind."""

import queue
import socket
import ssl
from types import TracebackType
from typing import Any, Self

from paho.mqtt.client import Client, MQTTMessage, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from server.contract.topics import DEVICE_STATE, DOCTOR_USER, LIVE_ALERT
from server.settings import Broker


def shake_hands(place: Broker, patience_s: float) -> None:
    """Raises ssl.SSLError when the broker's certificate is not good for us; without TLS there is nothing to see."""
    if place.ca_file is None:
        return
    context = ssl.create_default_context(cafile=place.ca_file)
    with (
        socket.create_connection((place.host, place.port), patience_s) as line,
        context.wrap_socket(line, server_hostname=place.host),
    ):
        return


class Visit:
    """One connection; raises OSError (also of TLS) when there is none, TimeoutError when nothing is answered."""

    def __init__(self, place: Broker, patience_s: float, user: str = "", password: str = "") -> None:
        self._place = place
        self._patience_s = patience_s
        self._answers: queue.Queue[bool] = queue.Queue()
        self._heard: queue.Queue[str] = queue.Queue()
        self._client = Client(
            CallbackAPIVersion.VERSION2, user or "visitor", True, None, MQTTv311, reconnect_on_failure=False
        )
        if user:
            self._client.username_pw_set(user, password)
        if place.ca_file is not None:
            self._client.tls_set_context(ssl.create_default_context(cafile=place.ca_file))
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = lambda *_args: self._answers.put(True)
        self._client.on_message = self._on_message
        self.refused = True

    def __enter__(self) -> Self:
        self._client.connect_timeout = self._patience_s
        self._client.connect(self._place.host, self._place.port)
        self._client.loop_start()
        try:
            self.refused = not self._answer()
        except TimeoutError:
            self._leave()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leave()

    def may_write_live(self, branch: str) -> bool:
        """As the doctor: whether a word on a live topic is delivered; one on the own topic, sent after it, must be."""
        live, own = LIVE_ALERT.at(branch=branch, name=DOCTOR_USER), DEVICE_STATE.at(branch=branch, device=DOCTOR_USER)
        self._client.subscribe([(live, 1), (own, 1)])
        self._answer()
        for topic in (live, own):
            self._client.publish(topic, b"", 1)
        return self._hear() != own

    def _on_connect(self, _client: Client, _data: Any, _flags: Any, reason: ReasonCode, _properties: Any) -> None:
        self._answers.put(not reason.is_failure)

    def _on_message(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        self._heard.put(message.topic)

    def _answer(self) -> bool:
        try:
            return self._answers.get(timeout=self._patience_s)
        except queue.Empty:
            raise TimeoutError("no answer") from None

    def _hear(self) -> str:
        try:
            return self._heard.get(timeout=self._patience_s)
        except queue.Empty:
            raise TimeoutError("not even an own message comes back") from None

    def _leave(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()
