"""How a wait is told: the same rounding on kiosk, slip, phone and board."""

from math import ceil, floor

APART_MIN = 3
"""A narrower range would claim more than a forecast can know."""
COARSE_FROM_MIN = 30
COARSE_MIN = 5


def told_minutes(low_s: float, high_s: float) -> tuple[int, int]:
    """Low and high in minutes, rounded outwards: whole ones, fives over 30, at least three apart."""
    low, high = _down(max(0.0, low_s) / 60), _up(max(0.0, low_s, high_s) / 60)
    return low, high if high - low >= APART_MIN else _up(low + APART_MIN)


def _down(minutes: float) -> int:
    step = COARSE_MIN if minutes > COARSE_FROM_MIN else 1
    return floor(minutes / step) * step


def _up(minutes: float) -> int:
    step = COARSE_MIN if minutes > COARSE_FROM_MIN else 1
    return ceil(minutes / step) * step
