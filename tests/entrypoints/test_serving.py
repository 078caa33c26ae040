"""A server among others: standing by, refusing an open line, ending its rights in time, and keeping its secrets."""

import stat
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from server.adapters.secret_files import SecretDamaged, secret_of
from server.application.phone import Capabilities
from server.bootstrap import build, refuse_open_line
from server.contract import acts
from server.domain.vocabulary import Role, TicketId
from server.link.acts import new_request_id
from server.link.errors import HallAway

TICKET = TicketId("01ARZ3NDEKTSV4RRFFQ69G5FAV")


def test_standby_answers_not_owner_and_takes_over(serve_hall: Any, tmp_path: Path, expected_logs: Any) -> None:
    expected_logs.expect("standing by")
    with serve_hall(tmp_path) as first:
        kiosk = first.machine(Role.KIOSK, "kiosk-1")
        issued = kiosk.issue(acts.IssueTicket(request_id=new_request_id(), services=["pay"]))
        with serve_hall(tmp_path) as standby:
            waiting = standby.client(kiosk.token)
            body = acts.IssueTicket(request_id=new_request_id(), services=["pay"])
            for ask in (lambda: waiting.issue(body), waiting.hall, lambda: waiting.ticket(issued.id)):
                with pytest.raises(HallAway) as away:
                    ask()
                assert away.value.code == "not-owner"
            assert httpx.get(f"{standby.url}/healthz", trust_env=False).status_code == 503
            first.server.keeper.stop()
            until = time.monotonic() + 5
            while not standby.server.keeper.owner and time.monotonic() < until:
                standby.server.keeper.wait_ready(0.1)
            assert waiting.issue(body).number == "B002"


@pytest.mark.parametrize(
    ("host", "insecure_lan", "refused"),
    [
        ("127.0.0.1", False, False),
        ("localhost", False, False),
        ("0.0.0.0", False, True),
        ("192.168.1.5", False, True),
        ("0.0.0.0", True, False),
    ],
)
def test_open_line_without_tls_is_refused(served: Any, host: str, insecure_lan: bool, refused: bool) -> None:
    settings = replace(served.server.settings, host=host, insecure_lan=insecure_lan)
    if not refused:
        refuse_open_line(settings)
        return
    with pytest.raises(ValueError, match="without TLS"):
        build(settings)


def test_phone_capability_opens_one_ticket_of_one_server() -> None:
    mine, other = Capabilities(b"a" * 32), Capabilities(b"b" * 32)
    token = mine.token(TICKET)
    assert mine.ticket_of(token) == TICKET
    assert other.ticket_of(token) is None
    for place in range(len(token) - 1):
        swapped = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        assert mine.ticket_of(swapped) is None


@pytest.mark.parametrize("word", ["", "t.", "ключ", "A" * 42, "A" * 1000, "../../x", "\x00"])
def test_no_other_word_is_a_capability(word: str) -> None:
    assert Capabilities(b"a" * 32).ticket_of(word) is None


def test_phone_capability_dies_three_days_after_the_visit(serve_hall: Any, tmp_path: Path) -> None:
    with serve_hall(tmp_path) as hall:
        kiosk, clerk = hall.machine(Role.KIOSK, "kiosk-1"), hall.clerk(1)
        ticket = kiosk.issue(acts.IssueTicket(request_id=new_request_id(), services=["pay"]))
        phone = hall.client("t." + str(ticket.phone_url).rsplit("/", 1)[1])
        clerk.ticket_act(ticket.id, "cancel", acts.TicketAct(request_id=new_request_id()))
        assert phone.ticket(ticket.id).closed_as is not None
        clock = hall.server.front.clock
        clock.not_before(clock.now() + timedelta(hours=73))
        code = httpx.get(
            f"{hall.url}/api/v1/branches/chengdong/tickets/{ticket.id}",
            headers={"Authorization": f"Bearer {phone.token}"},
            trust_env=False,
        ).json()["code"]
    assert code == "not-found"


def test_secret_is_made_once_and_read_by_its_owner_alone(tmp_path: Path) -> None:
    made = secret_of(tmp_path / "phone.key")
    assert [path.name for path in tmp_path.iterdir()] == ["phone.key"]
    assert secret_of(tmp_path / "phone.key") == made
    assert len(made) == 32
    assert stat.S_IMODE((tmp_path / "phone.key").stat().st_mode) == 0o600


def test_damaged_secret_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "phone.key").write_bytes(b"short")
    with pytest.raises(SecretDamaged, match=r"phone\.key"):
        secret_of(tmp_path / "phone.key")


def test_a_page_asked_of_a_standby_comes_again_by_itself(serve_hall: Any, tmp_path: Path, expected_logs: Any) -> None:
    expected_logs.expect("another server keeps chengdong; standing by")
    pages = ("display/chengdong", "board/chengdong", "t/anything")
    with serve_hall(tmp_path), serve_hall(tmp_path) as standby, httpx.Client(trust_env=False) as browser:
        answers = [browser.get(f"{standby.url}/{page}") for page in pages]

    told = [(answer.status_code, answer.json()["code"], answer.headers["refresh"]) for answer in answers]
    assert told == [(503, "not-owner", "5")] * 3


def test_metrics_tell_the_hall_in_figures(served: Any) -> None:
    served.server.accounts.put_person("auditor-1", Role.AUDITOR, "a secret of some length")
    with httpx.Client(base_url=served.url, trust_env=False) as http:
        assert http.get("/metrics").status_code == 401
        http.post("/api/v1/login", json={"staff": "auditor-1", "secret": "a secret of some length"})
        assert "hall_owner 1.0" in http.get("/metrics").text
