"""What a clerk may do in each state, and what the bar says."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from counter.desk import (
    Act,
    Away,
    Draft,
    Key,
    Line,
    Situation,
    Stage,
    act_of,
    draft_for,
    edited,
    lawful,
    primary,
    why_not,
)
from counter.looks import bar, clock
from counter.panel_looks import feet, set_aside, targets, wait_words, waiting
from counter.requests import Asking, TransferTo
from counter.settings import DEFAULT_KEYS
from server.contract.common import WaitRange
from server.contract.words import CounterState, Outcome, TicketState

KEYS = dict(DEFAULT_KEYS)
UP, DOWN = Line(True), Line(False, 130, 9)


def situation(story: Any, line: Line = UP, draft: Draft | None = None, **view: Any) -> Situation:
    return Situation(story.desk_view(**view), story.services(), line, story.now, draft)


def may(here: Situation) -> tuple[set[Act], Act | None]:
    return set(lawful(here)), primary(here)


def views(*each: dict[str, Any]) -> tuple[dict[str, Any], ...]:
    return each


def called(story: Any, seconds: int = 50, **more: Any) -> dict[str, Any]:
    return {"current": story.current(TicketState.CALLED, seconds, **more)}


def serving(story: Any, seconds: int = 252) -> dict[str, Any]:
    return {"current": story.current(TicketState.SERVING, seconds)}


def test_each_state_has_its_acts_and_one_primary(story: Any) -> None:
    closed = situation(story, state=CounterState.CLOSED)
    paused = situation(story, state=CounterState.PAUSED)
    idle = situation(story)

    assert may(closed) == ({Act.OPEN}, Act.OPEN)
    assert may(paused) == ({Act.RESUME, Act.CLOSE}, Act.RESUME)
    assert may(idle) == ({Act.NEXT, Act.CALL, Act.PAUSE, Act.CLOSE, Act.REVIVE}, Act.NEXT)
    here = situation(story, **called(story))
    assert may(here) == ({Act.RECALL, Act.START, Act.NO_SHOW, Act.RETURN}, Act.START)
    busy = situation(story, **serving(story))
    assert may(busy) == ({Act.FINISH, Act.TRANSFER, Act.HOLD, Act.RETURN}, Act.FINISH)


def test_nothing_is_lawful_before_the_server_was_heard(story: Any) -> None:
    unknown = Situation(None, None, UP, story.now)
    assert (unknown.stage, lawful(unknown), primary(unknown)) == (Stage.UNKNOWN, frozenset(), None)


def test_no_show_waits_for_its_seconds_after_the_last_call(story: Any) -> None:
    early = situation(story, **called(story, 23))
    assert Act.NO_SHOW not in lawful(early)
    assert why_not(Act.NO_SHOW, early).figures == {"number": "A017", "seconds": 22}
    recalled = situation(story, **called(story, 90, last_call_at=story.now - timedelta(seconds=44)))
    assert Act.NO_SHOW not in lawful(recalled)
    assert Act.NO_SHOW in lawful(replace(recalled, now=story.now + timedelta(seconds=1)))


def test_recall_ends_at_the_limit(story: Any) -> None:
    assert Act.RECALL in lawful(situation(story, **called(story, calls=3)))
    spent = situation(story, **called(story, calls=4))
    assert Act.RECALL not in lawful(spent)
    assert why_not(Act.RECALL, spent).key == "refused.recall-limit-full"


def test_next_is_refused_while_a_record_is_unsaved(story: Any) -> None:
    draft = Draft("T-A016", 1, "A016", "trf", note="计量箱编号待补")
    unsaved = situation(story, draft=draft)

    assert Act.NEXT not in lawful(unsaved)
    assert (primary(unsaved), act_of(Key.FINISH, unsaved)) == (Act.SAVE, Act.SAVE)
    assert why_not(Act.NEXT, unsaved).figures == {"number": "A016"}
    assert Act.NEXT in lawful(situation(story, draft=replace(draft, saved=True)))


def test_next_waits_until_what_was_kept_is_sent(story: Any) -> None:
    kept = replace(situation(story), away=Away(pending=2))
    assert Act.NEXT not in lawful(kept)
    assert why_not(Act.NEXT, kept).figures == {"n": 2}


def test_the_pause_place_also_opens_and_resumes(story: Any) -> None:
    assert act_of(Key.PAUSE, situation(story)) is Act.PAUSE
    assert act_of(Key.PAUSE, situation(story, state=CounterState.PAUSED)) is Act.RESUME
    assert act_of(Key.PAUSE, situation(story, state=CounterState.CLOSED)) is Act.OPEN


def test_away_leaves_only_what_can_be_kept_here(story: Any) -> None:
    assert lawful(situation(story, DOWN, **serving(story))) == {Act.FINISH}
    assert lawful(situation(story, DOWN, **called(story))) == {Act.START}
    assert lawful(situation(story, DOWN)) == {Act.VOICE}
    assert lawful(situation(story, DOWN, state=CounterState.PAUSED)) == frozenset()
    assert why_not(Act.NEXT, situation(story, DOWN)).key == "refused.away"


def test_a_customer_finished_here_is_gone_from_the_desk(story: Any) -> None:
    away = Away(finished=frozenset({"T-A017"}), pending=1)
    done = replace(situation(story, DOWN, **serving(story)), away=away)
    assert (done.current, done.stage) == (None, Stage.IDLE)


def test_a_customer_started_here_is_being_served(story: Any) -> None:
    away = Away(started={"T-A017": story.now - timedelta(seconds=30)})
    started = replace(situation(story, DOWN, **called(story)), away=away)
    assert started.stage is Stage.SERVING
    assert bar(3, started, KEYS, "1023").timer.seconds == 30


def test_bar_over_target_says_so_in_words_and_stripes(story: Any) -> None:
    look = bar(3, situation(story, **serving(story, 1392)), KEYS, "1023")
    assert (look.mood, look.edge, look.timer.over, look.timer.seconds) == ("over", "amber-mark", True, 1392)
    assert look.timer.side.figures == {"time": "3:12"}  # type: ignore[union-attr]
    assert [tag.tone for tag in look.tags] == ["amber"]


def test_yellow_is_only_for_being_called(story: Any) -> None:
    looks = [bar(3, situation(story, **view), KEYS, "1023") for view in views({}, called(story), serving(story))]
    assert [look.edge for look in looks] == ["brand-700", "call", "brand-700"]


def test_keys_never_move(story: Any) -> None:
    orders = {
        tuple(key.key for key in bar(3, situation(story, **view), KEYS, "1023").keys)
        for view in views({}, called(story), serving(story), {"state": CounterState.CLOSED})
    }
    assert len(orders) == 1


def test_one_primary_key_at_most(story: Any) -> None:
    for view in views(
        {}, called(story), serving(story), {"state": CounterState.CLOSED}, {"state": CounterState.PAUSED}
    ):
        look = bar(3, situation(story, **view), KEYS, "1023")
        assert sum(key.primary for key in look.keys) == 1


def test_nothing_read_yet_is_not_shown_as_nobody_here(story: Any) -> None:
    look = bar(3, Situation(None, story.services(), UP, story.now), KEYS, "1023")
    assert (look.service.key, look.waiting_n, look.tags) == ("service.unknown", "–", ())  # type: ignore[union-attr]


def test_a_locked_counter_asks_for_the_pin_and_offers_only_to_go_on(story: Any) -> None:
    paused, busy = situation(story, state=CounterState.PAUSED), situation(story, **serving(story))
    looks = [bar(3, here, KEYS, "1023", locked=True) for here in (paused, busy)]
    assert [[tag.said.key for tag in look.tags] for look in looks] == [["tag.locked"]] * 2  # type: ignore[union-attr]
    assert [[key.act for key in look.keys if key.enabled] for look in looks] == [[Act.RESUME], []]


def test_bar_away_tells_how_long_and_what_is_left(story: Any) -> None:
    look = bar(3, situation(story, DOWN, **serving(story)), KEYS, "1023")
    assert look.away is not None
    assert (look.away.title.figures, look.away.act) == ({"minutes": 2, "seconds": 10}, Act.FINISH)
    assert look.longest is not None
    assert (look.edge, look.longest.key) == ("off", "waiting.as-of")


@pytest.mark.parametrize(("seconds", "shown"), [(0, "00:00"), (252, "04:12"), (3599, "59:59"), (3725, "1:02:05")])
def test_clock(seconds: int, shown: str) -> None:
    assert clock(seconds) == shown


def test_waiting_lines_say_why_in_figures(story: Any) -> None:
    lines = waiting(situation(story))
    assert [(line.number, line.reason.key, line.amber) for line in lines][:3] == [  # type: ignore[union-attr]
        ("A018", "line.first", True),
        ("A021", "line.target", False),
        ("A019", "line.share", False),
    ]
    assert waiting(situation(story, DOWN))[0].reason.key == "line.order-open"  # type: ignore[union-attr]


def test_missed_and_held_may_come_back_unless_the_line_is_down(story: Any) -> None:
    lists: dict[str, Any] = {"missed": [story.missed_line()], "held": [story.held_line()]}
    assert [line.revivable for line in set_aside(situation(story, **lists))] == [True, True]
    assert [line.revivable for line in set_aside(situation(story, DOWN, **lists))] == [False, False]


def test_one_adopted_too_late_is_brought_back_on_request(story: Any) -> None:
    line = story.held_line().model_copy(update={"state": TicketState.WAITING, "hold_reason": None, "back_at": None})
    (look,) = set_aside(situation(story, missed=[], held=[line]))
    assert (look.reason.key, look.revivable) == ("aside.too-late", True)  # type: ignore[union-attr]


def test_targets_leave_out_this_counters_own_service(story: Any) -> None:
    looks = targets(situation(story, **serving(story)))
    assert [look.to for look in looks] == [TransferTo("con"), TransferTo("tar"), TransferTo(counter=5)]


@pytest.mark.parametrize(
    ("low", "high", "key"),
    [(20, 150, "wait.short"), (60, 150, "wait.range"), (480, 830, "wait.range"), (2500, 4000, "wait.long")],
)
def test_waits_are_ranges_with_limits(story: Any, low: int, high: int, key: str) -> None:
    words = wait_words(WaitRange(low_s=low, likely_s=(low + high) // 2, high_s=high, as_of=story.now))
    assert words.key == key
    assert wait_words(None).key == "wait.unknown"


def test_foot_names_the_same_primary_as_the_bar(story: Any) -> None:
    for view in views({}, called(story), serving(story), {"state": CounterState.CLOSED}):
        here = situation(story, **view)
        last = feet(here, KEYS)[-1]
        assert (last.act, last.enabled, last.primary) == (primary(here), True, True)


def test_foot_names_each_act_once_while_the_line_is_down(story: Any) -> None:
    for view in views({}, called(story), serving(story)):
        acts = [look.act for look in feet(situation(story, DOWN, **view), KEYS)]
        assert len(set(acts)) == 3


def test_a_draft_stays_with_its_leg(story: Any) -> None:
    here = story.current(TicketState.SERVING, 10)
    fresh = draft_for(here, None)
    assert (fresh.number, fresh.service_done, fresh.documents) == ("A017", "trf", ("id", "deed", "account"))
    typed = edited(fresh, note="已补签")
    assert draft_for(here, typed) == typed
    assert draft_for(here.model_copy(update={"leg": 3}), typed).note == ""


def test_editing_a_saved_record_unsettles_it_but_a_colleagues_note_does_not() -> None:
    saved = Draft("T", 1, "A001", "trf", saved=True)
    assert edited(saved, outcome=Outcome.NOT_DONE).saved is False
    assert edited(saved, handover="请核户号").saved is True
    assert edited(saved, outcome=Outcome.DONE) == saved


def test_the_same_wish_keeps_its_request_id_until_answered() -> None:
    ids = iter(f"request-{n}" for n in range(9))
    asking = Asking(lambda: next(ids))
    first = asking.current(Act.START, "T-1")

    assert asking.repeated(asking.current(Act.START, "T-1"), first) is first
    other = asking.repeated(asking.current(Act.START, "T-2"), first)
    assert other.body.request_id != first.body.request_id
    draft = Draft("T-1", 1, "A001", "trf")
    finish = asking.finish(draft)
    assert asking.repeated(asking.finish(replace(draft, note="x")), finish) is not finish
