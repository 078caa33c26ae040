"""A ticket printer through random steps: what it calls printed is on paper, no slip twice unmarked, health right."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from random import Random

import pytest

from devices.farend import FarEnd
from devices.health import Cause, Health
from devices.protocols import Printed
from devices.resources import SerialPort
from devices.sheets import NUMBER, Line, Sheet
from devices.ticket_printer.cable import cable_to
from devices.ticket_printer.driver import EscposTicketPrinter, Patience
from devices.ticket_printer.layout import Paper, render
from devices.ticket_printer.simulator import SimulatedPrinter
from server.contract.words import Language

QUICK = Patience(answer_s=0.15, marker_s=0.5, recover_s=0.05)
SLOW_S = 0.03


class Cable(FarEnd):
    path: Path
    garbles: bool

    def replug(self) -> None: ...


def sheet(number: str, copies: int) -> Sheet:
    lines = (Line(number, NUMBER, True, "center"), Line("过户 / 更名", align="center"))
    return Sheet(lines, Language.ZH, f"补打 {copies}" if copies else "")


class PrinterTrial:
    """A printer, its driver, and all slips that were asked for."""

    def __init__(self, cable: Cable) -> None:
        self._cable = cable
        self._far = SimulatedPrinter(cable, Random(8))
        self._asked: list[str] = []
        self._said: dict[str, bool] = {}
        """Text at the head of each slip that was asked for -> the driver said that it is printed."""
        self._rubbish = False
        """Bytes of another speed may stand in the printer, and on paper."""
        self._read = 0
        self._whole: Counter[str] = Counter()
        self._wrong = ""
        self._far.start()
        self._driver = self._begin()

    @property
    def steps(self) -> Mapping[str, Callable[[Random], None]]:
        return {
            "print": lambda _: self._print(f"A{len(self._asked) + 1:04}", 0),
            "another": lambda _: self._print(f"B{len(self._asked) + 1:04}", 0),
            "reprint": lambda _: self._reprint(),
            "paper out": lambda _: self._do("paper", state="out"),
            "paper low": lambda _: self._do("paper", state="near_end"),
            "paper ends": lambda random: self._do("paper", after=random.randint(1, 8)),
            "new roll": lambda _: self._do("paper", state="ok"),
            "open": lambda _: self._do("cover", state="open"),
            "shut": lambda _: self._do("cover", state="closed"),
            "jam": lambda _: self._do("cutter", state="jam"),
            "free": lambda _: self._do("cutter", state="ok"),
            "silence": lambda _: self._do("silence", on=True),
            "speak": lambda _: self._do("silence", on=False),
            "nonsense": lambda _: self._do("garbage", on=True),
            "sense": lambda _: self._do("garbage", on=False),
            "slow": lambda _: self._do("slow", seconds=SLOW_S),
            "quick": lambda _: self._do("slow", seconds=0),
            "unplug": lambda _: self._do("unplug"),
            "plug": lambda _: self._do("plug"),
            "replug": lambda _: self._cable.replug(),
            "wrong speed": lambda _: setattr(self._cable, "garbles", True),
            "right speed": lambda _: setattr(self._cable, "garbles", False),
            "start anew": lambda _: self._start_anew(),
            "die printing": self._die_printing,
            "mend": lambda _: self._mend(),
        }

    def close(self) -> None:
        self._driver.close()
        self._far.stop()

    def ill_judged(self) -> str:
        if self._cable.plugged and (self._far.noisy or self._cable.garbles) and not self._far.silent:
            return ""
        said, wanted = self._driver.health(), Health.of(self._causes())
        return f"health is {said}, not {wanted}" if said != wanted else ""

    def amiss(self) -> str:
        self._look()
        absent = [head for head, printed in self._said.items() if printed and not self._whole[head]]
        if absent:
            return f"{absent} are on no paper"
        return self._wrong

    def _look(self) -> None:
        for slip in self._far.do({"do": "slips", "since": self._read})["slips"]:
            self._read += 1
            if not slip["cut"]:
                continue
            mark = slip["text"].split("\n", 1)[0]
            head = f"{slip['number']} {mark}" if mark.startswith("补打") else str(slip["number"])
            self._whole[head] += 1
            if head not in self._said and not self._rubbish:
                self._wrong = f"{head!r} is on paper, and nobody asked for it"
            elif head in self._said and self._whole[head] > 1:
                self._wrong = f"{head!r} is on paper twice"

    def _begin(self) -> EscposTicketPrinter:
        cable = cable_to("printer-1", SerialPort(str(self._cable.path)))
        return EscposTicketPrinter("printer-1", cable, Paper(), patience=QUICK)

    def _causes(self) -> set[Cause]:
        if not self._cable.plugged:
            return {Cause.UNPLUGGED}
        if self._far.silent:
            return {Cause.SILENT}
        is_so = {
            Cause.PAPER_OUT: self._far.paper == "out",
            Cause.PAPER_NEAR_END: self._far.paper == "near_end",
            Cause.COVER_OPEN: self._far.cover_open,
            Cause.CUTTER: self._far.jammed,
        }
        return {cause for cause, so in is_so.items() if so}

    def _do(self, button: str, **facts: object) -> None:
        self._far.do({"do": button, **facts})

    def _print(self, number: str, copies: int) -> None:
        """A printer that talks nonsense may by chance say the very words of one that has printed."""
        nonsense = self._far.noisy or self._cable.garbles
        well = not self._causes() - {Cause.PAPER_NEAR_END} and not nonsense and not self._rubbish
        self._rubbish |= self._cable.garbles
        self._asked.append(number)
        head = f"{number} 补打 {copies}" if copies else number
        self._said[head] = False
        outcome = self._driver.print(sheet(number, copies))
        self._said[head] = outcome.printed is Printed.PRINTED and not nonsense
        if self._said[head]:
            self._rubbish = False
        if well and not self._causes() - {Cause.PAPER_NEAR_END} and outcome.printed is Printed.FAILED:
            self._wrong = f"nothing hindered {head!r}, and it failed: {outcome}"

    def _reprint(self) -> None:
        if self._asked:
            self._print(self._asked[-1], self._asked.count(self._asked[-1]))

    def _start_anew(self) -> None:
        self._driver.close()
        self._driver = self._begin()

    def _die_printing(self, random: Random) -> None:
        """The kiosk's power fails when a part of a slip is on its way."""
        self._driver.close()
        self._rubbish |= self._cable.garbles
        if self._cable.plugged:
            data = render(sheet("D0000", 0), Paper())
            line = cable_to("printer-1", SerialPort(str(self._cable.path)))
            line.open()
            line.write(data[: random.randrange(1, len(data) - 4)])
            line.close()
        self._driver = self._begin()

    def _mend(self) -> None:
        self._cable.garbles = False
        self._do("mend")


@contextmanager
def opened(cable: Cable) -> Iterator[PrinterTrial]:
    trial = PrinterTrial(cable)
    try:
        yield trial
    finally:
        trial.close()


Walk = Callable[[Callable[[], AbstractContextManager[PrinterTrial]]], None]


@pytest.mark.driver("ticket_printer", "escpos")
def test_a_printer_never_lies_about_paper_and_never_prints_twice(walk: Walk, new_cable: Callable[[], Cable]) -> None:
    walk(lambda: opened(new_cable()))
