"""A sign on a real line: the text it was told stands there, also after its cable was pulled or its power was lost."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devices.farend import PtyEnd, TcpEnd
from devices.health import Cause, Health, HealthState
from devices.led_sign.driver import Bx6, Dialect, Lines, Pace, WiredLedSign
from devices.led_sign.frames import Place
from devices.led_sign.lines import LineFormat
from devices.led_sign.simulator import Bx6Panel, LinePanel, Panel, SimulatedSign
from devices.resources import SerialPort, TcpPort

Wait = Callable[[Callable[[], bool]], None]
QUICK = Pace(reopen_s=0.1, ask_s=0.1, silent_s=0.5, again_s=0.5)
FORM = LineFormat(b"\x02", b"\r\n", 32, "xor")


class Bench:
    """A driver and the simulated sign at the other end of its cable."""

    def __init__(self, sign: WiredLedSign, far: SimulatedSign) -> None:
        self.sign = sign
        self.far = far

    def do(self, do: str, **facts: object) -> None:
        self.far.do({"do": do, **facts})

    def shows(self, text: str) -> Callable[[], bool]:
        return lambda: self.far.text == text


@pytest.fixture(params=["bx6 tcp", "bx6 serial", "lines serial"])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    driver, cable = request.param.split()
    panel: Panel = Bx6Panel(3) if driver == "bx6" else LinePanel(FORM)
    dialect: Dialect = Bx6(3, Place(64, 16), "gb18030") if driver == "bx6" else Lines(FORM, "gb18030")
    with ExitStack() as stack:
        end = TcpEnd("127.0.0.1", 0) if cable == "tcp" else PtyEnd(tmp_path / "sign")
        far = SimulatedSign(end, panel, "gb18030", Random(1))
        far.start()
        stack.callback(far.stop)
        port = TcpPort(end.host, end.port) if isinstance(end, TcpEnd) else SerialPort(str(end.path))
        sign = WiredLedSign("sign-1", port, dialect, pace=QUICK)
        sign.start(lambda _health: None)
        stack.callback(sign.close)
        yield Bench(sign, far)


def test_a_sign_shows_what_it_is_told(bench: Bench, eventually: Wait) -> None:
    for text in ("A023", "暂停服务", "", "请 B107 到 12 号窗口"):
        bench.sign.show(text)
        eventually(bench.shows(text))
    assert bench.sign.health() == Health(HealthState.OK)


def test_the_last_word_reaches_a_sign_that_is_closed(bench: Bench, eventually: Wait) -> None:
    bench.sign.show("A023")
    eventually(bench.shows("A023"))

    bench.sign.show("请听叫号")
    bench.sign.close()

    eventually(bench.shows("请听叫号"))


def test_after_a_pulled_cable_the_newest_text_stands_there(bench: Bench, eventually: Wait) -> None:
    bench.sign.show("A023")
    eventually(bench.shows("A023"))
    bench.do("unplug")
    eventually(lambda: Cause.UNPLUGGED in bench.sign.health().causes)

    bench.sign.show("A024")
    bench.do("plug")

    eventually(bench.shows("A024"))
    eventually(lambda: bench.sign.health().ok)


def test_after_a_lost_power_the_text_comes_back(bench: Bench, eventually: Wait) -> None:
    bench.sign.show("A023")
    eventually(bench.shows("A023"))

    bench.do("restart")

    eventually(bench.shows("A023"))


@pytest.mark.parametrize("bench", ["bx6 tcp"], indirect=True)
def test_a_sign_that_falls_silent_is_unknown_until_it_speaks(bench: Bench, eventually: Wait) -> None:
    eventually(lambda: bench.sign.health().ok)
    bench.do("silence")
    eventually(lambda: bench.sign.health() == Health(HealthState.UNKNOWN, frozenset({Cause.SILENT})))

    bench.do("mend")

    eventually(lambda: bench.sign.health().ok)


STEPS = st.sampled_from(["garbage", "unplug", "plug", "silence", "restart", "A001", "B002", "暂停服务"])


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, max_size=8))
def test_through_every_trouble_the_last_text_stands_there_in_the_end(
    bench: Bench, eventually: Wait, steps: list[str]
) -> None:
    bench.sign.show("")
    wanted = ""
    for step in steps:
        if step[0] in "AB暂":
            wanted = step
            bench.sign.show(step)
        else:
            bench.do(step)
    bench.do("mend")

    eventually(bench.shows(wanted))
    eventually(lambda: bench.sign.health().ok)
