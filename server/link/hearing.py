"""What a program has asked to hear of the broker, and how it gets it."""

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from server.contract.codec import MessageRefused
from server.contract.topics import Topic

log = logging.getLogger(__name__)

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Heard(Generic[M]):
    """A message with the ids of its topic; `message` is None when a retained thing was cleared."""

    ids: dict[str, str]
    message: M | None
    retained: bool


@dataclass(frozen=True, slots=True)
class Subscription:
    topic: Topic[Any]
    ids: dict[str, str]
    handler: Callable[[Heard[Any]], None]

    @property
    def filter(self) -> str:
        return self.topic.pattern(**self.ids)

    def ids_of(self, topic: str) -> dict[str, str] | None:
        """None for a topic that was not asked for."""
        ids = self.topic.match(topic)
        return ids if ids is not None and self.ids.items() <= ids.items() else None


class Hearing:
    """All that a program has asked to hear; gives each message to whom it is for."""

    def __init__(self) -> None:
        self.refused: Counter[str] = Counter()
        """Payloads that were no messages, by reason."""
        self.admits: Callable[[str], bool] = lambda _topic: True
        self.on_refused: Callable[[str], None] = lambda _topic: None
        self._subscriptions: tuple[Subscription, ...] = ()

    @property
    def filters(self) -> frozenset[str]:
        return frozenset(subscription.filter for subscription in self._subscriptions)

    def add(self, subscription: Subscription) -> None:
        self._subscriptions = (*self._subscriptions, subscription)

    def give(self, where: str, payload: bytes, retained: bool) -> None:
        for subscription in self._subscriptions:
            ids = subscription.ids_of(where)
            if ids is None:
                continue
            try:
                message = subscription.topic.decode(payload) if payload else None
                subscription.handler(Heard(ids, message, retained))
            except MessageRefused as cause:
                self._refuse(where, cause)
            except Exception:
                log.exception("handler of %s failed", where)

    def _refuse(self, where: str, cause: MessageRefused) -> None:
        self.refused[cause.reason] += 1
        self.on_refused(where)
        if self.refused[cause.reason] == 1:
            log.warning("refused a message on %s: %s", where, cause)
