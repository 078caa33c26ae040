"""Control bytes in names and texts that are printed: they come out as letters or not at all, never as commands."""

import random
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.buttons import Button
from devices.sheets import Columns, Framed, Line, Qr, Rule, Sheet, TickBoxes
from devices.ticket_printer.layout import Paper, render
from devices.ticket_printer.simulator import SimulatedPrinter
from devices.ticket_printer.slips import Slip
from kiosk.pages import Picture
from kiosk.slip import slip
from kiosk.texts import Texts
from kiosk.visit_pages import Told
from server.contract.acts import IssueTicket
from server.contract.views.answers import TicketView
from server.contract.views.services import ServicesView
from server.contract.words import Language
from server.domain.vocabulary import Role
from server.link.acts import new_request_id

pytestmark = pytest.mark.attack(13)

NOW = datetime(2026, 11, 20, 2, 42, tzinfo=UTC)
COMMANDS = {
    "cut": "\x1dV\x00",
    "feed and cut": "\x1dVB\x00",
    "old cut": "\x1bi",
    "drawer": "\x1bp\x00\x19\xfa",
    "drawer in real time": "\x10\x14\x01\x00\x01",
    "status": "\x10\x04\x01",
    "clear": "\x10\x05\x02",
    "reset": "\x1b@",
    "upside down": "\x1b{\x01",
    "white on black": "\x1dB\x01",
    "letters out": "\x1c.",
    "another page": "\x1bt\x11",
    "picture": "\x1dv0\x00\xff\xff\xff\xff",
    "code": "\x1d(k\x03\x001Q0",
    "paged": "\x1bL\x0c",
    "stored picture": "\x1cp\x01\x00",
    "lines": "\n\r\x0b\x0c\x85\u2028\u2029",
    "eight bits": "\x80\x8f\x9b\xff\x1b",
    "right to left": "\u202e\u2066\u200f",
    "wide": "\ufeff\ud7ff\ue000",
}
TEXT = "A" + "".join(COMMANDS.values()) + "Z"
PAPERS = [Paper(576, chinese_font=True), Paper(576, chinese_font=False), Paper(384, chinese_font=True)]
WIDE = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


class FarEnd:
    """A printer's own end of a cable in memory: what it is asked it answers into `said`."""

    def __init__(self) -> None:
        self.said = bytearray()

    def start(self, take: Callable[[bytes], None]) -> None:
        self.take = take

    def stop(self) -> None:
        return

    def send(self, data: bytes) -> None:
        self.said += data

    def buttons(self) -> list[Button]:
        return []


def printed(data: bytes) -> tuple[list[Slip], bytes]:
    """The slips that these bytes become, and what the printer said back, which only a command makes it do."""
    line = FarEnd()
    printer = SimulatedPrinter(line, random.Random(1))  # type: ignore[arg-type]
    printer.start()
    line.take(data)
    return printer.slips, bytes(line.said)


def a_sheet(text: str, language: Language) -> Sheet:
    return Sheet(
        (
            Columns(text, text, bold=True),
            Rule(),
            Line(text, size=8, bold=True, align="center"),
            Framed((Line(text), Columns(text, text))),
            Qr(f"https://hall.example/t/{text}", (text, text)),
            TickBoxes((text, text)),
        ),
        language,
        text,
    )


def shape(data: bytes) -> list[bytes]:
    """The commands alone, without text and pictures: ESC, GS, FS, DLE with their letter."""
    return re.findall(rb"[\x1b\x1d\x1c\x10].", data, re.DOTALL)


@pytest.mark.parametrize("paper", PAPERS, ids=["80 mm", "80 mm pictures", "58 mm"])
@pytest.mark.parametrize("language", list(Language))
def test_commands_within_a_text_are_no_commands_on_paper(language: Language, paper: Paper) -> None:
    slips, said = printed(render(a_sheet(TEXT, language), paper))
    assert [one.cut for one in slips] == [True]
    assert said == b""


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS.keys())
def test_a_text_with_commands_prints_the_same_commands_as_one_without(command: str) -> None:
    hostile = render(a_sheet(f"A{command}Z", Language.EN), PAPERS[0])
    kept = "".join(c for c in command if c.isprintable())
    plain = render(a_sheet(f"A{kept}Z", Language.EN), PAPERS[0])
    assert shape(hostile) == shape(plain)
    for forbidden in (b"\x1bp", b"\x10\x14", b"\x10\x04", b"\x10\x05", b"\x1bi", b"\x1dV\x00"):
        assert forbidden not in hostile


@settings(max_examples=30)
@given(text=WIDE)
def test_whatever_is_written_comes_out_as_one_slip(text: str) -> None:
    slips, said = printed(render(a_sheet(text, Language.ZH), PAPERS[0]))
    assert [one.cut for one in slips] == [True]
    assert said == b""


def hostile(text: str) -> Any:
    return dict.fromkeys(Language, text)


def test_a_ticket_of_a_hall_whose_every_name_is_hostile_is_one_slip_with_one_cut(served: Any) -> None:
    kiosk = served.machine(Role.KIOSK, "kiosk-1")
    services: ServicesView = kiosk.services()
    ticket: TicketView = kiosk.issue(IssueTicket(request_id=new_request_id(), services=["trf"]))
    named = services.model_copy(
        update={
            "name": hostile(TEXT),
            "services": [
                service.model_copy(
                    update={
                        "name": hostile(TEXT),
                        "documents": [one.model_copy(update={"name": hostile(TEXT)}) for one in service.documents],
                    }
                )
                for service in services.services
            ],
        }
    )
    held = Told(ticket.number, "trf", NOW, ticket)
    for language in Language:
        sheet = slip(held, Picture(NOW, named), Texts(language), TEXT)
        for paper in PAPERS:
            slips, said = printed(render(sheet, paper))
            assert [one.cut for one in slips] == [True]
            assert said == b""
