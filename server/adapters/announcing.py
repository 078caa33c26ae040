"""What the hall has committed, told to the broker: its live facts for signs, integrators and whoever comes later."""

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from server.application.ports import Recorded
from server.contract.messages import CallNow, CallsNow, CounterNow, KpiNow, LiveAlert, QueueNow
from server.contract.topics import LIVE_ALERT, LIVE_CALLS, LIVE_COUNTER, LIVE_KPI, LIVE_QUEUE, Topic
from server.contract.views.board import AlarmView, BoardView
from server.contract.views.hall import CounterView, QueueView
from server.domain.state import Hall
from server.link.broker import BrokerLink
from server.link.facts import Fact
from server.link.hearing import Heard

log = logging.getLogger(__name__)

AT_MOST_EVERY_S = 0.25
REFRESH_S = 5.0
"""Forecasts move with time alone, so the facts are looked at again when nothing happens."""
Place = tuple[str, tuple[tuple[str, str], ...]]
RETAINED: tuple[Topic[Any], ...] = (LIVE_QUEUE, LIVE_COUNTER, LIVE_CALLS, LIVE_KPI, LIVE_ALERT)


def live_facts(view: BoardView) -> list[Fact[Any]]:
    """Everything that is retained below `live/` for this state of the hall."""
    return [
        *(Fact(LIVE_QUEUE, _queue(view, queue), {"service": queue.service}) for queue in view.queues),
        *(Fact(LIVE_COUNTER, _counter(view, desk), {"counter": desk.counter}) for desk in view.counters),
        Fact(LIVE_CALLS, _calls(view), {}),
        Fact(LIVE_KPI, _kpi(view), {}),
        *(Fact(LIVE_ALERT, _alert(view, alarm), {"name": alarm.cause}) for alarm in view.alarms),
    ]


class Announcer:
    """Publishes what changed, at most four times a second, and clears what is no longer there."""

    def __init__(self, link: BrokerLink, board: Callable[[], BoardView | None]) -> None:
        """`board` gives the state to announce; None while the hall cannot be shown yet."""
        self._link = link
        self._board = board
        self._told: dict[Place, Fact[Any]] = {}
        self._seen: dict[Place, Fact[Any]] = {}
        self._lock = threading.Lock()
        self._changed = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        for topic in RETAINED:
            link.hear(topic, self._leftover(topic))

    def on_committed(self, _recorded: Sequence[Recorded], _hall: Hall) -> None:
        self._changed.set()

    def start(self) -> None:
        self._stopping.clear()
        self._changed.set()
        self._thread = threading.Thread(target=self._run, name="hall-announcer", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._changed.set()
        if self._thread is not None:
            self._thread.join(5)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._changed.wait(REFRESH_S)
            self._changed.clear()
            try:
                view = self._board()
                if view is not None:
                    self._tell(live_facts(view))
            except Exception:
                log.exception("announcing failed")
            self._stopping.wait(AT_MOST_EVERY_S)

    def _tell(self, facts: list[Fact[Any]]) -> None:
        now = {fact.place: fact for fact in facts}
        with self._lock:
            before, self._told = self._told, now
            gone = [fact for place, fact in (self._seen | before).items() if place not in now]
            self._seen = {}
        for place, fact in now.items():
            if place not in before or _content(fact) != _content(before[place]):
                fact.publish(self._link)
        for fact in gone:
            fact.clear(self._link)

    def _leftover(self, topic: Topic[Any]) -> Callable[[Heard[Any]], None]:
        """Notes what an earlier configuration left at the broker, to be cleared."""

        def take(heard: Heard[Any]) -> None:
            fact = Fact(topic, heard.message, {name: ident for name, ident in heard.ids.items() if name != "branch"})
            with self._lock:
                left = heard.message is not None and fact.place not in self._told
                if left:
                    self._seen[fact.place] = fact
            if left:
                self._changed.set()

        return take


def _content(fact: Fact[Any]) -> dict[str, Any]:
    """Without what changes though nothing has: the stamp, and the instant a forecast was made."""
    content: dict[str, Any] = fact.message.model_dump(exclude={"stamp": True, "forecast": {"as_of"}, "oldest_at": True})
    return content


def _queue(view: BoardView, queue: QueueView) -> QueueNow:
    waits = timedelta(seconds=queue.longest_wait_s)
    return QueueNow(
        stamp=view.stamp,
        service=queue.service,
        waiting=queue.waiting,
        oldest_at=view.stamp.as_of - waits if queue.waiting else None,
        target_s=queue.target_s,
        forecast=queue.forecast,
        open=queue.open,
    )


def _counter(view: BoardView, desk: CounterView) -> CounterNow:
    return CounterNow(
        stamp=view.stamp,
        counter=desk.counter,
        state=desk.state,
        since=desk.since,
        number=desk.number,
        service=desk.service,
        ticket_state=desk.ticket_state,
    )


def _calls(view: BoardView) -> CallsNow:
    return CallsNow(stamp=view.stamp, calls=[CallNow.model_validate(call.model_dump()) for call in view.calls[:5]])


def _kpi(view: BoardView) -> KpiNow:
    return KpiNow(
        stamp=view.stamp,
        waiting=view.waiting,
        issued=view.issued,
        called=view.called,
        finished=view.finished,
        no_show=view.no_show,
        rated=view.ratings.n,
        satisfied=view.ratings.satisfied,
    )


def _alert(view: BoardView, alarm: AlarmView) -> LiveAlert:
    facts: dict[str, str | int] = {"names": ", ".join(alarm.names)} if alarm.names else {}
    return LiveAlert(stamp=view.stamp, cause=alarm.cause, since=alarm.since, facts=facts)
