"""Every screen in every language: no warning, texts that fit, controls that are large, apart and low enough."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any

import pytest
from PySide6.QtCore import QPointF, QRectF, QSize, QUrl
from PySide6.QtQml import QQmlExpression, qmlContext
from PySide6.QtQuick import QQuickItem

from devices.protocols import Printed
from kiosk.viewmodels.window import kiosk_window
from server.contract.common import WaitRange
from server.contract.words import Language, TicketState

PORTRAIT, LANDSCAPE = QSize(1080, 1920), QSize(1920, 1080)
LEAST_HEIGHT, LEAST_GAP, TOP = 81, 20, 680
LEAST_TEXT, LEAST_ELDER_TEXT = 28, 36
MIDDLE = 0x80
OVERLAP = 5.0
"""Pixels by which line boxes may touch without a glyph doing so."""
Bench = Any
"""`tests/kiosk/conftest.py` has it; fixtures are not imported by name."""
State = Callable[[Bench], None]


def _home(bench: Bench) -> None:
    """As the hall was heard."""


def _closed_tile(bench: Bench) -> None:
    bench.close_service("inv")


def _not_issuing(bench: Bench) -> None:
    bench.stop_issuing()


def _stale(bench: Bench) -> None:
    bench.machine.passes(660)
    bench.model.touched()


def _forgotten(bench: Bench) -> None:
    bench.machine.passes(1200)
    bench.model.touched()


def _waits(kind: str, screen: str) -> State:
    def state(bench: Bench) -> None:
        bench.tell_waits(kind)
        if screen == "service":
            _service("trf")(bench)
        elif screen == "ticket":
            bench.take()
            bench.worker.work()

    return state


def _contrast(bench: Bench) -> None:
    bench.model.act("contrast")


def _more(bench: Bench) -> None:
    bench.settle()
    bench.model.choose("")


def _service(name: str) -> State:
    def state(bench: Bench) -> None:
        bench.settle()
        bench.model.choose(name)

    return state


def _stale_service(bench: Bench) -> None:
    _stale(bench)
    bench.model.choose("trf")


def _closed_service(bench: Bench) -> None:
    bench.close_service("trf")
    _service("trf")(bench)


def _refused(code: str) -> State:
    def state(bench: Bench) -> None:
        bench.server.refuses = code
        bench.take()
        bench.worker.work()

    return state


def _still(bench: Bench) -> None:
    _service("trf")(bench)
    bench.machine.passes(96 if bench.model.manner["elder"] else 66)
    bench.model.hear_line(bench.machine.monotonic())


def _taking(bench: Bench) -> None:
    bench.take()


def _no_slips(bench: Bench) -> None:
    bench.model.hear_printer(False)
    _service("trf")(bench)


def _ticket(says: Printed | None, phone: bool = True, service: str = "trf") -> State:
    def state(bench: Bench) -> None:
        if not phone:
            bench.server.phone_url = None
        bench.take(service)
        if says is None:
            bench.worker.jobs.pop(0)()
        else:
            bench.printer.says = says
            bench.worker.work()

    return state


def _offline_ticket(bench: Bench) -> None:
    bench.remember()
    bench.server.away = True
    bench.machine.passes(30)
    bench.take()
    bench.worker.work()


def _staff(answered: bool) -> State:
    def state(bench: Bench) -> None:
        bench.staff_hears[0] = answered
        bench.model.act("staff")
        bench.worker.work()

    return state


_LATER = datetime(2026, 11, 20, 3, 12, tzinfo=UTC)
_FORECAST = WaitRange(low_s=490, likely_s=600, high_s=830, as_of=_LATER - timedelta(minutes=30))


def _scanned(state: TicketState | None, **facts: object) -> State:
    return lambda bench: bench.holds_up(state, **facts)


def _scanned_on_another_day(bench: Bench) -> None:
    bench.server.refuses = "too-early"
    bench.holds_up(TicketState.EXPECTED)


def _scanned_and_printed(bench: Bench) -> None:
    bench.holds_up(TicketState.WAITING, ahead=5, forecast=_FORECAST)
    bench.settle()
    bench.model.act("again")
    bench.worker.work()


def _scanned_while_away(bench: Bench) -> None:
    bench.server.away = True
    bench.holds_up(TicketState.WAITING)


STATES: dict[str, State] = {
    "home": _home,
    "closed tile": _closed_tile,
    "not issuing": _not_issuing,
    "stale": _stale,
    "forgotten": _forgotten,
    "contrast": _contrast,
    "more": _more,
    "service": _service("trf"),
    "busy service": _service("pay"),
    "many papers": _service("ent"),
    "no papers": _service("con"),
    "stale service": _stale_service,
    "closed service": _closed_service,
    "see staff": _refused("unauthorised"),
    "full": _refused("series-full"),
    "no numbers": _refused("not-issuing"),
    "just closed": _refused("service-closed"),
    "still here": _still,
    "taking": _taking,
    "no slips": _no_slips,
    "printing": _ticket(None),
    "printed": _ticket(Printed.PRINTED),
    "unconfirmed": _ticket(Printed.UNCONFIRMED),
    "failed": _ticket(Printed.FAILED),
    "failed without phone": _ticket(Printed.FAILED, phone=False),
    "offline ticket": _offline_ticket,
    "short waits": _waits("short", "home"),
    "short wait": _waits("short", "service"),
    "short wait on the ticket": _waits("short", "ticket"),
    "long waits": _waits("long", "home"),
    "long wait": _waits("long", "service"),
    "long wait on the ticket": _waits("long", "ticket"),
    "nobody waits": _waits("none", "home"),
    "nobody before you": _waits("none", "service"),
    "at once": _waits("none", "ticket"),
    "unknown wait": _waits("unknown", "service"),
    "unknown wait on the ticket": _waits("unknown", "ticket"),
    "staff told": _staff(True),
    "staff not told": _staff(False),
}


SCANNED: dict[str, State] = {
    "a reader is there": lambda bench: bench.model.hear_reader(True),
    "scanned in queue": _scanned(TicketState.WAITING, ahead=5, forecast=_FORECAST),
    "scanned and checked in": _scanned(TicketState.EXPECTED, ahead=5, forecast=_FORECAST),
    "scanned when called": _scanned(TicketState.CALLED, counter=12),
    "scanned when served": _scanned(TicketState.SERVING, counter=12),
    "scanned when missed": _scanned(TicketState.MISSED, return_until=_LATER),
    "scanned when held": _scanned(TicketState.HELD, delayed_until=_LATER),
    "scanned on another day": _scanned_on_another_day,
    "scanned when closed": _scanned(TicketState.CLOSED),
    "scanned and printed": _scanned_and_printed,
    "foreign code": lambda bench: bench.model.scan("https://elsewhere.example/") or bench.worker.work(),
    "unknown code": _scanned(None),
    "code while away": _scanned_while_away,
}


@pytest.mark.parametrize("size", [PORTRAIT, LANDSCAPE], ids=["portrait", "landscape"])
@pytest.mark.parametrize("elder", [False, True], ids=["usual", "elder"])
@pytest.mark.parametrize("language", list(Language))
def test_every_state_can_be_read_and_reached(
    new_bench: Callable[[], Bench], expected_logs: Any, language: Language, elder: bool, size: QSize
) -> None:
    expected_logs.expect("slip not confirmed|the hall is away")
    assert _faults_of(STATES, new_bench, language, elder, size) == []


@pytest.mark.parametrize(("elder", "size"), [(False, PORTRAIT), (True, LANDSCAPE)], ids=["usual", "elder landscape"])
@pytest.mark.parametrize("language", list(Language))
def test_whatever_a_code_shows_can_be_read_and_reached(
    new_bench: Callable[[], Bench], language: Language, elder: bool, size: QSize
) -> None:
    assert _faults_of(SCANNED, new_bench, language, elder, size) == []


def _faults_of(
    states: dict[str, State], new_bench: Callable[[], Bench], language: Language, elder: bool, size: QSize
) -> list[str]:
    faults: list[str] = []
    for name, state in states.items():
        bench = new_bench()
        bench.model.speak(language.value)
        if elder:
            bench.model.act("elder")
        bench.hear()
        state(bench)
        bench.model.refresh()
        faults += [f"{name}: {fault}" for fault in _faults(bench, size)]
        bench.model.stop()
    return faults


def _faults(bench: Bench, size: QSize) -> list[str]:
    view = kiosk_window(bench.model, size)
    assert view.errors() == []
    view.show()
    view.grabWindow()
    root = view.rootObject()
    asking = bool(bench.model.still["asking"])
    texts = [item for item in _visible(root) if item.inherits("QQuickText") and item.property("text")]
    controls = [item for item in _visible(root) if item.property("isControl") and item.property("open")]
    if asking:
        texts = [item for item in texts if _inside_question(item)]
        controls = [item for item in controls if _inside_question(item)]
    least = LEAST_ELDER_TEXT if bench.model.manner["elder"] else LEAST_TEXT
    found = [fault for item in texts for fault in _text_faults(item, root, least)]
    found += _overlaps(texts, root)
    found += _control_faults(controls, root, TOP if size == PORTRAIT else 0)
    view.close()
    view.setSource(QUrl())
    view.deleteLater()
    return found


def _visible(item: QQuickItem) -> Iterator[QQuickItem]:
    if not item.isVisible():
        return
    yield item
    for child in item.childItems():
        yield from _visible(child)


def _inside_question(item: QQuickItem | None) -> bool:
    while item is not None:
        if item.objectName() == "question":
            return True
        item = item.parentItem()
    return False


def _box(item: QQuickItem, root: QQuickItem) -> QRectF:
    corner = item.mapToItem(root, QPointF(0, 0))
    return QRectF(corner.x(), corner.y(), item.width(), item.height())


def _ink(item: QQuickItem, root: QQuickItem) -> QRectF:
    """Where a text's lines are, inside its box."""
    box = _box(item, root)
    trim = 2 * float(item.property("trim"))
    width = min(float(item.property("contentWidth")), box.width())
    height = float(item.property("contentHeight")) - trim
    align = _number(item, "horizontalAlignment")
    left = box.x() + (box.width() - width) * {1: 0.0, 2: 1.0, 4: 0.5}.get(align, 0.0)
    middle = _number(item, "verticalAlignment") == MIDDLE
    top = box.y() + (box.height() - height) / 2 if middle else box.y()
    return QRectF(left, top, width, height)


def _number(item: QQuickItem, name: str) -> int:
    """An enum of QtQuick's, which has no Python type."""
    context = qmlContext(item)
    assert context is not None
    value, _ = QQmlExpression(context, item, f"{name} * 1").evaluate()
    return int(value)


def _text_faults(item: QQuickItem, root: QQuickItem, least: int) -> Iterator[str]:
    text, ink = str(item.property("text")), _ink(item, root)
    if item.property("truncated"):
        yield f"cut: {text!r}"
    if float(item.property("contentWidth")) > item.width() + 1:
        yield f"wider than its place: {text!r}"
    size = _number(item, "fontInfo.pixelSize")
    if size < least:
        yield f"only {size} px: {text!r}"
    holder = item.parentItem()
    while holder is not None and not (holder.inherits("QQuickRectangle") or holder.property("isControl")):
        holder = holder.parentItem()
    if holder is not None and not _box(holder, root).adjusted(-1, -3, 1, 3).contains(ink):
        yield f"leaves its card: {text!r}"


def _overlaps(texts: list[QQuickItem], root: QQuickItem) -> Iterator[str]:
    boxes = [(str(item.property("text")), _ink(item, root)) for item in texts]
    for (text, box), (other, there) in combinations(boxes, 2):
        common = box.intersected(there)
        if common.width() > OVERLAP and common.height() > OVERLAP:
            yield f"{text!r} lies on {other!r}"


def _control_faults(controls: list[QQuickItem], root: QQuickItem, top: int) -> Iterator[str]:
    boxes = [_box(item, root) for item in controls]
    for box in boxes:
        if box.height() < LEAST_HEIGHT or box.width() < LEAST_HEIGHT:
            yield f"control too small: {box}"
        if box.y() < top:
            yield f"control too high: {box}"
        if not QRectF(0, 0, root.width(), root.height()).contains(box):
            yield f"control off the screen: {box}"
    for box, other in combinations(boxes, 2):
        across = max(other.left() - box.right(), box.left() - other.right())
        down = max(other.top() - box.bottom(), box.top() - other.bottom())
        if max(across, down) < LEAST_GAP - 0.5:
            yield f"controls too near: {box} {other}"
