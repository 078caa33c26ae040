"""How waits are rounded and worded."""

from datetime import UTC, datetime

import pytest

from kiosk.texts import Texts
from kiosk.waits import UNKNOWN, Kind, Wait, clock_range, scale_minutes, sentence, steadied, told
from server.contract.common import WaitRange
from server.contract.words import Language

NOW = datetime(2026, 11, 20, 2, 42, tzinfo=UTC)


def forecast(low_s: int, likely_s: int, high_s: int) -> WaitRange:
    return WaitRange(low_s=low_s, likely_s=likely_s, high_s=high_s, as_of=NOW)


@pytest.mark.parametrize(
    ("range_", "waiting", "kind"),
    [
        (forecast(0, 20, 120), 0, Kind.NONE),
        (forecast(0, 90, 200), 1, Kind.UNDER),
        (forecast(490, 600, 830), 5, Kind.RANGE),
        (forecast(2500, 3000, 4000), 40, Kind.OVER),
        (None, 3, Kind.UNKNOWN),
    ],
)
def test_each_wait_has_its_way_of_being_told(range_: WaitRange | None, waiting: int, kind: Kind) -> None:
    assert told(range_, waiting).kind is kind


def test_figures_stay_until_the_estimate_moves_by_two_minutes() -> None:
    shown = Wait(Kind.RANGE, 8, 14, 10.0)

    assert steadied(shown, Wait(Kind.RANGE, 9, 15, 11.0)).low == 8
    assert steadied(shown, Wait(Kind.RANGE, 10, 15, 11.0)).low == 10
    assert steadied(shown, UNKNOWN) is UNKNOWN
    assert steadied(None, shown) is shown


def test_a_range_is_also_told_in_clock_time() -> None:
    assert clock_range(Wait(Kind.RANGE, 8, 14), NOW.replace(hour=10)) == ("10:50", "10:56")
    assert clock_range(UNKNOWN, NOW) is None


def test_the_band_is_long_enough_for_the_range() -> None:
    assert scale_minutes(Wait(Kind.RANGE, 8, 14)) == 30
    assert scale_minutes(Wait(Kind.RANGE, 21, 40)) == 60


def test_the_range_has_an_en_dash_and_no_spaces() -> None:
    assert sentence(Wait(Kind.RANGE, 8, 14), Texts(Language.RU)) == "8–14"
