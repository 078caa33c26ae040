"""What the screens say, as keys and figures; the catalogue of the clerk's language turns them into sentences."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from string import Formatter
from typing import TypeAlias

from server.contract.common import Words
from server.contract.words import Language

FOLDER = Path(__file__).parent / "translations"

Figure: TypeAlias = "str | int | Phrase | Words | tuple[int, ...]"


@dataclass(frozen=True, slots=True)
class Phrase:
    """A sentence of the catalogue and what fills its places."""

    key: str
    figures: Mapping[str, Figure] = field(default_factory=dict)


Said: TypeAlias = Phrase | Words | str


def phrase(key: str, /, **figures: Figure) -> Phrase:
    return Phrase(key, figures)


class MissingSentence(KeyError):
    """A catalogue lacks a sentence that a screen asks for."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All sentences of one language."""

    language: Language
    sentences: Mapping[str, str]

    def say(self, said: Said) -> str:
        """A phrase as its sentence, a name in this language (zh-CN where it has none), a plain text as it is."""
        if isinstance(said, str):
            return said
        if isinstance(said, Phrase):
            return self._sentence(said.key).format_map(
                {name: self._figure(value) for name, value in said.figures.items()}
            )
        return said.get(self.language) or said.get(Language.ZH, "")

    def _sentence(self, key: str) -> str:
        try:
            return self.sentences[key]
        except KeyError:
            raise MissingSentence(f"{self.language}: no sentence {key!r}") from None

    def _figure(self, value: Figure) -> str:
        if isinstance(value, tuple):
            return self._sentence("list.separator").join(str(each) for each in value)
        return str(value) if isinstance(value, int) else self.say(value)


def load_catalogue(language: Language, folder: Path = FOLDER) -> Catalogue:
    with (folder / f"{language.value}.toml").open("rb") as file:
        return Catalogue(language, _flat(tomllib.load(file)))


def places(sentence: str) -> frozenset[str]:
    """The names that a sentence leaves open."""
    return frozenset(name for _, name, _, _ in Formatter().parse(sentence) if name)


def _flat(table: Mapping[str, object], before: str = "") -> dict[str, str]:
    sentences: dict[str, str] = {}
    for name, value in table.items():
        if isinstance(value, Mapping):
            sentences |= _flat(value, f"{before}{name}.")
        else:
            sentences[f"{before}{name}"] = str(value)
    return sentences
