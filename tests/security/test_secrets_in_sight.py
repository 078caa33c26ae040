"""Secrets of a running hall: on no command line, in no log, and over the line only behind TLS."""

import re
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from server.adapters.certificates import make_authority, make_server_certificate
from server.domain.vocabulary import Role
from server.entrypoints.who_may import SESSION_COOKIE

SECRET = "a secret of some length"
LOCK = Path(__file__).parents[2] / "requirements.lock"


@pytest.mark.attack(18)
def test_no_command_line_and_no_log_of_a_whole_hall_holds_a_secret(hall: Any) -> None:
    stage = hall.stage
    badge = stage.badges[0]
    with httpx.Client(base_url=stage.url, trust_env=False) as http:
        body = {"staff": badge.staff, "secret": badge.pin, "counter": badge.counter}
        headers = {"Authorization": f"Bearer {stage.tokens[f'counter-{badge.counter}']}"}
        session = http.post("/api/v1/login", json=body, headers=headers).json()["token"]
        http.get("/api/v1/branches/x/hall", headers={"Authorization": f"Bearer {session}"})
    secrets = [*stage.tokens.values(), stage.manager_password, stage.display_code, session]
    secrets += [each.pin for each in stage.badges]
    children = psutil.Process().children(recursive=True)
    lines = [" ".join(child.cmdline()) for child in children if child.is_running()]
    assert len([line for line in lines if "-m" in line]) >= 4
    assert [line for line in lines if any(secret in line for secret in secrets)] == []
    logs = [file for file in (stage.home / "logs").rglob("*") if file.is_file()]
    assert logs
    texts = {file.name: file.read_text("utf-8", "replace") for file in logs}
    long_ones = [secret for secret in secrets if len(secret) > 6]
    assert [name for name, text in texts.items() if any(secret in text for secret in long_ones)] == []


@pytest.fixture(scope="module")
def tls(serve_gate: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    home, shipped = tmp_path_factory.mktemp("tls"), Path(__file__).parents[2] / "config"
    config = home / "config"
    config.mkdir()
    for name in ("services.toml", "theme.toml"):
        (config / name).write_text((shipped / name).read_text("utf-8"), "utf-8")
    make_authority(config / "ca.crt", "a hall's own")
    make_server_certificate(config / "ca.crt", config / "hall.crt", config / "hall.key", ["127.0.0.1"])
    files = '[server.tls]\ncertificate = "hall.crt"\nkey = "hall.key"\n\n[broker]'
    hall = (shipped / "hall.toml").read_text("utf-8").replace("[broker]", files, 1)
    (config / "hall.toml").write_text(hall, "utf-8")
    with serve_gate(home, config=config) as served:
        yield served


@pytest.mark.attack(21)
def test_over_tls_a_session_leaves_the_browser_only_over_tls(tls: Any) -> None:
    tls.server.accounts.put_person("boss", Role.MANAGER, SECRET)
    trust = ssl.create_default_context(cafile=str(tls.server.settings.config_dir / "ca.crt"))
    with httpx.Client(base_url=tls.url, verify=trust, trust_env=False) as http:
        answer = http.post("/api/v1/login", json={"staff": "boss", "secret": SECRET}, headers={"Origin": tls.url})
        assert answer.status_code == 200
        cookie = answer.headers["set-cookie"].lower()
        for word in ("secure", "httponly", "samesite=strict", SESSION_COOKIE):
            assert word in cookie
        assert "max-age=31536000" in http.get("/healthz").headers["strict-transport-security"]


@pytest.mark.attack(21)
def test_a_tls_line_speaks_nothing_old_and_nothing_in_the_clear(tls: Any) -> None:
    plain = httpx.URL(tls.url).copy_with(scheme="http")
    with pytest.raises(httpx.TransportError):
        httpx.get(plain.join("/healthz"), trust_env=False)
    assert tls.says(b"GET /healthz HTTP/1.1\r\nHost: hall\r\nConnection: close\r\n\r\n").startswith(b"HTTP/1.1 200")
    with tls.line() as line:
        assert line.version() in ("TLSv1.2", "TLSv1.3")


def test_every_locked_package_has_its_hashes() -> None:
    """`make audit` asks whether any of them is known to be unsafe; that needs the network and is no test."""
    locked = re.split(r"\n(?=\S)", LOCK.read_text("utf-8").strip())
    assert len(locked) > 50
    for each in locked:
        assert re.match(r"[a-z0-9.\[\]_-]+==\S+", each), each
        assert re.findall(r"--hash=sha256:[0-9a-f]{64}", each), each
