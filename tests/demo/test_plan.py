"""Who comes to the demo: read from a trace or made by a seed, and refused in words when a trace cannot be played."""

from pathlib import Path

import pytest

from server.contract.words import CustomerClass
from server.demo.plan import TraceError, make_day, offered_load, read_trace

SERVICES = ["pay", "bil", "new"]


def trace(tmp_path: Path, *rows: str, head: str = "arrive,service,priority,handle_seconds,patience_seconds") -> Path:
    path = tmp_path / "day.csv"
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return path


def test_the_same_seed_makes_the_same_day() -> None:
    assert make_day(SERVICES, 7) == make_day(SERVICES, 7)
    assert make_day(SERVICES, 7) != make_day(SERVICES, 8)


def test_a_made_day_comes_in_order_and_keeps_to_the_branch_services() -> None:
    day = make_day(SERVICES, 7, customers=300)

    assert len(day) == 300
    assert [one.arrive_s for one in day] == sorted(one.arrive_s for one in day)
    assert {one.service for one in day} <= set(SERVICES)


def test_unknown_letters_stand_for_the_services_in_order(tmp_path: Path) -> None:
    path = trace(
        tmp_path,
        "2020-01-07T08:00:10,B,normal,60,",
        "2020-01-07T08:00:00,A,elder,90,600",
        "2020-01-07T08:01:00,new,normal,30,",
    )

    first, second, third = read_trace(path, SERVICES, 7)

    assert [first.service, second.service, third.service] == ["pay", "bil", "new"]
    assert (first.customer_class, first.handle_s, first.patience_s) == (CustomerClass.ELDER, 90, 600)
    assert third.arrive_s - first.arrive_s == 60


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("yesterday,A,normal,60,", "day.csv:2: Invalid isoformat string"),
        ("2020-01-07T08:00:00,A,normal,long,", "day.csv:2: could not convert"),
        ("2020-01-07T08:00:00,A,royal,60,", "day.csv:2: 'royal' is not a valid CustomerClass"),
        ("2020-01-07T08:00:00,A,normal,60,\n2020-01-07T08:01:00+08:00,A,normal,60,", "day.csv:3: can't subtract"),
    ],
)
def test_a_row_that_cannot_be_played_is_named(tmp_path: Path, row: str, said: str) -> None:
    with pytest.raises(TraceError, match=said):
        read_trace(trace(tmp_path, row), SERVICES, 7)


def test_a_trace_that_is_missing_or_empty_is_named(tmp_path: Path) -> None:
    with pytest.raises(TraceError, match="No such file"):
        read_trace(tmp_path / "none.csv", SERVICES, 7)
    with pytest.raises(TraceError, match="no customers"):
        read_trace(trace(tmp_path), SERVICES, 7)
    (tmp_path / "gbk.csv").write_text("arrive,service\n早上,交费\n", encoding="gbk")
    with pytest.raises(TraceError, match="not UTF-8"):
        read_trace(tmp_path / "gbk.csv", SERVICES, 7)
    with pytest.raises(TraceError, match="handle_seconds"):
        read_trace(trace(tmp_path, "2020-01-07T08:00:00,A,normal", head="arrive,service,priority"), SERVICES, 7)


def test_the_load_is_that_of_the_busiest_hour(tmp_path: Path) -> None:
    rows = [f"2020-01-07T0{hour}:30:00,A,normal,1800," for hour in (8, 9, 9)]

    assert offered_load(read_trace(trace(tmp_path, *rows), SERVICES, 7)) == pytest.approx(1.0)
