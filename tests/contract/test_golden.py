"""The bytes on the wire are pinned: a change here breaks programs that are already in halls."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from server.contract.common import Stamp, WaitRange
from server.contract.messages import (
    CallNow,
    CallsNow,
    CounterNow,
    DeviceAlert,
    DeviceState,
    Event,
    Health,
    JournalPage,
    JournalRecord,
    JournalStored,
    KpiNow,
    LiveAlert,
    PartState,
    QueueNow,
    RatingClosed,
    RatingPress,
    RatingWindow,
    ServerState,
    Stored,
)
from server.contract.topics import TABLE, Topic, of
from server.contract.words import CounterState, Language, TicketState

AT = datetime(2026, 11, 2, 1, 30, tzinfo=UTC)
ULID = "01JBR3K1ZQ8YV7T5M2N4P6R8S0"
STAMP = Stamp(journal="j1", rev=42, as_of=AT)
HERE = "hall/v1/chengdong"

EXAMPLES: dict[str, Any] = {
    f"{HERE}/server/state": ServerState(
        online=True, boot="b1", session="s1", beat=7, at=AT, program="server", version="0.1.0", journal="j1", rev=42
    ),
    f"{HERE}/live/queue/pay": QueueNow(
        stamp=STAMP,
        service="pay",
        waiting=3,
        oldest_at=AT,
        target_s=600,
        forecast=WaitRange(low_s=60, likely_s=180, high_s=420, as_of=AT),
    ),
    f"{HERE}/live/counter/3": CounterNow(
        stamp=STAMP,
        counter=3,
        state=CounterState.OPEN,
        since=AT,
        number="A023",
        service="pay",
        ticket_state=TicketState.CALLED,
    ),
    f"{HERE}/live/calls": CallsNow(
        stamp=STAMP,
        calls=[CallNow(seq=9, number="A023", counter=3, service="pay", at=AT, times=2, language=Language.VI)],
    ),
    f"{HERE}/live/kpi": KpiNow(
        stamp=STAMP, waiting=3, issued=40, called=37, finished=35, no_show=1, rated=20, satisfied=18
    ),
    f"{HERE}/live/alert/printer-out": LiveAlert(stamp=STAMP, cause="paper-out", since=AT, facts={"device": "kiosk-1"}),
    f"{HERE}/device/station-1/state": DeviceState(
        online=True, boot="b1", session="s1", beat=2, at=AT, program="station", version="0.1.0"
    ),
    f"{HERE}/device/station-1/part/pad-1": PartState(
        health=Health.FAULT, kind="rating_pad", counter=1, causes=["silent"], counts={"presses": 12}, since=AT
    ),
    f"{HERE}/device/station-1/alert/pad-1": DeviceAlert(cause="silent", part="pad-1", since=AT, facts={"tries": 3}),
    f"{HERE}/device/station-1/event/rating": Event[RatingPress](
        id=ULID,
        source="station-1",
        boot="b1",
        seq=5,
        after=3,
        time=AT,
        age_ms=1200,
        data=RatingPress(window=f"{ULID}-1", score=5, key=1, counter=1, in_time=True, pressed_age_ms=15),
    ),
    f"{HERE}/device/station-1/command/stored": Stored(id=ULID, time=AT, boot="b1", upto=5),
    f"{HERE}/device/station-1/command/rating-window": RatingWindow(
        id=ULID, time=AT, window=f"{ULID}-1", leg=1, counter=1, seconds=10.0, number="A023", language=Language.RU
    ),
    f"{HERE}/device/station-1/command/rating-closed": RatingClosed(id=ULID, time=AT, window=f"{ULID}-1", counter=1),
    f"{HERE}/journal": JournalPage(
        journal="j1", records=[JournalRecord(seq=42, at=AT, kind="TicketCalled", payload='{"n":1}', hash="ab12")]
    ),
    f"{HERE}/journal/stored": JournalStored(journal="j1", seq=42, hash="ab12"),
}


def line_of(topic: str) -> Topic[Any]:
    line = of(topic)
    assert line is not None
    return line


def file_of(golden: Path, topic: str) -> Path:
    return golden / (topic.removeprefix(f"{HERE}/").replace("/", "-") + ".json")


def test_every_line_of_the_table_has_its_golden_file() -> None:
    assert {line_of(topic).template for topic in EXAMPLES} == {line.template for line in TABLE}


@pytest.mark.parametrize("topic", EXAMPLES)
def test_message_is_written_as_ever(topic: str, golden: Path) -> None:
    assert line_of(topic).encode(EXAMPLES[topic]) + b"\n" == file_of(golden, topic).read_bytes()


@pytest.mark.parametrize("topic", EXAMPLES)
def test_message_is_read_as_ever(topic: str, golden: Path) -> None:
    assert line_of(topic).decode(file_of(golden, topic).read_bytes()) == EXAMPLES[topic]


@pytest.mark.parametrize("topic", EXAMPLES)
def test_message_of_a_later_version_is_read_without_its_new_fields(topic: str, golden: Path) -> None:
    later = file_of(golden, topic).read_bytes().rstrip()[:-1] + b',"a_later_field":{"deep":[1,2]}}'

    assert line_of(topic).decode(later) == EXAMPLES[topic]
