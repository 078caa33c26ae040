"""What reaches a running hall through its broker, with machines' own passwords and worse intentions."""

import json
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from ulid import ULID

from server.adapters.broker_users import PROGRAMS, BrokerUsers
from server.application.callers import AccountError
from server.console import accounts
from server.contract.messages import Event, RatingPress, Stored
from server.contract.topics import DEVICE_PART, LIVE_ALERT, RATING, STORED
from server.domain.vocabulary import Role
from server.link.acts import HallClient
from server.link.errors import HallAway

HERE = {"branch": "chengdong", "device": "station-1"}
EVENT = RATING.at(**HERE)
MEMORY = 24 * 2**20
"""By so much a program may grow under fire: buffers, first uses, nothing that grows with the number of shots."""


def until(wanted: Callable[[], object], seconds: float = 10) -> bool:
    return any(wanted() or threading.Event().wait(0.05) for _ in range(int(seconds / 0.05)))


def trusting(hall: Any) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=hall.authority)


class Watch:
    """Sees by the journal's length whether anything has happened in the hall."""

    def __init__(self, hall: Any) -> None:
        self._hall = hall
        self.client = HallClient(hall.url, "chengdong", "", ca_file=hall.authority, timeout_s=5)

    def rev(self) -> int:
        return int(self.health()["rev"])

    def health(self) -> Any:
        with httpx.Client(verify=trusting(self._hall), trust_env=False) as http:
            return http.get(f"{self._hall.url}/healthz").json()


@pytest.fixture
def watch(hall: Any) -> Iterator[Watch]:
    made = Watch(hall)
    yield made
    made.client.close()


def press(seq: int, *, source: str = "station-1", boot: str = "boot-1", **data: Any) -> bytes:
    event = Event[RatingPress](
        id=str(ULID()),
        source=source,
        boot=boot,
        seq=seq,
        time=datetime.now(UTC),
        age_ms=100,
        data=RatingPress(**({"score": 5, "counter": 1} | data)),
    )
    return RATING.encode(event)


def settled(visitor: Any, seq: int, boot: str) -> bool:
    """Whether the hall has acknowledged the events of this boot up to `seq`."""

    def acknowledged() -> bool:
        while not visitor.heard.empty():
            message = visitor.heard.get()
            if message.topic == STORED.at(**HERE):
                told = STORED.decode(message.payload)
                seen.append(told)
        return any(each.boot == boot and each.upto >= seq for each in seen)

    seen: list[Stored] = []
    return until(acknowledged)


@pytest.mark.attack(7)
def test_a_pad_pressed_in_anothers_name_moves_nothing(hall: Any, watch: Watch) -> None:
    station = hall.branch.enter("station-1", STORED.at(**HERE))
    stranger = hall.branch.enter("station-2")
    before = watch.rev()

    stranger.said(EVENT, press(1, boot="forged"))
    stranger.said(RATING.at(branch="chengdong", device="station-2"), press(1, boot="forged"))
    kiosk = hall.branch.enter("kiosk-1")
    kiosk.said(EVENT, press(1, boot="forged"))
    kiosk.said(RATING.at(branch="chengdong", device="kiosk-1"), press(1, source="kiosk-1", boot="forged"))
    station.said(EVENT, press(1, boot="own"))

    assert settled(station, 1, "own")
    assert watch.rev() == before + 1


@pytest.mark.attack(8)
def test_a_message_sent_again_changes_nothing(hall: Any, watch: Watch) -> None:
    station = hall.branch.enter("station-1", STORED.at(**HERE))
    captured = [press(seq, boot="replayed") for seq in range(1, 6)]
    for each in captured:
        station.said(EVENT, each)
    assert settled(station, 5, "replayed")
    before = watch.rev()

    for each in [*captured, *reversed(captured), *captured]:
        station.said(EVENT, each)
    station.said(EVENT, press(6, boot="replayed"))

    assert settled(station, 6, "replayed")
    assert watch.rev() == before + 1


@pytest.mark.attack(8)
def test_a_captured_press_is_worth_nothing_to_a_hall_that_was_started_again(hall: Any, watch: Watch) -> None:
    station = hall.branch.enter("station-1", STORED.at(**HERE))
    captured = press(1, boot="before")
    station.said(EVENT, captured)
    assert settled(station, 1, "before")
    station.said(EVENT, captured, retain=True)

    hall.stop_server()
    hall.start_server()
    assert until(lambda: watch.health()["owner"])
    before = watch.rev()
    station.said(EVENT, captured)
    assert settled(station, 1, "before")
    station.said(EVENT, b"", retain=True)

    assert watch.rev() == before


@pytest.mark.attack(8)
def test_a_press_older_than_the_halls_memory_is_acknowledged_and_not_counted(hall: Any, watch: Watch) -> None:
    station = hall.branch.enter("station-1", STORED.at(**HERE))
    before = watch.rev()
    old = json.loads(press(1, boot="ancient"))

    station.said(EVENT, json.dumps(old | {"age_ms": 26 * 86_400_000}).encode())

    assert settled(station, 1, "ancient")
    assert watch.rev() == before


DEEP = b"[" * 4000 + b"]" * 4000
HOSTILE = [
    b"",
    b"\x00",
    b"null",
    b"[]",
    b"{}",
    b'"text"',
    b"1e400",
    b"\xff\xfe\xfd",
    b'{"v":1,"v":1}',
    b'{"v":2}',
    b'{"v":1e0}',
    b'{"v":true}',
    b'{"a":NaN}',
    b'{"a":Infinity}',
    b'{"a":-1e999}',
    b'{"a":' + b"9" * 4000 + b"}",
    b'{"seq":18446744073709551616}',
    b'{"a":"\\ud800"}',
    b'{"a":"\\u0000"}',
    b'{"\\nFORGED ERROR all is lost":1}',
    b'{"counts":{"\\nFORGED ERROR":1},"health":"ok"}',
    DEEP[:8000],
    b'{"a":' * 100 + b"1" + b"}" * 100,
    b'{"health":"ok","counts":{"presses":-1}}',
    b'{"health":"ok","counter":9223372036854775807,"kind":"rating_pad"}',
    b'{"cause":"' + b"x" * 4000 + b'"}',
    b"{" + b" " * 100_000 + b"}",
    b"<script>alert(1)</script>",
    b"A" * 130_000,
]
PLACES = ("state", "part/pad-1", "part/other", "alert/pad-1", "event/rating", "event/unknown", "part/-")


@pytest.mark.attack(12)
def test_hostile_payloads_neither_stop_the_hall_nor_fill_its_memory(hall: Any, watch: Watch) -> None:
    stranger = hall.branch.enter("station-2")
    station = hall.branch.enter("station-1", STORED.at(**HERE))
    own = "hall/v1/chengdong/device/station-2"

    def fire(rounds: int) -> None:
        for _ in range(rounds):
            for payload in HOSTILE:
                for place in PLACES:
                    stranger.say(f"{own}/{place}", payload)
            stranger.said(f"{own}/part/end", b"{}")

    before = watch.rev()
    fire(1)
    server = psutil.Process(hall.server.pid)
    warm = server.memory_info().rss
    fire(12)
    station.said(EVENT, press(1, boot="after-the-fire"))

    assert settled(station, 1, "after-the-fire")
    assert watch.rev() == before + 1
    assert server.memory_info().rss - warm < MEMORY
    assert "Traceback" not in hall.said()
    assert not any(line.startswith("FORGED") for line in hall.said().splitlines())
    audited = "".join(path.read_text() for path in (hall.branch.home / "audit").iterdir())
    assert '"deed": "misused", "by": "station-2"' in audited
    alarm = LIVE_ALERT.at(branch="chengdong", name="messages-refused")
    station.hear(alarm)
    assert until(lambda: any(b"station-2" in each.payload for each in station.heard.queue if each.topic == alarm))


@pytest.mark.attack(12)
def test_a_device_cannot_fill_the_hall_with_parts_and_alarms(hall: Any, watch: Watch) -> None:
    stranger = hall.branch.enter("station-2")
    own = "hall/v1/chengdong/device/station-2"
    server = psutil.Process(hall.server.pid)
    warm = server.memory_info().rss

    for number in range(2000):
        stranger.say(f"{own}/part/p{number}", b'{"health":"fault","kind":"rating_pad","counter":1}')
        stranger.say(f"{own}/alert/a{number}", b'{"cause":"flood"}')
    stranger.said(f"{own}/state", b'{"online":false,"boot":"x","session":"x"}')

    assert until(lambda: watch.health()["owner"])
    assert server.memory_info().rss - warm < MEMORY


def doors(process: psutil.Process) -> set[tuple[str, int]]:
    """Where a program and its children listen."""
    found = set()
    for each in [process, *process.children(recursive=True)]:
        with suppress(psutil.NoSuchProcess):
            found |= {tuple(line.laddr) for line in each.net_connections("inet") if line.status == psutil.CONN_LISTEN}
    return found


@pytest.mark.attack(24)
def test_a_started_hall_listens_where_it_is_configured_and_nowhere_else(hall: Any) -> None:
    settings = hall.branch.settings

    assert doors(psutil.Process(hall.server.pid)) == {("127.0.0.1", settings.port)}
    assert doors(psutil.Process(hall.branch.broker.pid)) == {("127.0.0.1", settings.broker.port)}


@pytest.mark.attack(24)
def test_a_hall_with_the_embedded_broker_opens_two_doors_of_this_machine(tmp_path: Path, port: int) -> None:
    config = Path(__file__).parents[3] / "config"
    code = "import socket\nfor _ in (1, 2):\n s = socket.socket(); s.bind(('127.0.0.1', 0)); print(s.getsockname()[1])"
    other = int(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout.split()[0])
    environ = {"HALL_DATA": str(tmp_path), "HALL_PORT": str(port), "HALL_BROKER_PORT": str(other), "PATH": "/usr/bin"}
    line = [sys.executable, "-m", "server", "server", "--config", str(config)]
    with subprocess.Popen(line, env=environ, stderr=subprocess.DEVNULL, cwd=Path(__file__).parents[3]) as server:
        wanted = {("127.0.0.1", port), ("127.0.0.1", other)}
        try:
            assert until(lambda: doors(psutil.Process(server.pid)) >= wanted, 20)
            assert doors(psutil.Process(server.pid)) == wanted
        finally:
            server.terminate()


@pytest.mark.attack(24)
@pytest.mark.parametrize(
    "secret", ["0000", "1234", "000000", "123456", "admin", "password", "powerhall", "manager-1", ""]
)
def test_no_usual_secret_signs_anybody_in(hall: Any, secret: str) -> None:
    with httpx.Client(verify=trusting(hall), trust_env=False, base_url=hall.url) as http:
        for staff in ("manager-1", "guide-1", "admin", "root"):
            answer = http.post("/api/v1/login", json={"staff": staff, "secret": secret})
            assert answer.status_code in (401, 422, 429), answer.text


@pytest.mark.attack(24)
@pytest.mark.parametrize("name", ["#", "+", "a/b", "server", "doctor", "Kiosk", "x" * 33, "kiosk 1", "../tokens"])
def test_no_machine_can_be_called_a_wildcard_or_a_program(hall: Any, name: str) -> None:
    with accounts(hall.branch.settings) as book, pytest.raises(AccountError, match="a device id has"):
        book.invite(Role.KIOSK, device=name)
    with accounts(hall.branch.settings) as book:
        code = book.invite(Role.KIOSK)

    with httpx.Client(verify=trusting(hall), trust_env=False) as http:
        answer = http.post(f"{hall.url}/api/v1/enrol", json={"code": code, "device": name})

    assert answer.status_code in (409, 422, 429)
    assert name not in BrokerUsers(hall.branch.home / "broker" / "users").read() or name in PROGRAMS


def test_a_revoked_machine_is_cut_off_everywhere(hall: Any) -> None:
    token = hall.enrol_by_hand("display-7", "display")
    line = hall.branch.enter("display-7", DEVICE_PART.at(branch="chengdong", device="display-7", name="x"))
    client = HallClient(hall.url, "chengdong", token, ca_file=hall.authority, timeout_s=5)
    ended = threading.Event()

    def listen() -> None:
        with client.events("view=hall") as answer:
            reading.set()
            for _ in answer.iter_bytes():
                continue
        ended.set()

    reading = threading.Event()
    threading.Thread(target=listen, daemon=True).start()
    assert reading.wait(10)

    hall.hall("device", "revoke", "display-7")

    assert line.gone.wait(5)
    assert ended.wait(5)
    assert not hall.branch.visit("display-7").inside
    client.close()


def test_an_authority_that_is_not_the_branchs_own_is_not_believed(hall: Any, tmp_path: Path) -> None:
    stranger = HallClient(hall.url, "chengdong", "")

    with pytest.raises(HallAway, match="certificate verify failed"):
        stranger.hall()
    stranger.close()
