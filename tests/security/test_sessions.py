"""A stolen counter session, an unattended counter, and what a sign-in gives away."""

import statistics
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from server.adapters.accounts import Accounts
from server.adapters.database import open_engine
from server.adapters.idling import IDLE_S, Idling
from server.adapters.upkeep import migrate
from server.application.callers import SignInError
from server.contract import acts
from server.contract.acts import Login
from server.domain.vocabulary import PauseReason, Role
from server.entrypoints.who_may import FRESH, SESSION_COOKIE
from server.link.acts import HallClient, new_request_id
from server.link.errors import ActRefused

BRANCH = "/api/v1/branches/chengdong"
SECRET = "a secret of some length"


def refusal(clerk: HallClient, counter: int, act: str, body: acts.Act | None = None) -> str:
    with pytest.raises(ActRefused) as refused:
        clerk.counter_act(counter, act, body or acts.CounterAct(request_id=new_request_id()))
    return refused.value.problem.code


def opened(served: Any, counter: int) -> HallClient:
    clerk: HallClient = served.clerk(counter)
    clerk.counter_act(counter, "open", acts.OpenCounter(request_id=new_request_id()))
    return clerk


@pytest.mark.attack(21)
def test_a_session_is_worth_nothing_while_its_counter_is_paused(served: Any) -> None:
    clerk = opened(served, 1)
    clerk.counter_act(1, "pause", acts.PauseCounter(request_id=new_request_id(), reason=PauseReason.BREAK))
    for act in ("resume", "open"):
        body = acts.OpenCounter(request_id=new_request_id()) if act == "open" else None
        assert refusal(clerk, 1, act, body) == "session-locked"
    again = served.clerk(1)
    again.counter_act(1, "resume", acts.CounterAct(request_id=new_request_id()))
    assert refusal(clerk, 1, "close") == "unauthorised"


@pytest.mark.attack(21)
def test_a_session_is_worth_nothing_after_its_clerk_signed_out(served: Any) -> None:
    clerk = opened(served, 2)
    clerk.logout()
    assert refusal(clerk, 2, "close") == "unauthorised"


@pytest.mark.attack(21)
def test_a_session_is_worth_nothing_after_its_clerk_signed_in_elsewhere(served: Any) -> None:
    clerk = opened(served, 3)
    machine = served.machine(Role.COUNTER, "counter-4", 4)
    moved = machine.login(Login(staff="1003", secret="4711", counter=4))
    assert moved.counter == 4
    assert refusal(clerk, 3, "close") == "unauthorised"


@pytest.mark.attack(21)
def test_a_session_is_worth_nothing_after_its_counters_machine_was_revoked(served: Any) -> None:
    clerk = opened(served, 5)
    served.server.accounts.revoke_machine("counter-5")
    assert refusal(clerk, 5, "close") == "unauthorised"


class Clocks:
    """Wall and monotonic clock of a machine, moved by hand."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
        self.since_boot_s = 0.0

    def pass_by(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        self.since_boot_s += seconds


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


@pytest.fixture
def accounts(tmp_path: Path, clocks: Clocks) -> Iterator[Accounts]:
    engine = open_engine(f"sqlite:///{tmp_path / 'accounts.db'}")
    migrate(engine)
    made = Accounts(engine, lambda: clocks.at, idling=Idling(lambda: clocks.since_boot_s))
    made.open()
    made.put_person("1001", Role.CLERK, "4711")
    made.put_person("boss", Role.MANAGER, SECRET)
    yield made
    engine.dispose()


def signed_in(accounts: Accounts) -> str:
    machine = accounts.caller(accounts.put_machine("counter-1", Role.COUNTER, 1))
    return accounts.sign_in("1001", "4711", machine=machine, counter=1).token


@pytest.mark.attack(21)
def test_a_session_that_nobody_uses_for_an_hour_is_over_and_looking_is_not_using(
    accounts: Accounts, clocks: Clocks
) -> None:
    token = signed_in(accounts)
    for _ in range(3):
        clocks.pass_by(IDLE_S - 1)
        assert accounts.caller(token, acting=True) is not None
    clocks.pass_by(IDLE_S - 1)
    assert accounts.caller(token) is not None
    clocks.pass_by(2)
    assert accounts.caller(token) is None
    assert accounts.caller(token, acting=True) is None


@pytest.mark.attack(25)
def test_a_wall_clock_that_jumps_signs_no_clerk_out(accounts: Accounts, clocks: Clocks) -> None:
    token = signed_in(accounts)
    for hours in (2, -4):
        clocks.at += timedelta(hours=hours)
        assert accounts.caller(token, acting=True) is not None


@pytest.mark.attack(21)
def test_a_manager_takes_a_counter_in_hand_only_soon_after_signing_in(served: Any) -> None:
    opened(served, 6)
    served.server.accounts.put_person("boss", Role.MANAGER, SECRET)
    with httpx.Client(base_url=served.url, headers={"Origin": served.url}, trust_env=False) as boss:
        boss.post("/api/v1/login", json={"staff": "boss", "secret": SECRET})
        act = {"request_id": new_request_id(), "reason": "break"}
        front = served.server.front
        front.wall = lambda: datetime.now(UTC) + FRESH
        served.server.web.door._wall = front.wall
        refused = boss.post(f"{BRANCH}/counters/6/pause", json=act)
        assert (refused.status_code, refused.json()["code"]) == (403, "stale-sign-in")
        assert boss.get(f"{BRANCH}/board").status_code == 200
        served.server.web.door._wall = lambda: datetime.now(UTC)
        assert boss.post(f"{BRANCH}/counters/6/pause", json=act).status_code == 200


@pytest.mark.attack(21)
def test_a_session_given_beforehand_is_not_taken_over_by_a_sign_in(served: Any) -> None:
    """Session fixation: the cookie that was there stays worthless, a new one is made."""
    served.server.accounts.put_person("boss", Role.MANAGER, SECRET)
    with httpx.Client(base_url=served.url, headers={"Origin": served.url}, trust_env=False) as boss:
        boss.cookies.set(SESSION_COOKIE, "chosen-by-the-attacker")
        answer = boss.post("/api/v1/login", json={"staff": "boss", "secret": SECRET})
        fresh = answer.cookies[SESSION_COOKIE]
    assert fresh != "chosen-by-the-attacker"
    assert len(fresh) == 43
    assert served.server.accounts.caller("chosen-by-the-attacker") is None


@pytest.mark.attack(24)
def test_a_sign_in_takes_as_long_for_a_name_that_nobody_has(accounts: Accounts) -> None:
    took: dict[str, list[float]] = {"boss": [], "nobody": []}
    for n in range(12):
        for name, times in took.items():
            began = time.thread_time()
            with pytest.raises(SignInError):
                accounts.sign_in(name, "wrong", machine=None, counter=None, address=f"10.0.0.{n}")
            times.append(time.thread_time() - began)
    known, unknown = (statistics.median(times) for times in took.values())
    assert 0.6 < known / unknown < 1.7


@pytest.mark.attack(24)
def test_a_lock_tells_nobody_who_works_here(accounts: Accounts) -> None:
    def tried(name: str) -> list[int | None]:
        found = []
        for _ in range(7):
            with pytest.raises(SignInError) as refused:
                accounts.sign_in(name, "wrong", machine=None, counter=None, address="10.0.0.1")
            found.append(refused.value.retry_after_s)
        return found

    assert tried("boss") == tried("nobody") == [None] * 5 + [300, 300]


@pytest.mark.attack(24)
def test_nobody_is_shut_out_by_guessing_from_elsewhere(accounts: Accounts) -> None:
    for _ in range(50):
        for name in ("boss", "1001"):
            with pytest.raises(SignInError):
                accounts.sign_in(name, "0000", machine=None, counter=1, address="203.0.113.9")
    assert accounts.caller(signed_in(accounts)) is not None
    assert accounts.sign_in("boss", SECRET, machine=None, counter=None, address="10.0.0.2").token


@pytest.mark.attack(24)
def test_a_lock_ends_by_itself_and_at_once_with_a_new_secret(accounts: Accounts, clocks: Clocks) -> None:
    def locked(secret: str) -> bool:
        try:
            accounts.sign_in("boss", secret, machine=None, counter=None, address="10.0.0.1")
        except SignInError:
            return True
        return False

    assert all(locked("wrong") for _ in range(40))
    assert locked(SECRET)
    clocks.pass_by(12 * 3600)
    assert not locked(SECRET)
    assert all(locked("wrong") for _ in range(6))
    accounts.put_person("boss", Role.MANAGER, "a new secret from the console")
    assert not locked("a new secret from the console")


@pytest.mark.attack(24)
def test_no_account_and_no_machine_is_there_before_somebody_made_it(serve_hall: Any, tmp_path: Path) -> None:
    with serve_hall(tmp_path) as hall:
        assert hall.server.accounts.people() == []
        assert hall.server.accounts.machines() == []
        for staff, secret in (("admin", "admin"), ("manager-1", "manager-1"), ("1001", "4711"), ("root", "password")):
            answer = httpx.post(f"{hall.url}/api/v1/login", json={"staff": staff, "secret": secret}, trust_env=False)
            assert answer.status_code == 401
