"""Whatever bytes come from the broker: a message, or a refusal in one word; never a crash, never memory without end."""

import json
import subprocess
import sys
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.application.answers import Answer, Busy
from server.contract.codec import MAX_INT, MessageRefused
from server.contract.topics import DEVICE_ALERT, DEVICE_PART, DEVICE_STATE, RATING, TABLE, Topic
from server.entrypoints.devices import MOST_PARTS, Devices
from server.entrypoints.presses import Presses
from server.link.hearing import Heard

ROOT = Path(__file__).parents[2]
GOLDEN = [path.read_bytes() for path in sorted((ROOT / "tests/contract/golden").glob("*.json"))]
IDS = {"branch": "chengdong", "device": "station-1", "name": "pad-1"}
HEARD: tuple[Topic[Any], ...] = (DEVICE_STATE, DEVICE_PART, DEVICE_ALERT, RATING)
MEMORY = 16 * 2**20

LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.sampled_from([0, 1, -1, 2**31, 2**53, 2**63 - 1, 2**63, MAX_INT - 1])
    | st.floats()
    | st.text(max_size=30)
    | st.sampled_from(["", "\0", "\ud800", "\n", "rating_pad", "station-1", "9" * 400, "1970-01-01T00:00:00Z"])
    | st.lists(st.integers(), max_size=3)
    | st.dictionaries(st.text(max_size=8), st.integers(), max_size=3)
)


@st.composite
def nearly_right(draw: st.DrawFn) -> bytes:
    """A whole message with a few of its values replaced, left out or added, and sometimes torn or spoilt as bytes."""
    message = json.loads(draw(st.sampled_from(GOLDEN)))
    for _ in range(draw(st.integers(1, 4))):
        place = message
        while isinstance(place, dict) and place:
            key = draw(st.sampled_from(sorted(place)))
            if isinstance(place[key], dict) and draw(st.booleans()):
                place = place[key]
                continue
            if draw(st.integers(0, 5)):
                place[key] = draw(LEAVES)
            else:
                del place[key]
            break
    payload = json.dumps(message, ensure_ascii=draw(st.booleans())).encode("utf-8", "surrogatepass")
    match draw(st.integers(0, 4)):
        case 0:
            return payload[: draw(st.integers(0, len(payload)))]
        case 1:
            at = draw(st.integers(0, len(payload)))
            return payload[:at] + draw(st.binary(min_size=1, max_size=8)) + payload[at:]
        case _:
            return payload


PAYLOADS = nearly_right() | st.binary(max_size=200)


def read(line: Topic[Any], payload: bytes) -> Any:
    """The message; None where it is refused, in one fixed word and a line that may stand in a log."""
    try:
        return line.decode(payload)
    except MessageRefused as cause:
        refused = cause
    assert refused.reason.replace("-", "").isalnum()
    assert str(refused).isprintable()
    assert len(str(refused)) < 600
    return None


@pytest.mark.attack(12)
@given(PAYLOADS)
def test_any_bytes_are_a_message_or_refused(payload: bytes) -> None:
    for line in TABLE:
        message = read(line, payload)
        if message is not None:
            assert line.decode(line.encode(message)) == message


@pytest.mark.attack(12)
@given(st.lists(st.tuples(st.sampled_from(HEARD), PAYLOADS, st.booleans()), max_size=12))
def test_whatever_a_device_says_the_hall_takes_it_or_leaves_it(said: list[tuple[Topic[Any], bytes, bool]]) -> None:
    devices = Devices()
    presses = Presses(busy, lambda _device, _boot, _upto: None)
    devices.hear_line(True)
    hearers = (devices.hear_state, devices.hear_part, devices.hear_alert, presses.hear)

    for line, payload, retained in said:
        message = read(line, payload)
        if message is not None or not payload:
            hearers[HEARD.index(line)](Heard(IDS, message, retained))
        assert len(devices.facts().lines) <= 2 * MOST_PARTS + 1
        devices.station_of(1)


def busy(device: str, press_id: str, **_facts: Any) -> "Future[Answer]":
    answer: Future[Answer] = Future()
    answer.set_result(Busy())
    return answer


FIRE = """
import sys, psutil
from server.contract.codec import MessageRefused
from server.contract.topics import JOURNAL, RATING, DEVICE_PART
big = 128 * 1024
shots = [b"[" * big, b"{" * big, b'{"a":' * 20000, b"9" * big, b'{"a":' + b"9" * big + b"}", b"\\xff" * big,
    b'{"records":[' + b'{"kind":"x"},' * 9000 + b"{}]}", b'{"' + b"k" * 120000 + b'":1}', b"\\0" * big,
    b'{"a":"' + b"\\\\u0041" * 20000 + b'"}', b"{" + b",".join(b'"k%d":1' % n for n in range(9000)) + b"}"]
def fire(rounds):
    for _ in range(rounds):
        for shot in shots:
            for line in (JOURNAL, RATING, DEVICE_PART):
                try:
                    line.decode(shot)
                except MessageRefused:
                    pass
fire(2)
warm = psutil.Process().memory_info().rss
fire(int(sys.argv[1]))
print(psutil.Process().memory_info().rss - warm)
"""


@pytest.mark.attack(12)
@pytest.mark.parametrize("rounds", [8, pytest.param(400, marks=pytest.mark.long)])
def test_the_largest_payloads_leave_no_memory_behind(rounds: int) -> None:
    line = [sys.executable, "-c", FIRE, str(rounds)]

    grown = subprocess.run(line, capture_output=True, text=True, check=True, cwd=ROOT).stdout

    assert int(grown) < MEMORY
