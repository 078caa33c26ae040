from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from server.domain import commands as do
from server.domain.errors import Code
from server.domain.events.event import Event
from server.domain.events.ratings import RatingClosed, RatingExplained, RatingGiven, RatingIgnored, RatingOpened
from server.domain.events.tickets import LegFinished, LegServedOffline, ServiceStarted
from server.domain.visit import Record
from server.domain.vocabulary import Channel, CounterNo, Digest, Outcome, RatingFate, ServiceId

if TYPE_CHECKING:
    from tests.domain.conftest import Story

PAY, NEW = ServiceId("pay"), ServiceId("new")
ONE, TWO = CounterNo(1), CounterNo(2)
PAID = Record(PAY, Outcome.DONE)


def served(story: "Story", counter: CounterNo = ONE) -> str:
    """A customer comes and is finished; the window they may rate in."""
    ticket = story.comes(PAY)
    story.serves(counter)
    story.finishes(counter)
    return f"{ticket}-1"


def press(story: "Story", score: int = 5, **facts: object) -> do.GiveRating:
    given = do.GiveRating("pad-1", Channel.PAD, score, story.now, counter=ONE)
    return replace(given, **facts)  # type: ignore[arg-type]


def fate(happened: tuple[Event, ...]) -> RatingFate:
    (event,) = happened
    return event.fate if isinstance(event, RatingIgnored) else RatingFate.ACCEPTED


def test_the_rating_opens_when_the_visits_last_leg_finishes(busy: "Story") -> None:
    busy.comes(NEW, PAY)
    busy.serves(TWO)
    first = busy.finishes(TWO, Record(NEW, Outcome.DONE))
    busy.serves(ONE)

    last = busy.finishes(ONE)

    assert [type(event) for event in first] == [LegFinished]
    assert [type(event) for event in last] == [LegFinished, RatingOpened]
    assert busy.hall.counters[ONE].window is not None


def test_the_rating_ends_after_its_seconds(busy: "Story") -> None:
    window = served(busy)

    (event,) = busy.later(seconds=10).ticks()

    assert event == RatingClosed(busy.now, window, ONE, None)
    assert busy.hall.counters[ONE].window is None


def test_the_rating_ends_when_the_counters_next_leg_starts(busy: "Story") -> None:
    window = served(busy)
    busy.comes(PAY)
    ticket = busy.later(seconds=4).calls(ONE)
    assert ticket is not None
    assert busy.hall.counters[ONE].window is not None

    happened = busy.act(do.Start(ONE, ticket))

    assert [type(event) for event in happened] == [RatingClosed, ServiceStarted]
    assert fate(busy.act(press(busy, pressed_at=busy.now + timedelta(seconds=1), window=window))) is RatingFate.LATE


def test_the_first_accepted_press_wins(busy: "Story") -> None:
    window = served(busy)

    (given,) = busy.act(press(busy, 2, window=window, in_time=True))
    again = busy.act(press(busy, 5, window=window, in_time=True))

    assert isinstance(given, RatingGiven)
    assert (given.score, given.counter, given.clerk, given.service) == (2, ONE, "c1", PAY)
    assert fate(again) is RatingFate.REPEATED
    kept = busy.hall.windows.get(window)
    assert kept is not None
    assert kept.score == 2


def test_an_unscored_window_closes_unrated_and_a_scored_one_with_its_score(busy: "Story") -> None:
    busy.act(press(busy, 4, window=served(busy)))

    (event,) = busy.later(seconds=10).ticks()

    assert isinstance(event, RatingClosed)
    assert event.score == 4


def test_a_press_in_time_counts_whenever_it_arrives_until_the_end_of_the_next_day(busy: "Story") -> None:
    window = served(busy)
    pressed = press(busy, window=window, in_time=True)
    other = served(busy)
    busy.later(minutes=24 * 60).ticks()

    assert fate(busy.act(pressed)) is RatingFate.ACCEPTED

    busy.later(minutes=24 * 60).ticks()
    assert fate(busy.act(replace(pressed, window=other))) is RatingFate.UNMATCHED


@pytest.mark.parametrize(("after_s", "expected"), [(10, RatingFate.ACCEPTED), (11, RatingFate.LATE)])
def test_a_press_without_a_stations_word_is_judged_by_its_time(
    busy: "Story", after_s: int, expected: RatingFate
) -> None:
    window = served(busy)

    assert fate(busy.later(seconds=after_s).act(press(busy, window=window))) is expected


def test_a_press_the_station_knows_to_be_late_is_kept_as_late(busy: "Story") -> None:
    window = served(busy)

    assert fate(busy.act(press(busy, window=window, in_time=False))) is RatingFate.LATE


def test_a_press_without_window_is_matched_by_counter_and_time(busy: "Story") -> None:
    window = served(busy)
    served(busy, TWO)
    pressed_at = busy.now + timedelta(seconds=3)

    (event,) = busy.later(minutes=5).act(press(busy, 3, pressed_at=pressed_at))

    assert isinstance(event, RatingGiven)
    assert event.window == window


@pytest.mark.parametrize(
    ("after_s", "expected"),
    [(10, RatingFate.ACCEPTED), (11, RatingFate.LATE), (70, RatingFate.LATE), (71, RatingFate.UNMATCHED)],
)
def test_a_press_soon_after_the_time_is_its_customers_and_late(
    busy: "Story", after_s: int, expected: RatingFate
) -> None:
    window = served(busy)

    (event,) = busy.later(seconds=after_s).act(press(busy))

    assert fate((event,)) is expected
    assert event.window == (None if expected is RatingFate.UNMATCHED else window)  # type: ignore[union-attr]


def test_a_press_that_could_be_anybodys_stays_unmatched(busy: "Story") -> None:
    served(busy)
    served(busy, TWO)

    assert fate(busy.act(press(busy, counter=None))) is RatingFate.UNMATCHED
    assert fate(busy.later(minutes=5).act(press(busy))) is RatingFate.UNMATCHED
    assert fate(busy.act(press(busy, window="ghost-1"))) is RatingFate.UNMATCHED


def test_the_phone_may_rate_later_or_add_reasons_once(busy: "Story") -> None:
    window, other = served(busy), served(busy)
    phone = press(busy, 2, window=window, channel=Channel.PHONE, source="phone:t1", reasons=("slow",))
    busy.act(press(busy, 1, window=window))

    (event,) = busy.later(minutes=30).act(phone)
    assert isinstance(event, RatingExplained)
    assert (event.reasons, event.counter) == (("slow",), ONE)
    assert fate(busy.act(replace(phone, text=Digest("more")))) is RatingFate.REPEATED

    (given,) = busy.act(replace(phone, window=other))
    assert isinstance(given, RatingGiven)


def test_a_score_outside_one_to_five_is_refused(busy: "Story") -> None:
    window = served(busy)

    assert busy.refused(press(busy, 6, window=window)) is Code.BAD_SCORE
    assert busy.refused(press(busy, 0, window=window)) is Code.BAD_SCORE


def test_a_press_made_while_the_counter_was_away_finds_the_adopted_visit(busy: "Story") -> None:
    ticket = busy.comes(PAY)
    busy.later(minutes=20)
    finished = busy.now - timedelta(minutes=8)
    away = do.AdoptServedOffline(ONE, busy.number(ticket), finished - timedelta(minutes=3), finished, PAID)
    happened = busy.act(away, "c1")
    assert [type(event) for event in happened] == [LegServedOffline, RatingOpened, RatingClosed]

    (event,) = busy.act(press(busy, 4, pressed_at=finished + timedelta(seconds=5)))

    assert isinstance(event, RatingGiven)
    assert event.ticket == ticket


def test_adopting_one_served_long_ago_does_not_cut_short_who_is_asked_now(busy: "Story") -> None:
    away = busy.comes(PAY)
    busy.later(minutes=20)
    busy.act(do.Call(ONE, busy.comes(PAY), None, Digest("first")))
    present = busy.hall.counters[ONE].current
    assert present is not None
    busy.act(do.Start(ONE, present))
    busy.finishes(ONE)
    asked = busy.hall.counters[ONE].window
    finished = busy.now - timedelta(minutes=8)

    busy.act(do.AdoptServedOffline(ONE, busy.number(away), finished, finished, PAID), "c1")

    assert busy.hall.counters[ONE].window == asked
    assert fate(busy.later(seconds=5).act(press(busy))) is RatingFate.ACCEPTED
