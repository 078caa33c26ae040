"""One message with the place it goes to, as a value."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import BaseModel

from server.contract.topics import Topic
from server.link.broker import BrokerLink

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Fact(Generic[M]):
    topic: Topic[M]
    message: M
    ids: Mapping[str, str | int]

    @property
    def place(self) -> tuple[str, tuple[tuple[str, str], ...]]:
        """Tells apart what is published on different topics."""
        return self.topic.template, tuple(sorted((name, str(value)) for name, value in self.ids.items()))

    def publish(self, link: BrokerLink) -> bool:
        return link.publish(self.topic, self.message, **self.ids)

    def clear(self, link: BrokerLink) -> bool:
        return link.clear(self.topic, **self.ids)
