"""Rating windows on their way to the pads: opened, closed, and told again to a station that comes back."""

from collections.abc import Callable, Sequence
from datetime import datetime

from server.application.ports import Recorded
from server.contract.messages import RatingClosed, RatingWindow
from server.contract.topics import RATING_CLOSED, RATING_WINDOW
from server.domain.events import ratings
from server.domain.rating import Window
from server.domain.state import Hall
from server.domain.vocabulary import CounterNo
from server.link.broker import BrokerLink


class PadWindows:
    """Speaks to the one station that owns a counter's pad; a counter without a pad is asked nothing."""

    def __init__(
        self,
        link: BrokerLink,
        *,
        station_of: Callable[[int], str | None],
        hall: Callable[[], Hall],
        now: Callable[[], datetime],
        seconds_until: Callable[[datetime], float],
        new_id: Callable[[], str],
    ) -> None:
        """`now` is the hall's clock, `seconds_until` tells in machine seconds when it will show a time."""
        self._link = link
        self._station_of = station_of
        self._hall = hall
        self._now = now
        self._seconds_until = seconds_until
        self._new_id = new_id

    def on_committed(self, recorded: Sequence[Recorded], hall: Hall) -> None:
        for each in recorded:
            match each.event:
                case ratings.RatingOpened(window=window):
                    self._open(hall.windows.get(window))
                case ratings.RatingClosed(window=window, counter=counter):
                    self._close(window, counter)
                case _:
                    continue

    def greet(self, station: str) -> None:
        """A pad's owner has come (back): it learns what is being asked at its counters."""
        now = self._now()
        for window in self._hall().windows.covering(None, now):
            if window.score is None and self._station_of(window.counter) == station:
                self._open(window)

    def _open(self, window: Window | None) -> None:
        station = None if window is None else self._station_of(window.counter)
        if window is None or station is None:
            return
        seconds = self._seconds_until(window.ends_at)
        if seconds <= 0:
            return
        message = RatingWindow(
            id=self._new_id(),
            time=self._now(),
            window=window.id,
            leg=window.leg,
            counter=window.counter,
            seconds=min(seconds, 3600.0),
            number=window.number,
            language=window.language,
        )
        self._link.publish(RATING_WINDOW, message, device=station)

    def _close(self, window: str, counter: CounterNo) -> None:
        station = self._station_of(counter)
        if station is not None:
            message = RatingClosed(id=self._new_id(), time=self._now(), window=window, counter=counter)
            self._link.publish(RATING_CLOSED, message, device=station)
