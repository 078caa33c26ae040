import pytest

from server.domain.vocabulary import ServiceId
from server.forecasting.handling import MEMORY, Handling
from server.forecasting.waits import Forecast, LearnedPace, OpenCounter, Queue

PAY, NEW = ServiceId("pay"), ServiceId("new")


@pytest.fixture
def pace() -> LearnedPace:
    return LearnedPace({PAY: 180, NEW: 600})


def counters(*busy: bool, services: tuple[ServiceId, ...] = (PAY,)) -> list[OpenCounter]:
    return [OpenCounter(services, each) for each in busy]


def test_forecast_is_not_known_when_no_open_counter_serves_it(pace: LearnedPace) -> None:
    queue = Queue(counters(True, services=(NEW,)), {})

    assert pace.forecast(PAY, 3, queue) is None


def test_forecast_is_near_nothing_when_a_counter_is_free(pace: LearnedPace) -> None:
    assert pace.forecast(PAY, 0, Queue(counters(True, False), {})) == Forecast(0, 0, 60)


def test_forecast_counts_those_at_the_counters_and_those_ahead(pace: LearnedPace) -> None:
    found = pace.forecast(PAY, 3, Queue(counters(True, True), {PAY: 3}))

    assert found is not None
    assert 270 < found.likely_s <= 360
    assert found.low_s < found.likely_s < found.high_s


def test_forecast_shrinks_with_more_counters_and_grows_with_more_people(pace: LearnedPace) -> None:
    def likely(ahead: int, open_counters: int) -> int:
        found = pace.forecast(PAY, ahead, Queue(counters(*[True] * open_counters), {}))
        assert found is not None
        return found.likely_s

    assert likely(6, 3) < likely(6, 2) < likely(6, 1) < likely(12, 1)


def test_forecast_counts_people_of_other_services_at_shared_counters(pace: LearnedPace) -> None:
    shared = [OpenCounter((PAY, NEW), True)]

    alone = pace.forecast(PAY, 1, Queue(shared, {PAY: 1}))
    beside = pace.forecast(PAY, 1, Queue(shared, {PAY: 1, NEW: 4}))

    assert alone is not None
    assert beside is not None
    assert beside.likely_s > alone.likely_s + 1800


def test_forecast_of_an_urgent_customer_is_shorter(pace: LearnedPace) -> None:
    queue = Queue(counters(True), {PAY: 6})

    normal, elder = pace.forecast(PAY, 6, queue), pace.forecast(PAY, 6, queue, urgency=2)

    assert normal is not None
    assert elder is not None
    assert elder.likely_s < normal.likely_s


def test_forecast_range_narrows_relatively_with_more_people(pace: LearnedPace) -> None:
    near = pace.forecast(PAY, 1, Queue(counters(True), {}))
    far = pace.forecast(PAY, 20, Queue(counters(True), {}))

    assert near is not None
    assert far is not None
    assert (far.high_s - far.low_s) / far.likely_s < (near.high_s - near.low_s) / near.likely_s


def test_handling_time_is_learned_from_what_was_seen(pace: LearnedPace) -> None:
    for _ in range(100):
        pace.learn(PAY, 300)

    learned = pace.handling(PAY)

    assert learned is not None
    assert learned.mean_s == pytest.approx(300, rel=0.05)
    assert learned.spread < 0.3


def test_handling_of_one_record_left_open_over_lunch_changes_little() -> None:
    usual = Handling(180)
    for _ in range(50):
        usual = usual.learned(180)

    assert usual.learned(3 * 3600).mean_s < 200


def test_handling_memory_is_limited_so_that_change_is_learned() -> None:
    handling = Handling(180)
    for _ in range(1000):
        handling = handling.learned(180)

    assert handling.weight == MEMORY


def test_learning_skips_services_it_does_not_know(pace: LearnedPace) -> None:
    pace.learn(ServiceId("ghost"), 10)

    assert pace.handling(ServiceId("ghost")) is None
