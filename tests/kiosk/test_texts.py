"""Four languages say the same things."""

import re
import string
from datetime import datetime

import pytest

from kiosk.texts import Texts, catalogue
from server.contract.words import Language


def places(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


@pytest.mark.parametrize("language", list(Language))
def test_every_language_has_every_sentence(language: Language) -> None:
    assert set(catalogue(language)) == set(catalogue(Language.ZH))
    assert [key for key, text in catalogue(language).items() if not text.strip()] == []


@pytest.mark.parametrize("language", list(Language))
def test_sentences_have_the_same_places_to_fill(language: Language) -> None:
    clock = {key for key in catalogue(language) if key.startswith("clock.")}
    differing = {
        key: (places(text), places(catalogue(Language.ZH)[key]))
        for key, text in catalogue(language).items()
        if key not in clock and places(text) != places(catalogue(Language.ZH)[key])
    }
    assert differing == {}


def test_chinese_uses_full_width_punctuation() -> None:
    hanzi = re.compile("[\u4e00-\u9fff]")
    texts = catalogue(Language.ZH)
    assert {key: text for key, text in texts.items() if re.search("[,;?!]", text) and hanzi.search(text)} == {}


@pytest.mark.parametrize(
    ("language", "date", "short"),
    [
        (Language.ZH, "11月20日 星期五", "11-20 10:42"),
        (Language.EN, "Friday, 20 November", "20 November 10:42"),
        (Language.VI, "Thứ Sáu, 20 tháng 11", "20/11 10:42"),
        (Language.RU, "пятница, 20 ноября", "20.11 10:42"),
    ],
)
def test_dates_are_written_as_people_write_them(language: Language, date: str, short: str) -> None:
    moment = datetime(2026, 11, 20, 10, 42)  # noqa: DTZ001 -- local time of the branch

    assert Texts(language).date(moment) == date
    assert Texts(language).short_date(moment) == short


def test_one_person_is_not_people() -> None:
    assert Texts(Language.EN).count("service.ahead", 1) == "1 person"
    assert Texts(Language.EN).count("service.ahead", 5) == "5 people"


def test_a_word_missing_in_a_language_is_said_in_chinese() -> None:
    assert Texts(Language.VI).of({Language.ZH: "交费"}) == "交费"
