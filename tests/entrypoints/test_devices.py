from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from server.application.alarms import Alarm
from server.contract.messages import DeviceAlert, DeviceState, Health, PartState
from server.entrypoints.devices import Devices
from server.link.hearing import Heard

START = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)


class Room:
    def __init__(self) -> None:
        self.now = 0.0
        self.came: list[str] = []
        self.devices = Devices(
            clock=lambda: self.now, wall=lambda: START + timedelta(seconds=self.now), came=self.came.append
        )
        self.devices.hear_line(True)

    def state(self, device: str = "station-1", *, online: bool = True, session: str = "s1", boot: str = "b1") -> None:
        word = DeviceState(online=online, boot=boot, session=session)
        self.devices.hear_state(self._heard(word, device=device))

    def part(self, name: str, part: PartState | None, device: str = "station-1") -> None:
        self.devices.hear_part(self._heard(part, device=device, name=name))

    def alert(self, name: str, alert: DeviceAlert | None) -> None:
        self.devices.hear_alert(self._heard(alert, device="station-1", name=name))

    def lines(self) -> list[tuple[str, str, str, str | None]]:
        return [(line.device, line.part, line.health, line.alert) for line in self.devices.facts().lines]

    def _heard(self, message: Any, **ids: str) -> Heard[Any]:
        return Heard({"branch": "chengdong", **ids}, message, retained=False)


@pytest.fixture
def room() -> Room:
    return Room()


PAD = PartState(health=Health.OK, kind="rating_pad", counter=1)


def test_device_and_its_parts_are_shown_as_they_say(room: Room) -> None:
    room.state()
    room.part("pad-1", PAD)
    room.part("printer-1", PartState(health=Health.FAULT, kind="ticket_printer"))

    assert room.lines() == [
        ("station-1", "", "ok", None),
        ("station-1", "pad-1", "ok", None),
        ("station-1", "printer-1", "fault", None),
    ]


def test_device_that_is_silent_for_over_twelve_seconds_is_lost_with_its_parts(room: Room) -> None:
    room.state()
    room.part("pad-1", PAD)

    room.now = 12.0
    assert [line[2] for line in room.lines()] == ["ok", "ok"]

    room.now = 12.1
    assert [line[2] for line in room.lines()] == ["lost", "lost"]

    room.state()
    assert [line[2] for line in room.lines()] == ["ok", "ok"]


def test_will_of_the_present_session_loses_the_device_at_once(room: Room) -> None:
    room.state(session="s1")
    room.state(session="s1", online=False)

    assert room.lines() == [("station-1", "", "lost", None)]


def test_old_will_says_nothing_of_the_present_session(room: Room) -> None:
    room.state(session="s1")
    room.state(session="s2")
    room.state(session="s1", online=False)

    assert room.lines() == [("station-1", "", "ok", None)]


def test_broker_away_makes_all_unknown_and_lamps_dark(room: Room) -> None:
    room.state()
    room.devices.hear_line(False)

    assert room.lines() == [("station-1", "", "unknown", None)]
    assert not room.devices.facts().lamps

    room.now = 60.0
    room.devices.hear_line(True)
    assert room.lines() == [("station-1", "", "ok", None)]


def test_alert_stands_at_its_part_until_it_is_cleared(room: Room) -> None:
    room.state()
    room.part("printer-1", PartState(health=Health.FAULT, kind="ticket_printer"))
    room.alert("paper", DeviceAlert(cause="paper-out", part="printer-1"))
    assert room.lines()[1] == ("station-1", "printer-1", "fault", "paper-out")

    room.alert("paper", None)

    assert room.lines()[1] == ("station-1", "printer-1", "fault", None)


def test_station_of_a_counter_is_the_one_that_is_there(room: Room) -> None:
    room.state("station-1")
    room.part("pad-1", PAD)
    assert room.devices.station_of(1) == "station-1"
    assert room.devices.station_of(2) is None

    room.state("station-1", online=False)
    room.state("station-2")
    room.part("pad-1", PAD, "station-2")

    assert room.devices.station_of(1) == "station-2"


@pytest.mark.attack(7)
def test_pad_that_two_stations_claim_stays_with_the_first_and_is_alarmed(room: Room) -> None:
    room.state("station-2")
    room.part("pad-1", PAD, "station-2")
    assert room.devices.alarms() == []

    room.now = 1.0
    room.state("station-1")
    room.part("pad-1", PAD, "station-1")
    room.now = 2.0
    room.part("pad-1", PAD.model_copy(update={"health": Health.FAULT}), "station-2")

    assert room.devices.station_of(1) == "station-2"
    assert room.devices.alarms() == [Alarm("pad-disputed", ("station-1", "station-2"))]

    room.state("station-2", online=False)

    assert room.devices.station_of(1) == "station-1"
    assert room.devices.alarms() == []


@pytest.mark.attack(10)
def test_name_that_two_programs_take_from_each_other_is_alarmed(room: Room) -> None:
    for boot in ("b1", "b2", "b3"):
        room.state(boot=boot, session=boot)
        room.state(boot=boot, session=boot, online=False)
    assert room.devices.alarms() == []

    room.state(boot="b2", session="another")
    assert room.devices.alarms() == [Alarm("name-shared", ("station-1",))]

    room.now = 60.0
    assert room.devices.alarms() == []


@pytest.mark.attack(7)
def test_machine_that_is_no_station_owns_no_pad_whatever_it_says(room: Room) -> None:
    room.devices.owns_pads = lambda device: device != "kiosk-1"
    room.state("kiosk-1")
    room.part("pad-1", PAD, "kiosk-1")

    assert room.devices.station_of(1) is None
    assert room.devices.alarms() == []


def test_coming_is_told_once_a_session_and_for_each_new_pad(room: Room) -> None:
    room.state(session="s1")
    room.state(session="s1")
    room.part("pad-1", PAD)
    room.part("pad-1", PAD)
    room.state(session="s2")

    assert room.came == ["station-1", "station-1", "station-1"]


def test_cleared_state_forgets_the_device(room: Room) -> None:
    room.state()
    room.devices.hear_state(Heard({"branch": "b", "device": "station-1"}, None, False))

    assert room.lines() == []


def test_no_device_can_fill_the_memory(room: Room) -> None:
    for n in range(400):
        room.part(f"p{n}", PAD)
    for n in range(400):
        room.part("p", PAD, f"d{n}")
    for n in range(400):
        room.state(f"e{n}")

    assert len(room.lines()) == 256 + 32 + 255


def test_since_is_when_the_health_changed(room: Room) -> None:
    since: Callable[[], datetime] = lambda: room.devices.facts().lines[1].since  # noqa: E731
    room.state()
    room.part("pad-1", PAD)
    room.now = 5.0
    room.part("pad-1", PAD)
    assert since() == START

    room.part("pad-1", PAD.model_copy(update={"health": Health.FAULT}))

    assert since() == START + timedelta(seconds=5)
