"""The audit log: what it holds, how long, and what never stands in it."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from argon2 import PasswordHasher

from server.adapters.accounts import Accounts
from server.adapters.audit import MOST_A_MINUTE, AuditLog
from server.adapters.database import open_engine
from server.adapters.upkeep import migrate
from server.application.audit import Deed
from server.application.callers import AccountError, SignInError
from server.contract.acts import ChangeClass, OpenCounter, TicketAct
from server.domain.vocabulary import CustomerClass, Role
from server.link.errors import ActRefused

if TYPE_CHECKING:
    from tests.conftest import ExpectedLogs, ServedHall

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


class Wall:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


def lines(directory: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for file in sorted(directory.iterdir()) for line in file.read_text().splitlines()]


def deeds(directory: Path) -> list[tuple[str, str]]:
    return [(line["deed"], line["by"]) for line in lines(directory)]


def test_a_record_is_one_line_of_its_month_for_its_owner_alone(tmp_path: Path) -> None:
    AuditLog(tmp_path, now=Wall()).record(Deed.REFUSED, "1001", act="counter-next", why="another counter")

    file = tmp_path / "audit-2026-11.jsonl"
    assert lines(tmp_path) == [
        {
            "at": "2026-11-20T04:00:00.000+00:00",
            "deed": "refused",
            "by": "1001",
            "act": "counter-next",
            "why": "another counter",
        }
    ]
    assert file.stat().st_mode & 0o777 == 0o600


def test_six_whole_months_are_kept_whatever_is_asked(tmp_path: Path) -> None:
    for name in ("audit-2026-04.jsonl", "audit-2026-05.jsonl", "audit-2025-12.jsonl", "notes.txt"):
        (tmp_path / name).write_text("")

    AuditLog(tmp_path, months=1, now=Wall()).record(Deed.STARTED, "system")

    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "audit-2026-05.jsonl",
        "audit-2026-11.jsonl",
        "notes.txt",
    ]


def test_what_each_left_out_is_told_with_its_next_whoever_speaks_first(tmp_path: Path) -> None:
    wall = Wall()
    audit = AuditLog(tmp_path, now=wall)
    for by in ("kiosk-1", "kiosk-2"):
        for _ in range(MOST_A_MINUTE + 7):
            audit.record(Deed.REFUSED, by, act="board")
    wall.now += timedelta(minutes=1)
    audit.record(Deed.STARTED, "system")
    wall.now += timedelta(minutes=1)
    for by in ("kiosk-2", "kiosk-1", "kiosk-1"):
        audit.record(Deed.REFUSED, by, act="board")

    told = [(line["by"], line.get("left_out")) for line in lines(tmp_path)]
    assert told[-3:] == [("kiosk-2", 7), ("kiosk-1", 7), ("kiosk-1", None)]


def test_a_flood_is_counted_and_does_not_fill_the_disk(tmp_path: Path) -> None:
    wall = Wall()
    audit = AuditLog(tmp_path, now=wall)
    for _ in range(10 * MOST_A_MINUTE):
        audit.record(Deed.REFUSED, "kiosk-1", act="board")
    audit.record(Deed.REFUSED, "kiosk-2", act="board")
    wall.now += timedelta(minutes=1)
    audit.record(Deed.REFUSED, "kiosk-1", act="board")

    told = lines(tmp_path)
    assert len(told) == MOST_A_MINUTE + 2
    assert told[-1]["left_out"] == 9 * MOST_A_MINUTE


def test_a_disk_that_keeps_nothing_stops_nobody(tmp_path: Path, expected_logs: "ExpectedLogs") -> None:
    expected_logs.expect("the audit log cannot be written")
    (tmp_path / "audit").write_text("not a directory")

    AuditLog(tmp_path / "audit", now=Wall()).record(Deed.STARTED, "system")

    assert len(expected_logs.texts()) == 1


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Accounts]:
    engine = open_engine(f"sqlite:///{tmp_path / 'hall.db'}")
    migrate(engine)
    audit = AuditLog(tmp_path / "audit", now=Wall())
    opened = Accounts(engine, Wall(), PasswordHasher(time_cost=1, memory_cost=8, parallelism=1), audit=audit)
    opened.open()
    yield opened
    engine.dispose()


def refused(ask: Callable[[], object]) -> None:
    with pytest.raises((SignInError, AccountError)):
        ask()


def test_who_was_let_in_and_who_was_not_is_known_later(book: Accounts, tmp_path: Path) -> None:
    book.put_person("manager-1", Role.MANAGER, "correct horse battery")
    signed = book.sign_in("manager-1", "correct horse battery", machine=None, counter=None)
    book.sign_out(signed.token)
    for _ in range(6):
        refused(lambda: book.sign_in("manager-1", "wrong", machine=None, counter=None))
    refused(lambda: book.sign_in("hunter2-typed-in-the-wrong-field", "x", machine=None, counter=None))
    code = book.invite(Role.KIOSK, device="kiosk-1")
    refused(lambda: book.enrol("0" * 16, "kiosk-1"))
    token = book.enrol(code, "kiosk-1")
    book.revoke_machine("kiosk-1")
    book.remove_person("manager-1")

    assert deeds(tmp_path / "audit") == [
        ("person-put", "console"),
        ("signed-in", "manager-1"),
        ("signed-out", "manager-1"),
        *[("sign-in-refused", "manager-1")] * 5,
        ("locked-out", "manager-1"),
        ("sign-in-refused", "unknown"),
        ("code-made", "console"),
        ("enrol-refused", "kiosk-1"),
        ("enrolled", "kiosk-1"),
        ("revoked", "console"),
        ("person-removed", "console"),
    ]
    written = (tmp_path / "audit" / "audit-2026-11.jsonl").read_text()
    secrets = ("correct horse", "wrong", "hunter2", signed.token, code, token)
    assert [secret for secret in secrets if secret in written] == []


def test_supervisors_acts_and_refused_attempts_are_recorded(served: "ServedHall") -> None:
    clerk = served.clerk(1)
    with pytest.raises(ActRefused):
        clerk.counter_act(2, "open", OpenCounter(request_id="open-two"))
    guide = served.server.accounts
    guide.put_person("guide-1", Role.GUIDE, "a guide's own secret")
    token = guide.sign_in("guide-1", "a guide's own secret", machine=None, counter=None).token
    kiosk = served.machine(Role.KIOSK, "kiosk-1")
    ticket = kiosk.issue(an_issue("issue-one"))
    reason = "cannot stand for long"
    body = ChangeClass(request_id="class-one", customer_class=CustomerClass.ELDER, reason=reason)
    served.client(token).ticket_act(ticket.id, "class", body)
    kiosk.ticket_act(ticket.id, "reprint", TicketAct(request_id="reprint-one"))

    told = lines(served.server.settings.logs.audit_dir)
    assert ("refused", "1001", "counter-open") in [(one["deed"], one["by"], one.get("act")) for one in told]
    assert [(one["by"], one["act"]) for one in told if one["deed"] == "supervised"] == [("guide-1", "ChangeClass")]
    assert [one["by"] for one in told if one["deed"] == "config-adopted"] == ["system"]
    assert not any(reason in json.dumps(one) for one in told)


def an_issue(request_id: str) -> Any:
    from server.contract.acts import IssueTicket

    return IssueTicket(request_id=request_id, services=["pay"])
