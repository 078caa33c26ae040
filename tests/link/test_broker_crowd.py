"""Programs come and go at once, as after a power cut: nobody misses a word of the others, and nobody stays deaf."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from server.contract.messages import PartState
from server.contract.topics import DEVICE_PART, LIVE_CALLS, LIVE_COUNTER, LIVE_KPI, LIVE_QUEUE
from server.link.broker import BrokerAddress, BrokerLink
from server.link.presence import device_state

Join = Callable[..., BrokerLink]
WORDS = 400
COMERS = ("station-2", "kiosk-1")


@contextmanager
def coming_and_going(port: int, user: str) -> Iterator[None]:
    """A program that opens a line, asks for what programs ask for, and leaves, again and again."""
    over = threading.Event()

    def visit() -> None:
        while not over.is_set():
            asked = threading.Event()
            client = Client(CallbackAPIVersion.VERSION2, user)
            client.username_pw_set(user, f"token-of-{user}")
            client.on_subscribe = lambda *_args, asked=asked: asked.set()
            client.connect("127.0.0.1", port)
            client.loop_start()
            live = [topic.pattern(branch="chengdong") for topic in (LIVE_KPI, LIVE_CALLS, LIVE_QUEUE, LIVE_COUNTER)]
            client.subscribe([(each, 1) for each in (f"hall/v1/chengdong/device/{user}/state", *live)])
            asked.wait(5)
            client.disconnect()
            client.loop_stop()

    visitor = threading.Thread(target=visit)
    visitor.start()
    yield
    over.set()
    visitor.join()


def test_no_word_is_lost_while_others_come_and_go(join: Join, broker: Any) -> None:
    heard: list[int] = []
    last = threading.Event()

    def hear(part: PartState) -> None:
        heard.append(part.counts["said"])
        if heard[-1] == WORDS - 1:
            last.set()

    server = join("server", started=False)
    server.subscribe(DEVICE_PART, hear)
    server.start()
    assert server.wait_up(30)
    station = join("station-1")

    with coming_and_going(broker.port, COMERS[0]), coming_and_going(broker.port, COMERS[1]):
        for said in range(WORDS):
            station.publish(DEVICE_PART, PartState(kind="rating_pad", counts={"said": said}), name="pad-1")
            threading.Event().wait(0.005)
        last.wait(10)

    assert sorted(set(range(WORDS)) - set(heard)) == []


class HalfBroker:
    """A broker that lets everybody in, answers pings, and does nothing else."""

    def __init__(self) -> None:
        self.doors = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._admit, daemon=True).start()

    def _admit(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                line, _ = self._listener.accept()
                self.doors += 1
                threading.Thread(target=self._answer, args=(line,), daemon=True).start()

    def _answer(self, line: socket.socket) -> None:
        with line, contextlib.suppress(OSError):
            while said := line.recv(4096):
                line.sendall({0x10: b"\x20\x02\x00\x00", 0xC0: b"\xd0\x00"}.get(said[0], b""))

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


def test_a_line_that_a_broker_keeps_but_does_not_serve_is_given_up(until: Any, expected_logs: Any) -> None:
    expected_logs.expect("keeps the line of station-1 but passes on nothing")
    broker = HalfBroker()
    place = BrokerAddress("127.0.0.1", broker.port, "station-1", "token")
    link = BrokerLink(place, device_state("chengdong", "station-1", "station"), heartbeat_s=0.1, deaf_after_s=0.5)

    link.start()

    assert until(lambda: broker.doors > 1)
    assert not link.up
    link.stop()
    broker.close()


def dropped(_answer: object) -> None:
    """Handlers of the client give nothing back."""


def test_of_many_lines_of_one_name_at_once_one_stays_and_is_served(broker: Any, until: Any) -> None:
    own = "hall/v1/chengdong/device/station-1/state"
    heard: set[int] = set()
    gone: set[int] = set()

    def enter(place: int) -> Client:
        client = Client(CallbackAPIVersion.VERSION2, "station-1", reconnect_on_failure=False)
        client.username_pw_set("station-1", "token-of-station-1")
        client.on_connect = lambda *_args: dropped(client.subscribe(own, 1))
        client.on_subscribe = lambda *_args: dropped(client.publish(own, b"{}", 1))
        client.on_message = lambda *_args: heard.add(place)
        client.on_disconnect = lambda *_args: gone.add(place)
        client.connect("127.0.0.1", broker.port)
        client.loop_start()
        return client

    with ThreadPoolExecutor(8) as doors:
        clients = list(doors.map(enter, range(8)))

    assert until(lambda: len(gone) == 7 and set(range(8)) - gone <= heard)
    for client in clients:
        client.disconnect()
        client.loop_stop()


def test_a_program_that_hangs_with_words_unread_keeps_its_successor_out_of_nothing(join: Join, broker: Any) -> None:
    commands = "hall/v1/chengdong/device/station-1/command/rating-window"
    asked = threading.Event()
    hangs = Client(CallbackAPIVersion.VERSION2, "station-1")
    hangs.username_pw_set("station-1", "token-of-station-1")
    hangs.on_subscribe = lambda *_args: asked.set()
    hangs.connect("127.0.0.1", broker.port)
    hangs.subscribe(commands, 1)
    while not asked.is_set():
        hangs.loop(0.1)
    server = Client(CallbackAPIVersion.VERSION2, "server")
    server.username_pw_set("server", "token-of-server")
    server.connect("127.0.0.1", broker.port)
    server.loop_start()
    for _ in range(200):
        server.publish(commands, b"x" * 100_000, 1)
    server.publish(commands, b"last", 1).wait_for_publish(30)

    assert join("station-1").up

    server.disconnect()
    server.loop_stop()
    hangs.disconnect()
