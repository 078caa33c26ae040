"""The kiosk's own sentences in four languages, and the branch's words in the language of the customer."""

import tomllib
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from types import MappingProxyType

from server.contract.common import Words
from server.contract.words import Language

FOLDER = Path(__file__).parent / "translations"
ENDONYMS: Mapping[Language, str] = MappingProxyType(
    {Language.ZH: "中文", Language.EN: "English", Language.VI: "Tiếng Việt", Language.RU: "Русский"}
)


@cache
def catalogue(language: Language) -> Mapping[str, str]:
    """Key `section.name` to sentence, read once."""
    with (FOLDER / f"{language.value}.toml").open("rb") as file:
        sections = tomllib.load(file)
    return MappingProxyType(
        {f"{section}.{name}": str(text) for section, names in sections.items() for name, text in names.items()}
    )


class Texts:
    """One language's sentences; a missing key is a KeyError, which the tests do not let pass."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._sentences = catalogue(language)

    def __call__(self, key: str, **facts: str | int) -> str:
        return self._sentences[key].format(**facts)

    def count(self, key: str, count: int) -> str:
        """A sentence with a number of people in it; nobody and one person have sentences of their own."""
        return self(key + {0: "_none", 1: "_one"}.get(count, ""), count=count)

    def of(self, words: Words) -> str:
        """The branch's words in this language, else in Chinese, else whatever there is."""
        return words.get(self.language) or words.get(Language.ZH) or next(iter(words.values()), "")

    def date(self, local: datetime) -> str:
        return self("clock.date", **self._day(local))

    def short_date(self, local: datetime) -> str:
        return self("clock.short", time=f"{local:%H:%M}", month_no=local.month, **self._day(local))

    def _day(self, local: datetime) -> dict[str, str | int]:
        return {
            "day": local.day,
            "month": self(f"month.{local.month}"),
            "weekday": self(f"weekday.{local.weekday()}"),
        }
