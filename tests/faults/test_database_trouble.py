"""Fault 12: the database is locked or slow, as by a backup or a virus scanner. Whoever asks waits a bounded time, is
told plainly, and asking again with the same id gives one number."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import psycopg
import pytest

from server.adapters.database import open_engine
from server.adapters.verify import verify
from server.contract.acts import IssueTicket, Login
from server.contract.views.answers import TicketView
from server.domain.vocabulary import Role
from server.link.acts import HallClient, new_request_id
from server.link.errors import HallAway

if TYPE_CHECKING:
    from tests.conftest import ExpectedLogs, ServedHall, ServeHall, Until

pytestmark = pytest.mark.fault(12)

Locked = Callable[[], AbstractContextManager[None]]
BOUND_S = 4.0
"""No caller may wait longer for an answer, whatever it is."""
CALLERS = 24


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of the hall's database, once of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'hall.db'}"
    url: str = request.getfixturevalue("pg_url")
    return url


@pytest.fixture
def trouble(serve_hall: "ServeHall", database: str, tmp_path: Path) -> "Iterator[ServedHall]":
    with serve_hall(tmp_path, HALL_DATABASE_URL=database) as hall:
        yield hall
    engine = open_engine(database)
    assert verify(engine, "chengdong") == []
    engine.dispose()


@pytest.fixture
def locked(database: str) -> Locked:
    """Another program holds what the hall must write to."""

    @contextmanager
    def hold() -> Iterator[None]:
        engine = open_engine(database)
        with engine.execution_options(writer=True).begin() as other:
            sqlite = engine.dialect.name == "sqlite"
            other.exec_driver_sql("SELECT 1" if sqlite else "LOCK TABLE events, acts, session IN ACCESS EXCLUSIVE MODE")
            yield
        engine.dispose()

    return hold


def body() -> IssueTicket:
    return IssueTicket(request_id=new_request_id(), services=["pay"])


def healthy(hall: "ServedHall") -> bool:
    return httpx.get(f"{hall.url}/healthz", trust_env=False).status_code == 200


def alarms(hall: "ServedHall") -> list[str]:
    return [alarm.cause for alarm in hall.server.front.alarms.standing()]


def until_given(client: HallClient, asked: IssueTicket) -> TicketView:
    """As every program does: the same id until there is an answer."""
    for _ in range(200):
        try:
            return client.issue(asked)
        except HallAway as away:
            threading.Event().wait(min(0.2, away.retry_after_s or 0.2))
    pytest.fail("no number in time")


def test_whoever_asks_a_locked_database_is_told_in_time_and_gets_one_number_by_asking_again(
    trouble: "ServedHall", locked: Locked, until: "Until", expected_logs: "ExpectedLogs"
) -> None:
    expected_logs.expect("cannot be written")
    kiosk, asked = trouble.machine(Role.KIOSK, "kiosk-1"), body()
    first = kiosk.issue(body())
    with locked():
        began = time.monotonic()
        with pytest.raises(HallAway) as away:
            kiosk.issue(asked)
        assert time.monotonic() - began < BOUND_S
        assert away.value.code in {"unavailable", "busy"}
        assert away.value.retry_after_s is not None
        assert kiosk.hall().waiting == 1
    given = until_given(kiosk, asked)
    assert given.number == kiosk.issue(asked).number != first.number
    assert kiosk.hall().waiting == 2


def test_while_nothing_can_be_written_the_server_says_so_and_recovers_unasked(
    trouble: "ServedHall", locked: Locked, until: "Until", expected_logs: "ExpectedLogs"
) -> None:
    expected_logs.expect("cannot be written")
    kiosk = trouble.machine(Role.KIOSK, "kiosk-1")
    assert healthy(trouble)
    with locked():
        with pytest.raises(HallAway):
            kiosk.issue(body())
        assert not healthy(trouble)
        assert "journal-failing" in alarms(trouble)
    assert until(lambda: healthy(trouble))
    assert "journal-failing" not in alarms(trouble)


def test_a_clerk_at_a_locked_database_is_asked_to_sign_in_again_and_then_can(
    trouble: "ServedHall", locked: Locked
) -> None:
    trouble.server.accounts.put_person("1001", Role.CLERK, "4711")
    counter = trouble.machine(Role.COUNTER, "counter-1", 1)
    asked = Login(staff="1001", secret="4711", counter=1)
    with locked():
        with pytest.raises(HallAway) as away:
            counter.login(asked)
        assert (away.value.code, away.value.retry_after_s) == ("unavailable", 2)
    assert counter.login(asked).person == "1001"


def test_a_crowd_before_a_locked_database_gets_one_number_each(
    trouble: "ServedHall", locked: Locked, expected_logs: "ExpectedLogs"
) -> None:
    expected_logs.expect("cannot be written")
    kiosk = trouble.machine(Role.KIOSK, "kiosk-1")
    crowd = [trouble.client(kiosk.token) for _ in range(CALLERS)]
    asked = [body() for _ in crowd]
    with ThreadPoolExecutor(CALLERS) as all_at_once:
        with locked():
            waiting = [all_at_once.submit(until_given, *each) for each in zip(crowd, asked, strict=True)]
            threading.Event().wait(1.5)
        numbers = [one.result(60).number for one in waiting]
    assert len(set(numbers)) == CALLERS
    assert kiosk.hall().waiting == CALLERS
    assert [client.issue(each).number for client, each in zip(crowd, asked, strict=True)] == numbers


def test_beyond_what_may_wait_the_hall_says_when_to_ask_again(
    trouble: "ServedHall", locked: Locked, expected_logs: "ExpectedLogs"
) -> None:
    expected_logs.expect("cannot be written")
    trouble.server.keeper._room._places = 2
    kiosk = trouble.machine(Role.KIOSK, "kiosk-1")
    headers = {"Authorization": f"Bearer {kiosk.token}"}
    url = f"{trouble.url}/api/v1/branches/chengdong/tickets"

    def ask(asked: IssueTicket) -> httpx.Response:
        return httpx.post(url, json=asked.model_dump(mode="json"), headers=headers, timeout=10, trust_env=False)

    everybody = [body() for _ in range(CALLERS)]
    with ThreadPoolExecutor(CALLERS) as all_at_once:
        with locked():
            answers = list(all_at_once.map(ask, everybody))
        busy = [answer for answer in answers if answer.json()["code"] == "busy"]
        assert len(busy) >= CALLERS // 2
        assert all(answer.status_code == 503 and answer.headers["Retry-After"] == "1" for answer in busy)
    numbers = {until_given(kiosk, each).number for each in everybody}
    assert len(numbers) == kiosk.hall().waiting == CALLERS


def test_a_session_that_an_administrator_ends_costs_nobody_the_place(
    serve_hall: "ServeHall", pg_url: str, tmp_path: Path, until: "Until", expected_logs: "ExpectedLogs"
) -> None:
    expected_logs.expect("ended unknown|connection that keeps|cannot be read")
    with serve_hall(tmp_path, HALL_DATABASE_URL=pg_url) as hall:
        kiosk = hall.machine(Role.KIOSK, "kiosk-1")
        asked = [body() for _ in range(5)]
        numbers = list[str]()
        for each in asked:
            numbers.append(until_given(kiosk, each).number)
            with psycopg.connect(pg_url.replace("+psycopg", ""), autocommit=True) as admin:
                admin.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
        assert until(lambda: healthy(hall))
        assert [until_given(kiosk, each).number for each in asked] == numbers
        assert len(set(numbers)) == kiosk.hall().waiting == len(asked)
