"""What a program has asked to hear of the broker, and how it gets it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from server.contract.topics import Topic

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
