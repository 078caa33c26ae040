"""How a hall's voice speaks, as a technician writes it; the same for loudspeakers and displays."""

from collections.abc import Iterable, Iterator
from datetime import time
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from server.contract.sentences import CHIME, LETTERS, RATE, YAO, Prompt, Utterance, words_of
from server.contract.words import Language


class Quiet(BaseModel):
    """A time of day in which nothing is said, local time; it may go over midnight."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    since: time
    until: time

    def holds(self, now: time) -> bool:
        if self.since <= self.until:
            return self.since <= now < self.until
        return now >= self.since or now < self.until


class Manner(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    voices: str = "voices"
    """Folder of the clips, beside the file that says so."""
    languages: Annotated[tuple[Language, ...], Field(min_length=1, max_length=4)] = (Language.ZH,)
    also_customers: bool = True
    """A call is said in the customer's own language too, and the question at a counter in it alone."""
    volume: Annotated[int, Field(ge=0, le=100)] = 100
    yao: bool = False
    quiet: tuple[Quiet, ...] = ()

    def speaks_at(self, now: time) -> bool:
        return not any(each.holds(now) for each in self.quiet)

    def utterance(self, number: str, counter: int, customers: str | None) -> Utterance:
        """A call in the languages of this voice, then in `customers`, the customer's own."""
        own = [each for each in Language if self.also_customers and each == customers and each not in self.languages]
        return Utterance(number, counter, (*self.languages, *own))

    def question(self, customers: str | None) -> Prompt:
        """Asks one customer to rate: in `customers`, its own language, or where it is not known in this voice's."""
        own = tuple(each for each in Language if self.also_customers and each == customers)
        return Prompt(RATE, own or self.languages)

    def files(self, counters: Iterable[int], letters: str = LETTERS) -> Iterator[str]:
        """Every clip that calls to these counters, of numbers with these letters, may need."""
        yield f"{CHIME}.wav"
        for language in Language if self.also_customers else self.languages:
            words = set(words_of(language, counters, letters)) - {RATE} - (set() if self.yao else {YAO})
            yield from (f"{language.value}/{name}.wav" for name in sorted(words))

    def asking_files(self) -> Iterator[str]:
        """The clips that asking to rate needs."""
        return (f"{each.value}/{RATE}.wav" for each in (Language if self.also_customers else self.languages))
