"""What is told comes true for about 8 customers of 10, also where the formula is wrong."""

from random import Random

import pytest

from server.forecasting.honesty import LEAST, MOST, Honesty
from server.forecasting.waits import Forecast

FORMULA = Forecast(300, 600, 900)


def share_within(true_mean_s: float, customers: int = 2000) -> float:
    """The share of later customers called within what they were told, with waits spread around `true_mean_s`."""
    dice, honesty, hits = Random(7), Honesty(), 0
    for customer in range(customers):
        told = honesty.told(FORMULA)
        waited_s = dice.gammavariate(4.0, true_mean_s / 4.0)
        if customer >= customers // 2:
            hits += told.low_s <= waited_s <= told.high_s
        honesty = honesty.learned(told, waited_s)
    return hits / (customers - customers // 2)


@pytest.mark.parametrize("true_mean_s", [250, 600, 1500])
def test_a_formula_that_is_wrong_still_tells_honest_ranges(true_mean_s: float) -> None:
    assert share_within(true_mean_s) == pytest.approx(0.8, abs=0.04)


def test_a_day_begins_with_the_formula_alone() -> None:
    assert Honesty().told(FORMULA) == FORMULA


def test_points_never_cross_and_never_run_away() -> None:
    honesty = Honesty()
    for _ in range(500):
        honesty = honesty.learned(honesty.told(FORMULA), 0.0)
    told = honesty.told(FORMULA)

    assert told.low_s <= told.likely_s <= told.high_s
    assert min(honesty.low, honesty.likely, honesty.high) == LEAST

    for _ in range(500):
        honesty = honesty.learned(honesty.told(FORMULA), 9e9)
    assert max(honesty.low, honesty.likely, honesty.high) == MOST
