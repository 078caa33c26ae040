"""How sure a figure is."""

from math import sqrt

Z_95 = 1.959964


def wilson(satisfied: int, n: int) -> tuple[float, float]:
    """The 95 % interval of a share; honest also near 0 and 1 and for few answers. (0, 1) when nobody answered."""
    if n == 0:
        return 0.0, 1.0
    share, square = satisfied / n, Z_95 * Z_95
    middle = (share + square / (2 * n)) / (1 + square / n)
    half = Z_95 * sqrt(share * (1 - share) / n + square / (4 * n * n)) / (1 + square / n)
    return max(0.0, middle - half), min(1.0, middle + half)
