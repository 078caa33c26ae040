"""Living views: a snapshot at once, every newer state, beats in silence, the end when the right to look ends."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from server.bootstrap import STREAMS_END_S
from server.contract import acts
from server.contract.views.desk import DeskView
from server.contract.views.hall import HallView
from server.domain.vocabulary import Role
from server.entrypoints.streams import BEAT_S, MAX_PER_CALLER, MOST_PER_S
from server.link.acts import HallClient, new_request_id
from server.link.sse import ServerEvent, SseParser


@contextmanager
def listening(client: HallClient, query: str) -> Iterator[Iterator[ServerEvent]]:
    with client.events(query) as response:
        yield _events(response)


def _events(response: httpx.Response) -> Iterator[ServerEvent]:
    parser = SseParser()
    for line in response.iter_lines():
        event = parser.take(line)
        if event is not None:
            yield event


def issue(kiosk: HallClient) -> Any:
    return kiosk.issue(acts.IssueTicket(request_id=new_request_id(), services=["pay"]))


@pytest.fixture(scope="module")
def kiosk(served: Any) -> HallClient:
    made: HallClient = served.machine(Role.KIOSK, "kiosk-1")
    return made


def test_first_event_is_a_whole_snapshot_and_each_commit_brings_a_newer_one(kiosk: HallClient) -> None:
    with listening(kiosk, "view=hall") as events:
        first = next(events)
        assert first.name == "snapshot"
        shown = HallView.model_validate_json(first.data)
        assert first.id == str(shown.stamp.rev)
        ticket = issue(kiosk)
        views = (HallView.model_validate_json(event.data) for event in events if event.name == "snapshot")
        newer = next(each for each in views if each.stamp.rev >= ticket.stamp.rev)
    assert newer.waiting == shown.waiting + 1


def test_desk_stream_shows_the_customer_called(served: Any, kiosk: HallClient) -> None:
    clerk = served.clerk(1)
    clerk.counter_act(1, "open", acts.OpenCounter(request_id=new_request_id()))
    issue(kiosk)
    with listening(clerk, "view=desk&counter=1") as events:
        next(events)
        answer = clerk.counter_act(1, "next", acts.NextCustomer(request_id=new_request_id(), expect=None))
        shown = (DeskView.model_validate_json(event.data) for event in events if event.name == "snapshot")
        desk = next(each for each in shown if each.stamp.rev >= answer.stamp.rev)
    assert desk.current == answer.current


def test_many_commits_are_told_at_most_four_times_a_second_and_the_last_one_is_told(kiosk: HallClient) -> None:
    seen: list[int] = []
    with listening(kiosk, "view=hall") as events:
        began = time.monotonic()
        burst = threading.Thread(target=lambda: [issue(kiosk) for _ in range(60)])
        burst.start()
        burst.join()
        last = kiosk.hall().stamp.rev
        for event in events:
            seen.append(int(event.id or 0))
            if seen[-1] >= last:
                break
        took = time.monotonic() - began
    assert seen == sorted(seen)
    assert len(seen) - 1 <= MOST_PER_S * (took + 1)


def test_silence_is_broken_by_a_beat(kiosk: HallClient) -> None:
    with listening(kiosk, "view=hall") as events:
        began = time.monotonic()
        beat = next(event for event in events if event.name == "beat")
    assert time.monotonic() - began == pytest.approx(BEAT_S, abs=1.5)
    assert set(json.loads(beat.data)) == {"journal", "rev", "as_of"}


def test_stream_ends_at_once_when_its_machine_is_revoked(served: Any) -> None:
    display = served.machine(Role.DISPLAY, "display-9")
    with listening(display, "view=hall") as events:
        next(events)
        began = time.monotonic()
        served.server.accounts.revoke_machine("display-9")
        assert all(event.name == "snapshot" for event in events)
    assert time.monotonic() - began < BEAT_S / 2


def test_one_caller_cannot_hold_all_streams(served: Any) -> None:
    display = served.machine(Role.DISPLAY, "display-8")
    headers = {"Authorization": f"Bearer {display.token}"}
    url = f"{served.url}/api/v1/branches/chengdong/events?view=hall"
    with httpx.Client(trust_env=False, limits=httpx.Limits(max_connections=200), timeout=5) as many:
        opened = []
        for _ in range(MAX_PER_CALLER):
            response = many.send(many.build_request("GET", url, headers=headers), stream=True)
            assert response.status_code == 200
            opened.append(response)
        refused = many.get(url, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (429, "too-many")
        for response in opened:
            response.close()


def test_left_streams_are_forgotten(served: Any, kiosk: HallClient) -> None:
    with listening(kiosk, "view=hall") as events:
        next(events)
    until = time.monotonic() + 5
    while served.server.web.hub.listening and time.monotonic() < until:
        issue(kiosk)
    assert served.server.web.hub.listening == 0


def test_stream_ends_when_this_server_keeps_the_branch_no_more(serve_hall: Any, tmp_path: Path) -> None:
    with serve_hall(tmp_path) as hall, listening(hall.machine(Role.DISPLAY, "display-1"), "view=hall") as events:
        next(events)
        hall.server.keeper.stop()
        assert [event.name for event in events] == []


def test_a_server_that_leaves_ends_its_streams_at_once_and_complains_of_nobody(serve_hall: Any, tmp_path: Path) -> None:
    with ExitStack() as stays:
        with serve_hall(tmp_path) as hall:
            token = hall.machine(Role.DISPLAY, "display-1").token
            client = stays.enter_context(closing(HallClient(hall.url, "chengdong", token, timeout_s=5)))
            events = stays.enter_context(listening(client, "view=hall"))
            next(events)
            began = time.monotonic()
        assert time.monotonic() - began < STREAMS_END_S
        assert [event.name for event in events] == []
