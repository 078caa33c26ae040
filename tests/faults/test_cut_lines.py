"""Lines cut in every way between the hall's programs: work goes on, and what was done meanwhile is known once."""

import time
from collections.abc import Callable

import pytest

from server.contract.views.board import BoardView
from server.demo.cut_hall import CutHall, serve_next
from server.demo.cut_line import Fault
from server.demo.programs import KIOSK, STATION
from server.demo.simulated import Simulators
from server.link.acts import HallClient

Until = Callable[..., bool]
Board = Callable[[], BoardView]
Unwell = Callable[..., list[tuple[str, str, str, str | None]]]


def long(fault: Fault) -> object:
    return pytest.param(fault, marks=pytest.mark.long)


def numbers(clerk: HallClient) -> list[str]:
    return sorted(line.number for line in clerk.desk(1).waiting)


@pytest.mark.fault(4)
@pytest.mark.parametrize("fault", [Fault.SWALLOWED, Fault.FROZEN, *map(long, (Fault.REFUSED, Fault.SLOW, Fault.CUT))])
def test_whatever_cuts_the_kiosk_off_each_customer_gets_one_number_and_it_is_adopted_as_printed(
    cut: CutHall, clerk: HallClient, until: Until, fault: Fault
) -> None:
    assert until(lambda: not cut.touch("pay", tag=f"on-line-{fault.name}-{time.monotonic()}")["offline"])

    cut.lines.kiosk.fail(fault)
    printed = [cut.touch("pay", tag=f"away-{fault.name}-{n}") for n in range(2)]
    cut.lines.mend()

    assert [(told["error"], told["offline"], told["printed"]) for told in printed] == [("", True, "printed")] * 2
    wanted = {told["number"] for told in printed}
    assert until(lambda: wanted <= set(numbers(clerk)))
    assert until(lambda: not cut.touch("pay", tag=f"again-{fault.name}-{time.monotonic()}")["offline"])
    assert wanted <= set(numbers(clerk))
    assert len(set(numbers(clerk))) == len(numbers(clerk))


@pytest.mark.fault(30)
@pytest.mark.parametrize("fault", [Fault.FROZEN, *map(long, (Fault.REFUSED, Fault.SWALLOWED))])
def test_a_press_at_a_pad_that_is_cut_off_is_counted_once_when_the_line_is_back(
    cut: CutHall, clerk: HallClient, board: Board, until: Until, fault: Fault
) -> None:
    simulators = Simulators(cut.stage.control_port)
    cut.touch("pay", tag=f"rated-{fault.name}")
    counted, unmatched = board().ratings.n, board().ratings.unmatched
    number = serve_next(clerk, 1)
    assert until(lambda: simulators.ask("pad-1", "look")["number"] == number)

    cut.lines.station.fail(fault)
    simulators.press("pad-1", 5)
    assert until(lambda: simulators.ask("pad-1", "look")["light"] == "thanks")
    assert fault is Fault.SWALLOWED or board().ratings.n == counted
    cut.lines.mend()

    assert until(lambda: board().ratings.n == counted + 1)
    assert not until(lambda: board().ratings.n > counted + 1, seconds=1)
    assert board().ratings.unmatched == unmatched


@pytest.mark.fault(1)
def test_the_server_without_its_broker_goes_on_and_calls_no_device_well(
    cut: CutHall, clerk: HallClient, board: Board, unwell: Unwell, until: Until
) -> None:
    assert until(lambda: board().device_lamps)
    cut.lines.server_broker.fail(Fault.REFUSED)

    assert until(lambda: not board().device_lamps)
    assert {line.health for line in board().devices} == {"unknown"}
    cut.touch("pay", tag="without-broker")
    assert serve_next(clerk, 1)
    cut.lines.mend()

    assert until(lambda: board().device_lamps)
    until(lambda: not unwell("ok", of={KIOSK, STATION}))
    assert unwell("ok", of={KIOSK, STATION}) == []
