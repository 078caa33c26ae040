"""Who may do what at the embedded broker: the same rules as `config/mosquitto/acl`, as amqtt plugins and a broker."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from amqtt.adapters import ReaderAdapter, StreamReaderAdapter, StreamWriterAdapter, WriterAdapter
from amqtt.broker import Broker
from amqtt.contexts import Action, BaseContext
from amqtt.errors import AMQTTError, MQTTError, NoDataError
from amqtt.mqtt.protocol.broker_handler import BrokerProtocolHandler
from amqtt.plugins.base import BaseAuthPlugin, BaseTopicPlugin
from amqtt.session import Session

from server.adapters.broker_users import BrokerUsers, is_user_name, matches
from server.contract.topics import CENTRE_USER, ROOT, SERVER_USER

MOST_BYTES: Final = 140_000
"""Of a packet, as `max_packet_size` in config/mosquitto/mosquitto.conf."""
REFUSED: Final = 0x80
"""A subscription's return code (MQTT 3.1.1, 3.9.3)."""
DEVICE_WRITES = ("state", "part/+", "alert/+", "event/+")
DEVICE_READS = ("state", "command/+")


def allowed(user: str, topic: str, *, write: bool) -> bool:
    """Whether `user` may publish to, or subscribe to, `topic` (a filter when reading)."""
    return is_user_name(user) and any(covers(rule, topic) for rule in _rules(user, write=write))


def covers(rule: str, topic: str) -> bool:
    """Whether everything that `topic`, which may be a filter itself, names lies within `rule`."""
    rules, levels = rule.split("/"), topic.split("/")
    for index, step in enumerate(rules):
        if step == "#":
            return True
        if index >= len(levels) or levels[index] == "#":
            return False
        if step not in ("+", levels[index]):
            return False
    return len(rules) == len(levels)


def _rules(user: str, *, write: bool) -> tuple[str, ...]:
    if user == SERVER_USER:
        return (f"{ROOT}/#",)
    if user == CENTRE_USER:
        stored = f"{ROOT}/+/journal/stored"
        return (stored,) if write else (stored, f"{ROOT}/+/journal", f"{ROOT}/+/server/state")
    own = tuple(f"{ROOT}/+/device/{user}/{rest}" for rest in (DEVICE_WRITES if write else DEVICE_READS))
    return own if write else (*own, f"{ROOT}/+/live/#", f"{ROOT}/+/server/state")


class Doorman(BaseAuthPlugin):  # type: ignore[misc]  # amqtt tells no types
    """Lets in who is in the users' file and names itself alike as user, client and in its will."""

    def __init__(self, context: BaseContext) -> None:
        super().__init__(context)
        self._users = BrokerUsers(Path(self._get_config_option("users_file")))

    async def authenticate(self, *, session: Session) -> bool:
        user = session.username or ""
        stored = self._users.read().get(user)
        if stored is None or not matches(session.password or "", stored):
            return False
        will_ok = not session.will_flag or allowed(user, session.will_topic or "", write=True)
        return session.client_id == user and will_ok

    @dataclass
    class Config:
        users_file: str = ""


class Rules(BaseTopicPlugin):  # type: ignore[misc]  # amqtt tells no types
    """Keeps everyone to its own topics."""

    async def topic_filtering(
        self, *, session: Session | None = None, topic: str | None = None, action: Action | None = None
    ) -> bool:
        if session is None or not topic:
            return False
        return allowed(session.username or "", topic, write=action == Action.PUBLISH)

    @dataclass
    class Config:
        """Nothing to set."""


class TooLarge(Exception):
    """A packet says that it is longer than any of ours."""


class BoundedReader(StreamReaderAdapter):  # type: ignore[misc]  # amqtt tells no types
    """amqtt takes in whatever length a packet claims, up to 256 MiB."""

    async def read(self, n: int = -1) -> bytes:
        if n > MOST_BYTES:
            raise TooLarge
        data: bytes = await super().read(n)
        return data


class PromptWriter(StreamWriterAdapter):  # type: ignore[misc]  # amqtt tells no types
    def abort(self) -> None:
        """Ends the line now, whatever the other has not taken yet; what reads from it sees the end."""
        self.is_closed = True
        self._writer.transport.abort()


class Subscriptions(dict[str, list[tuple[Session, int]]]):
    """Who listens to each filter; amqtt goes through it while others come and go, so it is shown as it stands now."""

    def items(self) -> list[tuple[str, list[tuple[Session, int]]]]:  # type: ignore[override]  # a copy is no view
        return [(topic, list(listeners)) for topic, listeners in super().items()]

    def __iter__(self) -> Iterator[str]:
        return iter(list(super().__iter__()))


class HallBroker(Broker):  # type: ignore[misc]  # amqtt tells no types
    """amqtt with what it lacks: bounded packets, one line a name, and nobody's session touched by a stranger."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        super().__init__(config)
        self._subscriptions = Subscriptions()
        self._doors: dict[str, asyncio.Lock] = {}
        """Of each name; names are those of the users' file."""
        self._entering: dict[str, AsyncExitStack] = {}

    async def stream_connected(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, listener_name: str
    ) -> None:
        await self._client_connected(listener_name, BoundedReader(reader), PromptWriter(writer))

    async def see_off_all_but(self, users: Mapping[str, str]) -> None:
        """Ends the line of everybody who is no longer among these users, or has another password there."""
        for client, (session, _) in list(self._sessions.items()):
            if not matches(session.password or "", users.get(session.username or "", "")):
                await self._cleanup_session(client)

    async def _initialize_client_session(
        self,
        reader: ReaderAdapter,
        writer: WriterAdapter,
        remote_address: str,  # noqa: ARG002 -- amqtt's own shape
        remote_port: int,  # noqa: ARG002
    ) -> tuple[BrokerProtocolHandler, Session]:
        """amqtt ends the session of a client's name and asks for the password then; here nobody enters unasked."""
        try:
            handler, session = await BrokerProtocolHandler.init_from_connect(reader, writer, self.plugins_manager)
            if not await self._authenticate(session, None):
                handler.attach(session, reader, writer)
                await handler.mqtt_connack_authorize(False)
                raise AMQTTError("not one of the branch's own programs")
        except TooLarge as cause:
            await writer.close()
            raise MQTTError("a packet too large") from cause
        except (AMQTTError, MQTTError, NoDataError):
            await writer.close()
            raise
        session.clean_session, session.parent = True, 0
        return handler, session

    async def add_subscription(self, subscription: tuple[str, int], session: Session) -> int:
        """amqtt leaves a name's subscription with an earlier session of it, and the new one hears nothing."""
        if self._sessions.get(session.client_id, (None,))[0] is not session:
            return REFUSED
        listeners = self._subscriptions.get(subscription[0], [])
        listeners[:] = [each for each in listeners if each[0] is session or each[0].client_id != session.client_id]
        answer: int = await super().add_subscription(subscription, session)
        return answer

    async def _handle_client_session(
        self, reader: ReaderAdapter, writer: WriterAdapter, client_session: Session, *rest: Any
    ) -> None:
        """One of a name enters at a time: amqtt hangs when a line is ended that is only being opened."""
        name = client_session.client_id
        async with AsyncExitStack() as entering:
            await entering.enter_async_context(self._doors.setdefault(name, asyncio.Lock()))
            self._entering[name] = entering
            await self._cleanup_session(name)
            await super()._handle_client_session(reader, writer, client_session, *rest)

    async def _client_message_loop(self, client_session: Session, handler: BrokerProtocolHandler) -> None:
        """amqtt stops listening to who breaks the protocol, but keeps the line."""
        await self._entering.pop(client_session.client_id).aclose()
        try:
            await super()._client_message_loop(client_session, handler)
        finally:
            await self._stop_handler(handler)

    async def _stop_handler(self, handler: BrokerProtocolHandler) -> None:
        """amqtt waits until the other has read everything, and until a reader that missed its cancelling ends."""
        if isinstance(handler.writer, PromptWriter):
            handler.writer.abort()
        await super()._stop_handler(handler)

    async def _publish_retained_messages_for_subscription(
        self, subscription: tuple[str, int], session: Session
    ) -> None:
        """amqtt gives whoever connects what is retained for anybody's subscription; here for the own ones alone."""
        if any(each is session for each, _ in self._subscriptions.get(subscription[0], ())):
            await super()._publish_retained_messages_for_subscription(subscription, session)
