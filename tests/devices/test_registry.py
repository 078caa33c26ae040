"""devices.toml: what may stand there, and how a mistake is told."""

import re
from pathlib import Path
from random import Random
from typing import Protocol

import pytest

from devices.bootstrap import build_station
from devices.config import data_dir, read_hall
from devices.errors import ConfigError
from devices.registry import DRIVERS, build, devices_at, far_end, load_devices, ticket_printer

PAD = '[devices.pad-1]\nkind = "rating_pad"\ndriver = "framed"\nat = "station-1"\ncounter = 1\naddress = 1\n'
PAD += 'serial = { path = "serial/pad-1" }\n'
SIGN = '[devices.sign-1]\nkind = "led_sign"\ndriver = "lines"\nat = "station-1"\nserial = { path = "sign" }\n'
VOICE = '[devices.voice-1]\nkind = "announcer"\ndriver = "clips"\nat = "station-1"\nplayer = ["aplay"]\n'
KEYS = '[devices.keys-1]\nkind = "call_pads"\ndriver = "plain"\nat = "station-1"\nserial = { path = "keys" }\n'
KEYS += "counters = { 1 = 1 }\n"
PRINTER = '[devices.printer-1]\nkind = "ticket_printer"\ndriver = "escpos"\nat = "kiosk-1"\n'


class Logs(Protocol):
    def expect(self, pattern: str) -> None: ...


def write(folder: Path, text: str) -> Path:
    (folder / "devices.toml").write_text(text, encoding="utf-8")
    return folder


def test_the_house_own_devices_can_be_built_and_simulated(tmp_path: Path) -> None:
    devices = load_devices(Path("config"), tmp_path)

    assert {device.kind for device in devices} == {"ticket_printer", "rating_pad"}
    for device in devices:
        assert build(device)
        assert far_end(device, Random(1))


def test_the_shipped_file_explains_every_key_and_none_that_there_is_not() -> None:
    text = Path("config/devices.toml").read_text(encoding="utf-8")
    about_printers = Path("config/printers.toml").read_text(encoding="utf-8")
    written: dict[str, set[str]] = {}
    for entry in re.split(r"^(?:# )?\[devices\..*$", text, flags=re.MULTILINE)[1:]:
        keys = re.findall(r"^(?:# )?([a-z_]+) = (.*?)(?: *#.*)?$", entry, flags=re.MULTILINE)
        written.setdefault(dict(keys)["kind"].strip('"'), set()).update(key for key, _ in keys)

    assert written.keys() == DRIVERS.keys()
    for kind, drivers in DRIVERS.items():
        known = {key for driver in drivers.values() for key in driver.part.model_fields}
        assert written[kind] - known <= {"profile"}
        explained = text + about_printers if kind == "ticket_printer" else text
        assert [key for key in known - written[kind] if not re.search(rf"\b{key}\b", explained)] == []


def test_a_program_finds_its_printer(tmp_path: Path) -> None:
    config = write(tmp_path, PRINTER + 'tcp = { host = "127.0.0.1" }\n')

    assert ticket_printer(config, tmp_path, "kiosk-1") is not None
    assert ticket_printer(config, tmp_path, "kiosk-2") is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (PAD + "contour = 1\n", ["device pad-1", "key contour", "did you mean counter?"]),
        (PAD.replace("framed", "usb-magic"), ["device pad-1", "key driver", "'usb-magic'", "framed"]),
        (PAD.replace("rating_pad", "rating_bad"), ["device pad-1", "key kind", "'rating_bad'", "rating_pad"]),
        (PAD.replace("counter = 1\n", ""), ["device pad-1", "key counter", "missing"]),
        (PAD.replace("address = 1", "address = 300"), ["device pad-1", "key address", "must be at most 255, not 300"]),
        (PAD.replace("address = 1", "address = 1.5"), ["device pad-1", "key address", "must be a whole number"]),
        (PAD.replace('"station-1"', "1"), ["device pad-1", "key at", 'must be a text in "quotes", not 1']),
        (
            PAD.replace('"station-1"', '"St 1"'),
            ["device pad-1", "key at", 'small letters, digits and hyphens, not "St 1"'],
        ),
        (PAD.replace("{ path", "{ baud = 1, path"), ["device pad-1", "key serial.baud", "did you mean baudrate?"]),
        (PAD.replace("{ path", "{ baudrate = 9601, path"), ["key serial.baudrate", "must be one of", "9600", "9601"]),
        (PAD.replace("{ path", "{ flow = 3, path"), ["key serial.flow", "'none', 'hardware' or 'software', not 3"]),
        (PAD.replace('{ path = "serial/pad-1" }', '"ttyUSB0"'), ["key serial", "must be a table in { }"]),
        (PAD.replace("serial =", "tcp ="), ["device pad-1", "key tcp", "there is no such key; there are kind, driver"]),
        (PAD + "keys = 5\n", ["device pad-1", "key keys", "must be a list in [ ], not 5"]),
        (PAD + "keys = [1, 2, 6]\n", ["device pad-1", "key keys", "entry 3 must be at most 5, not 6"]),
        (SIGN + 'encoding = "cp1251"\n', ["key encoding", "cp1251 has no letters for language zh-CN"]),
        (SIGN + "columns = 8\n", ["key columns", "must be at least 9 for a sign of the hall, as for A999 > 99"]),
        (SIGN + 'before = "请"\n', ["device sign-1", "key before", "must be bytes"]),
        (SIGN + 'language = "cn"\n', ["device sign-1", "key language", "'zh-CN', 'en', 'vi' or 'ru', not \"cn\""]),
        (
            VOICE + 'quiet = [{ since = "noon" }]\n',
            ["key quiet.since", "entry 1 must be a time of day", "key quiet.until"],
        ),
        (VOICE + 'languages = ["cn"]\n', ["device voice-1", "key languages", "entry 1 must be one of 'zh-CN'"]),
        (KEYS.replace("1 =", "300 ="), ["device keys-1", "key counters", "300 is no address"]),
        (KEYS.replace("1 =", "a ="), ["device keys-1", "key counters", "a is no address"]),
        (PAD + PAD.replace("pad-1]", "pad-2]"), ["device pad-2", "key counter", "1 belongs to pad-1"]),
        (PAD.replace("pad-1]", "Pad_1]"), ["device Pad_1", "small letters"]),
        (PRINTER, ["device printer-1", "exactly one of serial, tcp, usb, file"]),
        (PRINTER + 'tcp = { host = "" }\n', ["device printer-1", "key tcp.host"]),
        ("[device.x]\n", ["key device", "[devices.NAME]"]),
        ("devices = 3\n", ["key devices", "not a table"]),
        (PAD.replace("devices.", ""), ["line 1", "key pad-1", "[devices.NAME]"]),
        ("[devices\n", ["line 1", "not TOML", "`[devices`"]),
        (PAD.replace('station-1"', "station-1"), ["line 4", "not TOML", '`at = "station-1`', "second quote"]),
        (
            PAD.replace('"station-1"', "station-1"),
            ["line 4", "not TOML", "`at = station-1`", 'a text stands in "quotes"'],
        ),
        (PAD + PAD, ["line 8", "not TOML", "`[devices.pad-1]`", "it stands there twice"]),
    ],
)
def test_a_mistake_is_told_by_file_line_device_and_key(tmp_path: Path, text: str, words: list[str]) -> None:
    with pytest.raises(ConfigError) as told:
        load_devices(write(tmp_path, text), tmp_path)

    sentence = str(told.value)
    assert [word for word in ["devices.toml, line ", *words] if word not in sentence] == []
    assert "Input" not in sentence


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


def test_all_mistakes_are_told_at_once_in_their_order(tmp_path: Path) -> None:
    text = PRINTER + "tcp = { port = 0 }\n" + PAD.replace("address", "adress")

    with pytest.raises(ConfigError) as told:
        load_devices(write(tmp_path, text), tmp_path)

    assert [line.removeprefix(f"{tmp_path / 'devices.toml'}, ") for line in str(told.value).splitlines()] == [
        "line 5, device printer-1: key tcp.host: is missing",
        "line 5, device printer-1: key tcp.port: must be at least 1, not 0",
        "line 6, device pad-1: key address: is missing",
        "line 11, device pad-1: key adress: there is no such key; did you mean address?",
    ]


def test_a_mistake_in_the_entry_of_another_program_stops_nobody_else(tmp_path: Path, expected_logs: Logs) -> None:
    config = write(tmp_path, PRINTER + 'tcp = { host = "127.0.0.1" }\n' + PAD.replace("counter = 1", "counter = 0"))
    expected_logs.expect("an entry that is left out.* line 10, device pad-1: key counter: must be at least 1")

    assert [device.name for device in devices_at(config, tmp_path, "kiosk-1")] == ["printer-1"]
    with pytest.raises(ConfigError, match="device pad-1: key counter"):
        devices_at(config, tmp_path, "station-1")


@pytest.mark.parametrize("text", ["[devices\n", "contour = 1\n", "devices = 3\n"])
def test_a_file_that_is_wrong_as_a_whole_stops_every_program(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError, match=r"devices\.toml"):
        devices_at(write(tmp_path, text), tmp_path, "kiosk-1")


def test_a_file_written_on_windows_is_read_or_told(tmp_path: Path) -> None:
    (tmp_path / "devices.toml").write_bytes(b"\xef\xbb\xbf" + PAD.replace("\n", "\r\n").encode())
    assert [device.name for device in load_devices(tmp_path, tmp_path)] == ["pad-1"]

    (tmp_path / "devices.toml").write_bytes(PAD.encode() + "# 一号窗口".encode("gbk"))
    with pytest.raises(ConfigError, match=r"devices\.toml, line 8: is not UTF-8; save it as UTF-8"):
        load_devices(tmp_path, tmp_path)


@pytest.mark.parametrize(
    ("place", "key", "told"),
    [
        ('file = { path = "/dev/usb/lp0" }', "file.path", "/dev/usb/lp0"),
        ("usb = { vendor = 0x0dd4, product = 0x0205 }", "usb", "USB 0dd4:0205"),
        ('serial = { path = "COM3" }', "serial.path", "COM3"),
    ],
)
def test_a_port_belongs_to_one_device_of_a_program(tmp_path: Path, place: str, key: str, told: str) -> None:
    """Two programs stand on two machines, which may each have a COM3."""
    entry = PRINTER + place + "\n"
    with pytest.raises(ConfigError, match=rf"device printer-2: key {key}: {told} belongs to printer-1 already"):
        load_devices(write(tmp_path, entry + entry.replace("printer-1", "printer-2")), tmp_path)

    elsewhere = entry.replace("printer-1", "printer-2").replace("kiosk-1", "kiosk-2")
    assert len(load_devices(write(tmp_path, entry + elsewhere), tmp_path)) == 2


def test_an_address_of_the_network_belongs_to_one_device_of_the_hall(tmp_path: Path) -> None:
    entry = PRINTER + 'tcp = { host = "10.0.0.9" }\n'
    elsewhere = entry.replace("printer-1", "printer-2").replace("kiosk-1", "kiosk-2")
    with pytest.raises(ConfigError, match=r"device printer-2: key tcp: 10\.0\.0\.9:9100 belongs to printer-1 already"):
        load_devices(write(tmp_path, entry + elsewhere), tmp_path)


def test_two_devices_on_one_port_are_refused_by_whatever_names_it_goes(tmp_path: Path) -> None:
    (tmp_path / "ttyUSB0").touch()
    (tmp_path / "by-id").mkdir()
    (tmp_path / "by-id" / "usb-pad").symlink_to("../ttyUSB0")
    first = PAD.replace("serial/pad-1", "ttyUSB0")
    second = PAD.replace("pad-1]", "pad-2]").replace("counter = 1", "counter = 2")

    for name in ("by-id/usb-pad", str(tmp_path / "ttyUSB0"), "by-id/../ttyUSB0"):
        text = first + second.replace("serial/pad-1", name)
        with pytest.raises(ConfigError, match=r"device pad-2: key serial\.path: .* belongs to pad-1 already"):
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

    with pytest.raises(ConfigError, match=r"station\.toml, line 5: key hall\.brocker_port: .* mean broker_port\?"):
        read_hall(tmp_path, {})


def test_a_station_without_its_file_says_so(tmp_path: Path) -> None:
    wanted = "HALL_BRANCH, HALL_DEVICE, HALL_TOKEN_FILE"
    with pytest.raises(ConfigError, match=rf"station\.toml: there is no such file; without it set {wanted}$"):
        read_hall(tmp_path, {})


def test_a_station_that_is_not_enrolled_is_told_how(tmp_path: Path) -> None:
    wanted = "hall device enrol station-1 --url http://127\\.0\\.0\\.1:8080 --branch chengdong"
    with pytest.raises(ConfigError, match=rf"station\.toml: key hall\.token_file: .* cannot be read: .*`{wanted}`"):
        build_station(Path("config"), {"HALL_DATA": str(tmp_path)})
