"""Several counters press *next* in the same instant (fault 22)."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from server.contract.acts import IssueTicket, NextCustomer, OpenCounter
from server.contract.words import Role
from server.link.acts import HallClient, new_request_id
from server.link.errors import ActRefused

COUNTERS = range(1, 7)
"""All of them serve `pay`."""
WAITING = 4


@pytest.fixture(params=["sqlite", "postgresql"])
def hall(request: pytest.FixtureRequest, serve_hall: Any, tmp_path: Path) -> Iterator[Any]:
    where = {} if request.param == "sqlite" else {"HALL_DATABASE_URL": request.getfixturevalue("pg_url")}
    with serve_hall(tmp_path, **where) as served:
        yield served


def next_at(counter: int, clerk: HallClient, together: threading.Barrier) -> str:
    """Who is called, or the code of the refusal."""
    wish = NextCustomer(request_id=new_request_id(), expect=None)
    together.wait()
    try:
        desk = clerk.counter_act(counter, "next", wish)
    except ActRefused as no:
        return no.problem.code
    assert desk.current is not None
    return desk.current.number


@pytest.mark.fault(22)
def test_counters_that_press_next_in_one_instant_get_a_customer_each_or_hear_that_nobody_waits(hall: Any) -> None:
    kiosk = hall.machine(Role.KIOSK, "kiosk-1")
    clerks = {counter: hall.clerk(counter) for counter in COUNTERS}
    for counter, clerk in clerks.items():
        clerk.counter_act(counter, "open", OpenCounter(request_id=new_request_id()))
    waiting = [kiosk.issue(IssueTicket(request_id=new_request_id(), services=["pay"])).number for _ in range(WAITING)]
    together = threading.Barrier(len(clerks))
    with ThreadPoolExecutor(len(clerks)) as hands:
        heard = list(hands.map(next_at, clerks, clerks.values(), [together] * len(clerks)))

    assert sorted(heard) == [*waiting, *["nobody-waiting"] * (len(clerks) - WAITING)]
