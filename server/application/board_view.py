"""What the manager sees: who waits too long now, the day's figures, the devices."""

import math
from collections.abc import Sequence

from server.application.desk_view import parked_line
from server.application.figures import Today
from server.application.scene import Scene
from server.application.views import hall_view
from server.contract.views.board import BoardView, RatingsToday, ServiceToday
from server.domain.vocabulary import ServiceId

ALMOST_LATE = 0.8
MOST_LATE = 6
FEWEST = 10
"""Below so many answers an interval says nothing."""
SATISFIED = (4, 5)
Z_95 = 1.959964


def board_view(scene: Scene, today: Today, broken: Sequence[str]) -> BoardView:
    shown = dict(hall_view(scene))
    return BoardView(
        **shown,
        late=[parked_line(scene, ticket) for ticket in scene.late(ALMOST_LATE, MOST_LATE)],
        ratings=_ratings(today),
        services_today=_services(scene, today),
        issued=today.issued,
        called=today.called,
        finished=today.finished,
        no_show=today.no_show,
        forecast_n=today.promised,
        forecast_hit=today.promises_kept,
        arrivals=list(today.arrivals),
        arrivals_from=today.arrivals_from,
        devices=list(scene.devices.lines),
        projections_broken=list(broken),
    )


def _ratings(today: Today) -> RatingsToday:
    n = sum(today.by_score.values())
    satisfied = sum(today.by_score.get(score, 0) for score in SATISFIED)
    low, high = wilson(satisfied, n) if n >= FEWEST else (None, None)
    return RatingsToday(
        n=n,
        satisfied=satisfied,
        low=low,
        high=high,
        not_rated=today.not_rated,
        by_score=dict(today.by_score),
        unmatched=today.unmatched,
    )


def _services(scene: Scene, today: Today) -> list[ServiceToday]:
    """Those called today or waiting now."""
    return [
        _service(scene, today, service)
        for service in scene.hall.rules.services
        if service in today.services or service in scene.hall.queues.waiting
    ]


def _service(scene: Scene, today: Today, service: ServiceId) -> ServiceToday:
    told = today.services.get(service)
    called = told.called if told else 0
    return ServiceToday(
        service=service,
        called=called,
        p50_s=told.p50_s if told else None,
        p90_s=told.p90_s if told else None,
        within_target=told.within_target if told else 0,
        of_target=called + scene.over_target(service),
    )


def wilson(hits: int, n: int) -> tuple[float, float]:
    """The 95 % interval of a share."""
    share, z2 = hits / n, Z_95 * Z_95
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z_95 / (1 + z2 / n) * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)
