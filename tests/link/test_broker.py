import queue
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from server.contract.messages import (
    DeviceState,
    Health,
    KpiNow,
    PartState,
    RatingClosed,
    RatingWindow,
    ServerState,
)
from server.contract.topics import (
    DEVICE_PART,
    DEVICE_STATE,
    LIVE_KPI,
    RATING_CLOSED,
    RATING_WINDOW,
    SERVER_STATE,
    TABLE,
    Topic,
)
from server.link.broker import BrokerLink
from server.link.hearing import Heard

Join = Callable[..., BrokerLink]
WINDOW = RatingWindow(id="c1", window="w1", counter=1, seconds=10)


class Ear:
    """Keeps what is heard."""

    def __init__(self) -> None:
        self.heard: queue.Queue[Any] = queue.Queue()

    def __call__(self, item: Any) -> None:
        self.heard.put(item)

    def next(self, timeout_s: float = 10) -> Any:
        return self.heard.get(timeout=timeout_s)

    def until(self, wanted: Callable[[Any], bool], timeout_s: float = 30) -> Any:
        end = time.monotonic() + timeout_s
        while True:
            item = self.heard.get(timeout=max(0.01, end - time.monotonic()))
            if wanted(item):
                return item


def raw_client(broker: Any, user: str, on_message: Callable[[Any], None], filters: list[str]) -> Client:
    """A stranger's client, which keeps to no contract of ours."""
    client = Client(CallbackAPIVersion.VERSION2, user)
    client.username_pw_set(user, f"token-of-{user}")
    subscribed = threading.Event()
    client.on_message = lambda _client, _data, message: on_message(message)
    client.on_subscribe = lambda *_args: subscribed.set()
    client.connect("127.0.0.1", broker.port)
    client.subscribe([(each, 1) for each in filters])
    client.loop_start()
    assert subscribed.wait(30)
    return client


def end(client: Client) -> None:
    client.disconnect()
    client.loop_stop()


def test_command_reaches_its_device_typed_and_no_other(join: Join) -> None:
    mine, theirs = Ear(), Ear()
    station, other = join("station-1", started=False), join("station-2", started=False)
    station.subscribe(RATING_WINDOW, mine)
    other.subscribe(RATING_WINDOW, theirs)
    for link in (station, other):
        link.start()
        assert link.wait_up(30)

    assert join("server").publish(RATING_WINDOW, WINDOW, device="station-1")

    assert mine.next() == WINDOW
    assert theirs.heard.empty()


def test_subscribing_later_works_too(join: Join) -> None:
    ear = Ear()
    server = join("server")
    server.publish(LIVE_KPI, KpiNow(stamp=stamp(1), waiting=3))
    station = join("station-1")

    station.subscribe(LIVE_KPI, ear)

    assert ear.next().waiting == 3


def test_retained_state_is_heard_by_who_comes_later_and_can_be_cleared(join: Join) -> None:
    join("station-1").publish(DEVICE_PART, PartState(health=Health.OK, kind="rating_pad", counter=1), name="pad-1")
    ear = Ear()
    server = join("server", started=False)
    server.hear(DEVICE_PART, ear)
    server.start()

    first: Heard[PartState] = ear.until(lambda it: it.retained)
    assert (first.ids["device"], first.ids["name"], first.retained) == ("station-1", "pad-1", True)
    assert first.message is not None

    server.clear(DEVICE_PART, device="station-1", name="pad-1")

    assert ear.until(lambda it: it.message is None).ids == first.ids


def test_will_tells_that_a_program_died_with_its_session(join: Join, broker: Any) -> None:
    ear = Ear()
    server = join("server", started=False)
    server.subscribe(DEVICE_STATE, ear)
    server.start()
    station = join("station-1")
    alive: DeviceState = ear.until(lambda state: state.online)

    assert station._client is not None
    sock = station._client.socket()
    assert sock is not None
    sock.close()

    gone: DeviceState = ear.until(lambda state: not state.online)
    assert (gone.boot, gone.session) == (alive.boot, alive.session)
    back: DeviceState = ear.until(lambda state: state.online)
    assert back.boot == alive.boot
    assert back.session != alive.session


def test_goodbye_says_offline(join: Join) -> None:
    ear = Ear()
    server = join("server", started=False)
    server.subscribe(DEVICE_STATE, ear)
    server.start()
    station = join("station-1")
    ear.until(lambda state: state.online)

    station.stop()

    assert ear.until(lambda state: not state.online).boot == station.boot


def test_heartbeat_repeats_the_state(join: Join) -> None:
    ear = Ear()
    server = join("server", started=False)
    server.subscribe(DEVICE_STATE, ear)
    server.start()
    assert server.wait_up(30)
    join("station-1", heartbeat_s=0.1)

    first, second = ear.next(), ear.next()

    assert second.beat > first.beat


def test_live_program_answers_a_foreign_word_that_it_is_gone(join: Join) -> None:
    ear = Ear()
    station = join("station-1", heartbeat_s=60)
    server = join("server", started=False)
    server.subscribe(DEVICE_STATE, ear)
    server.start()
    assert server.wait_up(30)

    server.publish(DEVICE_STATE, DeviceState(online=False, boot=station.boot, session="an old one"), device="station-1")

    ear.until(lambda state: state.session == "an old one")
    assert ear.until(lambda state: state.online).boot == station.boot


def test_everything_comes_back_after_the_broker_was_killed(join: Join, broker: Any) -> None:
    server, station = join("server"), join("station-1", started=False)
    commands, parts, facts = Ear(), Ear(), Ear()
    station.subscribe(RATING_CLOSED, commands)
    station.subscribe(LIVE_KPI, facts)
    server.subscribe(DEVICE_PART, parts)
    station.start()
    assert station.wait_up(30)
    station.publish(DEVICE_PART, PartState(kind="rating_pad"), name="pad-1")
    parts.next()
    lines = Ear()
    server.watch(lines)
    station.watch(lines)

    broker.kill()
    assert [lines.next(), lines.next()] == [False, False]
    assert not server.publish(RATING_CLOSED, RatingClosed(id="lost", window="w0"), device="station-1")
    assert not server.publish(LIVE_KPI, KpiNow(stamp=stamp(2), waiting=7))
    broker.start()
    assert server.wait_up(20)
    assert station.wait_up(20)

    assert parts.next().kind == "rating_pad"
    assert facts.until(lambda now: now.stamp.rev == 2).waiting == 7
    server.publish(RATING_CLOSED, RatingClosed(id="c2", window="w1"), device="station-1")
    assert commands.next().id == "c2"


def test_link_that_starts_before_the_broker_waits_for_it(join: Join, broker: Any) -> None:
    broker.kill()
    server = join("server", started=False)
    server.start()
    assert not server.wait_up(0.2)

    broker.start()

    assert server.wait_up(20)


def test_refused_payloads_are_counted_and_harm_nobody(join: Join, broker: Any, expected_logs: Any) -> None:
    expected_logs.expect("refused a message on hall/v1/chengdong/device/station-2/part")
    ear = Ear()
    server = join("server")
    server.subscribe(DEVICE_PART, ear)
    stranger = raw_client(broker, "station-2", lambda _message: None, ["hall/v1/chengdong/device/station-2/state"])
    topic = "hall/v1/chengdong/device/station-2/part/x"
    stranger.publish(topic, b'{"kind":"rating_pad"}', 1, retain=True)
    assert ear.next().kind == "rating_pad"

    for payload in [b"\xff", b"[" * 5000, b'{"health":"ok","health":"ok"}', b'{"v":2}', b"{" + b" " * 9000 + b"}"]:
        stranger.publish(topic, payload, 1)
    stranger.publish(topic, b'{"kind":"printer"}', 1)

    ear.until(lambda state: state.kind == "printer")
    assert sorted(server.refused.elements()) == ["duplicate-key", "not-utf8", "too-deep", "too-large", "unknown-major"]
    end(stranger)


def test_handler_that_fails_is_logged_and_the_line_goes_on(join: Join, expected_logs: Any) -> None:
    expected_logs.expect("handler of hall/v1/chengdong/live/kpi failed")
    ear = Ear()
    station = join("station-1", started=False)

    def hear(now: KpiNow) -> None:
        ear(now.waiting)
        assert now.waiting != 1

    station.subscribe(LIVE_KPI, hear)
    station.start()
    assert station.wait_up(30)
    server = join("server")
    for waiting in (1, 2):
        server.publish(LIVE_KPI, KpiNow(stamp=stamp(waiting), waiting=waiting))

    assert ear.until(lambda waiting: waiting == 2) == 2


def test_wrong_password_and_unknown_user_stay_outside(broker: Any, expected_logs: Any) -> None:
    refused = threading.Event()
    codes: list[Any] = []
    for user, password in [("station-1", "wrong"), ("nobody", "token-of-nobody"), ("#", "x"), ("", "")]:
        refused.clear()
        client = Client(CallbackAPIVersion.VERSION2, user or "anon", reconnect_on_failure=False)
        if user:
            client.username_pw_set(user, password)
        client.on_connect = lambda _c, _d, _f, reason, _p: codes.append(reason)
        client.on_disconnect = lambda *_args: refused.set()
        client.connect("127.0.0.1", broker.port)
        client.loop_start()
        assert refused.wait(30)
        end(client)

    assert all(code.is_failure for code in codes)
    assert expected_logs.unexpected() == []


def test_device_cannot_write_outside_its_own_subtree(join: Join, broker: Any) -> None:
    heard = Ear()
    server = join("server", started=False)
    watched: tuple[Topic[Any], ...] = (DEVICE_STATE, DEVICE_PART, LIVE_KPI, SERVER_STATE)
    for topic in watched:
        server.hear(topic, heard)
    server.start()
    assert server.wait_up(30)
    stranger = raw_client(broker, "station-2", lambda _message: None, ["hall/v1/chengdong/device/station-2/state"])

    for line in TABLE:
        ids: dict[str, str | int] = {
            "branch": "chengdong",
            "device": "station-1",
            "name": "pad-1",
            "counter": 1,
            "service": "pay",
        }
        where = line.at(**{place: ids[place] for place in line.places})
        stranger.publish(where, b'{"online":false,"boot":"x","session":"x"}', 1, True)
    stranger.publish("hall/v1/chengdong/device/station-2/command/stored", b"{}", 1)
    own = "hall/v1/chengdong/device/station-2/part/mine"
    stranger.publish(own, b'{"kind":"mine"}', 1)

    said = heard.until(lambda it: it.ids.get("device") == "station-2")
    assert said.message.kind == "mine"
    states: list[Heard[ServerState]] = list(heard.heard.queue)
    assert all(it.ids.get("device") != "station-1" for it in states)
    end(stranger)


@pytest.mark.parametrize("spied", ["#", "hall/#", "hall/v1/+/device/#", "hall/v1/chengdong/device/station-1/+/+"])
def test_wildcards_show_a_device_nothing_of_others(join: Join, broker: Any, spied: str) -> None:
    ear = Ear()
    own = "hall/v1/chengdong/device/station-2/state"
    stranger = raw_client(broker, "station-2", lambda message: ear(message.topic), [spied, own])
    station = join("station-1")

    station.publish(DEVICE_PART, PartState(kind="rating_pad"), name="pad-1")
    join("server").publish(RATING_WINDOW, WINDOW, device="station-1")
    stranger.publish(own, b'{"online":true,"boot":"x","session":"x"}', 1)

    topics = [ear.until(lambda topic: topic == own), *ear.heard.queue]
    assert not any("station-1" in topic for topic in topics)
    end(stranger)


def test_newcomer_is_told_nothing_retained_that_others_subscribed_to(join: Join, broker: Any) -> None:
    parts, ear = Ear(), Ear()
    server = join("server", started=False)
    server.subscribe(DEVICE_PART, parts)
    server.start()
    join("station-1").publish(DEVICE_PART, PartState(kind="rating_pad"), name="pad-1")
    parts.next()
    own = "hall/v1/chengdong/device/station-2/state"

    stranger = raw_client(broker, "station-2", lambda message: ear(message.topic), [own])
    stranger.publish(own, b'{"online":true,"boot":"x","session":"x"}', 1)

    assert ear.until(lambda topic: "/device/" in topic) == own
    end(stranger)


def stamp(rev: int) -> Any:
    return {"journal": "j1", "rev": rev, "as_of": "2026-11-02T01:30:00Z"}


@pytest.mark.attack(10)
def test_two_programs_of_one_name_are_told_to_staff(join: Join, expected_logs: Any) -> None:
    expected_logs.expect("the line of station-1 ends as soon as it is up")
    join("station-1")
    join("station-1", started=False).start()

    end_at = time.monotonic() + 60
    while not any("another program" in text for text in expected_logs.texts()):
        assert time.monotonic() < end_at
        threading.Event().wait(0.1)


def test_what_was_passed_over_is_told_again_when_asked_for(join: Join) -> None:
    ear, open_gate = Ear(), threading.Event()
    server = join("server", started=False)
    server.guard(lambda _topic: open_gate.is_set(), lambda _topic: None)
    server.subscribe(DEVICE_PART, ear)
    server.start()
    assert server.wait_up(30)
    station = join("station-1")
    station.publish(DEVICE_PART, PartState(kind="rating_pad"), name="pad-1")
    assert station.wait_up(30)
    open_gate.set()

    server.ask_again()

    assert ear.until(lambda state: state.kind == "rating_pad").kind == "rating_pad"
