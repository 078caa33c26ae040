"""The keepsake, the clock and the settings."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from counter.desk import Draft, Key
from counter.hall_clock import HallClock
from counter.keepsake import Keepsake, Kept
from counter.settings import load_settings
from counter.theme import load_theme
from counter.widgets.keys import Keys
from devices.errors import ConfigError
from server.contract.words import Language, Outcome

T = datetime(2026, 11, 20, 2, 42, tzinfo=UTC)
CONFIG = Path(__file__).parents[2] / "config"
LISTS = '{"draft": null, "started": [], "voice_number": null, "voice_since": null}'


def test_keepsake_gives_back_what_it_took(tmp_path: Path) -> None:
    draft = Draft("T", 2, "A017", "trf", Outcome.BACK_OFFICE, ("id",), "留言\n第二行", "转交", saved=True)
    kept = Kept(draft, {"T": T}, "A021", T)
    Keepsake(tmp_path / "d.json").store(kept)
    assert Keepsake(tmp_path / "d.json").load() == kept
    assert (tmp_path / "d.json").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("garbage", ["", "{", "[]", '{"draft": {"ticket": 1}}', "null", LISTS])
def test_a_broken_keepsake_is_set_aside(tmp_path: Path, garbage: str) -> None:
    (tmp_path / "d.json").write_text(garbage)
    assert Keepsake(tmp_path / "d.json").load() == Kept()
    (tmp_path / "d.json").write_text("again")
    again = Keepsake(tmp_path / "d.json")
    assert again.load() == Kept()
    assert [file.read_text() for file in again.aside] == [garbage, "again"]


def test_hall_clock_runs_on_and_never_steps_back_a_little() -> None:
    beat = [100.0]
    clock = HallClock(lambda: beat[0], T, speed=2)
    beat[0] += 10
    assert clock.now() == T + timedelta(seconds=20)
    clock.hear(T + timedelta(seconds=19))
    assert clock.now() == T + timedelta(seconds=20)
    clock.hear(T - timedelta(minutes=5))
    assert clock.now() == T - timedelta(minutes=5)


def test_shipped_settings_load() -> None:
    settings = load_settings(CONFIG, {})
    assert (settings.branch, settings.counter, settings.language) == ("chengdong", 1, Language.ZH)
    assert settings.keys[Key.NEXT] == "F2"


def test_environment_goes_before_the_file_and_the_command_line_before_both(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("secret\n")
    environ = {"HALL_COUNTER": "4", "HALL_DATA": str(tmp_path), "HALL_TOKEN_FILE": "token", "HALL_LANGUAGE": "vi"}
    settings = load_settings(CONFIG, environ, language="ru")
    assert (settings.counter, settings.token, settings.language) == (4, "secret", Language.RU)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[hall]\nurl = "http://x"\nbranch = "b"', "key number: is missing"),
        ("[counter", "counter.toml"),
        ('[hall]\nurl="u"\nbranch="b"\n[counter]\nnumber = "three"', "whole number"),
        ('[hall]\nurl="u"\nbranch="b"\nspeed="fast"\n[counter]\nnumber = 1', "speed: must be a number"),
        ('[hall]\nurl="u"\nbranch="b"\n[counter]\nnumber = 1\nlanguage = "fr"', "fr"),
        ('[hall]\nurl="u"\nbranch="b"\n[counter]\nnumber = 1\n[counter.keys]\nnext = "F3"', "one key to two acts"),
        ('[hall]\nurl="u"\nbranch="b"\n[counter]\nnumber = 1\n[counter.keys]\nsneeze = "F3"', "sneeze"),
    ],
)
def test_wrong_settings_are_named(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "counter.toml").write_text(text)
    with pytest.raises(ConfigError, match=said):
        load_settings(tmp_path, {})


def test_a_key_that_does_not_exist_is_named() -> None:
    with pytest.raises(ConfigError, match=r"counter\.toml.*counter\.keys.*'F99x' is not a key"):
        Keys({Key.NEXT: "F99x"}, lambda _key: None)


def test_a_theme_without_a_colour_is_named(tmp_path: Path) -> None:
    (tmp_path / "theme.toml").write_text('[colour]\ncall = "#FFD94F"\n')
    with pytest.raises(ConfigError, match="surface"):
        load_theme(tmp_path / "theme.toml")


def test_tints_are_mixed_from_tokens() -> None:
    assert load_theme(CONFIG / "theme.toml")["call-tint"] == "#FFF6D6"
