"""What a touch does, step by step, and when the screen goes home."""

from dataclasses import replace

import pytest

from kiosk.visit import (
    ASKING_S,
    ELDER_IDLE_S,
    IDLE_S,
    READ_ON_S,
    SETTLE_S,
    TICKET_S,
    Chosen,
    Home,
    Issuing,
    Manner,
    Obstacle,
    Printing,
    Shown,
    Visit,
)
from server.contract.words import Language

T0 = 100.0


def chosen() -> Visit:
    return Visit.fresh(T0).choose("pay", T0)


def issuing() -> Visit:
    return chosen().take("request-1", T0 + 1)


def shown() -> Visit:
    return issuing().issued("request-1", "B047", T0 + 2)


def test_three_touches_lead_to_a_ticket() -> None:
    assert chosen().step == Chosen("pay")
    assert issuing().step == Issuing("pay", "request-1")
    assert shown().step == Shown("pay", "B047", Printing.RUNNING, T0 + 2 + TICKET_S)


def test_a_second_touch_on_take_is_the_same_request() -> None:
    again = issuing().take("request-2", T0 + 1.1).take("request-3", T0 + 9)

    assert again.step == Issuing("pay", "request-1")


def test_a_double_touch_does_not_press_what_appears_under_the_finger() -> None:
    early = T0 + SETTLE_S / 2

    assert chosen().take("request-1", early).step == Chosen("pay")
    assert shown().done(T0 + 2 + SETTLE_S / 2).step == shown().step


def test_trying_again_after_a_refusal_repeats_the_request() -> None:
    refused = issuing().refused("request-1", Obstacle.SEE_STAFF, T0 + 2)

    assert refused.step == Chosen("pay", Obstacle.SEE_STAFF, "request-1")
    assert refused.take("request-2", T0 + 4).step == Issuing("pay", "request-1")


def test_an_answer_to_another_request_changes_nothing() -> None:
    assert issuing().issued("request-0", "B001", T0 + 2) == issuing()
    assert issuing().refused("request-0", Obstacle.FULL, T0 + 2) == issuing()


def test_an_untouched_home_asks_nobody() -> None:
    assert Visit.fresh(T0).asking_left_s(T0 + 10_000) is None


@pytest.mark.parametrize(("elder", "idle_s"), [(False, IDLE_S), (True, ELDER_IDLE_S)])
def test_a_silent_customer_is_asked_and_then_the_screen_goes_home(elder: bool, idle_s: float) -> None:
    visit = chosen().elder(elder, T0)

    assert visit.asking_left_s(T0 + idle_s - 0.1) is None
    assert visit.asking_left_s(T0 + idle_s) == ASKING_S
    assert visit.tick(T0 + idle_s + ASKING_S - 0.1) == visit
    assert visit.tick(T0 + idle_s + ASKING_S).step == Home()


def test_a_touch_answers_the_question() -> None:
    visit = chosen().touch(T0 + IDLE_S + 5)

    assert visit.asking_left_s(T0 + IDLE_S + 6) is None


def test_the_next_customer_finds_the_kiosk_as_usual() -> None:
    usual = Manner(Language.VI)
    visit = Visit.fresh(T0, usual).speak(Language.RU, T0).elder(True, T0).contrast(True, T0)

    assert visit.tick(T0 + ELDER_IDLE_S + ASKING_S).manner == usual


def test_nothing_goes_home_while_a_number_is_being_given() -> None:
    assert issuing().tick(T0 + 10_000) == issuing()
    assert shown().tick(T0 + 10_000) == shown()


@pytest.mark.parametrize("outcome", [Printing.PRINTED, Printing.UNCONFIRMED, Printing.FAILED])
def test_a_ticket_stays_at_least_twenty_seconds(outcome: Printing) -> None:
    visit = shown().printed("B047", outcome, T0 + 3)

    assert visit.tick(T0 + 22).step != Home()
    assert visit.tick(T0 + 200).step == Home()


def test_an_elder_reads_a_ticket_ninety_seconds() -> None:
    visit = issuing().elder(True, T0 + 1).issued("request-1", "B047", T0 + 2).printed("B047", Printing.PRINTED, T0 + 3)

    assert visit.tick(T0 + 91).step != Home()


def test_late_paper_leaves_time_to_take_it() -> None:
    visit = shown().printed("B047", Printing.PRINTED, T0 + 60)

    assert visit.ticket_left_s(T0 + 60) == pytest.approx(12.0)


def test_keep_showing_adds_a_minute() -> None:
    visit = shown().printed("B047", Printing.PRINTED, T0 + 3).read_on(T0 + 20)

    assert visit.ticket_left_s(T0 + 20) == READ_ON_S


def test_printing_again_waits_for_the_first_try() -> None:
    failed = shown().printed("B047", Printing.FAILED, T0 + 5)
    again = failed.print_again(T0 + 6)

    assert shown().print_again(T0 + 6).step == shown().step
    assert isinstance(again.step, Shown)
    assert (again.step.printing, again.step.copies) == (Printing.RUNNING, 1)


def test_done_is_the_next_customer() -> None:
    assert shown().done(T0 + 5).step == Home()


def test_elder_keeps_the_service_in_hand() -> None:
    assert chosen().elder(True, T0 + 1).step == Chosen("pay")
    assert replace(Visit.fresh(T0), step=Home(more=True)).elder(True, T0).step == Home()
