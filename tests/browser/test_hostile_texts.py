"""Scripts and templates within names that pages show: they are read as letters, in a real browser."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import tomli_w
from playwright.sync_api import Browser, Page

from server.domain.vocabulary import Role

pytestmark = pytest.mark.attack(19)

SECRET = "a secret of some length"
HOSTILE = (
    '<script>window.owned=1</script><img src=x onerror="window.owned=1"><svg onload=window.owned=1>'
    "{{7*7}}${7*7}<%=7*7%>\"'><a href='javascript:window.owned=1'>x</a>\u202eزلgo\u0301\u0301\u0301🙂"
)
SHOWN = "{{7*7}}${7*7}"


def hostile(words: Any) -> Any:
    """Every text of a configuration with the attack in it."""
    if isinstance(words, dict):
        texts = {"name", "hint", "elder_name", "note"}
        return {
            key: dict.fromkeys(["zh-CN", "en", "vi", "ru"], HOSTILE)
            if key in texts and isinstance(each, dict)
            else hostile(each)
            for key, each in words.items()
        }
    return [hostile(each) for each in words] if isinstance(words, list) else words


@pytest.fixture(scope="module")
def hall(serve_hall: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    home, shipped = tmp_path_factory.mktemp("hostile"), Path(__file__).parents[2] / "config"
    config = home / "config"
    config.mkdir()
    for name in ("hall.toml", "services.toml"):
        given = tomllib.loads((shipped / name).read_text("utf-8"))
        (config / name).write_text(tomli_w.dumps(hostile(given)), "utf-8")
    (config / "theme.toml").write_text((shipped / "theme.toml").read_text("utf-8"), "utf-8")
    with serve_hall(home, config=config, HALL_PUBLIC_URL="http://127.0.0.1:1") as served:
        yield served


@pytest.fixture(scope="module")
def ticket(hall: Any) -> str:
    """The path of a customer's own page."""
    token = hall.server.accounts.put_machine("kiosk-1", Role.KIOSK)
    answer = httpx.post(
        f"{hall.url}/api/v1/branches/chengdong/tickets",
        json={"request_id": "a-hostile-one", "services": ["pay"]},
        headers={"Authorization": f"Bearer {token}"},
        trust_env=False,
    )
    return str(answer.json()["phone_url"]).removeprefix("http://127.0.0.1:1")


@pytest.fixture
def tab(browser: Browser, hall: Any) -> Iterator[Page]:
    with browser.new_context() as context:
        page = context.new_page()
        asked: list[str] = []
        page.on("dialog", lambda dialog: asked.append(dialog.message))
        yield page
        assert asked == []


def unharmed(page: Page) -> None:
    assert page.evaluate("window.owned") is None
    inline = "script:not([src]):not([type='application/json']), img[src=x], svg[onload], a[href^=javascript], [onerror]"
    assert page.locator(inline).count() == 0
    assert "49$" not in page.content()


def test_the_display_shows_letters(hall: Any, tab: Page, ticket: str) -> None:
    token = hall.server.accounts.put_machine("display-1", Role.DISPLAY)
    tab.context.add_cookies([{"name": "hall_session", "value": token, "url": hall.url}])
    tab.goto(f"{hall.url}/display/chengdong")
    tab.wait_for_selector(".strip > *")
    assert SHOWN in tab.content().replace("&gt;", ">")
    unharmed(tab)


def test_the_board_shows_letters(hall: Any, tab: Page, ticket: str) -> None:
    hall.server.accounts.put_person("boss", Role.MANAGER, SECRET)
    tab.goto(f"{hall.url}/board/chengdong")
    unharmed(tab)
    tab.fill("[name=staff]", "boss")
    tab.fill("[name=secret]", SECRET)
    tab.click("button.primary")
    tab.wait_for_selector(".late h2")
    assert SHOWN in tab.content()
    unharmed(tab)


def test_the_phone_shows_letters(hall: Any, tab: Page, ticket: str) -> None:
    tab.goto(f"{hall.url}{ticket}")
    tab.wait_for_selector(".cards > *")
    assert SHOWN in tab.content()
    unharmed(tab)


@pytest.mark.parametrize("lang", ['"><script>window.owned=1</script>', "{{7*7}}", "zh'onload='window.owned=1"])
def test_words_of_the_address_are_not_put_into_the_page(hall: Any, ticket: str, lang: str) -> None:
    for path in ("/display/chengdong", "/board/chengdong", ticket, "/t/" + lang.replace("/", "%2f")):
        page = httpx.get(hall.url + path, params={"lang": lang}, trust_env=False).text
        assert "<script>window" not in page
        assert "onload='window" not in page


def test_no_page_may_run_a_script_of_its_own_text(hall: Any, ticket: str) -> None:
    for path in ("/display/chengdong", "/board/chengdong", ticket):
        answer = httpx.get(hall.url + path, trust_env=False)
        rules = answer.headers["content-security-policy"]
        assert "script-src 'self'" in rules
        assert "default-src 'none'" in rules
        assert "unsafe" not in rules
        assert "<script>" not in answer.text
