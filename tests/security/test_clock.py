"""A clock that is moved by hours while somebody is served: every duration stays what it was."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from server.adapters.journal import read_lines
from server.adapters.projections.tables import legs
from server.adapters.verify import verify
from server.contract import acts
from server.domain.vocabulary import Outcome, Role
from server.link.acts import new_request_id

pytestmark = pytest.mark.attack(25)


@pytest.mark.parametrize("hours", [2, -2])
def test_a_jump_of_the_wall_clock_changes_no_duration_and_is_written_down(
    serve_hall: Any, tmp_path: Path, until: Any, expected_logs: Any, hours: int
) -> None:
    expected_logs.expect("the wall clock was moved by")
    with serve_hall(tmp_path) as hall:
        kiosk, clerk = hall.machine(Role.KIOSK, "kiosk-1"), hall.clerk(1)
        clerk.counter_act(1, "open", acts.OpenCounter(request_id=new_request_id()))
        ticket = kiosk.issue(acts.IssueTicket(request_id=new_request_id(), services=["pay"]))
        clerk.counter_act(1, "next", acts.NextCustomer(request_id=new_request_id(), expect=None))
        clerk.counter_act(1, "start", acts.CurrentAct(request_id=new_request_id(), ticket=ticket.id))

        hall.server.front.clock._wall = lambda: datetime.now(UTC) + timedelta(hours=hours)
        engine = hall.server.engine
        assert until(lambda: "TimeStepped" in types_of(engine))

        record = acts.Interaction(service_done="pay", outcome=Outcome.DONE)
        clerk.counter_act(
            1, "finish", acts.FinishCustomer(request_id=new_request_id(), ticket=ticket.id, record=record)
        )
        with engine.connect() as db:
            leg = db.execute(select(legs).where(legs.c.ticket == ticket.id)).one()
        waited, served = leg.waited_s, leg.served_s
        assert 0 <= waited < 30
        assert 0 <= served < 30
        assert verify(engine, "chengdong") == []


def types_of(engine: Any) -> list[str]:
    with engine.connect() as db:
        return [line.type for line in read_lines(db, "chengdong")]
