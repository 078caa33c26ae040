"""One act on its way to the keeper: what a caller's body becomes."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from server.application.callers import Caller
from server.application.ports import PrivateText, seal
from server.contract.acts import Interaction
from server.domain.commands import Command
from server.domain.copying import quick
from server.domain.visit import Record
from server.domain.vocabulary import Digest, ServiceId

KEEP_TEXTS = timedelta(days=180)
SALT_BYTES = 16
OLDEST_MS = 400 * 86_400_000
LONG_AGO = timedelta(days=400)
"""Whatever is said to be older is taken to be this old."""


@quick
@dataclass(frozen=True, slots=True)
class Asked:
    """A command and the private texts it speaks of by digest."""

    command: Command
    texts: tuple[PrivateText, ...] = ()


@dataclass(slots=True)
class Sealing:
    """Puts the free texts of one act aside, so that the command carries only their digests."""

    now: datetime
    salt: Callable[[int], bytes] = secrets.token_bytes
    texts: list[PrivateText] = field(default_factory=list)

    def digest(self, text: str) -> Digest:
        """ "" for a text that says nothing."""
        said = text.strip()
        if not said:
            return Digest("")
        sealed = seal(said, self.salt(SALT_BYTES), self.now + KEEP_TEXTS)
        self.texts.append(sealed)
        return sealed.digest

    def record(self, said: Interaction) -> Record:
        return Record(ServiceId(said.service_done), said.outcome, tuple(said.documents_seen), self.digest(said.note))

    def asked(self, command: Command) -> Asked:
        return Asked(command, tuple(self.texts))


@quick
@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks, and when by the hall's clock."""

    caller: Caller
    at: datetime
    speed: float = 1.0
    """Hall seconds in a second of the caller's machine."""

    def sealing(self) -> Sealing:
        return Sealing(self.at)

    def true_time(self, age_ms: int, by_clock: datetime) -> datetime:
        """When it really happened: by its age, or by the caller's own clock where it tells no age (0).

        A clock that is off by over a day, or ahead, is not believed.
        """
        if age_ms > 0:
            return self.at - min(timedelta(milliseconds=min(age_ms, OLDEST_MS)) * self.speed, LONG_AGO)
        believable = self.at - timedelta(days=1) <= by_clock <= self.at
        return by_clock if believable else self.at
