"""The workbench on a terminal: draws it, hears keys, and leaves the terminal as it was, whatever happens."""

import curses
import locale
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from devices.workbench.bench import Workbench
from devices.workbench.picture import Ink, Row, picture

_TICK_MS = 100
_ESCAPE_MS = 25
_ESCAPE = "\x1b"
_ENTERS = ("\n", "\r", curses.KEY_ENTER)
_RUB_OUTS = ("\x7f", "\b", curses.KEY_BACKSPACE)
_PAGE = 5


def run(bench: Workbench, title: str, ended: threading.Event) -> None:
    """Until the technician quits or `ended` is set."""
    locale.setlocale(locale.LC_ALL, "")
    with _log_on(bench):
        curses.wrapper(_work, bench, title, ended)


def _work(window: "curses.window", bench: Workbench, title: str, ended: threading.Event) -> None:
    curses.set_escdelay(_ESCAPE_MS)
    curses.curs_set(0)
    window.timeout(_TICK_MS)
    inks = _inks()
    while not (bench.done or ended.is_set()):
        bench.look()
        rows, columns = window.getmaxyx()
        _draw(window, picture(bench, rows, columns, title), inks)
        try:
            key = window.get_wch()
        except curses.error:
            continue
        _hear(bench, key)


def _hear(bench: Workbench, key: str | int) -> None:
    match key:
        case curses.KEY_UP:
            bench.walk(-1)
        case curses.KEY_DOWN:
            bench.walk(1)
        case curses.KEY_PPAGE:
            bench.scroll(-_PAGE)
        case curses.KEY_NPAGE:
            bench.scroll(_PAGE)
        case _ if key in _ENTERS:
            bench.enter()
        case _ if key in _RUB_OUTS:
            bench.rub_out()
        case str() if key == _ESCAPE:
            bench.back()
        case str() if key.isprintable():
            bench.type(key)


def _draw(window: "curses.window", rows: list[Row], inks: dict[Ink, int]) -> None:
    window.erase()
    for y, row in enumerate(rows):
        try:
            window.move(y, 0)
            for text, ink in row:
                window.addstr(text, inks[ink])
        except curses.error:
            # The cursor has no place after the last cell, nor where the window has just been made smaller.
            continue
    window.refresh()


def _inks() -> dict[Ink, int]:
    wrong = curses.A_BOLD
    if curses.has_colors():
        curses.use_default_colors()
        curses.init_pair(1, curses.COLOR_RED, -1)
        wrong |= curses.color_pair(1)
    return {
        Ink.PLAIN: curses.A_NORMAL,
        Ink.FAINT: curses.A_DIM,
        Ink.STRONG: curses.A_BOLD,
        Ink.CHOSEN: curses.A_REVERSE,
        Ink.WRONG: wrong,
        Ink.KEY: curses.A_BOLD | curses.A_UNDERLINE,
    }


class _Notes(logging.Handler):
    def __init__(self, bench: Workbench) -> None:
        super().__init__(logging.WARNING)
        self._bench = bench

    def emit(self, record: logging.LogRecord) -> None:
        self._bench.note("", record.getMessage(), wrong=True)


@contextmanager
def _log_on(bench: Workbench) -> Iterator[None]:
    """What programs would write on the terminal stands in the workbench's own lines."""
    root = logging.getLogger()
    before, root.handlers = root.handlers, [_Notes(bench)]
    try:
        yield
    finally:
        root.handlers = before
