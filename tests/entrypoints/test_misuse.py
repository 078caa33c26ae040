"""Floods are cut before they are read, for their sender alone, and whoever misuses the broker is named."""

from server.application.alarms import Alarm
from server.application.audit import Deed, Fact
from server.entrypoints.misuse import BURST, QUIET_S, Misuse, sender_of

PAD = "hall/v1/chengdong/device/pad-7/part/keys"
STATION = "hall/v1/chengdong/device/station-1/state"
OWN = "hall/v1/chengdong/live/kpi"


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


class Book:
    """Keeps what would be audited."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str, dict[str, Fact]]] = []

    def record(self, deed: Deed, by: str, **facts: Fact) -> None:
        self.lines.append((deed.value, by, facts))


def test_a_flood_is_cut_for_its_sender_alone_and_passes() -> None:
    clock = Clock()
    misuse = Misuse(clock)
    over: list[float] = []
    misuse.after_flood = lambda: over.append(clock.now)

    assert sum(misuse.admits(PAD) for _ in range(5000)) == BURST
    assert misuse.admits(STATION)
    assert all(misuse.admits(OWN) for _ in range(5000))
    assert misuse.alarms() == [Alarm("flood", ("pad-7",))]

    clock.now += 1
    assert misuse.admits(PAD)
    assert over == []
    clock.now += QUIET_S
    assert misuse.alarms() == []
    assert misuse.alarms() == []
    assert over == [clock.now]


def test_who_sends_nonsense_is_named_until_there_was_quiet() -> None:
    clock = Clock()
    misuse = Misuse(clock)
    for topic in (PAD, STATION, PAD, OWN):
        misuse.refused(topic)

    assert misuse.alarms() == [Alarm("messages-refused", ("pad-7", "server", "station-1"))]
    clock.now += QUIET_S
    assert misuse.alarms() == []


def test_each_misuse_is_audited_once_until_it_is_over() -> None:
    clock, audit = Clock(), Book()
    misuse = Misuse(clock, audit)

    for _ in range(3):
        misuse.refused(PAD)
        clock.now += 1
    clock.now += QUIET_S
    misuse.refused(PAD)

    assert audit.lines == [("misused", "pad-7", {"cause": "messages-refused"})] * 2


def test_a_topic_names_its_sender() -> None:
    senders = {topic: sender_of(topic) for topic in (PAD, STATION, OWN, "", "hall/v1/b/device", "device/x")}

    assert list(senders.values()) == ["pad-7", "station-1", "server", "server", "server", "server"]
