"""What browser tests share: a hall with customers, screens signed in to it, and the rule that no page complains."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from server.contract import acts
from server.contract.views.answers import TicketView
from server.contract.views.desk import DeskView
from server.domain.vocabulary import Outcome, Role
from server.link.acts import HallClient, new_request_id

AXE = Path(__file__).parents[2] / "server/entrypoints/web/node_modules/axe-core/axe.min.js"
SIZES = {"display": (1920, 1080), "board": (1440, 900), "login": (1440, 900), "phone": (390, 844)}
MANAGER, SECRET = "manager-1", "correct horse battery"

OVERFLOWING = """() => {
  const told = [];
  const hidden = (node) => !node.checkVisibility({ visibilityProperty: true }) || node.closest("svg") !== null;
  for (const node of document.body.querySelectorAll("*")) {
    const own = [...node.childNodes].filter((child) => child.nodeType === 3 && child.textContent.trim() !== "");
    if (own.length === 0 || hidden(node) || node.getClientRects().length === 0) continue;
    const range = document.createRange();
    range.setStartBefore(own[0]);
    range.setEndAfter(own[own.length - 1]);
    const text = range.getBoundingClientRect();
    const leading = 0.3 * parseFloat(getComputedStyle(node).fontSize);
    for (let box = node; box !== document.documentElement; box = box.parentElement) {
      const outer = box.getBoundingClientRect();
      const clips = getComputedStyle(box).overflow !== "visible" || box === document.body;
      if (!clips || (node.matches(".count") && getComputedStyle(box).flexWrap === "wrap")) continue;
      const below = box !== document.body && text.bottom > outer.bottom + leading;
      if (below || text.right > outer.right + 1 || text.left < outer.left - 1) {
        told.push(`${node.tagName}.${node.className}: ${node.textContent.trim().slice(0, 60)}`);
        break;
      }
    }
  }
  return told;
}"""
"""Texts that leave the box that would clip them; a display's count may give way to the range beside it."""


@dataclass(slots=True)
class Screens:
    """Opens the hall's pages; whatever a page says in its console fails the test unless it is expected."""

    browser: Browser
    hall: Any
    contexts: list[BrowserContext] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def context(self, kind: str, locale: str = "zh-CN", touch: bool = False) -> BrowserContext:
        width, height = SIZES[kind]
        made = self.browser.new_context(
            locale=locale,
            timezone_id="Asia/Shanghai",
            viewport={"width": width, "height": height},
            has_touch=touch,
        )
        self.contexts.append(made)
        return made

    def watch(self, page: Page) -> Page:
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        page.on("console", lambda message: self.hear(message.type, message.text))
        return page

    def hear(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(f"{kind}: {text}")

    def display(
        self, language: str = "zh", before: Callable[[Page], None] = lambda page: None, touch: bool = False
    ) -> Page:
        """An enrolled display; `before` runs ahead of the page's own scripts."""
        context = self.context("display", touch=touch)
        token = self.hall.server.accounts.put_machine(f"display-{len(self.contexts)}", Role.DISPLAY, None)
        context.add_cookies([{"name": "hall_session", "value": token, "url": self.hall.url}])
        page = self.watch(context.new_page())
        before(page)
        page.goto(f"{self.hall.url}/display/chengdong?lang={language}")
        page.wait_for_selector(".strip > *")
        return page

    def login(self, language: str = "zh") -> Page:
        """The board's address, asked for by nobody the hall knows."""
        self.expected.append("401")
        page = self.watch(self.context("login").new_page())
        page.goto(f"{self.hall.url}/board/chengdong?lang={language}")
        return page

    def board(self, language: str = "zh") -> Page:
        self.hall.server.accounts.put_person(MANAGER, Role.MANAGER, SECRET)
        page = self.login(language)
        page.fill("[name=staff]", MANAGER)
        page.fill("[name=secret]", SECRET)
        page.click("button.primary")
        page.wait_for_selector(".late h2")
        return page

    def phone(self, ticket: TicketView, language: str = "zh") -> Page:
        page = self.watch(self.context("phone").new_page())
        page.goto(f"{ticket.phone_url}?lang={language}")
        page.wait_for_selector(".cards > *")
        return page

    def unexpected(self) -> list[str]:
        return [each for each in self.complaints if not any(re.search(pattern, each) for pattern in self.expected)]


@pytest.fixture
def screens(browser: Browser, served: Any) -> Iterator[Screens]:
    made = Screens(browser, served)
    yield made
    for context in made.contexts:
        context.close()
    assert made.unexpected() == []


@dataclass(slots=True)
class Window:
    """One counter with its clerk, and the kiosk in front of it."""

    hall: Any
    counter: int
    clerk: HallClient
    kiosk: HallClient

    def arrives(self, service: str = "pay") -> TicketView:
        return self.kiosk.issue(acts.IssueTicket(request_id=new_request_id(), services=[service]))

    def next(self) -> DeskView:
        """The customer at the window, if any, is done with."""
        current = self.clerk.desk(self.counter).current
        if current is not None:
            self.finish()
        return self._act("next", acts.NextCustomer(request_id=new_request_id(), expect=None))

    def finish(self) -> None:
        current = self.clerk.desk(self.counter).current
        assert current is not None
        if current.state.value == "called":
            self._act("start", acts.CurrentAct(request_id=new_request_id(), ticket=current.ticket))
        record = acts.Interaction(service_done=current.service, outcome=Outcome.DONE)
        self._act("finish", acts.FinishCustomer(request_id=new_request_id(), ticket=current.ticket, record=record))

    def _act(self, act: str, body: acts.Act) -> DeskView:
        return self.clerk.counter_act(self.counter, act, body)


class OpenWindow(Protocol):
    def __call__(self, hall: Any, counter: int = 1) -> Window: ...


@pytest.fixture(scope="session")
def open_window() -> OpenWindow:
    def opened(hall: Any, counter: int = 1) -> Window:
        clerk = hall.clerk(counter)
        clerk.counter_act(counter, "open", acts.OpenCounter(request_id=new_request_id()))
        return Window(hall, counter, clerk, hall.machine(Role.KIOSK, "kiosk-1"))

    return opened


@pytest.fixture(scope="session")
def overflowing() -> Callable[[Page], list[str]]:
    def asked(page: Page) -> list[str]:
        told: list[str] = page.evaluate(OVERFLOWING)
        return told

    return asked


@pytest.fixture(scope="session")
def serious() -> Callable[[Page], list[str]]:
    """What axe-core finds that is serious or critical."""
    if not AXE.is_file():
        pytest.fail(f"{AXE.name} is needed by this test; `make test` fetches it", pytrace=False)
    source = AXE.read_text("utf-8")

    def asked(page: Page) -> list[str]:
        page.evaluate(source)
        found = page.evaluate("async () => JSON.stringify((await axe.run()).violations)")
        return [
            f"{each['id']}: {[node['html'][:120] for node in each['nodes']]}"
            for each in json.loads(found)
            if each["impact"] in ("serious", "critical")
        ]

    return asked
