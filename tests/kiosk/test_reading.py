"""A kiosk's code reader on a real line: its scans reach the screen, its health the screen and the hall."""

import queue
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from devices.code_reader.driver import SerialCodeReader
from devices.code_reader.simulator import SimulatedCodeReader, over_serial
from devices.farend import PtyEnd
from devices.parts import Parts
from devices.resources import SerialPort
from kiosk.bootstrap import build_core
from kiosk.reading import Reading
from kiosk.settings import Settings
from kiosk.viewmodels.program import WindowProgram
from server.contract.acts import IssueTicket
from server.contract.messages import PartState
from server.contract.topics import DEVICE_PART
from server.contract.words import Language, Role
from server.link.acts import new_request_id
from server.link.broker import BrokerAddress, BrokerLink
from server.link.hearing import Heard
from server.link.presence import device_state, server_state

PATIENCE_S = 30
READER = """
[devices.reader-1]
kind = "code_reader"
driver = "serial"
at = "kiosk-1"
serial = { path = "reader", baudrate = 9600 }
"""
Until = Callable[[Callable[[], Any]], Any]


@pytest.fixture
def far(tmp_path: Path) -> Iterator[SimulatedCodeReader]:
    far = SimulatedCodeReader(PtyEnd(tmp_path / "reader"), over_serial, Random(1))
    far.start()
    yield far
    far.stop()


@pytest.fixture
def parts(mosquitto: Any, branch_id: str) -> "Iterator[tuple[Parts, queue.Queue[Heard[PartState]]]]":
    """The kiosk's way to tell the hall, and what the server hears."""
    told: queue.Queue[Heard[PartState]] = queue.Queue()
    server = BrokerLink(
        BrokerAddress(mosquitto.host, mosquitto.port, "server", "any"), server_state(branch_id, lambda: ("j1", 1))
    )
    server.hear(DEVICE_PART, told.put)
    kiosk = BrokerLink(
        BrokerAddress(mosquitto.host, mosquitto.port, "kiosk-1", "any"), device_state(branch_id, "kiosk-1", "kiosk")
    )
    for link in (server, kiosk):
        link.start()
        assert link.wait_up(PATIENCE_S)
    yield Parts(kiosk, lambda: datetime.now(UTC)), told
    kiosk.stop()
    server.stop()


def test_the_hall_is_told_how_the_reader_is_and_how_often_it_read_but_never_what(
    far: SimulatedCodeReader, parts: "tuple[Parts, queue.Queue[Heard[PartState]]]", tmp_path: Path, until: Until
) -> None:
    telling, told = parts
    scans: list[str] = []
    well: list[bool] = []
    driver = SerialCodeReader("reader-1", SerialPort(str(tmp_path / "reader")), reopen_s=0.1)
    reading = Reading("reader-1", driver, telling)
    reading.start(scans.append, well.append)
    try:
        assert until(lambda: well == [True])
        far.do({"do": "scan", "text": "https://hall.example/t/secret"})
        assert until(lambda: scans == ["https://hall.example/t/secret"])
        far.do({"do": "unplug"})
        assert until(lambda: well == [True, False])
    finally:
        reading.close()

    heard: list[PartState] = []
    while not heard or heard[-1].health.value != "fault":
        message = told.get(timeout=PATIENCE_S).message
        assert message is not None
        heard.append(message)
    assert heard[-1].kind == "code_reader"
    assert heard[-1].counts == {"scans": 1}
    assert heard[-1].causes == ["unplugged"]
    assert "secret" not in str(heard)


def test_a_slip_held_up_to_the_kiosk_shows_its_number(
    served: Any, far: SimulatedCodeReader, config_dir: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    shutil.copytree(config_dir, tmp_path / "config")
    (tmp_path / "config" / "devices.toml").write_text(READER, encoding="utf-8")
    kiosk = served.machine(Role.KIOSK, "kiosk-1")
    ticket = kiosk.issue(IssueTicket(request_id=new_request_id(), services=["pay"], language=Language.VI))
    core = build_core(
        Settings(
            config_dir=tmp_path / "config",
            data_dir=tmp_path,
            url=served.url,
            branch=kiosk.branch,
            device="kiosk-1",
            token=kiosk.token,
            label="1",
            broker_host="",
            broker_port=1883,
            language=Language.ZH,
            contrast=False,
            full_screen=False,
            width=1080,
            height=1920,
        )
    )
    core.client.timeout_s = PATIENCE_S
    program = WindowProgram(core)
    screen: Any = program.model
    program.start()
    try:
        qtbot.waitUntil(lambda: bool(screen.home["groups"]) and "扫码口" in screen.home["checkin_sub"], timeout=30_000)
        far.do({"do": "scan", "text": ticket.phone_url})
        qtbot.waitUntil(lambda: screen.page == "ticket", timeout=30_000)
        assert screen.ticket["number"] == ticket.number
        assert screen.manner["language"] == "vi"
    finally:
        program.stop()
