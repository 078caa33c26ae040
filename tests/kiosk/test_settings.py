"""The kiosk's own part of the configuration."""

from pathlib import Path

import pytest

from devices.errors import ConfigError
from kiosk.machine import machine_name
from kiosk.settings import load_settings
from kiosk.theme import load_theme

CONFIG = Path(__file__).parents[2] / "config"


def test_the_configuration_as_shipped_is_good(tmp_path: Path) -> None:
    settings = load_settings(CONFIG, {"HALL_DATA": str(tmp_path)})

    assert (settings.device, settings.label, settings.token) == ("kiosk-1", "1", "")


def test_the_environment_goes_before_the_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("secret\n")
    environ = {"HALL_DEVICE": "kiosk-12", "HALL_TOKEN_FILE": str(tmp_path / "token"), "HALL_URL": "http://h:1"}

    settings = load_settings(CONFIG, environ)

    assert (settings.device, settings.label, settings.token, settings.url) == ("kiosk-12", "12", "secret", "http://h:1")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[hall]\nbranch = 'c'\ndevice = 'k'\ntoken_file = 't'\nbrnch = 1", "hall.brnch"),
        ("[hall]\nbranch = 'c'\ndevice = 'K 1'\ntoken_file = 't'", "hall.device"),
        ("[hall]\nbranch = 'c'\ntoken_file = 't'", "hall.device"),
        ("[hall", "kiosk.toml"),
        ("hall = 1", "kiosk.toml, line 1: key hall"),
    ],
)
def test_a_wrong_key_is_named(tmp_path: Path, text: str, named: str) -> None:
    (tmp_path / "kiosk.toml").write_text(text)

    with pytest.raises(ConfigError, match=named):
        load_settings(tmp_path, {})


def test_the_machine_has_one_name() -> None:
    assert machine_name() == machine_name()


def test_every_token_has_its_high_contrast_and_a_missing_theme_is_named(tmp_path: Path) -> None:
    theme = load_theme(CONFIG)

    assert theme.usual["brand700"] == "#0C564F"
    assert set(theme.contrast) == set(theme.usual)
    with pytest.raises(ConfigError, match=r"theme\.toml"):
        load_theme(tmp_path)
