"""What a call says, as the names of recorded clips in their order, and the words to record for each; pure.

A number is said letter by letter and digit by digit; the way to the counter is one clip, so that each language keeps
its own grammar and melody.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from server.contract.words import Language

CHIME = "chime"
CALL = "call"
YAO = "1-yao"
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
DIGITS = "0123456789"


@dataclass(frozen=True, slots=True)
class Sentence:
    """Words of one language, for a voice to say."""

    call: str
    digits: tuple[str, ...]
    counter: str
    """Takes `counter`."""


SENTENCES: Mapping[Language, Sentence] = {
    Language.ZH: Sentence(
        "请", ("零", "一", "二", "三", "四", "五", "六", "七", "八", "九"), "号，到{counter}号窗口办理"
    ),
    Language.EN: Sentence(
        "Ticket",
        ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
        "please go to counter {counter}",
    ),
    Language.VI: Sentence(
        "Mời khách hàng số",
        ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"),
        "đến quầy số {counter}",
    ),
    Language.RU: Sentence(
        "Клиент",
        ("ноль", "один", "два", "три", "четыре", "пять", "шесть", "семь", "восемь", "девять"),
        "пройдите к окну {counter}",
    ),
}


def clips_of(number: str, counter: int, language: Language, *, yao: bool = False) -> tuple[str, ...]:
    """The clips of one call in one language; `yao`: 1 as 幺, as it is said in many Chinese halls."""
    said = tuple(char for char in number.upper() if char in LETTERS + DIGITS)
    spoken = (YAO if char == "1" and yao and language is Language.ZH else char.lower() for char in said)
    return (CALL, *spoken, way_to(counter))


def way_to(counter: int) -> str:
    return f"counter-{counter}"


def words_of(language: Language, counters: range) -> dict[str, str]:
    """Every clip of a language and what is to be said on it."""
    sentence = SENTENCES[language]
    words = {CALL: sentence.call}
    words |= {letter.lower(): letter for letter in LETTERS}
    words |= dict(zip(DIGITS, sentence.digits, strict=True))
    if language is Language.ZH:
        words[YAO] = "幺"
    return words | {way_to(counter): sentence.counter.format(counter=counter) for counter in counters}
