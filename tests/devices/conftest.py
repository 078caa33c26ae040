"""Sheets to print, and printers and pads at the far ends of real cables."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from random import Random
from time import monotonic, sleep

import pytest

from devices.farend import PtyEnd, TcpEnd
from devices.protocols import TICKET_PRINTER
from devices.registry import build, load_devices
from devices.resources import SerialPort, TcpPort, UsbPort
from devices.sheets import NUMBER, TITLE, Columns, Framed, Line, Qr, Rule, Sheet, TickBoxes
from devices.ticket_printer.cable import cable_to
from devices.ticket_printer.driver import EscposTicketPrinter, Patience, Says
from devices.ticket_printer.layout import Paper
from devices.ticket_printer.simulator import SimulatedPrinter
from server.contract.words import Language

URL = "https://hall.csgd.example.cn/t/4fKq9ZrT7bWmXc2LpVn8Ya"


@pytest.fixture
def zh_sheet() -> Sheet:
    """A whole ticket: hall, number, service, ahead, range, call time, documents, QR, thanks."""
    return Sheet(
        (
            Columns("城东供电营业厅", "11-20 10:42", bold=True),
            Rule(),
            Line("A023", NUMBER, True, "center"),
            Line("过户 / 更名", TITLE, True, "center"),
            Framed((Columns("预计等候", "前面"), Columns("8–14 分钟", "5 人", True, TITLE))),
            Line("大约 10:50–10:56 叫到您", align="center"),
            Line("请听广播、看大屏", align="center"),
            Rule(dashed=True),
            Qr(URL, ("扫码看还有几位", "快到时提醒您；", "晚到、不办也点这里")),
            Rule(dashed=True),
            Line("窗口要看这些", bold=True),
            TickBoxes(("身份证原件", "不动产权证或购房合同", "电费户号")),
            Rule(),
            Columns("取号机 1", "当日有效", bold=True),
            Line("过号 30 分钟内到 1 号台，不用重排", align="center"),
        ),
        Language.ZH,
    )


@pytest.fixture
def ru_sheet() -> Sheet:
    return Sheet(
        (
            Columns("ЦОК «Восточный»", "20.11 10:42", bold=True),
            Rule(),
            Line("A023", NUMBER, True, "center"),
            Line("Переоформление договора", TITLE, True, "center"),
            Framed((Columns("Ожидание, вероятно", "перед вами"), Columns("8–14 мин", "5 чел.", True, TITLE))),
            Line("Вызовем примерно в 10:50–10:56.", align="center"),
            Line("Следите за табло и объявлениями", align="center"),
            Rule(dashed=True),
            Qr(URL, ("Очередь в телефоне", "Предупредим заранее.", "Здесь же: «приду позже» и отмена")),
            Rule(dashed=True),
            Line("Подготовьте документы", bold=True),
            TickBoxes(("Паспорт (оригинал)", "Документ на недвижимость", "Номер лицевого счёта")),
            Rule(),
            Columns("Терминал 1", "Действует сегодня", bold=True),
            Line("Опоздали до 30 мин? Подойдите к стойке 1", align="center"),
        ),
        Language.RU,
    )


@pytest.fixture
def vi_sheet() -> Sheet:
    return Sheet(
        (
            Columns("Phòng giao dịch Thành Đông", "20/11 10:42", bold=True),
            Rule(),
            Line("B107", NUMBER, True, "center"),
            Line("Đổi chủ hợp đồng", TITLE, True, "center"),
            Framed((Columns("Thời gian chờ dự kiến", "trước bạn"), Columns("8–14 phút", "5 người", True, TITLE))),
            Line("Chúng tôi gọi bạn khoảng 10:50–10:56", align="center"),
            Qr(URL, ("Theo dõi trên điện thoại", "Chúng tôi nhắc bạn khi gần đến lượt.")),
            TickBoxes(("Căn cước công dân bản gốc", "Hợp đồng mua nhà", "Mã khách hàng")),
            Rule(),
            Columns("Máy lấy số 1", "Có giá trị hôm nay", bold=True),
        ),
        Language.VI,
    )


@pytest.fixture
def eventually() -> Callable[..., None]:
    """Waits until something is so; the bound is for machines that stand still now and then."""

    def wait(is_so: Callable[[], bool], within_s: float = 30.0) -> None:
        until = monotonic() + within_s
        while not is_so():
            if monotonic() > until:
                pytest.fail(f"not so within {within_s} s", pytrace=False)
            sleep(0.01)

    return wait


@pytest.fixture(autouse=True)
def _patient_printers(monkeypatch: pytest.MonkeyPatch) -> None:
    """A far end on a machine that stands still now and then answers later than a real printer, and is not silent."""
    monkeypatch.setattr("devices.ticket_printer.driver.Patience", partial(Patience, answer_s=2.0, marker_s=60.0))


class Bench:
    """A driver and the simulated printer at the other end of its cable."""

    def __init__(self, printer: EscposTicketPrinter, far: SimulatedPrinter) -> None:
        self.printer = printer
        self.far = far

    def press(self, do: str, **facts: object) -> None:
        self.far.do({"do": do, **facts})


PATIENCE = Patience(answer_s=1.0, marker_s=30.0, recover_s=0.2)


@pytest.fixture(params=["tcp", "serial", "usb", "tcp that speaks unasked"])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    with ExitStack() as stack:
        if request.param.startswith("tcp"):
            tcp = TcpEnd("127.0.0.1", 0)
            far = SimulatedPrinter(tcp, Random(1))
            far.start()
            stack.callback(far.stop)
            cable = cable_to("printer-1", TcpPort("127.0.0.1", tcp.port))
        elif request.param == "usb":
            far = SimulatedPrinter(request.getfixturevalue("usb_end"), Random(1))
            far.start()
            stack.callback(far.stop)
            cable = cable_to("printer-1", UsbPort(0x0416, 0x5011))
        else:
            far = SimulatedPrinter(PtyEnd(tmp_path / "printer-1"), Random(1))
            far.start()
            stack.callback(far.stop)
            cable = cable_to("printer-1", SerialPort(str(tmp_path / "printer-1")))
        says = Says(unasked="unasked" in request.param)
        printer = EscposTicketPrinter("printer-1", cable, Paper(), says=says, patience=PATIENCE)
        stack.callback(printer.close)
        yield Bench(printer, far)


@pytest.fixture(params=["simulated", pytest.param("real", marks=pytest.mark.hardware)])
def any_printer(request: pytest.FixtureRequest) -> Iterator[EscposTicketPrinter]:
    """A healthy printer; the real one is the first of the devices.toml in the directory HALL_TEST_DEVICES."""
    with ExitStack() as stack:
        if request.param == "real":
            folder = Path(os.environ["HALL_TEST_DEVICES"])
            entry = next(each for each in load_devices(folder, folder) if each.kind == TICKET_PRINTER)
            printer = build(entry)
            assert isinstance(printer, EscposTicketPrinter)
        else:
            tcp = TcpEnd("127.0.0.1", 0)
            far = SimulatedPrinter(tcp, Random(1))
            far.start()
            stack.callback(far.stop)
            printer = EscposTicketPrinter("p", cable_to("p", TcpPort("127.0.0.1", tcp.port)), Paper())
        stack.callback(printer.close)
        yield printer
