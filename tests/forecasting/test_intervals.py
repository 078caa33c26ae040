import pytest

from server.forecasting.intervals import wilson


@pytest.mark.parametrize(
    ("satisfied", "n", "low", "high"),
    [(41, 44, 0.818, 0.977), (0, 10, 0.0, 0.278), (10, 10, 0.722, 1.0), (0, 0, 0.0, 1.0)],
)
def test_wilson_gives_the_known_intervals(satisfied: int, n: int, low: float, high: float) -> None:
    assert [*wilson(satisfied, n)] == pytest.approx([low, high], abs=0.001)
