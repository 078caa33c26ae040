"""Accounts share the keeper's database and must not be told that it is locked."""

import threading
from typing import Any

import pytest
from argon2 import PasswordHasher

from server.adapters.accounts import Accounts
from server.application.callers import SignInError
from server.domain.vocabulary import Role

FAST = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
MACHINES = 25


@pytest.fixture
def busy(branch: Any) -> Any:
    """A branch whose keeper commits one batch after the other."""
    keeper = branch.keeper()
    done = threading.Event()

    def issue() -> None:
        count = 0
        while not done.is_set():
            branch.ask(keeper, branch.issue(f"t{count}"))
            count += 1

    callers = [threading.Thread(target=issue), threading.Thread(target=issue)]
    for caller in callers:
        caller.start()
    yield branch
    done.set()
    for caller in callers:
        caller.join()


def test_machines_and_people_enrol_while_the_keeper_commits(busy: Any) -> None:
    accounts = Accounts(busy.engine, hasher=FAST)
    accounts.open()
    for n in range(MACHINES):
        accounts.caller(accounts.enrol(accounts.invite(Role.KIOSK), f"kiosk-{n}"))
    machine = accounts.caller(accounts.put_machine("counter-1", Role.COUNTER, 1))
    accounts.put_person("1001", Role.CLERK, "4711")
    for _ in range(3):
        with pytest.raises(SignInError):
            accounts.sign_in("1001", "0000", machine=machine, counter=1)
        signed = accounts.sign_in("1001", "4711", machine=machine, counter=1)
        accounts.sign_out(signed.token)
    assert len(accounts.machines()) == MACHINES + 1
    assert accounts.revoke_machine("counter-1")
