import queue
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from server.contract.views.hall import HallView
from server.link.acts import HallClient
from server.link.sse import ServerEvent, events_of
from server.link.stream import LineState, ViewStream


def snapshot(rev: int, journal: str = "j1") -> dict[str, Any]:
    return {
        "stamp": {"journal": journal, "rev": rev, "as_of": "2026-11-02T01:00:00Z"},
        "branch": "chengdong",
        "name": {"zh-CN": "城东"},
        "business_day": "2026-11-02",
        "waiting": rev,
        "queues": [],
        "counters": [],
        "calls": [],
    }


class Screen:
    """Keeps what a stream tells it."""

    def __init__(self, url: str, **options: Any) -> None:
        self.views: queue.Queue[HallView] = queue.Queue()
        self.lines: queue.Queue[LineState] = queue.Queue()
        self.client = HallClient(url, "chengdong", "token")
        self.stream = ViewStream(self.client, HallView, {"view": "hall"}, self.views.put, self.lines.put, **options)

    def close(self) -> None:
        self.stream.stop()
        self.client.close()

    def next_rev(self) -> int:
        return self.views.get(timeout=30).stamp.rev

    def line_when(self, *, up: bool) -> LineState:
        while True:
            line = self.lines.get(timeout=30)
            if line.up == up:
                return line


@pytest.fixture
def screen(hall: Any) -> Iterator[Screen]:
    screen = Screen(hall.url, silence_s=0.3)
    yield screen
    screen.close()


def test_snapshots_reach_the_screen_and_lower_revs_are_dropped(hall: Any, screen: Screen) -> None:
    def answer(asked: Any, handler: Any) -> None:
        handler.begin_stream()
        for rev, journal in [(7, "j1"), (5, "j1"), (8, "j1"), (2, "j2")]:
            handler.event("snapshot", snapshot(rev, journal), str(rev))
        hall.done.wait(60)

    hall.answer = answer
    screen.stream.start()

    assert [screen.next_rev() for _ in range(3)] == [7, 8, 2]
    assert hall.asked[0].path == "/api/v1/branches/chengdong/events?view=hall"


def test_silence_makes_the_line_stale_and_it_reconnects(hall: Any, screen: Screen) -> None:
    def answer(asked: Any, handler: Any) -> None:
        handler.begin_stream()
        handler.event("snapshot", snapshot(len(hall.asked)))
        hall.done.wait(60)

    hall.answer = answer
    screen.stream.start()

    assert screen.line_when(up=True).last_heard is not None
    assert screen.line_when(up=False).attempts == 1
    assert screen.line_when(up=True).attempts == 0
    assert screen.next_rev() == 1


def test_pings_without_a_beat_are_silence(hall: Any, screen: Screen) -> None:
    def answer(asked: Any, handler: Any) -> None:
        handler.begin_stream()
        handler.event("snapshot", snapshot(1))
        while not hall.done.wait(0.02):
            handler.wfile.write(b": ping\n\n")

    hall.answer = answer
    screen.stream.start()

    screen.line_when(up=True)
    screen.line_when(up=False)


def test_beats_keep_the_line_up(hall: Any, screen: Screen) -> None:
    def answer(asked: Any, handler: Any) -> None:
        handler.begin_stream()
        handler.event("snapshot", snapshot(1))
        for _ in range(12):
            hall.done.wait(0.05)
            handler.event("beat", {"journal": "j1", "rev": 1, "as_of": "2026-11-02T01:00:00Z"})
        handler.event("snapshot", snapshot(2))
        hall.done.wait(60)

    hall.answer = answer
    screen.stream.start()

    assert [screen.next_rev(), screen.next_rev()] == [1, 2]
    assert len(hall.asked) == 1


def test_refused_stream_says_why_and_keeps_trying(hall: Any, screen: Screen) -> None:
    hall.answer = lambda asked, handler: handler.reply(
        403, {"type": "urn:powerhall:forbidden", "title": "No", "status": 403, "detail": "", "code": "forbidden"}
    )
    screen.stream.start()

    line = screen.line_when(up=False)

    assert line.refused is not None
    assert line.refused.code == "forbidden"
    assert screen.line_when(up=False).attempts == 2


def test_garbage_in_the_stream_is_a_lost_line_not_a_view(hall: Any, screen: Screen) -> None:
    def answer(asked: Any, handler: Any) -> None:
        handler.begin_stream()
        handler.wfile.write(b"event: snapshot\ndata: {\xff\xff\n\n")

    hall.answer = answer
    screen.stream.start()

    assert screen.line_when(up=False).last_heard is None
    assert screen.views.empty()


def test_stop_ends_a_thread_that_waits_for_bytes(hall: Any) -> None:
    def answer(asked: Any, handler: Any) -> None:
        handler.begin_stream()
        handler.event("snapshot", snapshot(1))
        hall.done.wait(60)

    hall.answer = answer
    screen = Screen(hall.url)
    screen.stream.start()
    screen.line_when(up=True)

    began = time.monotonic()
    screen.stream.stop()

    assert time.monotonic() - began < 30
    assert screen.lines.empty()
    screen.close()


def test_a_run_stopped_while_it_waited_for_an_answer_is_over_when_the_answer_comes(hall: Any) -> None:
    asked, late = threading.Event(), threading.Event()

    def answer(_asked: Any, handler: Any) -> None:
        first = not asked.is_set()
        asked.set()
        if first:
            late.wait(60)
        handler.begin_stream()
        handler.event("snapshot", snapshot(3 if first else 2))
        hall.done.wait(60)

    hall.answer = answer
    screen = Screen(hall.url)
    screen.stream.start()
    (first,) = [each for each in threading.enumerate() if each.name == "hall-stream"]
    assert asked.wait(30)
    screen.stream.stop(timeout_s=0)
    screen.stream.start()
    assert screen.next_rev() == 2

    late.set()
    first.join(30)
    assert (first.is_alive(), screen.views.empty(), screen.stream.line.up) == (False, True, True)
    screen.close()


def test_events_join_data_lines_and_skip_comments() -> None:
    lines = [": hello", "event: beat", "data: a", "data:b", "id: 4", "", "", "data: c", "", "event: x"]

    assert [event for event in events_of(lines) if event] == [
        ServerEvent("beat", "a\nb", "4"),
        ServerEvent("message", "c", "4"),
    ]
