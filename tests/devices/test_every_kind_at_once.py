"""A station with one device of each kind broken: each is told, with an alarm until it is mended, and stalls none."""

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any, Protocol

import pytest

from devices.announcer.simulator import SimulatedSpeaker
from devices.bootstrap import build_simulation, build_station
from devices.registry import load_devices
from server.contract.common import Stamp
from server.contract.messages import CallNow, CallsNow, CounterNow, DeviceAlert, Event, PartState, RatingPress, Stored
from server.contract.topics import (
    DEVICE_ALERT,
    DEVICE_PART,
    LIVE_CALLS,
    LIVE_COUNTER,
    RATING,
    STORED,
)
from server.contract.words import CounterState
from server.link.broker import BrokerAddress, BrokerLink
from server.link.hearing import Heard
from server.link.presence import server_state

Wait = Callable[..., None]
KINDS = {
    "printer": "ticket_printer",
    "pad": "rating_pad",
    "sign": "led_sign",
    "keys": "call_pads",
    "voice": "announcer",
}
ENTRY = """
[devices.printer-{n}]
kind = "ticket_printer"
driver = "escpos"
at = "station-1"
serial = {{ path = "printer-{n}" }}

[devices.pad-{n}]
kind = "rating_pad"
driver = "framed"
at = "station-1"
counter = {n}
address = {n}
serial = {{ path = "pad-{n}" }}

[devices.sign-{n}]
kind = "led_sign"
driver = "bx6"
at = "station-1"
counter = {n}
serial = {{ path = "sign-{n}" }}

[devices.keys-{n}]
kind = "call_pads"
driver = "checked"
at = "station-1"
serial = {{ path = "keys-{n}" }}
counters = {{ {n} = {n} }}

[devices.voice-{n}]
kind = "announcer"
driver = "clips"
at = "station-1"
voices = "{voices}"
languages = ["en"]
tcp = {{ host = "127.0.0.1", port = {port} }}
"""


class Address(Protocol):
    host: str
    port: int


class Logs(Protocol):
    def expect(self, pattern: str) -> None: ...


class Hall:
    """The server's side of the broker, and the far ends of a station with two devices of each kind."""

    def __init__(self, branch: str, broker: Address, home: Path, tones: Path, stack: ExitStack) -> None:
        self.parts: dict[str, PartState] = {}
        self.alerts: dict[str, DeviceAlert | None] = {}
        self.presses: list[RatingPress] = []
        self._server = BrokerLink(
            BrokerAddress(broker.host, broker.port, "server", ""), server_state(branch, lambda: ("J", 1)), heartbeat_s=1
        )
        self._server.subscribe(RATING, self._keep)
        self._server.hear(DEVICE_PART, self._hear_part)
        self._server.hear(DEVICE_ALERT, self._hear_alert)
        self._server.start()
        stack.callback(self._server.stop)
        assert self._server.wait_up(15)
        entries = "".join(ENTRY.format(n=n, voices=tones, port=free_port()) for n in (1, 2))
        (home / "devices.toml").write_text(entries, encoding="utf-8")
        (home / "token").write_text("secret")
        self.far = build_simulation(load_devices(home, home), 0, Random(1))
        stack.callback(self.far.stop)
        self.far.start()
        station = build_station(
            home,
            {
                "HALL_DATA": str(home),
                "HALL_BRANCH": branch,
                "HALL_DEVICE": "station-1",
                "HALL_TOKEN_FILE": "token",
                "HALL_BROKER_HOST": broker.host,
                "HALL_BROKER_PORT": str(broker.port),
            },
        )
        stack.callback(station.stop)
        station.start()

    def do(self, device: str, do: str, **facts: object) -> dict[str, Any]:
        answer = self.far.press({"device": device, "do": do, **facts})
        assert "error" not in answer
        return answer

    def calls(self, *numbers: str) -> None:
        now = datetime.now(UTC)
        stamp = Stamp(journal="J", rev=len(numbers), as_of=now)
        each = [CallNow(seq=seq, number=n, counter=2, service="pay", at=now) for seq, n in enumerate(numbers, 1)]
        self._server.publish(LIVE_CALLS, CallsNow(stamp=stamp, calls=each[::-1]))
        serving = CounterNow(stamp=stamp, counter=2, state=CounterState.OPEN, number=numbers[-1])
        self._server.publish(LIVE_COUNTER, serving, counter=2)

    def played(self, device: str) -> int:
        speaker = self.far.machines[device]
        assert isinstance(speaker, SimulatedSpeaker)
        return len(speaker.heard)

    def healths(self, n: int) -> dict[str, str]:
        return {kind: part.health for kind in KINDS if (part := self.parts.get(f"{kind}-{n}"))}

    def _keep(self, event: Event[RatingPress]) -> None:
        self.presses.append(event.data)
        self._server.publish(STORED, Stored(id=event.id, boot=event.boot, upto=event.seq), device=event.source)

    def _hear_part(self, heard: Heard[PartState]) -> None:
        if heard.message:
            self.parts[heard.ids["name"]] = heard.message

    def _hear_alert(self, heard: Heard[DeviceAlert]) -> None:
        self.alerts[heard.ids["name"]] = heard.message


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@pytest.fixture
def hall(branch_id: str, mosquitto: Address, tmp_path: Path, tones: Path) -> Iterator[Hall]:
    with ExitStack() as stack:
        yield Hall(branch_id, mosquitto, tmp_path, tones, stack)


def test_one_dead_device_of_each_kind_is_told_and_stalls_no_other(
    hall: Hall, eventually: Wait, expected_logs: Logs
) -> None:
    well, dead = dict.fromkeys(KINDS, "ok"), dict.fromkeys(KINDS, "fault")
    expected_logs.expect("the loudspeaker fails")
    eventually(lambda: hall.healths(1) == hall.healths(2) == well)
    assert {part.kind for part in hall.parts.values()} == {*KINDS.values()}

    for kind in KINDS:
        hall.do(f"{kind}-1", "unplug")
    hall.calls("A001")
    hall.do("pad-2", "press", key=4)

    eventually(lambda: hall.healths(1) == dead)
    assert all(hall.parts[f"{kind}-1"].causes == ["unplugged"] for kind in KINDS)
    eventually(lambda: all(hall.alerts.get(f"{kind}-1") for kind in KINDS))
    eventually(lambda: [press.score for press in hall.presses] == [4])
    eventually(lambda: hall.do("sign-2", "look")["text"] == "A001")
    eventually(lambda: hall.played("voice-2") == 1)
    assert hall.healths(2) == well
    assert not any(hall.alerts.get(f"{kind}-2") for kind in KINDS)

    for kind in KINDS:
        hall.do(f"{kind}-1", "mend")
    hall.calls("A001", "A002")

    eventually(lambda: hall.healths(1) == well)
    eventually(lambda: not any(hall.alerts.values()))
    eventually(lambda: (hall.played("voice-1"), hall.played("voice-2")) == (1, 2))


def test_a_hung_loudspeaker_holds_up_no_other(hall: Hall, eventually: Wait, expected_logs: Logs) -> None:
    expected_logs.expect("the loudspeaker fails.*does not take the sound")
    eventually(lambda: hall.healths(2) == dict.fromkeys(KINDS, "ok"))
    hall.do("voice-1", "silence")

    hall.calls("A001", "A002")

    eventually(lambda: hall.played("voice-2") == 2)
    eventually(lambda: hall.parts["voice-1"].causes == ["silent"])
    assert hall.played("voice-1") == 0
