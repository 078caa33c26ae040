"""devices.toml: what may stand there, and how a mistake is told."""

from pathlib import Path
from random import Random

import pytest

from devices.config import data_dir, read_hall
from devices.errors import ConfigError
from devices.registry import build, far_end, load_devices, ticket_printer

PAD = '[devices.pad-1]\nkind = "rating_pad"\ndriver = "framed"\nat = "station-1"\ncounter = 1\naddress = 1\n'
PAD += 'serial = { path = "serial/pad-1" }\n'
PRINTER = '[devices.printer-1]\nkind = "ticket_printer"\ndriver = "escpos"\nat = "kiosk-1"\n'


def write(folder: Path, text: str) -> Path:
    (folder / "devices.toml").write_text(text, encoding="utf-8")
    return folder


def test_the_house_own_devices_can_be_built_and_simulated(tmp_path: Path) -> None:
    devices = load_devices(Path("config"), tmp_path)

    assert {device.kind for device in devices} == {"ticket_printer", "rating_pad"}
    for device in devices:
        assert build(device)
        assert far_end(device, Random(1))


def test_a_program_finds_its_printer(tmp_path: Path) -> None:
    config = write(tmp_path, PRINTER + 'tcp = { host = "127.0.0.1" }\n')

    assert ticket_printer(config, tmp_path, "kiosk-1") is not None
    assert ticket_printer(config, tmp_path, "kiosk-2") is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (PAD + "contour = 1\n", ["device pad-1", "key contour", "typo"]),
        (PAD.replace("framed", "usb-magic"), ["device pad-1", "key driver", "'usb-magic'", "framed"]),
        (PAD.replace("rating_pad", "rating_bad"), ["device pad-1", "key kind", "'rating_bad'", "rating_pad"]),
        (PAD.replace("counter = 1\n", ""), ["device pad-1", "key counter", "missing"]),
        (PAD.replace("address = 1", "address = 300"), ["device pad-1", "key address", "300"]),
        (PAD.replace("{ path", "{ baud = 1, path"), ["device pad-1", "key serial.baud", "typo"]),
        (PAD + PAD.replace("pad-1]", "pad-2]"), ["device pad-2", "key counter", "1 belongs to pad-1"]),
        (PAD.replace("pad-1]", "Pad_1]"), ["device Pad_1", "small letters"]),
        (PRINTER, ["device printer-1", "exactly one of serial, tcp, usb, file"]),
        (PRINTER + 'tcp = { host = "" }\n', ["device printer-1", "key tcp.host"]),
        ("[device.x]\n", ["key device", "[devices.NAME]"]),
        ("devices = 3\n", ["key devices", "not a table"]),
        ("[devices\n", ["not TOML"]),
    ],
)
def test_a_mistake_is_told_by_file_device_and_key(tmp_path: Path, text: str, words: list[str]) -> None:
    with pytest.raises(ConfigError) as told:
        load_devices(write(tmp_path, text), tmp_path)

    sentence = str(told.value)
    assert [word for word in ["devices.toml", *words] if word not in sentence] == []
    assert "\n" not in sentence or "TOML" in sentence


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (PAD + "contour = 1\n", 8),
        (PRINTER + "\n" + PAD.replace("address = 1", "address = 300"), 12),
        (PAD.replace("counter = 1\n", ""), 1),
        (PAD.replace("{ path", "{ baud = 1, path"), 7),
        (PAD.replace('serial = { path = "serial/pad-1" }', "[devices.pad-1.serial]\n# the port\npath = 3"), 9),
        (PAD + PAD.replace("pad-1]", "pad-2]"), 12),
    ],
)
def test_a_mistake_is_told_by_its_line(tmp_path: Path, text: str, line: int) -> None:
    text = text.replace(PRINTER, PRINTER + 'tcp = { host = "127.0.0.1" }\n')

    with pytest.raises(ConfigError, match=rf"devices\.toml, line {line}, device "):
        load_devices(write(tmp_path, text), tmp_path)


def test_two_devices_on_one_port_are_refused_by_whatever_names_it_goes(tmp_path: Path) -> None:
    (tmp_path / "ttyUSB0").touch()
    (tmp_path / "by-id").mkdir()
    (tmp_path / "by-id" / "usb-pad").symlink_to("../ttyUSB0")
    first = PAD.replace("serial/pad-1", "ttyUSB0")
    second = PAD.replace("pad-1]", "pad-2]").replace("counter = 1", "counter = 2")

    for name in ("by-id/usb-pad", str(tmp_path / "ttyUSB0"), "by-id/../ttyUSB0"):
        text = first + second.replace("serial/pad-1", name)
        with pytest.raises(ConfigError, match=rf"device pad-2: key serial\.path: {name} belongs to pad-1 already"):
            load_devices(write(tmp_path, text), tmp_path)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"devices\.toml: cannot be read"):
        load_devices(tmp_path, tmp_path)


def test_the_environment_goes_before_the_stations_file(tmp_path: Path) -> None:
    hall = read_hall(Path("config"), {"HALL_DATA": str(tmp_path), "HALL_BROKER_PORT": "18831", "HALL_DEVICE": "st-2"})

    assert (hall.data_dir, hall.broker_port, hall.device, hall.branch) == (tmp_path, 18831, "st-2", "chengdong")
    assert hall.token_file == tmp_path / "tokens" / "station-1"
    assert data_dir({"HALL_DATA": "/srv/hall"}) == Path("/srv/hall")


def test_a_typo_in_the_stations_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "station.toml").write_text('[hall]\nbranch = "b"\ndevice = "s"\ntoken_file = "t"\nbrocker_port = 1\n')

    with pytest.raises(ConfigError, match=r"station\.toml: key hall\.brocker_port: unknown key"):
        read_hall(tmp_path, {})
