"""What the shipped rules let somebody with a device's own password do at each of the two brokers: very little."""

from datetime import UTC, datetime
from functools import partial
from threading import Event
from typing import Any

import psutil
import pytest

from server.adapters.broker_users import BrokerUsers
from server.adapters.mosquitto import read_again
from server.contract.common import Stamp
from server.contract.messages import KpiNow
from server.contract.topics import DEVICE_STATE, LIVE_KPI, TABLE
from server.link.broker import BrokerLink
from server.link.presence import device_state

HERE = "hall/v1/chengdong"
IDS: dict[str, str | int] = {
    "branch": "chengdong",
    "device": "station-1",
    "name": "pad-1",
    "counter": 1,
    "service": "pay",
}
ELSEWHERE = [line.at(**{place: IDS[place] for place in line.places}) for line in TABLE]
FOREIGN = [
    *ELSEWHERE,
    f"{HERE}/device/station-2/command/stored",
    f"{HERE}/device/station-2",
    f"{HERE}/device/station-2/event",
    f"{HERE}/device/station-2/event/rating/more",
    f"{HERE}/device/station-2/../station-1/state",
    f"{HERE}/device//state",
    "hall/v2/chengdong/device/station-2/state",
    "hall/v1/chengdong/DEVICE/station-2/state",
    "live/kpi",
]


@pytest.mark.attack(7)
def test_a_machine_speaks_with_its_own_name_alone(broker: Any) -> None:
    everything = broker.enter("server", "hall/v1/#")
    stranger = broker.enter("station-2")

    for topic in FOREIGN:
        stranger.say(topic, b'{"online":false,"boot":"x","session":"x"}')
    stranger.said(f"{HERE}/device/station-2/part/mine", b'{"kind":"mine"}')

    own = everything.heard.get(timeout=10).topic
    assert [own, *everything.topics()] == [f"{HERE}/device/station-2/part/mine"]


@pytest.mark.attack(7)
def test_nobody_speaks_for_the_broker(broker: Any) -> None:
    curious = broker.enter("station-1", "$SYS/#")
    stranger = broker.enter("station-2")

    stranger.say("$SYS/broker/version", b"poison")

    assert broker.kind == "mosquitto" or stranger.gone.wait(10)
    own = f"{HERE}/device/station-1/state"
    curious.hear(own)
    curious.said(own, b"{}")
    assert curious.heard.get(timeout=10).topic == own


@pytest.mark.attack(9)
def test_nothing_retained_stays_outside_a_machines_own_subtree(broker: Any) -> None:
    stranger = broker.enter("station-2")
    for topic in FOREIGN:
        stranger.say(topic, b'{"poison":true}', retain=True)
    own = f"{HERE}/device/station-2/part/kept"
    stranger.said(own, b'{"kind":"kept"}', retain=True)

    late = broker.enter("server", "hall/v1/#")

    found = late.heard.get(timeout=10)
    kept = [found, *late.heard.queue]
    assert [(each.topic, each.retain) for each in kept if b"poison" in each.payload] == []
    assert own in [each.topic for each in kept]
    stranger.said(own, b"", retain=True)


@pytest.mark.attack(7)
def test_a_last_will_does_not_reach_anothers_topic(broker: Any) -> None:
    everything = broker.enter("server", "hall/v1/#")
    for topic in (f"{HERE}/live/kpi", f"{HERE}/server/state", f"{HERE}/device/station-1/state"):
        dying = broker.visit("station-2", will=(topic, b'{"online":false}'))
        if dying.inside:
            dying.drop()
        assert dying.gone.wait(10)
    honest = broker.enter("station-2", will=(f"{HERE}/device/station-2/state", b'{"online":false}'))
    honest.drop()

    said = everything.heard.get(timeout=10).topic
    assert [said, *everything.topics()] == [f"{HERE}/device/station-2/state"]
    broker.enter("station-2").said(f"{HERE}/device/station-2/state", b"", retain=True)


WILD = [
    "#",
    "+/#",
    "hall/#",
    f"{HERE}/#",
    f"{HERE}/device/+/state",
    f"{HERE}/device/+/event/+",
    f"{HERE}/device/#",
    f"{HERE}/journal",
    "$SYS/#",
    "$share/all/hall/#",
    f"$share/all/{HERE}/device/station-1/event/rating",
]


@pytest.mark.attack(11)
def test_a_wildcard_shows_a_machine_nothing_of_others(broker: Any) -> None:
    own = f"{HERE}/device/station-2/state"
    live = f"{HERE}/live/kpi"
    broker.enter("station-1").said(f"{HERE}/device/station-1/part/pad-1", b'{"kind":"rating_pad"}', retain=True)
    curious = broker.enter("station-2", own, live, *WILD)

    server = broker.enter("server")
    for topic in ELSEWHERE:
        server.said(topic, b"{}")
    curious.said(own, b"{}")

    def heard() -> set[str]:
        seen.update(curious.topics())
        return seen

    seen: set[str] = set()
    assert broker_delivers(lambda: own in heard())
    assert {topic for topic in seen if "/live/" not in topic} <= {own, f"{HERE}/server/state"}
    assert live in seen
    broker.enter("station-1").said(f"{HERE}/device/station-1/part/pad-1", b"", retain=True)


def broker_delivers(wanted: Any) -> bool:
    return any(wanted() or Event().wait(0.05) for _ in range(200))


@pytest.mark.attack(24)
@pytest.mark.parametrize(
    ("user", "password"),
    [
        ("server", ""),
        ("server", "server"),
        ("server", "password"),
        ("server", "$7$101$AAAA$AAAA"),
        ("admin", "admin"),
        ("admin", "public"),
        ("root", "root"),
        ("mosquitto", "mosquitto"),
        ("guest", "guest"),
        ("doctor", "doctor"),
        ("#", "#"),
        ("+", "+"),
        ("station-1/state", "password-of-station-1"),
        ("", ""),
        ("station-1", "password-of-station-2"),
        ("STATION-1", "password-of-station-1"),
    ],
)
def test_no_usual_name_or_password_opens_the_broker(broker: Any, user: str, password: str) -> None:
    assert not broker.visit(user, password).inside


@pytest.mark.attack(24)
def test_nobody_comes_in_without_a_name(broker: Any) -> None:
    assert not broker.visit("", anonymous=True).inside
    assert not broker.visit("station-1", anonymous=True).inside


@pytest.mark.attack(10)
def test_a_stranger_who_takes_anothers_client_id_ends_nobodys_line(broker: Any) -> None:
    own = f"{HERE}/device/station-1/state"
    station = broker.enter("station-1", own)

    assert not broker.visit("station-1", "wrong").inside
    assert not broker.visit("nobody", "wrong", client_id="station-1").inside
    other = broker.visit("station-2", client_id="station-1")
    assert other.inside == (broker.kind == "mosquitto")

    station.said(own, b"{}")
    assert station.heard.get(timeout=10).topic == own
    assert not station.gone.is_set()


@pytest.mark.attack(10)
def test_one_name_has_one_line_at_a_time(broker: Any) -> None:
    first = broker.enter("station-1")

    second = broker.enter("station-1")

    assert first.gone.wait(10)
    assert not second.gone.is_set()


@pytest.mark.attack(24)
@pytest.mark.parametrize("change", ["taken out", "given another password"])
def test_whoever_is_known_no_more_is_cut_off_at_once(broker: Any, change: str) -> None:
    told = partial(read_again, broker.home / "broker" / "mosquitto.pid")
    users = BrokerUsers(broker.home / "broker" / "users", written=told)
    revoked, other = broker.enter("station-2"), broker.enter("station-1")

    if change == "taken out":
        users.remove("station-2")
    else:
        users.put("station-2", "another password")

    assert revoked.gone.wait(5)
    assert not broker.visit("station-2").inside
    assert not other.gone.is_set()
    users.put("station-2", broker.passwords["station-2"])
    assert broker_delivers(lambda: broker.visit("station-2").inside)


@pytest.mark.attack(12)
@pytest.mark.parametrize("size", [141_000, 2_000_000])
def test_a_packet_larger_than_any_of_ours_ends_its_senders_line(broker: Any, size: int) -> None:
    own = f"{HERE}/device/station-2/part/big"
    everything = broker.enter("server", f"{HERE}/device/+/part/+")
    big = broker.enter("station-2")

    big.say(own, b"x" * size)

    assert big.gone.wait(10)
    broker.enter("station-1").said(f"{HERE}/device/station-1/part/small", b"{}")
    assert everything.heard.get(timeout=10).topic == f"{HERE}/device/station-1/part/small"
    assert everything.topics() == []


LIES = [
    b"{",
    b"\xff\x00",
    b'{"waiting":-1}',
    b'{"v":2,"waiting":1}',
    b'{"waiting":NaN}',
    b'{"waiting":1,"waiting":2}',
    b"[" * 5000,
    b"<script>",
]


@pytest.mark.attack(9)
def test_whoever_listens_keeps_the_last_good_word_when_the_retained_one_is_spoilt(
    broker: Any, expected_logs: Any
) -> None:
    expected_logs.expect("refused a message on hall/v1/chengdong/live/kpi")
    heard: list[KpiNow] = []
    listener = BrokerLink(broker.address("station-1"), device_state("chengdong", "station-1", "station"))
    listener.subscribe(LIVE_KPI, heard.append)
    listener.start()
    assert listener.wait_up(10)
    forger = broker.enter("server")
    stamp = Stamp(journal="j1", rev=1, as_of=datetime(2026, 11, 2, 1, 30, tzinfo=UTC))
    good = KpiNow(stamp=stamp, waiting=7)
    topic = LIVE_KPI.at(branch="chengdong")
    forger.said(topic, LIVE_KPI.encode(good), retain=True)

    for lie in LIES:
        forger.said(topic, lie, retain=True)
    assert broker_delivers(lambda: sum(listener.refused.values()) == len(LIES))
    assert heard == [good]

    forger.said(topic, LIVE_KPI.encode(good.model_copy(update={"waiting": 8})), retain=True)
    assert broker_delivers(lambda: [each.waiting for each in heard] == [7, 8])
    forger.said(topic, b"", retain=True)
    listener.stop()


@pytest.mark.attack(9)
def test_a_forged_word_that_a_program_is_gone_is_answered_by_its_being_there(broker: Any) -> None:
    listener = BrokerLink(broker.address("station-1"), device_state("chengdong", "station-1", "station"))
    listener.start()
    assert listener.wait_up(10)
    topic = DEVICE_STATE.at(branch="chengdong", device="station-1")
    forger = broker.enter("server", topic)

    forger.said(topic, b'{"online":false,"boot":"x","session":"x"}', retain=True)

    def states() -> list[bool]:
        return [DEVICE_STATE.decode(each.payload).online for each in forger.heard.queue if each.payload]

    assert broker_delivers(lambda: False in states() and states()[-1])
    listener.stop()
    forger.said(topic, b"", retain=True)


@pytest.mark.attack(12)
def test_whoever_fills_the_brokers_memory_loses_the_line_and_the_others_stay(small_broker: Any) -> None:
    own = f"{HERE}/device/station-1/state"
    other = small_broker.enter("station-1", own)
    greedy = small_broker.enter("station-2")
    process = psutil.Process(small_broker.broker.pid)
    before = process.memory_info().rss

    for number in range(100):
        greedy.say(f"{HERE}/device/station-2/part/p{number}", b"x" * 130_000, retain=True)

    assert greedy.gone.wait(10)
    assert process.memory_info().rss - before < 16_000_000
    other.said(own, b"{}")
    assert other.heard.get(timeout=10).topic == own
