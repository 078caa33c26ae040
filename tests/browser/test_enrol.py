"""A new display's own browser: the technician's code is typed there once, and then it is the hall's."""

from typing import Any

import httpx
from playwright.sync_api import Page, expect

from server.domain.vocabulary import Role


def enrol(page: Page, code: str) -> None:
    page.fill("[name=device]", "display-7")
    page.fill("[name=code]", code)
    page.click("button.primary")


def test_a_display_is_enrolled_in_its_browser_and_keeps_the_language_of_its_address(screens: Any, served: Any) -> None:
    screens.expected += ["401", "403"]
    page = screens.watch(screens.context("display").new_page())
    page.goto(f"{served.url}/display/chengdong?lang=en")
    enrol(page, "not-a-code")
    expect(page.locator(".problem")).to_contain_text("This code is wrong, used or expired.")
    enrol(page, served.server.accounts.invite(Role.DISPLAY))
    expect(page.locator(".strip > *")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.reload()
    expect(page.locator(".strip > *")).to_be_visible()


def test_too_many_tries_are_told_on_the_page(screens: Any, served: Any) -> None:
    screens.expected += ["401", "429"]
    page = screens.watch(screens.context("display").new_page())
    page.goto(f"{served.url}/display/chengdong?lang=en")
    body = {"code": "not-a-code", "device": "display-7"}
    assert 429 in [httpx.post(f"{served.url}/api/v1/enrol", json=body).status_code for _ in range(15)]
    enrol(page, "not-a-code")
    expect(page.locator(".problem")).to_have_text(
        "Enrolling is not possible now. The code stays good; try again in a few minutes."
    )
