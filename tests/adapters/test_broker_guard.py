"""The embedded broker's rules, its users' file and its doors."""

import subprocess
from pathlib import Path

import pytest

from server.adapters.accounts import Accounts
from server.adapters.broker_guard import allowed, covers
from server.adapters.broker_users import BrokerUsers, hashed, matches
from server.adapters.database import open_engine
from server.adapters.embedded_broker import WatchedBroker, refuse_beyond_loopback
from server.adapters.upkeep import migrate
from server.application.callers import AccountError
from server.domain.vocabulary import Role

HERE = "hall/v1/chengdong"


@pytest.mark.parametrize(
    ("rule", "topic", "covered"),
    [
        ("a/+/c", "a/b/c", True),
        ("a/+/c", "a/+/c", True),
        ("a/b/c", "a/+/c", False),
        ("a/+/c", "a/#", False),
        ("a/#", "a/#", True),
        ("a/#", "#", False),
        ("a/#", "a/+/#", True),
        ("a/+", "a/b/c", False),
        ("a/+/c", "a/b", False),
    ],
)
def test_rule_covers_what_lies_wholly_within_it(rule: str, topic: str, covered: bool) -> None:
    assert covers(rule, topic) == covered


@pytest.mark.parametrize(
    ("user", "topic", "write", "may"),
    [
        ("server", f"{HERE}/live/kpi", True, True),
        ("server", f"{HERE}/device/station-1/command/stored", True, True),
        ("server", "$SYS/broker", False, False),
        ("station-1", f"{HERE}/device/station-1/event/rating", True, True),
        ("station-1", f"{HERE}/device/station-1/state", True, True),
        ("station-1", f"{HERE}/device/station-1/command/stored", True, False),
        ("station-1", f"{HERE}/device/station-2/event/rating", True, False),
        ("station-1", f"{HERE}/live/kpi", True, False),
        ("station-1", f"{HERE}/server/state", True, False),
        ("station-1", f"{HERE}/journal", False, False),
        ("station-1", f"{HERE}/live/#", False, True),
        ("station-1", f"{HERE}/device/+/command/stored", False, False),
        ("station-1", "#", False, False),
        ("centre", f"{HERE}/journal", False, True),
        ("centre", f"{HERE}/journal/stored", True, True),
        ("centre", f"{HERE}/journal", True, False),
        ("#", f"{HERE}/device/station-1/state", True, False),
        ("+", f"{HERE}/device/station-1/state", True, False),
    ],
)
def test_who_may_do_what(user: str, topic: str, write: bool, may: bool) -> None:
    assert allowed(user, topic, write=write) == may


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.10", "hall.example", ""])
def test_embedded_broker_is_refused_beyond_loopback(host: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="loopback only"):
        WatchedBroker(1883, tmp_path / "users", host)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.0.0.2"])
def test_loopback_is_loopback(host: str) -> None:
    refuse_beyond_loopback(host)


@pytest.mark.parametrize("user", ["#", "+", "a/b", "A", "", "x" * 33, "a:b", "a\nserver"])
def test_names_that_could_pass_for_others_are_refused(user: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not a user name"):
        BrokerUsers(tmp_path / "users").put(user, "token")


@pytest.mark.parametrize("user", ["server", "centre"])
def test_no_device_may_be_called_as_a_program(user: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not a device's name"):
        BrokerUsers(tmp_path / "users").put_device(user, "token")


def test_password_matches_only_itself() -> None:
    stored = hashed("token", b"salt-of-12-b")

    assert matches("token", stored)
    assert not matches("Token", stored)
    assert not matches("token", "")
    assert not matches("token", "$7$x$y$z")


def test_hash_is_the_one_mosquitto_makes(tmp_path: Path) -> None:
    subprocess.run(["mosquitto_passwd", "-b", "-c", str(tmp_path / "users"), "kiosk-1", "token"], check=True)

    assert matches("token", BrokerUsers(tmp_path / "users").read()["kiosk-1"])


def test_devices_are_replaced_and_programs_stay(tmp_path: Path) -> None:
    users = BrokerUsers(tmp_path / "users")
    users.put("server", "s")
    users.put_hashes({"kiosk-1": "ab", "kiosk-2": "cd", "server": "ef"})
    users.put_hashes({"kiosk-2": "cd"})

    assert sorted(users.read()) == ["kiosk-2", "server"]
    assert matches("s", users.read()["server"])


def test_users_file_is_not_for_everyone(tmp_path: Path) -> None:
    users = BrokerUsers(tmp_path / "users")
    users.put("kiosk-1", "token")

    assert users.path.stat().st_mode & 0o007 == 0
    assert "token" not in users.path.read_text()


def test_machine_enrolled_for_mosquitto_is_let_in_there_until_it_is_revoked(tmp_path: Path) -> None:
    users = BrokerUsers(tmp_path / "users")
    engine = open_engine(f"sqlite:///{tmp_path / 'accounts.db'}")
    migrate(engine)
    accounts = Accounts(engine, broker=users)
    accounts.open()

    token = accounts.enrol(accounts.invite(Role.STATION), "station-1")
    assert matches(token, users.read()["station-1"])

    accounts.revoke_machine("station-1")
    assert users.read() == {}

    with pytest.raises(AccountError, match="name of a program"):
        accounts.put_machine("server", Role.STATION)
    engine.dispose()
