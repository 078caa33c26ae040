"""`hall doctor` at a branch with mosquitto: finds nothing wrong as `hall init` leaves it, and everything that is."""

import os
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from server import doctor_broker as doctor
from server.adapters.accounts import Accounts
from server.adapters.broker_users import BrokerUsers
from server.adapters.certificates import make_authority
from server.adapters.database import open_engine
from server.adapters.upkeep import migrate
from server.doctor import examine
from server.domain.vocabulary import Role
from server.findings import Finding, Health
from server.settings import load

NOW = datetime.now(UTC)
ABOUT = ("tls", "broker", "ports")
pytestmark = pytest.mark.parametrize("broker", ["mosquitto"], indirect=True)


@pytest.fixture
def branch(broker: Any) -> Iterator[Any]:
    """The files as they were when the test is over."""
    files = [broker.home / "broker" / name for name in ("mosquitto.conf", "acl", "users")]
    kept = {path: path.read_bytes() for path in files}
    yield broker
    for path, content in kept.items():
        path.write_bytes(content)
        path.chmod(0o640)
    restart(broker)


def restart(branch: Any) -> None:
    branch.stop_broker()
    branch.start_broker()


def reload(branch: Any) -> None:
    """Returns when mosquitto has read its files again."""
    log, mark = branch.home / "broker.log", "ACL pattern"
    before = log.read_text().count(mark)
    branch.broker.send_signal(signal.SIGHUP)
    end = time.monotonic() + 10
    while log.read_text().count(mark) == before:
        assert time.monotonic() < end
        os.sched_yield()


def wrong(branch: Any, now: datetime = NOW) -> list[Finding]:
    settings = load(branch.config)
    findings = (*doctor.tls(settings, now), *doctor.broker(settings), *doctor.ports(settings))
    return [each for each in findings if each.health is not Health.OK]


def said(findings: list[Finding]) -> str:
    return "\n".join(f"{finding.health} {finding.what}" for finding in findings)


def test_branch_as_init_leaves_it_has_nothing_wrong(branch: Any) -> None:
    findings = examine(branch.config, {}, NOW)

    assert [each for each in findings if each.about in ABOUT and each.health is not Health.OK] == []


def test_doctor_sees_a_broker_that_lets_in_who_gives_no_name(branch: Any) -> None:
    file = branch.home / "broker" / "mosquitto.conf"
    text = file.read_text().replace("allow_anonymous false", "allow_anonymous true")
    file.write_text(text.replace("use_username_as_clientid true", ""))
    restart(branch)

    told = said(wrong(branch))

    assert "lets in who gives no name" in told
    assert "mosquitto.conf is not what hall.toml and config/mosquitto of this version make" in told


def test_doctor_sees_a_device_that_may_speak_for_the_hall(branch: Any) -> None:
    rules = branch.home / "broker" / "acl"
    rules.write_text(rules.read_text().replace("pattern read hall/v1/+/live/#", "pattern readwrite hall/v1/+/live/#"))
    reload(branch)

    told = said(wrong(branch))

    assert "lets a device write what only the server may say" in told
    assert "acl is not what" in told


def test_doctor_sees_messages_that_are_persisted(branch: Any) -> None:
    file = branch.home / "broker" / "mosquitto.conf"
    file.write_text(file.read_text().replace("persistence false", "persistence true"))

    assert "persists messages" in said(wrong(branch))


def test_doctor_sees_a_broker_that_has_not_read_its_users_again(branch: Any) -> None:
    users = BrokerUsers(branch.home / "broker" / "users")
    users.put("doctor", "another password")
    reload(branch)

    assert "does not let in the doctor" in said(wrong(branch))


def test_doctor_names_machines_that_enrolled_for_another_broker(branch: Any) -> None:
    engine = open_engine(branch.settings.database_url)
    migrate(engine)
    accounts = Accounts(engine)
    accounts.put_machine("kiosk-7", Role.KIOSK)

    told = said(wrong(branch))
    accounts.revoke_machine("kiosk-7")
    engine.dispose()

    assert "kiosk-7 enrolled before broker.kind was mosquitto and cannot come in there" in told


def test_doctor_counts_the_days_of_a_certificate(branch: Any) -> None:
    files = branch.settings.tls
    assert files is not None

    soon, late = (wrong(branch, NOW + timedelta(days=days)) for days in (800, 830))

    assert f"look {files.certificate} ends on" in said(soon)
    assert f"fault {files.certificate} ended on" in said(late)


def test_doctor_sees_a_certificate_of_a_foreign_authority(branch: Any, tmp_path: Path) -> None:
    make_authority(tmp_path / "ca.crt", "Somebody")
    file = branch.config / "hall.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('ca_file = "tls/ca.crt"', f'ca_file = "{tmp_path}/ca.crt"'), encoding="utf-8")
    told = said(wrong(branch))
    file.write_text(text, encoding="utf-8")

    assert "shows a certificate that is not good: " in told


def test_doctor_sees_a_port_that_is_open_to_others(branch: Any) -> None:
    port = branch.settings.broker.port
    file = branch.home / "broker" / "mosquitto.conf"
    text = file.read_text()
    file.write_text(text.replace(f"listener {port} 127.0.0.1", f"listener {port} 0.0.0.0"))
    restart(branch)

    assert {str(address) for address in doctor.listening(port)} == {"0.0.0.0"}
    told = said(wrong(branch))
    assert f"port {port} of the broker is open at 0.0.0.0, though hall.toml says 127.0.0.1" in told


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to others")
def test_doctor_sees_a_users_file_that_mosquitto_cannot_read(branch: Any) -> None:
    branch.stop_broker()
    os.chown(branch.home, 65534, 65534)

    told = said(wrong(branch))
    os.chown(branch.home, 0, 0)
    branch.start_broker()

    assert "users cannot be read by nobody, as whom mosquitto runs" in told
