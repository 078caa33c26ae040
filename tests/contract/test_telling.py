import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.contract.telling import told_minutes


@pytest.mark.parametrize(
    ("low_s", "high_s", "told"),
    [
        (0, 60, (0, 3)),
        (490, 830, (8, 14)),
        (600, 610, (10, 13)),
        (1080, 1740, (18, 29)),
        (1790, 1810, (29, 35)),
        (1800, 1800, (30, 35)),
        (2000, 2500, (30, 45)),
        (3600, 3600, (60, 65)),
        (-5, -1, (0, 3)),
    ],
)
def test_told_minutes_round_outwards_and_stay_apart(low_s: float, high_s: float, told: tuple[int, int]) -> None:
    assert told_minutes(low_s, high_s) == told


@given(st.floats(0, 40_000), st.floats(0, 40_000))
def test_told_minutes_always_hold_the_forecast(a: float, b: float) -> None:
    low_s, high_s = sorted((a, b))

    low, high = told_minutes(low_s, high_s)

    assert low * 60 <= low_s
    assert high_s <= high * 60 + 1e-6
    assert high - low >= 3
    assert all(each <= 30 or each % 5 == 0 for each in (low, high))
