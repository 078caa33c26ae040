from typing import TYPE_CHECKING, get_args

import pytest

from server.domain import commands as do
from server.domain.events.event import closes
from server.domain.events.tickets import ServiceStarted, TicketDelayed
from server.domain.hall import DECIDERS, Hall, after, decide, evolve
from server.domain.moving import BrokenJournal
from server.domain.vocabulary import BranchId, ClerkId, ClosedAs, CounterNo, ServiceId, TicketId

if TYPE_CHECKING:
    from tests.domain.conftest import Story

PAY = ServiceId("pay")


def test_every_command_has_its_decider() -> None:
    assert set(DECIDERS) == set(get_args(do.Command))


def test_deciding_changes_nothing_and_gives_the_same_again(busy: "Story") -> None:
    asked, context = busy.asks_for(PAY), do.Context(busy.now, "kiosk-1")
    before = busy.hall

    first = decide(busy.hall, asked, context)

    assert decide(busy.hall, asked, context) == first
    assert busy.hall == before


def test_an_event_that_cannot_follow_says_so(busy: "Story") -> None:
    ticket = busy.comes(PAY)
    started = ServiceStarted(busy.now, ticket, "B001", PAY, 1, CounterNo(1), ClerkId("c1"), busy.now, 0.0)

    with pytest.raises(BrokenJournal, match="t1 is Waiting, not Called"):
        evolve(busy.hall, started)
    with pytest.raises(BrokenJournal, match="no open ticket"):
        evolve(busy.hall, TicketDelayed(busy.now, TicketId("ghost"), "B009", PAY, 1, busy.now))


def test_the_closed_visit_is_what_its_last_event_leaves(busy: "Story") -> None:
    ticket = busy.comes(PAY)
    before = busy.hall

    (event,) = busy.act(do.Cancel(ticket))

    _, gone = after(before, event)
    assert gone is not None
    assert (gone.visit.id, gone.closed_as, gone.at) == (ticket, ClosedAs.CANCELLED, busy.now)
    assert closes(event) == (ticket, ClosedAs.CANCELLED)
    assert after(Hall.empty(BranchId("b")), busy.journal[0])[1] is None
