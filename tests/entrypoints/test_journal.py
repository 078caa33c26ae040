"""An auditor reads the journal over HTTP and can compute its chain anew."""

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import httpx
import pytest

from server.contract.acts import IssueTicket
from server.contract.journal import PAGE, JournalPage
from server.domain.vocabulary import Role
from server.link.acts import new_request_id

SECRET = "a secret of some length"
PATH = "/api/v1/branches/chengdong/journal"


@pytest.fixture
def auditor(served: Any) -> Iterator[httpx.Client]:
    served.server.accounts.put_person("auditor-1", Role.AUDITOR, SECRET)
    with httpx.Client(base_url=served.url, trust_env=False, timeout=10) as http:
        http.post("/api/v1/login", json={"staff": "auditor-1", "secret": SECRET}).raise_for_status()
        yield http


def pages(http: httpx.Client) -> Iterator[JournalPage]:
    after = 0
    while True:
        page = JournalPage.model_validate_json(http.get(PATH, params={"after": after}).raise_for_status().content)
        yield page
        after = page.last
        if not page.more:
            return


def test_pages_hold_the_whole_chain(served: Any, auditor: httpx.Client) -> None:
    kiosks = [served.machine(Role.KIOSK, f"kiosk-{n}") for n in range(7, 7 + PAGE // 100 + 1)]
    for n in range(PAGE + 5):
        kiosks[n // 100].issue(IssueTicket(request_id=new_request_id(), services=["pay"]))
    read = list(pages(auditor))
    lines = [line for page in read for line in page.lines]
    assert [len(page.lines) for page in read[:-1]] == [PAGE] * (len(read) - 1)
    assert len(read) > 1
    assert [line.seq for line in lines] == list(range(1, served.server.keeper.rev + 1))
    end = bytes(32)
    for line in lines:
        head = f"{line.journal}\n{line.seq}\n{line.by}\n{line.request}\n{line.type}\n"
        assert line.prev_hash == end.hex()
        end = sha256(end + head.encode() + line.body.encode()).digest()
        assert line.hash == end.hex()


def test_after_the_last_line_there_is_an_empty_page(served: Any, auditor: httpx.Client) -> None:
    rev = served.server.keeper.rev
    page = JournalPage.model_validate_json(auditor.get(PATH, params={"after": rev}).content)
    assert (page.lines, page.last, page.more) == ([], rev, False)


@pytest.mark.parametrize("after", ["-1", "x", "1.0", "9" * 16, "١"])
def test_a_place_that_is_no_seq_is_malformed(auditor: httpx.Client, after: str) -> None:
    answer = auditor.get(PATH, params={"after": after})
    assert (answer.status_code, answer.json()["code"]) == (422, "malformed")
