"""Four catalogues, one set of sentences."""

import re
from pathlib import Path

import pytest

from counter.desk import Act, Stage
from counter.phrases import MissingSentence, load_catalogue, phrase, places
from counter.refusals import NEEDS, PLAIN
from server.contract.words import CustomerClass, HoldReason, Language, Outcome, PauseReason

ROOT = Path(__file__).parents[2] / "counter"
ZH = load_catalogue(Language.ZH)
FAMILIES = {
    "key": [act.value for act in Act],
    "class": [each.value for each in CustomerClass],
    "pause": [each.value for each in PauseReason],
    "hold": [each.value for each in HoldReason],
    "outcome": [each.value for each in Outcome],
    "head": [each.value for each in Stage if each not in (Stage.CALLED, Stage.SERVING)],
    "refused": [*PLAIN, *(f"{code}-full" for code in NEEDS)],
}


@pytest.mark.parametrize("language", Language)
def test_all_languages_have_the_same_sentences_and_places(language: Language) -> None:
    there = load_catalogue(language).sentences
    assert there.keys() == ZH.sentences.keys()
    assert {key: places(text) for key, text in there.items()} == {
        key: places(text) for key, text in ZH.sentences.items()
    }
    assert all(text.strip() for text in there.values() if text != ", ")


def test_every_sentence_the_code_names_is_there() -> None:
    named = {
        key
        for file in ROOT.rglob("*.py")
        for key in re.findall(r'phrase\(\s*"([a-z-]+\.[a-z-]+)"', file.read_text(encoding="utf-8"))
    }
    assert named - ZH.sentences.keys() == set()


@pytest.mark.parametrize("family", FAMILIES)
def test_every_word_of_the_hall_has_its_text(family: str) -> None:
    assert [word for word in FAMILIES[family] if f"{family}.{word}" not in ZH.sentences] == []


def test_a_figure_may_be_a_number_a_name_or_a_list() -> None:
    name = {Language.ZH: "过户", Language.EN: "Transfer"}
    english = load_catalogue(Language.EN)
    assert english.say(phrase("line.class", service=name, customer=phrase("class.elder"))) == "Transfer\u00a0· Elder"
    assert ZH.say(phrase("target.counters", counters=(2, 3, 5))) == "2、3、5 号窗口可办"
    assert load_catalogue(Language.RU).say(name) == "过户"


def test_a_missing_sentence_is_named() -> None:
    with pytest.raises(MissingSentence, match=r"no\.such"):
        ZH.say(phrase("no.such"))


def test_chinese_has_no_ascii_commas_between_words() -> None:
    assert [text for text in ZH.sentences.values() if re.search(r"[\u4e00-\u9fff][,?!:;][\u4e00-\u9fff]", text)] == []
