from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from server.adapters.codec import CodecError, dump, load
from server.domain.config import Counter, HallConfig, Series, Service
from server.domain.layers import Layers
from server.domain.ticket import Called, Expected, Ticket
from server.domain.visit import Leg, Note, Record, Visit
from server.domain.vocabulary import (
    BranchId,
    Channel,
    ClerkId,
    CounterNo,
    CustomerClass,
    Digest,
    Language,
    Outcome,
    ServiceId,
    TicketId,
)

AT = datetime(2026, 3, 2, 9, 30, 0, 250000, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Shelf:
    tickets: Layers[TicketId, Ticket]
    span: tuple[int, int, int] | None
    mixed: int | str | None
    record: Record


def a_visit() -> Visit:
    leg = Leg(1, ServiceId("pay"), CounterNo(3))
    note = Note(1, AT, ClerkId("1001"), CounterNo(3), Digest("ab" * 32), ("id",))
    return Visit(
        TicketId("01J"), 1, date(2026, 3, 2), "A", 23, CustomerClass.ELDER, Language.VI, Channel.KIOSK, AT, AT, leg,
        notes=(note,), promise=(60, 120, 240),
    )  # fmt: skip


def a_config() -> HallConfig:
    pay = ServiceId("pay")
    return HallConfig(
        BranchId("chengdong"),
        "Asia/Shanghai",
        time(4),
        {pay: Service(pay, "A", {CustomerClass.NORMAL: 900}, 300, 240, time(8, 30), None)},
        {"A": Series("A", reserved={"kiosk-1": (800, 899)})},
        {CounterNo(1): Counter(CounterNo(1), (pay,))},
    )


def test_every_kind_of_value_comes_back_equal() -> None:
    visit = a_visit()
    called = Called(visit, CounterNo(3), ClerkId("1001"), AT, AT + timedelta(seconds=9), 2, 12.5)
    shelf = Shelf(
        Layers({TicketId("a"): called, TicketId("b"): Expected(replace(visit, appointment=AT))}),
        (1, 2, 3),
        "seven",
        Record(ServiceId("pay"), Outcome.DONE),
    )
    assert load(dump(shelf, Shelf), Shelf) == shelf
    assert load(dump(replace(shelf, mixed=7, span=None), Shelf), Shelf).mixed == 7


def test_config_comes_back_equal_and_the_same_bytes() -> None:
    stored = dump(a_config(), HallConfig)
    again = load(stored, HallConfig)
    assert again == a_config()
    assert dump(again, HallConfig) == stored


def test_unknown_keys_are_skipped_and_missing_ones_take_their_default() -> None:
    leg = load('{"number":1,"service":"pay","colour":"red"}', Leg)
    assert leg == Leg(1, ServiceId("pay"))


def test_what_is_empty_is_never_mistaken_for_what_is_not_there() -> None:
    nobody_ahead = replace(a_visit(), ahead=0, promise=None)
    assert load(dump(nobody_ahead, Visit), Visit) == nobody_ahead
    assert load(dump(nobody_ahead, Visit), Visit).ahead == 0


@pytest.mark.parametrize("stored", ['{"number":1}', "[]", '{"number":1,"service"', "null"])
def test_what_does_not_fit_is_named(stored: str) -> None:
    with pytest.raises(CodecError, match="Leg"):
        load(stored, Leg)


@pytest.mark.parametrize("at", ["noon", float("nan"), None])
def test_a_value_that_is_not_of_its_type_is_named(at: Any) -> None:
    with pytest.raises(CodecError, match="Note"):
        dump(Note(1, at, ClerkId("1001"), CounterNo(3), Digest("")), Note)


@pytest.mark.parametrize(("counter", "documents"), [(float("nan"), ()), (3, ["id"]), (3, {"id": 1})])
def test_what_would_not_come_back_as_it_is_is_not_stored(counter: Any, documents: Any) -> None:
    note = Note(1, AT, ClerkId("1001"), counter, Digest(""), documents)
    with pytest.raises(CodecError, match="Note"):
        dump(note, Note)
