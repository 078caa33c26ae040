"""A hall goes on from its backup: nothing told is told again, what is lost is said, whoever asks again gets an answer."""

import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Engine
from typer.testing import CliRunner, Result

from server.adapters.backup import Backup, check
from server.adapters.database import open_engine
from server.adapters.verify import inspect as inspect_branch
from server.cli import app
from server.contract.acts import IssuedOffline, IssueTicket
from server.contract.views import TicketView
from server.domain.vocabulary import Role
from server.link.acts import HallClient

if TYPE_CHECKING:
    from tests.conftest import ServedHall, ServeHall

SHIPPED = Path(__file__).parents[2] / "config"
BRANCH = "chengdong"


class House:
    """A branch's directory and database, with servers and commands one after the other."""

    def __init__(self, home: Path, url: str, serve: "ServeHall") -> None:
        self.home = home
        self.url = url
        self._serve = serve

    @property
    def environ(self) -> dict[str, str]:
        return {"HALL_DATABASE_URL": self.url, "HALL_DATA": str(self.home), "HALL_BROKER": "none"}

    def open(self):  # type: ignore[no-untyped-def]
        return self._serve(self.home, HALL_DATABASE_URL=self.url)

    def hall(self, *arguments: str) -> Result:
        """Runs `hall`."""
        return CliRunner().invoke(app, arguments, env=self.environ | {"HALL_CONFIG": str(SHIPPED)})

    def backup(self) -> Path:
        made = self.hall("backup")
        assert made.exit_code == 0, made.stderr
        return Path(made.stdout.strip())

    def restore(self, backup: Path, *options: str) -> str:
        done = self.hall("restore", str(backup), *options)
        assert done.exit_code == 0, done.stderr
        return done.stdout

    def engine(self) -> Engine:
        return open_engine(self.url)

    def findings(self) -> list[str]:
        engine = self.engine()
        try:
            return [f"{one.kind} at {one.seq}: {one.words}" for one in inspect_branch(engine, BRANCH).findings]
        finally:
            engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest, tmp_path: Path, serve_hall: "ServeHall") -> House:
    """On each kind of database."""
    home = tmp_path / "data"
    home.mkdir(mode=0o700)
    url = f"sqlite:///{home / 'hall.db'}"
    return House(home, url if request.param == "sqlite" else request.getfixturevalue("pg_url"), serve_hall)


@pytest.fixture
def on_sqlite(tmp_path: Path, serve_hall: "ServeHall") -> House:
    home = tmp_path / "data"
    home.mkdir(mode=0o700)
    return House(home, f"sqlite:///{home / 'hall.db'}", serve_hall)


def kiosk_of(hall: "ServedHall") -> HallClient:
    return hall.machine(Role.KIOSK, "kiosk-1")


def take(kiosk: HallClient, request_id: str, offline: int | None = None) -> TicketView:
    printed = None
    if offline is not None:
        printed = IssuedOffline(number=offline, age_ms=60_000, issued_at=datetime.now(UTC))
    return kiosk.issue(IssueTicket(request_id=request_id, services=["pay"], offline=printed))


def test_a_backup_is_taken_while_customers_take_numbers(house: House) -> None:
    made: list[Backup] = []
    with house.open() as hall:
        kiosk, enough = kiosk_of(hall), threading.Event()
        taken = [take(kiosk, "request-first").stamp.rev]

        def customers() -> None:
            while not enough.is_set():
                taken.append(take(kiosk, f"request-{len(taken):06}").stamp.rev)

        crowd = threading.Thread(target=customers)
        crowd.start()
        for _ in range(3):
            before = taken[-1]
            path = house.backup()
            known = Backup.named(path)
            assert known is not None
            assert before <= known.rev <= hall.server.keeper.rev
            made.append(known)
        enough.set()
        crowd.join()

    assert len(taken) > 3
    assert {one.path.stat().st_mode & 0o777 for one in made} == {0o600}
    assert [check(one.path)[BRANCH].seq for one in made] == [one.rev for one in made]
    assert list(house.home.joinpath("backups").glob(".*")) == []


def test_a_restored_hall_tells_no_number_again_and_says_what_it_lost(house: House) -> None:
    with house.open() as hall:
        kiosk = kiosk_of(hall)
        known = [take(kiosk, f"before-{n:03}").number for n in range(3)]
        backup, rev, journal = house.backup(), hall.server.keeper.rev, hall.server.keeper.journal_id
        lost = [take(kiosk, f"after-{n:04}").number for n in range(4)]

    told = house.restore(backup, "--over")

    with house.open() as hall:
        keeper = hall.server.keeper
        assert {ticket.visit.number for ticket in keeper.hall.live.values()} == set(known)
        assert keeper.journal_id not in ("", journal)
        fresh = take(kiosk_of(hall), "fresh-0001").number
    assert (known + lost, fresh) == (["B001", "B002", "B003", "B004", "B005", "B006", "B007"], "B204")
    assert f"(event {rev}); what happened after that is lost" in told
    assert house.findings() == []
    engine = house.engine()
    report = inspect_branch(engine, BRANCH)
    engine.dispose()
    assert [(one.journal == journal, one.first_seq) for one in report.incarnations] == [(True, 1), (False, rev + 1)]


def test_whoever_asks_again_after_the_loss_gets_a_sound_answer_and_paper_wins(house: House) -> None:
    with house.open() as hall:
        kiosk = kiosk_of(hall)
        first = take(kiosk, "known-before")
        adopted = take(kiosk, "printed-before", offline=801)
        backup = house.backup()
        take(kiosk, "printed-after", offline=805)
        forgotten = take(kiosk, "asked-after")

    house.restore(backup, "--over")

    with house.open() as hall:
        kiosk = kiosk_of(hall)
        assert take(kiosk, "known-before").number == first.number
        assert take(kiosk, "printed-before", offline=801).id == adopted.id
        again = take(kiosk, "printed-after", offline=805)
        assert (again.number, take(kiosk, "printed-after", offline=805).id) == ("B805", again.id)
        anew = take(kiosk, "asked-after")
        assert anew.id != forgotten.id
        assert anew.number == "B202"
        assert take(kiosk, "asked-after").id == anew.id
    assert house.findings() == []


def test_screens_take_up_the_new_journal_and_the_board_says_what_is_lost(house: House) -> None:
    with house.open() as hall:
        kiosk = kiosk_of(hall)
        backup = house.backup()
        take(kiosk, "request-0001")
        high = hall.server.keeper.rev
    house.restore(backup, "--over")

    with house.open() as hall:
        book = hall.server.accounts
        book.put_person("boss", Role.MANAGER, "a manager's secret")
        boss = hall.client(book.sign_in("boss", "a manager's secret", machine=None, counter=None).token)
        board = boss.board()
        assert board.stamp.rev <= high
        assert [alarm.cause for alarm in board.alarms] == ["restored"]
