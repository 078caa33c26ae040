"""The running figures and the computed tables tell the same story of a day."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from server.application.ports import seal
from server.domain.commands import Cancel, GiveRating, Next, NoShow, OfflineIssue, Start, Transfer
from server.domain.vocabulary import Channel, CounterNo, ServiceId, TicketId

ONE, TWO = CounterNo(1), CounterNo(2)
PAY, TRF = ServiceId("pay"), ServiceId("trf")


@pytest.fixture
def day(sqlite_branch: Any) -> Any:
    """Five tickets: one served and rated, one transferred, one cancelled, one called, one waiting."""
    branch = sqlite_branch
    keeper = branch.keeper(config=replace(branch.config(), no_show_after_s=0))
    branch.open(keeper, 1)
    branch.open(keeper, 2)
    for n in range(5):
        branch.ask(keeper, branch.issue(f"t{n}"))
    branch.serve(keeper, "t0")
    window = keeper.hall.counters[ONE].window.id
    branch.ask(keeper, GiveRating("pad-1", Channel.PAD, 4, keeper.hall.at, window=window, in_time=True))
    branch.ask(keeper, Next(ONE, None))
    branch.ask(keeper, Start(ONE, TicketId("t1")))
    note = seal("needs the deed", b"salt", keeper.hall.at.replace(year=2030))
    move = Transfer(ONE, TicketId("t1"), TRF, TWO, None, False, note.digest, ("id",))
    branch.ask(keeper, move, texts=[note])
    branch.ask(keeper, Cancel(TicketId("t2")))
    branch.ask(keeper, Next(TWO, None))
    return branch


def test_the_running_figures_count_each_leg_and_ticket_once(day: Any) -> None:
    keeper = day.keepers[-1]
    today = keeper.figures.today()
    assert (today.issued, today.called, today.finished, today.cancelled) == (5, 3, 1, 1)
    assert today.by_score == {4: 1}
    assert sum(one.called for one in today.services.values()) == 3
    assert today.services[PAY].p50_s == 0
    assert today.promises_kept == today.promised > 0
    assert sum(today.arrivals) == 5
    assert today.mean_interarrival_s is not None


def test_the_figures_after_a_restart_are_the_same(day: Any) -> None:
    keeper = day.keepers[-1]
    today = keeper.figures.today()
    keeper.stop()
    assert day.keeper(config=keeper.hall.config).figures.today() == today


def test_a_no_show_is_counted_when_the_time_to_return_is_over(day: Any) -> None:
    keeper = day.keepers[-1]
    day.done(keeper, NoShow(TWO, keeper.hall.counters[TWO].current))
    assert keeper.figures.today().no_show == 0
    keeper.stop()
    later = day.keeper(config=keeper.hall.config, start=keeper.hall.at + timedelta(minutes=31))
    assert later.figures.today().no_show == 1


def test_a_paper_of_days_ago_is_no_arrival_of_today(day: Any) -> None:
    keeper = day.keepers[-1]
    before = keeper.figures.today()
    printed = OfflineIssue(805, keeper.hall.at - timedelta(days=3))
    day.done(keeper, replace(day.issue("late"), offline=printed, promise=None), by="kiosk-1")
    today = keeper.figures.today()
    assert (today.arrivals, today.mean_interarrival_s) == (before.arrivals, before.mean_interarrival_s)
    assert today.expired == before.expired + 1
