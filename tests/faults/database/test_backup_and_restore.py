"""A hall goes on from its backup: nothing told is told again, the loss is said, whoever asks again gets an answer."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from kiosk.offline import ADOPTED, Clocks, OfflineStore
from server.adapters.backup import Backup, BackupFailed, back_up, backups_of, check, prune
from server.adapters.verify import inspect
from server.contract.acts import IssuedOffline, IssueTicket
from server.contract.views.answers import TicketView
from server.domain.vocabulary import Role
from server.link.acts import HallClient, new_request_id

if TYPE_CHECKING:
    from tests.conftest import ServedHall
    from tests.faults.database.conftest import House, MakeHouse

BRANCH = "chengdong"


def kiosk_of(hall: "ServedHall") -> HallClient:
    return hall.machine(Role.KIOSK, "kiosk-1")


def take(kiosk: HallClient, request_id: str, offline: int | None = None) -> TicketView:
    printed = None
    if offline is not None:
        printed = IssuedOffline(number=offline, age_ms=60_000, issued_at=datetime.now(UTC))
    return kiosk.issue(IssueTicket(request_id=request_id, services=["pay"], offline=printed))


def test_a_backup_is_taken_while_customers_take_numbers(house: "House") -> None:
    made: list[Backup] = []
    with house.open() as hall:
        kiosk, enough = kiosk_of(hall), threading.Event()
        taken = [take(kiosk, "request-first").stamp.rev]

        def customers() -> None:
            while not enough.wait(0.05):
                taken.append(take(kiosk, f"request-{len(taken):06}").stamp.rev)

        crowd = threading.Thread(target=customers)
        crowd.start()
        for _ in range(3):
            before, so_many = taken[-1], len(taken)
            path = house.backup()
            known = Backup.named(path)
            assert known is not None
            assert before <= known.rev <= hall.server.keeper.rev
            made.append(known)
            while len(taken) == so_many:
                enough.wait(0.01)
        enough.set()
        crowd.join()

    assert len(taken) > 3
    assert {one.path.stat().st_mode & 0o777 for one in made} == {0o600}
    assert [check(one.path)[BRANCH].seq for one in made] == [one.rev for one in made]
    assert list(house.home.joinpath("backups").glob(".*")) == []


def test_a_restored_hall_tells_no_number_again_and_says_what_it_lost(house: "House") -> None:
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
    assert f"(event {rev}); whatever happened after that is lost" in told
    assert house.findings() == []
    engine = house.engine()
    report = inspect(engine, BRANCH)
    engine.dispose()
    assert [(one.journal == journal, one.first_seq) for one in report.incarnations] == [(True, 1), (False, rev + 1)]


def test_whoever_asks_again_after_the_loss_gets_a_sound_answer_and_paper_wins(house: "House") -> None:
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


def test_paper_that_a_kiosk_gave_out_alone_is_told_again_to_the_restored_hall(house: "House", tmp_path: Path) -> None:
    clocks = Clocks(lambda: datetime.now(UTC), time.monotonic, "boot-1")
    store = OfflineStore(tmp_path / "kiosk.db", "machine-1", clocks, new_request_id)

    def tell_all(kiosk: HallClient) -> dict[str, str]:
        store.remember(kiosk.services())
        told = {ticket.label: kiosk.issue(ticket.adoption()) for ticket in store.waiting()}
        for view in told.values():
            store.settle(f"alone-{view.number}", f"{ADOPTED} {view.id}")
        return {label: view.number for label, view in told.items()}

    with house.open() as hall:
        kiosk = kiosk_of(hall)
        backup = house.backup()
        store.remember(kiosk.services())
        store.issue(IssueTicket(request_id="alone-B800", services=["pay"]))
        assert tell_all(kiosk) == {"B800": "B800"}
        assert tell_all(kiosk) == {}
    house.restore(backup, "--over")

    with house.open() as hall:
        kiosk = kiosk_of(hall)
        assert tell_all(kiosk) == {"B800": "B800"}
        assert [ticket.visit.number for ticket in hall.server.keeper.hall.live.values()] == ["B800"]
    store.close()
    assert house.findings() == []


def test_screens_take_up_the_new_journal_and_the_board_says_what_is_lost(house: "House") -> None:
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


def test_a_restore_waits_for_the_server_to_be_stopped(house: "House") -> None:
    with house.open():
        backup = house.backup()
        refused = house.hall("restore", str(backup), "--over")

    assert (refused.exit_code, refused.stderr) == (
        1,
        "chengdong is being kept by a running server; stop it first\n",
    )


def test_a_restore_never_covers_a_database_unless_told_and_keeps_it_aside_then(house: "House") -> None:
    with house.open() as hall:
        kiosk = kiosk_of(hall)
        backup = house.backup()
        take(kiosk, "request-0001")

    refused = house.hall("restore", str(backup))
    told = house.restore(backup, "--over")

    assert refused.exit_code == 1
    assert "`--over` keeps it aside" in refused.stderr
    aside = told.partition("what stood there is kept as ")[2].partition(";")[0].strip()
    kinds = "SELECT type FROM {}events ORDER BY seq"
    if aside.startswith("schema "):
        engine = house.engine()
        with engine.connect() as connection:
            kept = list(connection.execute(text(kinds.format(f"{aside.removeprefix('schema ')}."))).scalars())
        engine.dispose()
    else:
        with closing(sqlite3.connect(aside)) as old:
            kept = [kind for (kind,) in old.execute(kinds.format(""))]
    assert kept[-1] == "TicketIssued"


def test_a_backup_of_one_kind_of_database_opens_on_the_other(pg_url: str, make_house: "MakeHouse") -> None:
    one, other = make_house("one", None), make_house("other", pg_url)
    with one.open() as hall:
        token = hall.server.accounts.put_machine("kiosk-1", Role.KIOSK)
        first = take(hall.client(token), "request-0001")
        on_sqlite = one.backup()

    other.restore(on_sqlite)
    with other.open() as hall:
        kiosk = hall.client(token)
        assert take(kiosk, "request-0001").id == first.id
        second = take(kiosk, "request-0002")
        on_postgresql = other.backup()
    one.restore(on_postgresql, "--over")

    with one.open() as hall:
        kiosk = hall.client(token)
        assert take(kiosk, "request-0002").id == second.id
        assert (second.number, take(kiosk, "request-0003").number) == ("B202", "B403")
    assert (one.findings(), other.findings()) == ([], [])


def test_a_damaged_backup_is_refused_and_changes_nothing(on_sqlite: "House", tmp_path: Path) -> None:
    with on_sqlite.open() as hall:
        take(kiosk_of(hall), "request-0001")
        backup = on_sqlite.backup()
    before = sorted(path.name for path in on_sqlite.home.iterdir())
    whole = backup.read_bytes()
    at = whole.index(b'"kiosk-1"')
    rotten, cut, other = tmp_path / "rotten", tmp_path / "cut", tmp_path / "other"
    rotten.write_bytes(whole[:at] + b'"kiosk-2"' + whole[at + 9 :])
    cut.write_bytes(whole[: len(whole) // 2])
    other.write_bytes(b"PK\x03\x04 no database at all")

    refused = [on_sqlite.hall("restore", str(path), "--over") for path in (rotten, cut, other)]

    assert [one.exit_code for one in refused] == [1, 1, 1]
    assert "its hash differs" in refused[0].stderr
    assert sorted(path.name for path in on_sqlite.home.iterdir()) == before


def test_a_backup_of_another_branch_or_of_none_never_takes_a_halls_place(on_sqlite: "House", tmp_path: Path) -> None:
    with on_sqlite.open() as hall:
        take(kiosk_of(hall), "request-0001")
        backup = on_sqlite.backup()
    renamed = tmp_path / "config"
    shutil.copytree(on_sqlite.config, renamed)
    told = (renamed / "hall.toml").read_text("utf-8")
    (renamed / "hall.toml").write_text(told.replace('branch = "chengdong"', 'branch = "chengxi"'), "utf-8")
    nothing, strange = tmp_path / "nothing", tmp_path / "strange"
    nothing.touch()
    with closing(sqlite3.connect(strange)) as database:
        database.execute("CREATE TABLE events (id)")

    foreign = on_sqlite.hall("restore", str(backup), "--over", "--config", str(renamed))
    refused = [on_sqlite.hall("restore", str(path), "--over").stderr for path in (nothing, strange)]

    assert (foreign.exit_code, foreign.stderr) == (
        1,
        f"nothing was restored: {backup} is of chengdong, not of chengxi\n",
    )
    assert refused == [f"nothing was restored: {path}: is no backup of a branch\n" for path in (nothing, strange)]
    assert list(on_sqlite.home.glob("*.aside-*")) == []


def test_a_backup_from_before_the_first_day_needs_the_server_stopped_too(on_sqlite: "House") -> None:
    assert on_sqlite.hall("init").exit_code == 0
    backup = on_sqlite.backup()

    with on_sqlite.open():
        kept = on_sqlite.hall("restore", str(backup), "--over")
    told = on_sqlite.restore(backup, "--over")

    assert kept.stderr == "chengdong is being kept by a running server; stop it first\n"
    assert told == f"{backup} was made before chengdong had a journal: its people and machines are back\n"
    assert "manager-1" in on_sqlite.hall("user", "list").stdout


def test_a_backup_never_takes_the_place_of_the_database_or_of_another_file(on_sqlite: "House", tmp_path: Path) -> None:
    notes, wished = tmp_path / "notes.txt", tmp_path / "wished.backup"
    notes.write_text("not to be lost")
    with on_sqlite.open() as hall:
        kiosk = kiosk_of(hall)
        take(kiosk, "request-0001")
        refused = [on_sqlite.hall("backup", str(path)).stderr for path in (on_sqlite.home / "hall.db", notes)]
        made = [on_sqlite.hall("backup", str(wished)).exit_code for _ in range(2)]
        assert take(kiosk, "request-0002").number == "B002"

    assert refused == [
        f"no backup was made: {on_sqlite.home / 'hall.db'} is the database itself\n",
        f"no backup was made: {notes} is there already and is no backup\n",
    ]
    assert notes.read_text() == "not to be lost"
    assert (made, check(wished)[BRANCH].seq > 0) == ([0, 0], True)


KILLED_AT = """
import os, signal, sys
from sqlalchemy import Engine, event
from server.cli import app

step, count = sys.argv.pop(1), int(sys.argv.pop(1))

def passed(name):
    global count
    count -= step in name
    if not count:
        os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(lambda name, given: passed(name) if name == "os.rename" else None)
event.listen(Engine, "before_cursor_execute", lambda _c, _u, statement, *_: passed(statement))
app()
"""
STEPS = {
    "sqlite": [("os.rename", 1, "old"), ("os.rename", 3, "new")],
    "postgresql": [("CREATE TABLE events", 1, "old"), ("CREATE TABLE tickets", 2, "new")],
}
"""Where a restore is killed, and which hall the next start finds: at a rename of files; at a statement (the first
`CREATE TABLE tickets` is that of the copy which is prepared beside)."""


def test_a_restore_killed_at_any_step_leaves_the_old_hall_or_the_new_one_whole(house: "House") -> None:
    with house.open() as hall:
        kiosk = kiosk_of(hall)
        backup = house.backup()
        lost = take(kiosk, "request-0001")
        old = hall.server.keeper.journal_id
    command = [sys.executable, "-c", KILLED_AT]
    environ = os.environ | house.environ | {"HALL_CONFIG": str(house.config), "PYTHONPATH": str(house.root)}
    for step, count, left in STEPS[house.url.partition("+")[0].partition(":")[0]]:
        line = [*command, step, str(count), "restore", str(backup), "--over"]
        killed = subprocess.run(line, env=environ, check=False, timeout=60, stdout=subprocess.DEVNULL)
        assert killed.returncode == -signal.SIGKILL, step

        with house.open() as hall:
            keeper = hall.server.keeper
            numbers = [ticket.visit.number for ticket in keeper.hall.live.values()]
            seen = (keeper.journal_id == old, numbers)
        assert seen == ((True, [lost.number]) if left == "old" else (False, [])), (step, count)
        assert house.findings() == []


def test_old_backups_go_but_the_last_of_each_day_stays(tmp_path: Path) -> None:
    now = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
    for hours in range(30 * 24):
        at = now - timedelta(hours=hours)
        (tmp_path / f"chengdong-{at:%Y%m%dT%H%M%SZ}-000000001-J0.backup").write_bytes(b"")
    others = {"chengdong-2-20261120T123000Z-000000001-J0.backup", "notes.txt"}
    for name in others:
        (tmp_path / name).write_bytes(b"")

    prune(tmp_path, "chengdong", keep=4, keep_days=14, now=now)

    kept = [backup.at for backup in backups_of(tmp_path, "chengdong")]
    assert kept[:4] == [now - timedelta(hours=n) for n in range(4)]
    assert [at.hour for at in kept[4:]] == [23] * 13
    assert {path.name for path in tmp_path.iterdir()} > {
        "notes.txt",
        "chengdong-2-20261120T123000Z-000000001-J0.backup",
    }


def test_a_backup_never_takes_the_disks_last_room(on_sqlite: "House", tmp_path: Path) -> None:
    with on_sqlite.open() as hall, pytest.raises(BackupFailed, match="GB free, a backup needs"):
        back_up(hall.server.engine, BRANCH, tmp_path, datetime.now(UTC), spare_bytes=2**60)

    assert backups_of(tmp_path, BRANCH) == []
