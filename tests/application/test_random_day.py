"""Days of random acts of every kind: the journal verifies, replays to the same hall, and the tables can be rebuilt."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from server.adapters.codec import dump
from server.adapters.upkeep import rebuild
from server.adapters.verify import verify
from server.application.answers import Accepted, Refused
from server.domain import commands as do
from server.domain.commands import Command, Digest, Record
from server.domain.errors import Code
from server.domain.state import Hall
from server.domain.vocabulary import (
    Channel,
    ClerkId,
    CounterNo,
    CustomerClass,
    HoldReason,
    Language,
    Outcome,
    PauseReason,
    ServiceId,
    TicketId,
)

PAY, TRF = ServiceId("pay"), ServiceId("trf")


class Chance:
    """Makes one sensible or senseless act after the other."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.issued: list[TicketId] = []

    def act(self, hall: Hall) -> Command:
        counter = CounterNo(self.random.randint(1, 3))
        current = hall.counters[counter].current
        ticket = self.random.choice([*self.issued[-12:], TicketId("nobody")])
        mine = current or ticket
        record = Record(self.random.choice((PAY, TRF)), self.random.choice(list(Outcome)), ("id",))
        windows = [window.id for window in hall.windows]
        return self.random.choice(
            [
                *[self._issue()] * 4,
                *[do.OpenCounter(counter, ClerkId(f"100{counter}"))] * 2,
                do.OpenCounter(counter, ClerkId(f"100{self.random.randint(1, 4)}")),
                do.PauseCounter(counter, PauseReason.MEAL),
                do.ResumeCounter(counter),
                do.CloseCounter(counter),
                *[do.Next(counter, current, record if current else None)] * 6,
                do.Call(counter, ticket, current, Digest(""), None),
                do.Recall(counter, mine),
                *[do.Start(counter, mine)] * 5,
                *[do.Finish(counter, mine, record)] * 2,
                do.NoShow(counter, mine),
                do.Revive(ticket, counter),
                do.Hold(counter, mine, self.random.choice(list(HoldReason)), 10),
                do.Return(counter, mine),
                do.Transfer(counter, mine, TRF, None, None, self.random.random() < 0.5, Digest("")),
                do.Delay(ticket, 10),
                do.Cancel(ticket),
                do.CheckIn(ticket),
                do.Reprint(ticket),
                do.ChangeClass(ticket, CustomerClass.ELDER, Digest("ab")),
                do.PutInteraction(ticket, 1, record),
                do.AdoptServedOffline(counter, "A001", hall.at or _none(), hall.at or _none(), record),
                do.Renumber(ticket, do.OfflineIssue(self.random.randint(800, 810), hall.at or _none())),
                self._rating(windows, hall),
                self._rating([], hall),
            ]
        )

    def _issue(self) -> Command:
        ticket = TicketId(f"t{len(self.issued):04}")
        self.issued.append(ticket)
        services = self.random.choice(((PAY,), (TRF,), (PAY, TRF)))
        kind = self.random.choice((CustomerClass.NORMAL, CustomerClass.ELDER))
        return do.Issue(
            ticket, services, kind, Digest("ab"), Language.EN, Channel.GUIDE, promise=(10, 60, 300), ahead=0
        )

    def _rating(self, windows: list[str], hall: Hall) -> Command:
        window = self.random.choice(windows) if windows else None
        score = self.random.randint(1, 5)
        return do.GiveRating("pad-1", Channel.PAD, score, hall.at or _none(), window, None, CounterNo(1), ("queue",))


def _none() -> Any:
    raise AssertionError("the hall has no time yet")


@pytest.mark.parametrize("seed", range(3))
def test_days_of_random_acts_stay_sound(sqlite_branch: Any, seed: int) -> None:
    branch, chance = sqlite_branch, Chance(seed)
    config = replace(branch.config(), no_show_after_s=0, rating_s=1)
    keeper = branch.keeper(config=config)
    done: Counter[str] = Counter()
    for _day in range(2):
        for _ in range(400):
            command = chance.act(keeper.hall)
            answer = branch.ask(keeper, command, supervisor=True)
            assert isinstance(answer, Accepted | Refused), answer
            if isinstance(answer, Accepted):
                done[type(command).__name__] += 1
            else:
                assert answer.refusal.code is not Code.FAULT, command
        keeper.stop()
        assert verify(branch.engine, branch.name) == []
        keeper = branch.keeper(config=config, start=keeper.hall.at)
        assert dump(keeper.hall, Hall) == dump(branch.keepers[-2].hall, Hall)
        assert keeper.figures.today() == branch.keepers[-2].figures.today()
        keeper.stop()
        keeper = branch.keeper(config=config, start=keeper.hall.at + timedelta(days=1))
    keeper.stop()
    assert len(done) >= 18, done
    assert rebuild(branch.engine, branch.name) == keeper.rev
    assert verify(branch.engine, branch.name) == []
