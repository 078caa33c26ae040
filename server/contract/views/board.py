"""What the manager sees: the hall, the day's figures, the devices, what is wrong in the works.

`BoardView` is both the answer of a GET and the data of every SSE event of the board.
"""

from pydantic import Field

from server.contract.common import DeviceId, Moment, View
from server.contract.views.desk import WaitingView
from server.contract.views.hall import HallView


class RatingsToday(View):
    """Satisfied is 4 and 5 of 5; who did not press is counted apart, never as satisfied."""

    n: int
    satisfied: int
    low: float | None = None
    high: float | None = None
    """Wilson 95 % interval of satisfied ÷ n, 0..1; None while n < 10."""
    not_rated: int = 0
    by_score: dict[int, int] = Field(default_factory=dict)
    unmatched: int = 0


class ServiceToday(View):
    service: str
    called: int
    p50_s: int | None = None
    p90_s: int | None = None
    within_target: int = 0
    of_target: int = 0
    """Those called today plus those still waiting over their target."""


class DeviceLine(View):
    device: DeviceId
    part: str
    health: str
    """ok, fault, unknown or lost."""
    alert: str | None = None
    since: Moment
    paper_minutes: int | None = None
    """For how many minutes of use a printer's roll is likely to last; not told by any other device."""


class AlarmView(View):
    """Something in the hall's own works that staff must mend."""

    cause: str
    """projection-broken, journal-failing, disk-nearly-full, flood, messages-refused, pad-disputed,
    name-shared, restored, asking-too-often."""
    since: Moment
    names: list[str] = Field(default_factory=list)
    """Whom or what it is about."""


class BoardView(HallView):
    """What the manager sees."""

    late: list[WaitingView] = Field(default_factory=list)
    """Over target or above 80 % of it, worst first, at most 6."""
    ratings: RatingsToday
    services_today: list[ServiceToday] = Field(default_factory=list)
    issued: int = 0
    called: int = 0
    finished: int = 0
    no_show: int = 0
    forecast_n: int = 0
    forecast_hit: int = 0
    """Promises of today whose customer has been called, and how many fell into their range."""
    arrivals: list[int] = Field(default_factory=list)
    """Tickets issued in each quarter hour since `arrivals_from`."""
    arrivals_from: Moment | None = None
    devices: list[DeviceLine] = Field(default_factory=list)
    projections_broken: list[str] = Field(default_factory=list)
    alarms: list[AlarmView] = Field(default_factory=list)
