"""PostgreSQL killed beneath a running server: refused plainly meanwhile, nothing lost or doubled when it is back."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import psycopg
import pytest

from server.adapters.database import open_engine
from server.adapters.verify import verify
from server.contract.acts import IssueTicket, NextCustomer, OpenCounter, TicketAct
from server.contract.words import Role
from server.link.acts import HallClient, new_request_id
from server.link.errors import HallAway

Until = Callable[..., bool]


class Cluster(Protocol):
    url: str

    def kill(self) -> None: ...

    def start(self) -> None: ...


@pytest.mark.fault(12)
def test_with_postgresql_killed_acts_are_refused_plainly_and_come_once_when_it_is_back(
    mortal_postgresql: Cluster, serve_hall: Any, tmp_path: Path, until: Until, expected_logs: Any
) -> None:
    expected_logs.expect(
        "journal of .* cannot be (read|written)|ended unknown|connection that keeps|lock of .* is lost"
    )
    expected_logs.expect("accounts could not be read|old acts of|another server keeps|cannot be reached")
    with psycopg.connect(mortal_postgresql.url.replace("+psycopg", "") + "/postgres", autocommit=True) as admin:
        admin.execute("CREATE DATABASE hall")
    url = f"{mortal_postgresql.url}/hall"
    with serve_hall(tmp_path, HALL_DATABASE_URL=url) as hall:
        kiosk: HallClient = hall.machine(Role.KIOSK, "kiosk-1")
        clerk: HallClient = hall.clerk(1)
        clerk.counter_act(1, "open", OpenCounter(request_id=new_request_id()))
        gone = clerk.ticket_act(kiosk.issue(pay()).id, "cancel", TicketAct(request_id=new_request_id()))
        first = kiosk.issue(pay())
        asked = pay()

        mortal_postgresql.kill()
        with pytest.raises(HallAway) as away:
            clerk.ticket(gone.id)
        assert away.value.code in {"unavailable", "not-owner"}
        with pytest.raises(HallAway) as plain:
            kiosk.issue(asked)
        assert plain.value.code in {"unavailable", "outcome-unknown", "not-owner"}
        mortal_postgresql.start()

        assert until(lambda: answered(lambda: kiosk.issue(asked)))
        second = kiosk.issue(asked)
        assert int(second.number[1:]) == int(first.number[1:]) + 1
        assert [line.number for line in clerk.desk(1).waiting] == [first.number, second.number]
        called = clerk.counter_act(1, "next", NextCustomer(request_id=new_request_id(), expect=None)).current
        assert called is not None
        assert called.number == first.number
    engine = open_engine(url)
    assert verify(engine, hall.server.settings.branch) == []
    engine.dispose()


def pay() -> IssueTicket:
    return IssueTicket(request_id=new_request_id(), services=["pay"])


def answered(ask: Callable[[], object]) -> bool:
    try:
        ask()
    except HallAway:
        return False
    return True
