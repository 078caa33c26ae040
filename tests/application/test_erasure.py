"""What a customer asks to be forgotten is gone from everywhere, and the journal stays whole."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text

from server.adapters.erasing import erase, tickets_of
from server.adapters.private_store import FRESH_S, PrivateStore
from server.adapters.verify import inspect
from server.application.answers import Accepted
from server.application.ports import PrivateText, seal
from server.domain import commands as do
from server.domain.visit import Record
from server.domain.vocabulary import CounterNo, CustomerClass, HoldReason, Outcome, ServiceId, TicketId

ONE, PAY, TRF = CounterNo(1), ServiceId("pay"), ServiceId("trf")
SAID = ("walks with a stick", 'owes three months\n"in person"', "电表烧了，家里有婴儿", "comes back with the deed")


def sealed(said: str, at: datetime) -> PrivateText:
    return seal(said, b"salt of a test", at + timedelta(days=180))


def lived(branch: Any) -> Any:
    """One customer of whom much was written, and one more."""
    keeper = branch.keeper()
    branch.open(keeper)
    at, mine = keeper.hall.at, TicketId("t1")
    texts = [sealed(said, at) for said in SAID]
    changed, held, handed, noted = (one.digest for one in texts)
    said_back = '{"notes":["owes three months\\n\\"in person\\"","电表烧了，家里有婴儿"],"number":"A001"}'

    def ask(command: do.Command, *written: PrivateText, answer: str = "{}") -> None:
        given = branch.ask(keeper, command, texts=written, supervisor=True, render=lambda *_: answer)
        assert isinstance(given, Accepted), given

    ask(branch.issue("t1"))
    ask(do.ChangeClass(mine, CustomerClass.ELDER, changed), texts[0])
    ask(do.Next(ONE, None))
    ask(do.Start(ONE, mine))
    ask(do.Hold(ONE, mine, HoldReason.FORM, 10, held), texts[1])
    ask(do.Revive(mine, ONE))
    ask(do.Next(ONE, None))
    ask(do.Start(ONE, mine))
    ask(do.Transfer(ONE, mine, TRF, None, None, False, handed), texts[2], answer=said_back)
    ask(do.Next(ONE, None))
    ask(do.Start(ONE, mine))
    ask(do.Finish(ONE, mine, Record(TRF, Outcome.DONE, note=noted)), texts[3])
    other = sealed("somebody else's words", at)
    ask(branch.issue("t2"))
    ask(do.ChangeClass(TicketId("t2"), CustomerClass.ELDER, other.digest), other)
    return keeper


def everything(branch: Any) -> str:
    """All that the database's tables hold."""
    told = list[str]()
    with branch.engine.connect() as connection:
        for table in ("events", "acts", "texts", "tickets", "legs", "interactions", "closed_visits"):
            told += [str(tuple(row)) for row in connection.execute(text(f"SELECT * FROM {table}"))]
    return "\n".join(told)


def test_an_erased_visit_is_in_no_table_and_the_journal_verifies(branch: Any) -> None:
    keeper = lived(branch)
    before = everything(branch)
    assert all(repr(said)[1:-1] in before or said in before for said in SAID)
    (ticket,) = tickets_of(branch.engine, branch.name, "A001", keeper.hall.business_day)

    assert erase(branch.engine, branch.name, ticket) == len(SAID)

    left = everything(branch)
    assert not any(word in left for word in ("stick", "three months", "婴儿", "deed"))
    assert "somebody else's words" in left
    keeper.stop()
    report = inspect(branch.engine, branch.name)
    assert (report.findings, report.erased) == ([], len(SAID))
    assert erase(branch.engine, branch.name, ticket) == 0


def test_the_file_itself_holds_nothing_of_an_erased_visit(sqlite_branch: Any) -> None:
    branch = sqlite_branch
    keeper = lived(branch)
    keeper.stop()
    erase(branch.engine, branch.name, TicketId("t1"))
    home = Path(branch.engine.url.database).parent
    files = b"".join(path.read_bytes() for path in home.iterdir() if path.is_file())
    assert b"somebody else's words" in files
    assert not any(said.encode() in files for said in SAID)


def test_a_running_server_forgets_what_another_process_erased(branch: Any) -> None:
    lived(branch)
    clock = [0.0]
    store = PrivateStore(branch.engine, branch.name, monotonic=lambda: clock[0])
    with branch.engine.connect() as connection:
        (digest,) = connection.scalars(text("SELECT digest FROM texts WHERE text = :said"), {"said": SAID[0]})
    assert store.read([digest]) == {digest: SAID[0]}
    erase(branch.engine, branch.name, TicketId("t1"))
    clock[0] = FRESH_S + 1
    assert store.read([digest]) == {}


def test_who_was_carried_into_the_same_day_keeps_what_was_written_of_them(branch: Any) -> None:
    keeper = branch.keeper()
    slot = keeper.hall.at + timedelta(days=1)
    for ticket, said in (("t1", SAID[0]), ("t2", SAID[2])):
        why = sealed(said, keeper.hall.at)
        branch.done(keeper, replace(branch.issue(ticket), appointment=slot, class_reason=why.digest), texts=[why])
    keeper.stop()
    branch.keeper(start=slot)

    assert erase(branch.engine, branch.name, TicketId("t1")) == 1

    left = everything(branch)
    assert (SAID[0] in left, SAID[2] in left) == (False, True)


def test_a_text_that_no_event_speaks_of_is_not_kept(branch: Any) -> None:
    keeper = branch.keeper()
    branch.ask(keeper, branch.issue("t1"))
    for said in SAID[:2]:
        why = sealed(said, keeper.hall.at)
        change = do.ChangeClass(TicketId("t1"), CustomerClass.ELDER, why.digest)
        assert isinstance(branch.ask(keeper, change, texts=[why], supervisor=True), Accepted)

    kept = everything(branch)
    assert (SAID[0] in kept, "three months" in kept) == (True, False)


def test_the_one_who_asks_again_gets_the_answer_without_what_was_erased(branch: Any) -> None:
    keeper = branch.keeper()
    branch.ask(keeper, branch.issue("t1"))
    why = sealed(SAID[2], keeper.hall.at)
    change = do.ChangeClass(TicketId("t1"), CustomerClass.ELDER, why.digest)
    asked = {"texts": [why], "supervisor": True, "render": lambda *_: f'{{"why":"{SAID[2]}"}}'}
    assert SAID[2] in branch.ask(keeper, change, "request-why", **asked).body
    erase(branch.engine, branch.name, TicketId("t1"))
    again = branch.ask(keeper, change, "request-why", **asked)
    assert (again.repeated, again.body) == (True, '{"why":""}')
