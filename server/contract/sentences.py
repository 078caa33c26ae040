"""What a hall's voice says, as the names of recorded clips in their order, and the words to record for each; pure.

A number is said letter by letter and digit by digit; the way to the counter is one clip, so that each language keeps
its own grammar and melody.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from server.contract.words import Language

CHIME = "chime"
CALL = "call"
RATE = "rate"
"""Asks the customer to rate the service."""
YAO = "1-yao"
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
DIGITS = "0123456789"


@dataclass(frozen=True, slots=True)
class Utterance:
    """One call to be said in all these languages."""

    number: str
    counter: int
    languages: tuple[Language, ...]


@dataclass(frozen=True, slots=True)
class Prompt:
    """One sentence, by the name of its clip, to be said in all these languages."""

    sentence: str
    languages: tuple[Language, ...]


@dataclass(frozen=True, slots=True)
class Sentence:
    """Words of one language, for a voice to say."""

    call: str
    letters: str
    """The names of LETTERS, parted by spaces."""
    digits: tuple[str, ...]
    counter: str
    """Takes `counter`."""
    rate: str


SENTENCES: Mapping[Language, Sentence] = {
    Language.ZH: Sentence(
        "请",
        " ".join(LETTERS),
        ("零", "一", "二", "三", "四", "五", "六", "七", "八", "九"),
        "号，到{counter}号窗口办理",
        "请您对我的服务进行评价",
    ),
    Language.EN: Sentence(
        "Ticket",
        " ".join(LETTERS),
        ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
        "please go to counter {counter}",
        "Please rate my service",
    ),
    Language.VI: Sentence(
        "Mời khách hàng số",
        "a bê xê dê e ép giê hát gi ca e-lờ em-mờ en-nờ pê cu e-rờ ét-sì tê u vê vê-kép ích-xì i-dài dét",
        ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"),
        "đến quầy số {counter}",
        "Xin quý khách đánh giá việc phục vụ của tôi",
    ),
    Language.RU: Sentence(
        "Клиент",
        "а бэ цэ дэ е эф гэ аш жи ка эль эм эн пэ ку эр эс тэ у вэ дубль-вэ икс игрек зет",
        ("ноль", "один", "два", "три", "четыре", "пять", "шесть", "семь", "восемь", "девять"),
        "пройдите к окну {counter}",
        "Пожалуйста, оцените моё обслуживание",
    ),
}


def clips_of(number: str, counter: int, language: Language, *, yao: bool = False) -> tuple[str, ...]:
    """The clips of one call in one language; `yao`: 1 as 幺, as it is said in many Chinese halls."""
    said = tuple(char for char in number.upper() if char in LETTERS + DIGITS)
    spoken = (YAO if char == "1" and yao and language is Language.ZH else char.lower() for char in said)
    return (CALL, *spoken, way_to(counter))


def way_to(counter: int) -> str:
    return f"counter-{counter}"


def words_of(language: Language, counters: Iterable[int], letters: str = LETTERS) -> dict[str, str]:
    """The clips of a language that these counters and letters need, and what is to be said on each."""
    sentence = SENTENCES[language]
    words = {CALL: sentence.call, RATE: sentence.rate}
    spoken = dict(zip(LETTERS, sentence.letters.split(), strict=True))
    words |= {letter.lower(): spoken[letter] for letter in letters if letter in spoken}
    words |= dict(zip(DIGITS, sentence.digits, strict=True))
    if language is Language.ZH:
        words[YAO] = "幺"
    return words | {way_to(counter): sentence.counter.format(counter=counter) for counter in counters}
