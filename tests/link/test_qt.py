import threading
from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import QThread

from server.link.errors import HallAway
from server.link.qt import Bridge


@pytest.fixture
def bridge(qtbot: Any) -> Iterator[Bridge]:
    bridge = Bridge()
    yield bridge
    bridge.close()


def test_jobs_from_another_thread_run_on_the_qt_thread_in_order(bridge: Bridge, qtbot: Any) -> None:
    ran: list[tuple[int, bool]] = []
    mine = QThread.currentThread()

    def call_all() -> None:
        for n in range(50):
            bridge.call(lambda n=n: ran.append((n, QThread.currentThread() is mine)))  # type: ignore[misc]

    thread = threading.Thread(target=call_all)
    thread.start()
    thread.join()

    qtbot.waitUntil(lambda: len(ran) == 50, timeout=30000)
    assert ran == [(n, True) for n in range(50)]


def test_work_runs_elsewhere_and_its_result_comes_back(bridge: Bridge, qtbot: Any) -> None:
    main = threading.get_ident()
    told: list[tuple[int, int]] = []

    bridge.run(threading.get_ident, lambda worker: told.append((worker, threading.get_ident())), lambda _error: None)

    qtbot.waitUntil(lambda: bool(told), timeout=30000)
    ((worker, told_on),) = told
    assert worker != main
    assert told_on == main


def test_error_of_the_work_comes_back(bridge: Bridge, qtbot: Any) -> None:
    errors: list[Exception] = []

    def work() -> None:
        raise HallAway("gone", outcome_unknown=True)

    bridge.run(work, lambda _none: None, errors.append)

    qtbot.waitUntil(lambda: bool(errors), timeout=30000)
    assert isinstance(errors[0], HallAway)


def test_fault_in_the_work_is_logged_and_told(
    bridge: Bridge, qtbot: Any, caplog: pytest.LogCaptureFixture, expected_logs: Any
) -> None:
    expected_logs.expect("work for the screen failed")
    errors: list[Exception] = []

    bridge.run(lambda: 1 // 0, lambda _n: None, errors.append)

    qtbot.waitUntil(lambda: bool(errors), timeout=30000)
    assert isinstance(errors[0], ZeroDivisionError)
    assert "work for the screen failed" in caplog.text
    caplog.clear()


def test_nothing_is_told_after_close(qtbot: Any) -> None:
    bridge = Bridge()
    told: list[int] = []
    may_end = threading.Event()
    bridge.run(lambda: may_end.wait(30), lambda _ok: told.append(1), lambda _error: told.append(2))

    may_end.set()
    bridge.close()
    bridge.call(lambda: told.append(3))
    qtbot.wait(20)

    assert told == []
