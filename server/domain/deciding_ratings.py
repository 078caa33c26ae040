"""Asking for a rating and judging each press: none is dropped silently, one score a leg counts."""

from datetime import datetime, timedelta

from server.domain.commands import GiveRating
from server.domain.deciding import Course, Refused
from server.domain.errors import Code
from server.domain.events.ratings import RatingClosed, RatingExplained, RatingGiven, RatingIgnored, RatingOpened
from server.domain.rating import Window, window_id
from server.domain.visit import Visit
from server.domain.vocabulary import Channel, ClerkId, CounterNo, RatingFate, ServiceId, TicketId

SCORES = range(1, 6)
OWN_SCREEN = frozenset({Channel.PHONE, Channel.KIOSK})
"""Bound to the customer's own ticket: no next customer can press there, so the pad's few seconds do not matter."""


def open_window(course: Course, visit: Visit, counter: CounterNo, clerk: ClerkId, opened_at: datetime) -> None:
    """One whose time is over already is stored for late presses; the pad goes on asking whom it asks."""
    leg = visit.leg
    where = (visit.id, visit.number, leg.service, leg.number, counter, clerk)
    seconds = course.hall.rules.rating_s
    window = window_id(visit.id, leg.number)
    over = opened_at + timedelta(seconds=seconds) <= course.at
    if not over:
        close_window(course, counter)
    course.add(RatingOpened(course.at, *where, window, seconds, opened_at, visit.language))
    if over:
        course.add(RatingClosed(course.at, window, counter, None))


def close_window(course: Course, counter: CounterNo) -> None:
    window = course.desk(counter).window
    if window is not None:
        course.add(RatingClosed(course.at, window.id, counter, window.score))


def give_rating(course: Course, press: GiveRating) -> None:
    if press.score not in SCORES:
        raise Refused(Code.BAD_SCORE, score=press.score)
    window = _window(course, press)
    if window is None:
        _ignore(course, press, RatingFate.UNMATCHED, press.window)
    elif not _in_time(press, window):
        _ignore(course, press, RatingFate.LATE, window.id)
    elif window.score is None:
        _accept(course, press, window)
    elif _adds(press) and not window.explained:
        _explain(course, press, window)
    else:
        _ignore(course, press, RatingFate.REPEATED, window.id)


def _window(course: Course, press: GiveRating) -> Window | None:
    """The window named, else the only one that was open there and then, else the one that had just ended there."""
    windows = course.hall.windows
    if press.window is not None:
        return windows.get(press.window)
    found = windows.covering(press.counter, press.pressed_at)
    if found or press.counter is None:
        return found[0] if len(found) == 1 else None
    return windows.just_before(press.counter, press.pressed_at)


def _in_time(press: GiveRating, window: Window) -> bool:
    if press.in_time is not None:
        return press.in_time
    return press.channel in OWN_SCREEN or window.covers(press.pressed_at)


def _adds(press: GiveRating) -> bool:
    return press.channel in OWN_SCREEN and bool(press.reasons or press.text)


def _accept(course: Course, press: GiveRating, window: Window) -> None:
    course.add(
        RatingGiven(
            course.at,
            *_where(window),
            window.id,
            press.score,
            press.source,
            press.channel,
            press.pressed_at,
            press.reasons,
            press.text,
        )
    )


def _explain(course: Course, press: GiveRating, window: Window) -> None:
    said = (press.source, press.channel, press.reasons, press.text)
    course.add(RatingExplained(course.at, *_where(window), window.id, *said))


def _ignore(course: Course, press: GiveRating, fate: RatingFate, window: str | None) -> None:
    said = (press.score, press.source, press.channel, press.pressed_at)
    course.add(RatingIgnored(course.at, fate, window, press.counter, *said))


def _where(window: Window) -> tuple[TicketId, str, ServiceId, int, CounterNo, ClerkId]:
    return window.ticket, window.number, window.service, window.leg, window.counter, window.clerk
