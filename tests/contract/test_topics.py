from typing import Any

import pytest

from server.contract.codec import MessageRefused
from server.contract.messages import KpiNow, PartState, Stored
from server.contract.topics import (
    DEVICE_PART,
    DEVICE_STATE,
    LIVE_COUNTER,
    LIVE_KPI,
    TABLE,
    BadTopic,
    Topic,
    of,
)


def test_topic_is_filled_with_its_ids() -> None:
    assert LIVE_COUNTER.at(branch="chengdong", counter=3) == "hall/v1/chengdong/live/counter/3"


@pytest.mark.parametrize("bad", ["", "+", "#", "a/b", "A1", "a b", "窗口", "x" * 33, "a\n", "$sys", "a+"])
def test_bad_ids_and_wildcards_are_refused(bad: str) -> None:
    with pytest.raises(BadTopic):
        DEVICE_STATE.at(branch="chengdong", device=bad)
    with pytest.raises(BadTopic):
        DEVICE_STATE.pattern(branch=bad)


@pytest.mark.parametrize("ids", [{}, {"branch": "b"}, {"branch": "b", "device": "d", "name": "n"}])
def test_missing_and_surplus_ids_are_refused(ids: dict[str, str]) -> None:
    with pytest.raises(BadTopic):
        DEVICE_STATE.at(**ids)


def test_pattern_leaves_the_unnamed_open() -> None:
    assert DEVICE_PART.pattern(branch="chengdong") == "hall/v1/chengdong/device/+/part/+"


def test_match_gives_back_the_ids() -> None:
    assert DEVICE_PART.match("hall/v1/b/device/kiosk-1/part/printer-1") == {
        "branch": "b",
        "device": "kiosk-1",
        "name": "printer-1",
    }


@pytest.mark.parametrize(
    "topic",
    ["hall/v2/b/live/kpi", "hall/v1/b/live", "hall/v1/b/live/kpi/x", "hall/v1/B/live/kpi", "hall/v1//live/kpi", ""],
)
def test_foreign_topics_match_nothing(topic: str) -> None:
    assert of(topic) is None


@pytest.mark.parametrize("line", TABLE, ids=lambda line: str(line.template))
def test_each_topic_belongs_to_one_line(line: Topic[Any]) -> None:
    topic = line.at(**dict.fromkeys(line.places, "7"))

    assert [other for other in TABLE if other.match(topic) is not None] == [line]


def test_state_is_retained_and_what_happens_is_not() -> None:
    kept = {line.template.split("/")[3]: line.retain for line in TABLE if line.publisher == "server"}

    assert kept["live"]
    assert not any(line.retain for line in TABLE if "/event/" in line.template or "/command/" in line.template)


def test_wrong_message_for_a_topic_is_refused() -> None:
    wrong: Any = Stored(id="1", boot="b", upto=1)

    with pytest.raises(MessageRefused, match="wrong-shape"):
        LIVE_KPI.encode(wrong)


def test_too_large_message_is_refused_when_sent() -> None:
    with pytest.raises(MessageRefused, match="too-large"):
        DEVICE_PART.encode(PartState(kind="printer", causes=[], counts={}).model_copy(update={"kind": "x" * 9000}))


def test_reader_is_typed_by_the_table() -> None:
    read: Topic[KpiNow] = LIVE_KPI

    assert read.model is KpiNow
