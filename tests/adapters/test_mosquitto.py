"""mosquitto's files as `hall init` fills them in, and how it hears of users who come and go."""

import shutil
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from socket import create_connection

import psutil
import pytest

from server.adapters.certificates import CertificateError, ends_at, make_authority, make_server_certificate
from server.adapters.mosquitto import files, read_again, running
from server.installing import install
from server.settings import ConfigError, Settings, load

SHIPPED = Path(__file__).parents[2] / "config"
PLAIN = 'kind = "mosquitto"'
TLS = f'{PLAIN}\nca_file = "tls/ca.crt"'


@pytest.fixture
def settings_with(tmp_path: Path, port: int) -> Callable[[str], Settings]:
    """A branch whose [broker] begins with these lines, and which has a certificate's place."""
    config = Path(shutil.copytree(SHIPPED, tmp_path / "config"))

    def make(broker: str) -> Settings:
        text = (SHIPPED / "hall.toml").read_text(encoding="utf-8")
        text = text.replace('kind = "embedded"', broker)
        tls = '[server.tls]\ncertificate = "tls/hall.crt"\nkey = "tls/hall.key"\n'
        (config / "hall.toml").write_text(text.replace("[broker]", f"{tls}[broker]"), encoding="utf-8")
        return load(config, {"HALL_DATA": str(tmp_path), "HALL_BROKER_PORT": str(port)}, before_init=True)

    return make


def listens(port: int) -> bool:
    with suppress(OSError), create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def within(seconds: float, true: Callable[[], bool]) -> bool:
    until = time.monotonic() + seconds
    while not true():
        if time.monotonic() > until:
            return False
        threading.Event().wait(0.05)
    return True


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Callable[[Settings], subprocess.Popen[str]]]:
    """Starts mosquitto with the files that were filled in."""
    processes: list[subprocess.Popen[str]] = []

    def start(settings: Settings) -> subprocess.Popen[str]:
        command = [shutil.which("mosquitto") or "/usr/sbin/mosquitto", "-c", str(tmp_path / "broker/mosquitto.conf")]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        processes.append(process)
        assert within(10, lambda: listens(settings.broker.port)), process.poll()
        return process

    yield start
    for process in processes:
        process.terminate()
        process.communicate(timeout=30)


@pytest.mark.parametrize("broker", [PLAIN, TLS], ids=["plain", "tls"])
def test_filled_in_mosquitto_opens_its_one_door_and_no_other(
    settings_with: Callable[[str], Settings], started: Callable[[Settings], subprocess.Popen[str]], broker: str
) -> None:
    settings = settings_with(broker)
    install(settings)

    process = psutil.Process(started(settings).pid)

    opened = [line.laddr for line in process.net_connections("all") if line.status == psutil.CONN_LISTEN]
    assert opened == [("127.0.0.1", settings.broker.port)]


def test_init_makes_what_is_named_and_missing_and_touches_nothing_that_is_there(
    settings_with: Callable[[str], Settings],
) -> None:
    settings = settings_with(TLS)
    assert settings.tls is not None
    first = install(settings)
    before = {path: path.read_bytes() for path in first}

    again = install(settings)

    assert {path.name: path.stat().st_mode & 0o777 for path in first} == {
        "ca.crt": 0o644,
        "hall.crt": 0o644,
        "hall.key": 0o600,
        "card.key": 0o600,
        "mosquitto.conf": 0o644,
        "acl": 0o644,
    }
    key = settings.tls.certificate.with_name("ca.key")
    assert key.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in again] == ["mosquitto.conf", "acl"]
    assert {path: path.read_bytes() for path in first} == before


def test_certificate_is_good_for_every_name_of_the_server_and_no_other(
    settings_with: Callable[[str], Settings], started: Callable[[Settings], subprocess.Popen[str]]
) -> None:
    settings = settings_with(TLS)
    install(settings)
    started(settings)

    def met(name: str) -> str:
        context = ssl.create_default_context(cafile=settings.broker.ca_file)
        place = ("127.0.0.1", settings.broker.port)
        with create_connection(place) as raw, context.wrap_socket(raw, server_hostname=name) as line:
            return line.version() or ""

    assert {met("127.0.0.1"), met("localhost")} <= {"TLSv1.2", "TLSv1.3"}
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        met("hall.elsewhere")


def test_certificate_lasts_two_years_and_its_authority_ten(tmp_path: Path) -> None:
    authority = tmp_path / "ca.crt"
    make_authority(authority, "Powerhall")
    make_server_certificate(authority, tmp_path / "hall.crt", tmp_path / "hall.key", ["hall.example", "10.1.2.3"])

    now = datetime.now(UTC)

    assert timedelta(days=824) < ends_at(tmp_path / "hall.crt") - now < timedelta(days=826)
    assert timedelta(days=3649) < ends_at(authority) - now < timedelta(days=3651)


def test_nothing_is_signed_in_the_name_of_an_authority_whose_key_is_elsewhere(tmp_path: Path) -> None:
    authority = tmp_path / "ca.crt"
    make_authority(authority, "Powerhall")
    authority.with_suffix(".key").unlink()

    with pytest.raises(CertificateError, match=r"ca\.key is not here"):
        make_server_certificate(authority, tmp_path / "hall.crt", tmp_path / "hall.key", ["localhost"])


def test_word_that_cannot_be_filled_in_is_told_by_file(settings_with: Callable[[str], Settings]) -> None:
    settings = settings_with(PLAIN)
    template = settings.config_dir / "mosquitto" / "mosquitto.conf"
    template.write_text("listener $prot")

    with pytest.raises(ConfigError, match=r"mosquitto\.conf: nothing can be filled in for 'prot'"):
        files(settings)


def test_only_a_mosquitto_is_told_to_read_again(tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "60"]) as other:
        (tmp_path / "pid").write_text(str(other.pid))
        read_again(tmp_path / "pid")
        assert running(tmp_path / "pid") is None
        with pytest.raises(subprocess.TimeoutExpired):
            other.wait(0.2)
        other.kill()
    for stale in ("", "x", "999999999"):
        (tmp_path / "pid").write_text(stale)
        read_again(tmp_path / "pid")
    read_again(tmp_path / "nowhere")
