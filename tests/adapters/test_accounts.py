"""Who is known, how they sign in, and how a guesser is stopped."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from sqlalchemy import create_engine, text

from server.adapters.accounts import Accounts
from server.adapters.database import open_engine
from server.adapters.upkeep import migrate
from server.application.callers import AccountError, Caller, SignInError
from server.domain.vocabulary import Role

FAST = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class Wall:
    def __init__(self) -> None:
        self.at = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def accounts(tmp_path: Path, wall: Wall) -> Iterator[Accounts]:
    engine = open_engine(f"sqlite:///{tmp_path / 'accounts.db'}")
    migrate(engine)
    made = Accounts(engine, wall, FAST)
    made.open()
    yield made
    engine.dispose()


def counter_machine(accounts: Accounts, device: str = "counter-3", counter: int | None = None) -> Caller:
    caller = accounts.caller(accounts.put_machine(device, Role.COUNTER, counter))
    assert caller is not None
    return caller


def test_enrolment_code_works_once(accounts: Accounts) -> None:
    code = accounts.invite(Role.KIOSK)
    token = accounts.enrol(code, "kiosk-1")
    assert accounts.caller(token) == Caller("kiosk-1", Role.KIOSK)  # type: ignore[arg-type]
    with pytest.raises(AccountError):
        accounts.enrol(code, "kiosk-2")


def test_enrolment_code_cannot_take_over_an_enrolled_machine(accounts: Accounts) -> None:
    old = accounts.put_machine("kiosk-1", Role.KIOSK)
    with pytest.raises(AccountError):
        accounts.enrol(accounts.invite(Role.COUNTER), "kiosk-1")
    assert accounts.caller(old) is not None


def test_enrolment_code_dies_after_an_hour(accounts: Accounts, wall: Wall) -> None:
    code = accounts.invite(Role.KIOSK)
    wall.at += timedelta(hours=1)
    with pytest.raises(AccountError):
        accounts.enrol(code, "kiosk-1")


def test_revoked_machine_and_its_sessions_are_gone(accounts: Accounts) -> None:
    machine = counter_machine(accounts)
    accounts.put_person("1027", Role.CLERK, "4711")
    session = accounts.sign_in("1027", "4711", machine=machine, counter=3)
    assert accounts.revoke_machine("counter-3")
    assert accounts.caller(session.token) is None
    assert accounts.machines() == []


def test_second_sign_in_moves_the_clerk(accounts: Accounts) -> None:
    accounts.put_person("1027", Role.CLERK, "4711")
    first = accounts.sign_in("1027", "4711", machine=counter_machine(accounts), counter=3)
    second = accounts.sign_in("1027", "4711", machine=counter_machine(accounts, "counter-4"), counter=4)
    assert accounts.caller(first.token) is None
    known = accounts.caller(second.token)
    assert known is not None
    assert known.counter == 4


@pytest.mark.parametrize("counter", [None, 4])
def test_clerk_signs_in_only_at_the_counter_of_the_machine(accounts: Accounts, counter: int | None) -> None:
    accounts.put_person("1027", Role.CLERK, "4711")
    machine = counter_machine(accounts, counter=3)
    with pytest.raises(SignInError):
        accounts.sign_in("1027", "4711", machine=machine, counter=counter)
    with pytest.raises(SignInError):
        accounts.sign_in("1027", "4711", machine=None, counter=3)


def test_wrong_secrets_lock_the_person_longer_each_time(accounts: Accounts, wall: Wall) -> None:
    accounts.put_person("boss", Role.MANAGER, "a long enough secret")
    for _ in range(5):
        with pytest.raises(SignInError) as refused:
            accounts.sign_in("boss", "wrong", machine=None, counter=None)
        assert refused.value.retry_after_s is None
    with pytest.raises(SignInError) as locked:
        accounts.sign_in("boss", "a long enough secret", machine=None, counter=None)
    assert locked.value.retry_after_s == 300
    wall.at += timedelta(minutes=5)
    with pytest.raises(SignInError):
        accounts.sign_in("boss", "wrong", machine=None, counter=None)
    with pytest.raises(SignInError) as longer:
        accounts.sign_in("boss", "a long enough secret", machine=None, counter=None)
    assert longer.value.retry_after_s == 600
    wall.at += timedelta(minutes=10)
    assert accounts.sign_in("boss", "a long enough secret", machine=None, counter=None).caller.role is Role.MANAGER


def test_session_ends_by_itself_and_by_sign_out(accounts: Accounts, wall: Wall) -> None:
    accounts.put_person("boss", Role.MANAGER, "a long enough secret")
    one = accounts.sign_in("boss", "a long enough secret", machine=None, counter=None)
    two = accounts.sign_in("boss", "a long enough secret", machine=None, counter=None)
    accounts.sign_out(one.token)
    assert accounts.caller(one.token) is None
    assert accounts.caller(two.token) is not None
    wall.at += timedelta(hours=12)
    assert accounts.caller(two.token) is None


def test_no_secret_is_stored_readable(accounts: Accounts, tmp_path: Path) -> None:
    accounts.put_person("boss", Role.MANAGER, "a long enough secret")
    token = accounts.put_machine("kiosk-1", Role.KIOSK)
    code = accounts.invite(Role.KIOSK)
    dump = (tmp_path / "accounts.db").read_bytes()
    assert not any(word.encode() in dump for word in ("a long enough secret", token, code))


def test_changes_of_another_process_are_learnt_at_refresh(accounts: Accounts, tmp_path: Path) -> None:
    token = accounts.put_machine("kiosk-1", Role.KIOSK)
    other = create_engine(f"sqlite:///{tmp_path / 'accounts.db'}")
    with other.begin() as db:
        db.execute(text("DELETE FROM machine"))
    other.dispose()
    assert accounts.caller(token) is not None
    accounts.refresh()
    assert accounts.caller(token) is None


@pytest.mark.parametrize(
    ("staff", "role", "secret"), [("a b", Role.CLERK, "4711"), ("x", Role.MANAGER, "short"), ("x", Role.KIOSK, "4711")]
)
def test_bad_accounts_are_refused(accounts: Accounts, staff: str, role: Role, secret: str) -> None:
    with pytest.raises(AccountError):
        accounts.put_person(staff, role, secret)
