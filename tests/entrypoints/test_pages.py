"""The pages' texts: every key that a page uses is there in four languages, and all languages ask for the same facts."""

import re
from importlib.resources import files
from string import Formatter
from typing import Any

import httpx
import pytest

from devices.health import Cause
from kiosk.telling import NOT_ADOPTED, STAFF_WANTED, STORE_FAILING, STORE_SET_ASIDE
from server.domain.vocabulary import ClosedAs, CounterState, CustomerClass, Language, TicketState
from server.entrypoints.pages import sentences
from server.link.sender import FAILING, SET_ASIDE

WEB = files("server.entrypoints") / "web"
USED = re.compile(r"""say\((?:[a-z_.A-Z ]+\? )?"([a-z_]+\.[a-z_0-9]+)"(?: : "([a-z_]+\.[a-z_0-9]+)")?""")
PREFIXES = re.compile(r"say\(`([a-z_]+\.[a-z_]*)\$\{")
HEARD_LATER = re.compile(r'(?:tell\(|"sign-in-refused": |locked: |busy: |table\[)"([a-z]+\.[a-z_]+)"')
FROM_VALUES = {
    "class.": [each.value for each in CustomerClass if each is not CustomerClass.NORMAL],
    "state.": [each.value for each in (*CounterState, TicketState.CALLED, TicketState.SERVING)],
    "score.": ["1", "2", "3", "4", "5"],
    "phone.": [each.value for each in ClosedAs if each is not ClosedAs.FINISHED],
    "health.": ["fault", "unknown", "lost"],
    "cause.": [
        *(each.value.replace("_", "-") for each in Cause),
        *(FAILING, SET_ASIDE, STAFF_WANTED, STORE_FAILING, STORE_SET_ASIDE, NOT_ADOPTED),
    ],
    "alarm.": ["disk-nearly-full", "flood", "journal-failing", "messages-refused", "projection-broken"],
}
"""The values that complete a key which begins so."""


def sources() -> str:
    folders = (WEB / "templates", WEB / "static")
    return "\n".join(file.read_text("utf-8") for folder in folders for file in folder.iterdir() if file.is_file())


def test_each_key_a_page_uses_is_in_every_language() -> None:
    source = sources()
    used = {key for pair in USED.findall(source) for key in pair if key} | set(HEARD_LATER.findall(source))
    for prefix in PREFIXES.findall(source):
        used |= {f"{prefix}{value}" for value in FROM_VALUES.get(prefix, [])}
    assert len(used) > 100
    for language in Language:
        assert used - sentences(language).keys() == set(), language


def facts(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


def test_languages_have_the_same_keys_with_the_same_facts() -> None:
    chinese = sentences(Language.ZH)
    for language in Language:
        table = sentences(language)
        assert table.keys() == chinese.keys(), language
        assert {key: facts(text) for key, text in table.items()} == {key: facts(text) for key, text in chinese.items()}


def test_chinese_texts_have_chinese_marks() -> None:
    hanzi = r"[\u4e00-\u9fff]"
    assert [
        text for text in sentences(Language.ZH).values() if re.search(f"{hanzi}[,!?;]|[,!?;]{hanzi}|！", text)
    ] == []


@pytest.mark.parametrize(
    ("asked", "accepted", "spoken"),
    [("vi", "en", "vi"), ("", "ru-RU,en;q=0.8", "ru"), ("", "fr", "zh-CN"), ("<script>", "de", "zh-CN")],
)
def test_a_page_speaks_the_language_asked_for(served: Any, asked: str, accepted: str, spoken: str) -> None:
    answer = httpx.get(f"{served.url}/t/anything", params={"lang": asked}, headers={"Accept-Language": accepted})
    assert answer.status_code == 200
    assert f'<html lang="{spoken}">' in answer.text
    assert answer.headers["cache-control"] == "no-store"


def test_a_page_loads_nothing_from_elsewhere(served: Any) -> None:
    for path in ("/t/anything", "/display/chengdong", "/board/chengdong"):
        text = httpx.get(f"{served.url}{path}").text
        assert not re.search(r"""(?:src|href)=["'](?:https?:)?//""", text)
        assert "unsafe" not in httpx.get(f"{served.url}{path}").headers["content-security-policy"]
