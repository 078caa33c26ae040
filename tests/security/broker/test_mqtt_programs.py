"""The hall's own programs, configured as the README says, speak TLS to server and broker and believe nobody else."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from counter.settings import load_settings as counter_settings
from devices.bootstrap import StationProgram, build_station
from kiosk.bootstrap import build_core
from kiosk.settings import load_settings as kiosk_settings
from server.adapters.certificates import make_authority
from server.link.acts import HallClient
from server.link.broker import BrokerLink
from server.link.errors import HallAway
from server.link.presence import device_state

Configure = Callable[..., None]


@pytest.fixture
def configure(hall: Any) -> Configure:
    """Writes into a program's own file: each key, shipped as a comment or not, gets its value."""

    def write(file: str, **values: str | int) -> None:
        path: Path = hall.branch.config / file
        lines = path.read_text(encoding="utf-8").splitlines()
        for key, value in values.items():
            at = next(number for number, line in enumerate(lines) if line.removeprefix("# ").startswith(f"{key} ="))
            lines[at] = f"{key} = {value!r}" if isinstance(value, int) else f'{key} = "{value}"'
        path.write_text("\n".join(lines), encoding="utf-8")

    return write


@pytest.fixture
def tokens(hall: Any) -> None:
    """What `hall device enrol` leaves at each machine."""
    folder = hall.branch.home / "tokens"
    folder.mkdir(exist_ok=True)
    for device, token in hall.branch.passwords.items():
        (folder / device).write_text(token, encoding="utf-8")


def test_a_station_joins_the_broker_by_tls(hall: Any, configure: Configure, tokens: None) -> None:
    port = hall.branch.settings.broker.port
    configure("station.toml", broker_port=port, broker_ca_file="tls/ca.crt", data_dir=str(hall.branch.home))

    station = build_station(hall.branch.config, {})

    assert isinstance(station, StationProgram)
    station.start()
    assert station._link.wait_up(10)
    station.stop()


def test_a_kiosk_asks_and_tells_by_tls(hall: Any, configure: Configure, tokens: None) -> None:
    configure(
        "kiosk.toml",
        url=hall.url,
        ca_file="tls/ca.crt",
        broker_port=hall.branch.settings.broker.port,
        broker_ca_file="tls/ca.crt",
        data_dir=str(hall.branch.home),
    )

    core = build_core(kiosk_settings(hall.branch.config, {}))

    core.start()
    assert core.link is not None
    assert core.link.wait_up(10)
    assert core.client.services().stamp.rev >= 0
    core.close()


def test_a_counter_asks_by_tls(hall: Any, configure: Configure) -> None:
    configure("counter.toml", url=hall.url, ca_file="tls/ca.crt", data_dir=str(hall.branch.home))
    settings = counter_settings(hall.branch.config, {})

    client = HallClient(settings.url, settings.branch, hall.branch.passwords["kiosk-1"], ca_file=settings.ca_file)

    assert client.services().stamp.rev >= 0
    client.close()


def test_nobody_believes_a_foreign_authority(hall: Any, tmp_path: Path) -> None:
    foreign = tmp_path / "ca.crt"
    make_authority(foreign, "Somebody")
    client = HallClient(hall.url, "chengdong", "", ca_file=foreign)

    with pytest.raises(HallAway, match="certificate verify failed"):
        client.services()
    client.close()


def test_a_line_without_tls_is_not_taken(hall: Any) -> None:
    address = hall.branch.address("station-1")
    plain = type(address)(address.host, address.port, address.user, address.password)
    link = BrokerLink(plain, device_state("chengdong", "station-1", "station"))

    link.start()

    assert not link.wait_up(1)
    link.stop()
