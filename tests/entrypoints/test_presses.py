"""Presses as they come from the broker: twice, late, too many, with gaps, while the hall is busy."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ulid import ULID

from server.application.answers import Accepted, Answer, Busy, OutcomeUnknown, Refused, ReusedRequestId
from server.contract.codec import MessageRefused
from server.contract.messages import Event, RatingPress
from server.domain.errors import Code, Refusal
from server.domain.state import Hall
from server.domain.vocabulary import BranchId
from server.entrypoints.presses import Cursor, Presses
from server.link.hearing import Heard

NOW = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)
HALL = Hall.empty(BranchId("chengdong"))
YES: Answer = Accepted(1, (), HALL)


@dataclass
class Judge:
    """The hall's side: takes presses and answers as it is told, or when it is told."""

    answer: Callable[[], Answer | None] = lambda: YES
    taken: list[dict[str, Any]] = field(default_factory=list)
    open: list[Future[Answer]] = field(default_factory=list)

    def __call__(self, device: str, press_id: str, **facts: Any) -> Future[Answer]:
        self.taken.append({"device": device, "id": press_id, **facts})
        future: Future[Answer] = Future()
        answer = self.answer()
        if answer is None:
            self.open.append(future)
        else:
            future.set_result(answer)
        return future


@dataclass
class Desk:
    judge: Judge = field(default_factory=Judge)
    stored: list[tuple[str, str, int]] = field(default_factory=list)
    now: float = 0.0
    owners: set[str] = field(default_factory=lambda: {"station-1", "station-2"})

    def __post_init__(self) -> None:
        self.presses = Presses(
            self.judge,
            lambda device, boot, upto: self.stored.append((device, boot, upto)),
            owns_pads=lambda device: device in self.owners,
            wall=lambda: NOW,
        )

    def hear(self, seq: int, *, device: str = "station-1", retained: bool = False, **changes: Any) -> None:
        data = changes.pop("data", RatingPress(window="w1", score=5, counter=1, in_time=True))
        fields = {"id": str(ULID()), "source": "station-1", "boot": "b1", "time": NOW, "age_ms": 0} | changes
        event = Event[RatingPress](seq=seq, data=data, **fields)
        self.presses.hear(Heard({"branch": "chengdong", "device": device}, event, retained))


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_press_is_judged_with_its_age_and_acknowledged(desk: Desk) -> None:
    desk.hear(1, id="01JBR3K1ZQ8YV7T5M2N4P6R8S0", age_ms=1500, data=RatingPress(score=4, counter=2, pressed_age_ms=500))

    assert desk.judge.taken == [
        {
            "device": "station-1",
            "id": "01JBR3K1ZQ8YV7T5M2N4P6R8S0",
            "score": 4,
            "age_s": 2.0,
            "window": None,
            "in_time": None,
            "counter": 2,
        }
    ]
    assert desk.stored == [("station-1", "b1", 1)]


def test_age_of_a_restarted_station_is_told_by_its_wall_clock(desk: Desk) -> None:
    desk.hear(1, age_ms=None, time=NOW - timedelta(seconds=90))
    desk.hear(2, age_ms=None, time=NOW + timedelta(hours=2))

    assert [press["age_s"] for press in desk.judge.taken] == [90.0, 0.0]


def test_later_press_that_overtakes_does_not_acknowledge_the_earlier(desk: Desk) -> None:
    desk.hear(2)
    assert desk.stored == []

    desk.hear(1)

    assert desk.stored == [("station-1", "b1", 2)]


def test_server_that_has_forgotten_all_goes_on_where_the_station_stands(desk: Desk) -> None:
    desk.hear(42, after=41)

    assert desk.stored == [("station-1", "b1", 42)]


@pytest.mark.parametrize(
    "answer", [YES, Refused(Refusal(Code.BAD_SCORE), HALL), ReusedRequestId()], ids=lambda it: type(it).__name__
)
def test_judged_press_is_acknowledged_whatever_the_judgement(answer: Answer) -> None:
    desk = Desk(Judge(lambda: answer))

    desk.hear(1)

    assert desk.stored == [("station-1", "b1", 1)]


@pytest.mark.parametrize("answer", [Busy(), OutcomeUnknown()], ids=lambda it: type(it).__name__)
def test_unjudged_press_stays_with_the_station(answer: Answer) -> None:
    desk = Desk(Judge(lambda: answer))

    desk.hear(1)
    desk.judge.answer = lambda: YES
    desk.hear(1)

    assert desk.stored == [("station-1", "b1", 1)]


def test_nothing_is_acknowledged_before_the_commit(desk: Desk) -> None:
    desk.judge.answer = lambda: None
    desk.hear(1)
    assert desk.stored == []

    desk.judge.open[0].set_result(YES)

    assert desk.stored == [("station-1", "b1", 1)]


def test_repetition_while_it_is_judged_is_not_asked_again(desk: Desk) -> None:
    desk.judge.answer = lambda: None

    for _ in range(3):
        desk.hear(1, id="01JBR3K1ZQ8YV7T5M2N4P6R8S0")

    assert len(desk.judge.taken) == 1


@pytest.mark.attack(7)
def test_one_device_cannot_press_for_another(desk: Desk) -> None:
    with pytest.raises(MessageRefused, match="foreign-press"):
        desk.hear(1, device="station-2")

    assert (desk.judge.taken, desk.stored) == ([], [])


@pytest.mark.attack(7)
def test_machine_without_pads_cannot_press(desk: Desk) -> None:
    desk.owners = {"station-1"}

    with pytest.raises(MessageRefused, match="foreign-press"):
        desk.hear(1, device="kiosk-1", source="kiosk-1")

    assert (desk.judge.taken, desk.stored) == ([], [])


def test_retained_press_is_a_replay(desk: Desk) -> None:
    desk.hear(1, retained=True)

    assert (desk.judge.taken, desk.stored) == ([], [])


def test_press_older_than_the_memory_of_acts_is_ignored_and_acknowledged(desk: Desk) -> None:
    desk.hear(1, age_ms=26 * 86_400_000)

    assert (desk.judge.taken, desk.stored) == ([], [("station-1", "b1", 1)])


def test_boots_are_counted_apart(desk: Desk) -> None:
    desk.hear(1, boot="b1")
    desk.hear(1, boot="b2")

    assert desk.stored == [("station-1", "b1", 1), ("station-1", "b2", 1)]


def test_hostile_seqs_cannot_fill_the_memory() -> None:
    cursor = Cursor()

    for seq in range(10_000, 20_000):
        cursor.settle(seq, 0)

    assert (cursor.upto, len(cursor.ahead)) == (0, 4096)
