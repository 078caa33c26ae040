import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from server.contract.messages import DeviceAlert, Event, RatingPress, Stored
from server.contract.topics import DEVICE_ALERT, RATING, STORED
from server.link.broker import BrokerLink
from server.link.outbox import Outbox
from server.link.sender import EventSender

Heard = queue.Queue[Event[RatingPress]]


@pytest.fixture
def heard() -> Heard:
    return queue.Queue()


@pytest.fixture
def server(join: Callable[..., BrokerLink], heard: Heard) -> BrokerLink:
    link = join("server", started=False)
    link.subscribe(RATING, heard.put)
    link.start()
    assert link.wait_up(30)
    return link


@pytest.fixture
def outbox(open_outbox: Callable[..., Outbox]) -> Outbox:
    return open_outbox()


@pytest.fixture
def sender(join: Callable[..., BrokerLink], outbox: Outbox, server: BrokerLink) -> Iterator[EventSender]:
    link = join("station-1", started=False)
    sender = EventSender(link, outbox, "station-1", (RATING,), resend_after_s=0.3)
    sender.start()
    link.start()
    assert link.wait_up(30)
    yield sender
    sender.stop()


def press(score: int) -> RatingPress:
    return RatingPress(window="w1", score=score, counter=1, in_time=True)


def until(wanted: Callable[[], bool], tries: int = 600) -> bool:
    return any(wanted() or threading.Event().wait(0.05) for _ in range(tries))


def test_event_is_repeated_until_it_is_stored(sender: EventSender, heard: Heard, server: Any, outbox: Outbox) -> None:
    entry = sender.tell(RATING, press(5))

    first, second = heard.get(timeout=30), heard.get(timeout=30)
    assert first.id == second.id == entry.id
    assert (first.boot, first.seq, first.after, first.data) == (outbox.boot, 1, 0, press(5))

    server.publish(STORED, Stored(id="c1", boot=outbox.boot, upto=1), device="station-1")

    assert until(lambda: outbox.count() == 0)


def test_acknowledgement_is_cumulative_and_of_its_boot(
    sender: EventSender, heard: Heard, server: Any, outbox: Outbox
) -> None:
    for score in (1, 2, 3):
        sender.tell(RATING, press(score))
    server.publish(STORED, Stored(id="c1", boot="of another life", upto=9), device="station-1")
    server.publish(STORED, Stored(id="c2", boot=outbox.boot, upto=2), device="station-1")

    assert until(lambda: outbox.count() == 1)
    while (event := heard.get(timeout=30)).after != 2:
        continue
    assert event.seq == 3


def test_entry_that_cannot_be_sent_is_given_up_and_told(
    sender: EventSender, heard: Heard, outbox: Outbox, expected_logs: Any
) -> None:
    expected_logs.expect("cannot be sent and is given up|cannot be used")
    outbox.put("rating", '{"score": 99}')
    outbox.put("a-kind-of-next-year", "{}")

    sender.tell(RATING, press(4))

    event = heard.get(timeout=30)
    assert (event.seq, event.data.score) == (3, 4)
    assert until(lambda: outbox.count() == 1)
    assert len(outbox.aside) == 2


def test_what_was_set_aside_is_alarmed_until_staff_took_it_away(
    sender: EventSender, server: BrokerLink, outbox: Outbox, expected_logs: Any
) -> None:
    expected_logs.expect("cannot be sent and is given up|cannot be used")
    alerts: queue.Queue[DeviceAlert | None] = queue.Queue()
    server.hear(DEVICE_ALERT, lambda heard: alerts.put(heard.message), device="station-1")
    outbox.put("rating", '{"score": 99}')
    sender.tell(RATING, press(4))

    while (alert := alerts.get(timeout=30)) is None:
        continue
    assert (alert.cause, alert.facts) == ("outbox-set-aside", {"files": 1})

    for file in outbox.aside:
        file.unlink()
    assert alerts.get(timeout=30) is None


def test_hundreds_of_events_arrive_in_small_helpings(
    sender: EventSender, heard: Heard, server: BrokerLink, outbox: Outbox
) -> None:
    for n in range(300):
        outbox.put("rating", press(1 + n % 5).model_dump_json())
    sender.tell(RATING, press(5))
    seen: set[int] = set()
    while len(seen) < 301:
        event = heard.get(timeout=30)
        if event.seq in seen:
            continue
        seen.add(event.seq)
        done = next(n for n in range(1, 303) if n not in seen) - 1
        server.publish(STORED, Stored(id="c", boot=event.boot, upto=done), device="station-1")

    assert until(lambda: outbox.count() == 0)
