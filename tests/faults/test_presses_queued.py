"""Presses wait at the pads while broker and server are dead (fault 30): each is counted once, for its own visit."""

import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from server.demo.presses import embedded, press_all
from server.demo.stage import Stage

CONFIG = Path(__file__).parents[2] / "config"


def mosquitto(stage: Stage) -> Sequence[str]:
    file = stage.home / "mosquitto.conf"
    file.write_text(f"user root\nlistener {stage.settings.broker.port} 127.0.0.1\nallow_anonymous true\n")
    found = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
    assert found, "mosquitto is needed by this test; `make setup` installs it"
    return [found, "-c", str(file)]


def all_counted(tmp_path: Path, presses: int, counters: int, broker: Callable[[Stage], Sequence[str]]) -> None:
    pressed = press_all(CONFIG, tmp_path, presses, counters, broker)

    assert pressed.problems == []
    assert (pressed.presses, pressed.kept, pressed.counted) == (presses, presses, presses)
    assert pressed.kills == Counter({"server": 3, "station-1": 2, "broker": 2})


@pytest.mark.fault(1, 3, 30)
def test_every_press_made_while_the_broker_was_dead_counts_once(tmp_path: Path) -> None:
    """With mosquitto; with amqtt it is tried by the bench."""
    all_counted(tmp_path, 12, 6, mosquitto)


@pytest.mark.long
@pytest.mark.fault(1, 3, 30)
@pytest.mark.parametrize("broker", [embedded, mosquitto], ids=["amqtt", "mosquitto"])
def test_five_thousand_presses_made_while_the_broker_was_dead_count_once(
    tmp_path: Path, broker: Callable[[Stage], Sequence[str]]
) -> None:
    all_counted(tmp_path, 5000, 90, broker)
