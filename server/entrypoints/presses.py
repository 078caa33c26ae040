"""Presses that stations send: each judged once, and acknowledged when it is committed or rightly ignored."""

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, Protocol

from server.application.answers import Accepted, Answer, Refused, ReusedRequestId
from server.contract.codec import MessageRefused
from server.contract.messages import Event, RatingPress
from server.link.hearing import Heard

log = logging.getLogger(__name__)

MOST_BOOTS: Final = 1024
MOST_AHEAD: Final = 4096
"""Events remembered beyond a gap; a station has at most 50 under way."""
OLDEST_S: Final = 25 * 86400
"""Accepted acts are remembered for 30 days; what is older cannot be told from a repetition and is ignored."""


class TakePress(Protocol):
    """Has a press judged; the answer comes when it is committed."""

    def __call__(
        self,
        device: str,
        press_id: str,
        *,
        score: int,
        age_s: float,
        window: str | None,
        in_time: bool | None,
        counter: int | None,
    ) -> "Future[Answer]": ...


@dataclass(slots=True)
class Cursor:
    """How far the events of one boot are settled, without gaps."""

    upto: int = 0
    ahead: set[int] = field(default_factory=set)

    def settle(self, seq: int, after: int) -> int:
        """`after`: the sender will not repeat anything up to there. -> what may be acknowledged."""
        if after > self.upto:
            self.upto = after
            self.ahead = {each for each in self.ahead if each > after}
        if seq > self.upto and len(self.ahead) < MOST_AHEAD:
            self.ahead.add(seq)
        while self.upto + 1 in self.ahead:
            self.upto += 1
            self.ahead.remove(self.upto)
        return self.upto


class Presses:
    """Hears on the link's thread, is answered on the keeper's."""

    def __init__(
        self,
        take: TakePress,
        stored: Callable[[str, str, int], None],
        *,
        owns_pads: Callable[[str], bool] = lambda _device: True,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`stored` tells a device that the events of a boot are settled up to a seq; only who `owns_pads` may press."""
        self._take = take
        self._stored = stored
        self._owns_pads = owns_pads
        self._wall = wall
        self._lock = threading.Lock()
        self._cursors: OrderedDict[tuple[str, str], Cursor] = OrderedDict()
        self._judged: set[str] = set()

    def hear(self, heard: Heard[Event[RatingPress]]) -> None:
        """Raises MessageRefused for a press in another's name, or of a machine that has no pads."""
        event, device = heard.message, heard.ids["device"]
        if event is None or heard.retained:
            log.info("a press that %s may not send in this way is dropped", device)
        elif event.source != device or not self._owns_pads(device):
            raise MessageRefused("foreign-press", f"{device} for {event.source}")
        elif self._age_s(event) > OLDEST_S:
            log.info("press %s of %s is too old to be judged", event.id, device)
            self._settle(device, event)
        elif self._begin(event.id):
            self._judge(device, event)

    def _judge(self, device: str, event: Event[RatingPress]) -> None:
        press = event.data
        answer = self._take(
            device,
            event.id,
            score=press.score,
            age_s=self._age_s(event),
            window=press.window,
            in_time=press.in_time,
            counter=press.counter,
        )
        answer.add_done_callback(lambda done: self._answered(device, event, done))

    def _answered(self, device: str, event: Event[RatingPress], done: "Future[Answer]") -> None:
        with self._lock:
            self._judged.discard(event.id)
        if done.cancelled() or done.exception() is not None:
            return
        if isinstance(done.result(), Accepted | Refused | ReusedRequestId):
            self._settle(device, event)

    def _settle(self, device: str, event: Event[RatingPress]) -> None:
        with self._lock:
            upto = self._cursor(device, event.boot).settle(event.seq, event.after)
        if upto:
            self._stored(device, event.boot, upto)

    def _begin(self, event_id: str) -> bool:
        """False while the same press is being judged."""
        with self._lock:
            if event_id in self._judged:
                return False
            self._judged.add(event_id)
            return True

    def _age_s(self, event: Event[RatingPress]) -> float:
        """Machine seconds since the key went down: monotonic where the station could, else by its wall clock."""
        if event.age_ms is None:
            return max(0.0, (self._wall() - event.time).total_seconds()) + event.data.pressed_age_ms / 1000
        return (event.age_ms + event.data.pressed_age_ms) / 1000

    def _cursor(self, device: str, boot: str) -> Cursor:
        cursor = self._cursors.setdefault((device, boot), Cursor())
        self._cursors.move_to_end((device, boot))
        if len(self._cursors) > MOST_BOOTS:
            self._cursors.popitem(last=False)
        return cursor
