"""MQTT as it really comes: twice, out of order, minutes late, torn, foreign, in floods: one effect, and staff know."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event as Signal

import pytest
from paho.mqtt.client import Client, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion

from server.contract.topics import DEVICE_PART, LIVE_ALERT, LIVE_COUNTER, LIVE_KPI, RATING, SERVER_USER
from server.contract.views.board import BoardView
from server.demo.cut_hall import CutHall, serve_next
from server.demo.cut_line import Fault
from server.demo.programs import STATION
from server.demo.simulated import Simulators
from server.link.acts import HallClient
from server.link.errors import HallAway
from server.mqtt_side import server_user

Until = Callable[..., bool]
Board = Callable[[], BoardView]


class Stranger:
    """A client that keeps to no contract of ours, with somebody's own name and key."""

    def __init__(self, port: int, user: str, key: str) -> None:
        self.heard: dict[str, bytes] = {}
        self._client = Client(CallbackAPIVersion.VERSION2, user, protocol=MQTTv311)
        self._client.username_pw_set(user, key)
        self._client.on_message = lambda _client, _data, packet: self.heard.update(
            {packet.topic: bytes(packet.payload)}
        )
        self._up = Signal()
        self._client.on_connect = lambda *_args: self._up.set()
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        assert self._up.wait(10)

    def listen(self, pattern: str) -> None:
        self._client.subscribe(pattern, 1)

    def say(self, topic: str, payload: bytes, *, retain: bool = False, qos: int = 1) -> None:
        self._client.publish(topic, payload, qos, retain).wait_for_publish(10)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@contextmanager
def stranger(cut: CutHall, user: str) -> Iterator[Stranger]:
    key = server_user(cut.stage.settings)[1] if user == SERVER_USER else cut.stage.tokens[user]
    made = Stranger(cut.stage.settings.broker.port, user, key)
    try:
        yield made
    finally:
        made.close()


def alarms(board: Board) -> dict[str, list[str]]:
    return {alarm.cause: alarm.names for alarm in board().alarms}


def press(seq: int, *, age_ms: int) -> bytes:
    """A station's frame as it stands on the wire, of an older boot of it."""
    data = {"v": 1, "window": None, "score": 5, "key": 5, "counter": 1, "in_time": None}
    event = {"v": 1, "id": f"01JBR3K1ZQ8YV7T5M2N4P6R8S{seq}", "source": STATION, "boot": "before", "seq": seq}
    return json.dumps(event | {"after": 0, "time": "2026-11-20T02:00:00Z", "age_ms": age_ms, "data": data}).encode()


@pytest.mark.fault(6)
def test_presses_that_come_twice_out_of_order_and_late_count_once_each(
    cut: CutHall, board: Board, until: Until
) -> None:
    before = board().ratings
    cut.kill(STATION)
    topic = RATING.at(branch=cut.stage.settings.branch, device=STATION)
    frames = [press(n, age_ms=400_000) for n in (1, 2, 3)]
    with stranger(cut, STATION) as station:
        for frame in (frames[2], frames[0], frames[2], frames[1], frames[0], frames[2]):
            station.say(topic, frame)
        assert until(lambda: board().ratings.n + board().ratings.unmatched == before.n + before.unmatched + 3)
        for frame in frames:
            station.say(topic, frame)
        assert until(lambda: cut.findings() == [])
    assert board().ratings.n + board().ratings.unmatched == before.n + before.unmatched + 3
    assert board().ratings.unmatched == before.unmatched + 3
    cut.again(STATION)


@pytest.mark.fault(6)
def test_a_press_repeated_over_a_restart_of_the_server_is_one_rating(
    cut: CutHall, clerk: HallClient, board: Board, until: Until
) -> None:
    simulators = Simulators(cut.stage.control_port)
    cut.touch("pay", tag="over-a-restart")
    number = serve_next(clerk, 1)
    assert until(lambda: simulators.ask("pad-1", "look")["number"] == number)
    counted = board().ratings.n
    cut.lines.station.fail(Fault.SWALLOWED)
    simulators.press("pad-1", 5)
    assert until(lambda: board().ratings.n == counted + 1)

    cut.kill("server")
    cut.again("server")
    cut.lines.station.mend()

    assert until(lambda: answers(board))
    assert until(lambda: board().device_lamps)
    assert until(lambda: {line.health for line in board().devices if line.device == STATION} == {"ok"})
    assert board().ratings.n == counted + 1


def answers(board: Board) -> bool:
    try:
        return bool(board())
    except HallAway:
        return False


@pytest.mark.fault(28)
def test_torn_foreign_and_too_new_words_change_nothing_and_are_alarmed(
    cut: CutHall, board: Board, until: Until
) -> None:
    branch = cut.stage.settings.branch
    topic = DEVICE_PART.at(branch=branch, device="kiosk-2", name="printer-9")
    good = {"v": 1, "health": "ok", "kind": "ticket_printer", "since": None}
    with stranger(cut, "kiosk-2") as other:
        other.say(topic, json.dumps({**good, "from_a_newer_minor": 7}).encode(), retain=True)
        assert until(lambda: part_is_known(board, "printer-9"))
        for word in (b"\xff\xfe", b"{", b"[]", b'{"v":1,"health":3}', json.dumps({**good, "v": 2}).encode()):
            other.say(topic, word, retain=True)
        assert until(lambda: "kiosk-2" in alarms(board).get("messages-refused", []))
        assert part_is_known(board, "printer-9")
        other.say(topic, b"", retain=True)
        assert until(lambda: not part_is_known(board, "printer-9"))


def part_is_known(board: Board, part: str) -> bool:
    return part in [line.part for line in board().devices]


@pytest.mark.fault(28)
def test_what_another_left_in_the_halls_name_is_cleared_or_put_right_and_an_alarm_stands_for_all(
    cut: CutHall, board: Board, until: Until
) -> None:
    branch = cut.stage.settings.branch
    cut.kill("server")
    kpi, ghost = LIVE_KPI.at(branch=branch), LIVE_COUNTER.at(branch=branch, counter=99)
    with stranger(cut, SERVER_USER) as poison:
        poison.say(kpi, b'{"v":1,"poison":true}', retain=True)
        poison.say(ghost, poisoned_counter(), retain=True)
    cut.again("server")
    assert until(lambda: answers(board))

    with stranger(cut, "kiosk-2") as sign:
        sign.listen(LIVE_KPI.at(branch=branch))
        sign.listen(LIVE_COUNTER.pattern(branch=branch))
        sign.listen(LIVE_ALERT.pattern(branch=branch))
        assert until(lambda: b"issued" in sign.heard.get(kpi, b""))
        assert until(lambda: not sign.heard.get(ghost))
        assert until(lambda: bool(sign.heard.get(LIVE_ALERT.at(branch=branch, name="messages-refused"))))


def poisoned_counter() -> bytes:
    stamp = {"journal": "another", "rev": 10**9, "as_of": "2026-11-20T02:00:00Z"}
    return json.dumps({"v": 1, "stamp": stamp, "counter": 99, "state": "open", "number": "Z999"}).encode()


@pytest.mark.fault(29)
def test_a_flood_and_huge_words_are_dropped_their_sender_named_and_the_hall_goes_on(
    cut: CutHall, clerk: HallClient, board: Board, until: Until
) -> None:
    branch = cut.stage.settings.branch
    topic = DEVICE_PART.at(branch=branch, device="kiosk-2", name="printer-9")
    memory = cut.server_memory()
    with stranger(cut, "kiosk-2") as flooder:

        def floods() -> bool:
            """As fast as the broker takes it, which is no flood while the machine stands still."""
            for _ in range(5000):
                flooder.say(topic, b'{"v":1,"health":"ok","kind":"ticket_printer"}', qos=0)
            return "kiosk-2" in alarms(board).get("flood", [])

        flooder.say(topic, b"{" + b" " * 20_000 + b"}")
        assert until(floods)
        told = cut.touch("pay", tag="in-a-flood")
        assert (told["error"], told["offline"]) == ("", False)
        assert serve_next(clerk, 1)
        flooder.say(topic, b"", retain=True)
    assert cut.server_memory() - memory < 50_000_000
