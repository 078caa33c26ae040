"""The promises of the house, kept against any sequence of acts that Hypothesis can think of."""

from collections import Counter
from datetime import timedelta
from itertools import chain
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from server.domain import commands as do
from server.domain.calling import order
from server.domain.errors import Refusal
from server.domain.events.days import DayOpened
from server.domain.events.event import closes
from server.domain.events.ratings import RatingGiven, RatingOpened
from server.domain.events.tickets import TicketCalled, TicketIssued, TicketRenumbered
from server.domain.hall import Hall, evolve, next_due
from server.domain.queues import is_parked, place_of
from server.domain.ticket import Called, Expected, Serving, Waiting
from server.domain.visit import Record
from server.domain.vocabulary import (
    Channel,
    ClerkId,
    CounterNo,
    CustomerClass,
    Digest,
    HoldReason,
    Outcome,
    PauseReason,
    ServiceId,
    TicketId,
)

if TYPE_CHECKING:
    from tests.domain.conftest import Story

PAY, NEW = ServiceId("pay"), ServiceId("new")
SERVICES = st.sampled_from([PAY, NEW])
COUNTERS = st.sampled_from([CounterNo(1), CounterNo(2), CounterNo(3)])
CLERKS = st.sampled_from([ClerkId("ann"), ClerkId("bob"), ClerkId("cat")])
CLASSES = st.sampled_from([CustomerClass.NORMAL, CustomerClass.NORMAL, CustomerClass.ELDER])
PAID = Record(PAY, Outcome.DONE, note=Digest("said"))
ANY = st.integers(0, 1000)


class HallMachine(RuleBasedStateMachine):
    """Acts at random; what the story lived is judged by the events alone, not by what the hall believes."""

    def __init__(self, story: "Story") -> None:
        super().__init__()
        self.story = story

    def tried(self, command: do.Command, by: str = "system", supervisor: bool = True) -> None:
        self.story.ask(command, by, supervisor, closed=getattr(command, "ticket", None))

    def any_ticket(self, pick: int) -> TicketId:
        """Mostly an open one, the newest being likeliest."""
        known = [*self.story.hall.live] if pick % 5 and self.story.hall.live else [*self.story.closed]
        return known[-1 - pick % len(known)] if known else TicketId("nobody")

    def current(self, counter: CounterNo) -> TicketId:
        found = self.story.hall.current(counter)
        return found.visit.id if found else TicketId("nobody")

    def served(self, counter: CounterNo) -> TicketId:
        """The customer being served there, fetched if nobody is."""
        ticket = self.called(counter)
        self.tried(do.Start(counter, ticket))
        return ticket

    def called(self, counter: CounterNo) -> TicketId:
        if self.story.hall.counters[counter].clerk is None:
            self.tried(do.OpenCounter(counter, ClerkId(f"c{counter}")))
        self.tried(do.Next(counter, None))
        return self.current(counter)

    @initialize()
    def opens(self) -> None:
        self.story.opens(CounterNo(1), "ann")
        self.story.opens(CounterNo(2), "bob")
        for service in (PAY, NEW, PAY):
            self.story.comes(service)

    @rule(services=st.lists(SERVICES, min_size=1, max_size=2), customer_class=CLASSES, slot=st.sampled_from([0, 0, 30]))
    def issue(self, services: list[ServiceId], customer_class: CustomerClass, slot: int) -> None:
        appointment = self.story.now + timedelta(hours=slot) if slot else None
        asked = self.story.asks_for(*services, customer_class=customer_class, appointment=appointment)
        self.tried(asked, "kiosk-1")

    @rule(number=st.integers(798, 806), minutes_ago=st.sampled_from([0, 5, 90, 1000]))
    def issue_offline(self, number: int, minutes_ago: int) -> None:
        self.tried(self.story.asks_for(PAY, offline=self.story.offline(number, minutes_ago)), "kiosk-1")

    @rule(pick=ANY, number=st.integers(798, 806))
    def renumber(self, pick: int, number: int) -> None:
        self.tried(do.Renumber(self.any_ticket(pick), self.story.offline(number)), "kiosk-1")

    @rule(counter=COUNTERS, honest=st.booleans(), record=st.sampled_from([PAID, None]))
    def next(self, counter: CounterNo, honest: bool, record: Record | None) -> None:
        current = self.story.hall.current(counter)
        expect = current.visit.id if current and honest else None
        ahead = order(self.story.hall, counter, self.story.now)
        first = ahead[0].ticket.visit.id if ahead else None
        done = self.story.ask(do.Next(counter, expect, record))
        if not isinstance(done, Refusal):
            called = [event.ticket for event in done if isinstance(event, TicketCalled)]
            assert isinstance(current, Serving) or called == [first]

    @rule(counter=COUNTERS, pick=ANY)
    def call(self, counter: CounterNo, pick: int) -> None:
        current = self.story.hall.current(counter)
        expect = current.visit.id if current else None
        self.tried(do.Call(counter, self.any_ticket(pick), expect, Digest("why"), PAID))

    @rule(counter=COUNTERS, waits_s=st.sampled_from([0, 50]), act=st.sampled_from([do.Recall, do.NoShow, do.Return]))
    def act(self, counter: CounterNo, waits_s: int, act: type[do.Recall | do.NoShow | do.Return]) -> None:
        ticket = self.called(counter)
        self.story.later(seconds=waits_s)
        self.tried(act(counter, ticket))

    @rule(counter=COUNTERS)
    def serve(self, counter: CounterNo) -> None:
        self.tried(do.Finish(counter, self.served(counter), PAID))

    @rule(counter=COUNTERS, reason=st.sampled_from(HoldReason), minutes=st.integers(1, 60))
    def hold(self, counter: CounterNo, reason: HoldReason, minutes: int) -> None:
        self.tried(do.Hold(counter, self.served(counter), reason, minutes, Digest("note")))

    @rule(
        counter=COUNTERS,
        service=st.one_of(st.none(), SERVICES),
        to=st.one_of(st.none(), COUNTERS),
        clerk=st.one_of(st.none(), CLERKS),
        back=st.booleans(),
    )
    def transfer(
        self, counter: CounterNo, service: ServiceId | None, to: CounterNo | None, clerk: ClerkId | None, back: bool
    ) -> None:
        self.tried(do.Transfer(counter, self.served(counter), service, to, clerk, back, Digest("note")))

    @rule(pick=ANY, act=st.sampled_from([do.Cancel, do.CheckIn, do.Reprint, do.Revive]))
    def customer(self, pick: int, act: type[do.Cancel | do.CheckIn | do.Reprint | do.Revive]) -> None:
        self.tried(act(self.any_ticket(pick)))

    @rule(pick=st.integers(1, 4), minutes=st.integers(5, 60))
    def delay(self, pick: int, minutes: int) -> None:
        self.tried(do.Delay(self.any_ticket(pick), minutes))

    @rule(pick=ANY, customer_class=CLASSES)
    def change_class(self, pick: int, customer_class: CustomerClass) -> None:
        self.tried(do.ChangeClass(self.any_ticket(pick), customer_class, Digest("why")), "g1")

    @rule(pick=ANY, leg=st.integers(1, 3))
    def put_interaction(self, pick: int, leg: int) -> None:
        self.tried(do.PutInteraction(self.any_ticket(pick), leg, PAID), "m1")

    @rule(counter=COUNTERS, clerk=CLERKS)
    def open(self, counter: CounterNo, clerk: ClerkId) -> None:
        self.tried(do.OpenCounter(counter, clerk))
        self.tried(do.PauseCounter(counter, PauseReason.MEAL))
        self.tried(do.ResumeCounter(counter))

    @rule(counter=COUNTERS)
    def close(self, counter: CounterNo) -> None:
        self.tried(do.CloseCounter(counter))

    @rule(counter=COUNTERS, pick=ANY)
    def served_offline(self, counter: CounterNo, pick: int) -> None:
        live = [ticket.visit.number for ticket in self.story.hall.live.values()] or ["B999"]
        start = self.story.now - timedelta(minutes=5)
        self.tried(do.AdoptServedOffline(counter, live[pick % len(live)], start, self.story.now, PAID), "ann")

    @rule(pick=ANY, score=st.integers(1, 5), in_time=st.sampled_from([True, False, None]), named=st.booleans())
    def rate(self, pick: int, score: int, in_time: bool | None, named: bool) -> None:
        opened = [event.window for event in self.story.journal if isinstance(event, RatingOpened)] or ["ghost-1"]
        window = opened[-1 - pick % min(2, len(opened))] if named else None
        self.tried(do.GiveRating("pad-1", Channel.PAD, score, self.story.now, window, in_time))

    @rule(seconds=st.sampled_from([1, 20, 50, 600, 2000]))
    def time_passes(self, seconds: int) -> None:
        self.story.later(seconds=seconds)
        if self.story.now >= (next_due(self.story.hall) or self.story.now):
            self.story.ticks()

    @precondition(lambda machine: machine.story.hall.issued_today > 8)
    @rule()
    def night_falls(self) -> None:
        self.story.later(minutes=24 * 60).ticks()
        self.opens()

    @invariant()
    def no_number_twice(self) -> None:
        numbers: Counter[tuple[object, str]] = Counter()
        days = {}
        for event in self.story.journal:
            if isinstance(event, TicketIssued):
                days[event.ticket] = event.visit.day
                numbers[(event.visit.day, event.number)] += not event.visit.offline or event.visit.day == (
                    business_day_of(self.story, event)
                )
            elif isinstance(event, TicketRenumbered):
                numbers[(days[event.ticket], event.number)] += 1
        assert all(count <= 1 for count in numbers.values()), numbers
        on_paper = [ticket.visit.number for ticket in self.story.hall.live.values()]
        assert len(on_paper) == len(set(on_paper))

    @invariant()
    def nothing_lost(self) -> None:
        issued = [event.ticket for event in self.story.journal if isinstance(event, TicketIssued)]
        ended = [gone[0] for event in self.story.journal if (gone := closes(event))]
        assert len(issued) == len(set(issued)) == self.story.hall.issued
        assert len(ended) == len(set(ended))
        assert set(self.story.hall.live) == set(issued) - set(ended)
        assert set(self.story.closed) == set(ended)

    @invariant()
    def at_most_one_counter_a_ticket(self) -> None:
        hall = self.story.hall
        before_clerk = {desk.current: desk.number for desk in hall.counters.values() if desk.current}
        at_counters = {
            ticket.visit.id: ticket.counter for ticket in hall.live.values() if isinstance(ticket, Called | Serving)
        }
        assert before_clerk == at_counters
        assert len(set(at_counters.values())) == len(at_counters)
        clerks = [desk.clerk for desk in hall.counters.values() if desk.clerk]
        assert len(clerks) == len(set(clerks))

    @invariant()
    def ratings_count_once(self) -> None:
        given = Counter(event.window for event in self.story.journal if isinstance(event, RatingGiven))
        opened = Counter(event.window for event in self.story.journal if isinstance(event, RatingOpened))
        assert all(count == 1 for count in (*given.values(), *opened.values()))
        assert set(given) <= set(opened)

    @invariant()
    def the_order_is_explained(self) -> None:
        for counter in self.story.hall.counters:
            shares = [each.share for each in order(self.story.hall, counter, self.story.now)]
            assert shares == sorted(shares, reverse=True)

    @invariant()
    def every_waiting_ticket_is_counted_and_has_somebody_to_call_it(self) -> None:
        hall = self.story.hall
        waiting = [ticket for ticket in hall.live.values() if isinstance(ticket, Waiting) and not is_parked(ticket)]
        queues = [*(each for kinds in hall.queues.shared.values() for each in kinds.values()), hall.queues.apart]
        assert hall.queues.waiting == Counter(ticket.visit.leg.service for ticket in waiting)
        assert sorted(chain(*queues)) == sorted(place_of(ticket.visit) for ticket in waiting)
        assert all(queue == tuple(sorted(queue)) for queue in queues)
        assert set(hall.queues.parked) == {ident for ident, each in hall.live.items() if is_parked(each)}
        for ticket in hall.live.values():
            leg = ticket.visit.leg
            if isinstance(ticket, Waiting) and leg.counter:
                assert hall.counters[leg.counter].clerk
            assert isinstance(ticket, Expected) or ticket.visit.day == hall.business_day or ticket.visit.appointment

    @invariant()
    def every_leg_of_a_visit_has_its_own_number(self) -> None:
        visits = [each.visit for each in (*self.story.hall.live.values(), *self.story.closed.values())]
        for visit in visits:
            ahead = [leg.number for leg in visit.to_come] + [visit.leg.number] * (visit.id in self.story.hall.live)
            numbers = ahead + [past.number for past in visit.done]
            assert len(numbers) == len(set(numbers))

    @invariant()
    def a_window_at_a_pad_is_one_that_is_stored(self) -> None:
        for desk in self.story.hall.counters.values():
            assert desk.window is None or self.story.hall.windows.get(desk.window.id) == desk.window

    def teardown(self) -> None:
        replayed = Hall.empty(self.story.hall.branch)
        for event in self.story.journal:
            replayed = evolve(replayed, event)
        assert replayed == self.story.hall
        last_day = max(n for n, event in enumerate(self.story.journal) if isinstance(event, DayOpened))
        recovered = Hall.empty(self.story.hall.branch)
        for event in self.story.journal[last_day:]:
            recovered = evolve(recovered, event)
        assert recovered == self.story.hall


def business_day_of(story: "Story", issued: TicketIssued) -> object:
    """The day the hall was in when this was issued; what came from an earlier day's paper is not compared."""
    days = [event.day for event in story.journal if isinstance(event, DayOpened) and event.at <= issued.at]
    return days[-1]


def test_the_promises_hold_whatever_happens(story: "Story") -> None:
    first = list(story.journal)

    class Machine(HallMachine):
        def __init__(self) -> None:
            super().__init__(type(story)())
            for event in first:
                self.story.hall = evolve(self.story.hall, event)
                self.story.journal.append(event)

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=50, stateful_step_count=60, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
