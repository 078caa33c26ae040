"""From a key under a finger to the lamp beside it: real pads' line, real broker, real server."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any, Protocol

import pytest

from devices.call_keys import CallKeys, Keys
from devices.call_pad.driver import WiredCallPads
from devices.call_pad.frames import Form
from devices.call_pad.simulator import SimulatedCallPads
from devices.farend import PtyEnd
from devices.hall_facts import HallFacts
from devices.parts import Parts
from devices.protocols import CallLight
from devices.resources import SerialPort
from server.contract import acts
from server.contract.common import Stamp
from server.contract.messages import CounterNow
from server.contract.topics import LIVE_COUNTER
from server.contract.words import CounterState, Role, TicketState
from server.link.acts import HallClient, new_request_id
from server.link.broker import BrokerAddress, BrokerLink
from server.link.presence import device_state, server_state

Wait = Callable[[Callable[[], bool]], None]


class Address(Protocol):
    host: str
    port: int


class Corner:
    """Counter 1 with its pad, and the broker where its facts are told."""

    def __init__(self, served: Any, branch: str, broker: Address, home: Path, stack: ExitStack) -> None:
        self.kiosk: HallClient = served.machine(Role.KIOSK, "kiosk-1")
        self.clerk: HallClient = served.clerk(1)
        self.clerk.counter_act(1, "open", acts.OpenCounter(request_id=new_request_id()))
        self.far = SimulatedCallPads(PtyEnd(home / "pads"), (7,), Form.CHECKED, Random(1))
        self.far.start()
        stack.callback(self.far.stop)
        self.hall: HallClient = served.machine(Role.STATION, "station-1")
        station = BrokerLink(
            BrokerAddress(broker.host, broker.port, "station-1", ""), device_state(branch, "station-1", "station")
        )
        self._server = BrokerLink(
            BrokerAddress(broker.host, broker.port, "server", ""), server_state(branch, lambda: ("J", 1))
        )
        facts, parts = HallFacts(station), Parts(station, lambda: datetime.now(UTC))
        pads = WiredCallPads(
            "keys-1", SerialPort(str(home / "pads"), 9600), (7,), Form.CHECKED, new_mark=new_request_id
        )
        self.keys = CallKeys(facts, parts, self.hall, (Keys("keys-1", pads, {7: 1}),))
        facts.start()
        self.keys.start()
        stack.callback(self.keys.stop)
        for link in (self._server, station):
            link.start()
            stack.callback(link.stop)
            assert link.wait_up(15)

    def counter_is(self, state: CounterState, ticket: TicketState | None = None, *, rev: int) -> None:
        stamp = Stamp(journal="J", rev=rev, as_of=datetime.now(UTC))
        self._server.publish(
            LIVE_COUNTER, CounterNow(stamp=stamp, counter=1, state=state, ticket_state=ticket), counter=1
        )

    def press(self, key: str) -> None:
        self.far.do({"do": "key", "address": 7, "key": key})

    def lamp(self, light: CallLight) -> Callable[[], bool]:
        return lambda: self.far.lights[7] is light

    @property
    def current(self) -> tuple[str, TicketState] | None:
        current = self.clerk.desk(1).current
        return (current.number, current.state) if current else None


@pytest.fixture
def corner(serve_hall: Any, mosquitto: Address, branch_id: str, tmp_path: Path) -> Iterator[Corner]:
    with ExitStack() as stack:
        served = stack.enter_context(serve_hall(tmp_path))
        yield Corner(served, branch_id, mosquitto, tmp_path, stack)


def test_a_key_calls_and_starts_a_customer(corner: Corner, eventually: Wait) -> None:
    corner.kiosk.issue(acts.IssueTicket(request_id=new_request_id(), services=["pay"]))

    corner.press("call")
    eventually(lambda: corner.current == ("B001", TicketState.CALLED))
    corner.press("start")
    eventually(lambda: corner.current == ("B001", TicketState.SERVING))


def test_the_lamp_follows_the_counter(corner: Corner, eventually: Wait) -> None:
    eventually(corner.lamp(CallLight.AWAY))
    corner.counter_is(CounterState.OPEN, rev=1)
    eventually(corner.lamp(CallLight.OFF))
    corner.counter_is(CounterState.OPEN, TicketState.CALLED, rev=2)
    eventually(corner.lamp(CallLight.CALLED))
    corner.counter_is(CounterState.OPEN, TicketState.SERVING, rev=3)
    eventually(corner.lamp(CallLight.SERVING))
    corner.counter_is(CounterState.PAUSED, rev=4)
    eventually(corner.lamp(CallLight.PAUSED))


def test_the_lamp_asks_to_call_by_voice_when_the_station_is_stopped(corner: Corner, eventually: Wait) -> None:
    corner.counter_is(CounterState.OPEN, TicketState.SERVING, rev=1)
    eventually(corner.lamp(CallLight.SERVING))

    corner.keys.stop()

    eventually(corner.lamp(CallLight.AWAY))


def test_a_refused_key_is_seen_on_the_lamp(corner: Corner, eventually: Wait) -> None:
    corner.counter_is(CounterState.OPEN, rev=1)
    eventually(corner.lamp(CallLight.OFF))

    corner.press("call")

    eventually(corner.lamp(CallLight.REFUSED))
    eventually(corner.lamp(CallLight.OFF))
    assert corner.current is None


def test_a_key_that_is_not_heard_is_dropped_and_told(corner: Corner, eventually: Wait) -> None:
    corner.kiosk.issue(acts.IssueTicket(request_id=new_request_id(), services=["pay"]))
    corner.counter_is(CounterState.OPEN, rev=1)
    eventually(corner.lamp(CallLight.OFF))
    corner.hall.timeout_s = 0.0

    corner.press("call")

    eventually(corner.lamp(CallLight.AWAY))
    eventually(corner.lamp(CallLight.OFF))
