"""One finger, one press."""

from devices.health import Cause
from devices.rating_pad.presses import BOUNCE_S, FLOOD_PRESSES, FLOOD_S, STUCK_S, Judged, PressJudge


def hear(judge: PressJudge, sequence: int, key: int, at: float, boot: int = 1) -> Judged:
    judged = judge.judge(boot, sequence, key, at)
    judge.remember(boot, sequence, key, at, judged)
    return judged


def test_the_same_sequence_again_is_a_repeat() -> None:
    judge = PressJudge()

    assert [hear(judge, 1, 5, 0.0), hear(judge, 1, 5, 3.0)] == [Judged.PRESS, Judged.REPEAT]


def test_a_restarted_pad_counts_from_one_again() -> None:
    judge = PressJudge()

    assert [hear(judge, 1, 5, 0.0, boot=1), hear(judge, 1, 5, 3.0, boot=2)] == [Judged.PRESS, Judged.PRESS]


def test_a_key_that_bounces_is_one_press() -> None:
    judge = PressJudge()

    heard = [hear(judge, n, 5, 0.02 * n) for n in range(1, 6)]

    assert heard == [Judged.PRESS, *[Judged.BOUNCE] * 4]


def test_another_key_at_once_is_another_press() -> None:
    judge = PressJudge()

    assert [hear(judge, 1, 5, 0.0), hear(judge, 2, 1, 0.01)] == [Judged.PRESS, Judged.PRESS]


def test_a_press_that_nobody_kept_may_come_again() -> None:
    judge = PressJudge()

    assert [judge.judge(1, 1, 5, 0.0), judge.judge(1, 1, 5, 0.2)] == [Judged.PRESS, Judged.PRESS]


def test_a_flood_is_bounded_and_passes() -> None:
    judge = PressJudge()
    step = BOUNCE_S + 0.01

    heard = [hear(judge, n, 5, n * step) for n in range(FLOOD_PRESSES + 4)]

    assert heard.count(Judged.PRESS) == FLOOD_PRESSES
    assert hear(judge, 200, 5, FLOOD_PRESSES * step + FLOOD_S) is Judged.PRESS


def test_a_key_held_too_long_is_stuck_until_it_is_let_go() -> None:
    judge = PressJudge()
    judge.held(frozenset({3}), 0.0)
    judge.held(frozenset({3}), 5.0)

    assert (judge.stuck(STUCK_S - 1), judge.stuck(STUCK_S)) == (False, True)
    judge.held(frozenset(), STUCK_S + 1)
    assert not judge.stuck(STUCK_S + 2)


def test_a_key_that_never_stops_bouncing_is_stuck_until_it_does() -> None:
    judge = PressJudge()
    step = BOUNCE_S / 2
    beats = [n * step for n in range(int(STUCK_S / step) + 1)]

    heard = [hear(judge, n, 3, at) for n, at in enumerate(beats)]

    assert heard.count(Judged.PRESS) == 1
    assert judge.causes(beats[-1]) == {Cause.STUCK_KEY}
    assert judge.causes(beats[-1] + BOUNCE_S) == set()


def test_what_was_heard_is_counted() -> None:
    judge = PressJudge()
    for sequence, at in ((1, 0.0), (1, 0.1), (2, 0.2), (3, 5.0)):
        hear(judge, sequence, 5, at)

    assert judge.counts == {"presses": 2, "repeats": 1, "bounces": 1}
