"""The kiosk without a window, spoken to in JSON lines."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from kiosk.drive import Drive
from kiosk.scanning import ScanDesk
from kiosk.taking import NumberDesk

Machine = Any
Server = Any
Printer = Any
Services = Callable[..., Any]


@pytest.fixture
def drive(
    desk: NumberDesk, server: Server, machine: Machine, services: Services, new_ids: Callable[[], Callable[[], str]]
) -> Drive:
    return Drive(desk, ScanDesk(server, desk.circuit, new_ids()), "kiosk-1", services, new_ids(), machine.wall)


def spoken(drive: Drive, *lines: object) -> list[dict[str, Any]]:
    answers: list[dict[str, Any]] = []
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    drive.run(texts, lambda text: answers.append(json.loads(text)))
    return answers


def touch(tag: str, service: str = "trf") -> dict[str, Any]:
    return {"touch": {"services": [service], "customer_class": "normal", "language": "ru"}, "tag": tag}


def test_a_touch_is_answered_with_its_ticket(drive: Drive, printer: Printer) -> None:
    assert spoken(drive, touch("c17")) == [
        {"tag": "c17", "ticket": "ticket-0", "number": "A023", "printed": "printed", "offline": False, "error": ""}
    ]
    assert len(printer.sheets) == 1


def test_the_same_tag_is_the_same_customer(drive: Drive, printer: Printer) -> None:
    first, again = spoken(drive, touch("c17"), touch("c17"))

    assert first == again
    assert len(printer.sheets) == 1


def test_after_a_restart_the_same_tag_gets_the_same_number(drive: Drive, server: Server) -> None:
    first = spoken(drive, touch("c17"))
    again = spoken(drive, touch("c17"))

    assert first == again
    assert list(server.issued) == ["kiosk-1.touch.c17"]


def test_a_refusal_is_told_by_its_code(drive: Drive, server: Server) -> None:
    server.refuses = "service-closed"

    assert [one["error"] for one in spoken(drive, touch("c17"))] == ["service-closed"]


@pytest.mark.parametrize(
    "line", ["nonsense", "[]", '{"touch": {"services": []}, "tag": "c1"}', '{"tag": "c1", "x": 1}']
)
def test_what_is_no_touch_is_answered_and_the_next_goes_on(drive: Drive, line: str) -> None:
    bad, good = spoken(drive, line, touch("c2"))

    assert bad["error"].startswith("malformed")
    assert good["number"] == "A023"


def test_offline_numbers_are_marked(drive: Drive, server: Server, services: Services, expected_logs: Any) -> None:
    expected_logs.expect("the hall is away")
    drive.desk.store.remember(services())
    server.away = True

    answer = spoken(drive, touch("c17", "pay"))[0]

    assert (answer["number"], answer["offline"], answer["ticket"]) == ("B800", True, "")
