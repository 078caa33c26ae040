"""A database that is not what was written is found at the start, kept aside, and the newest sound backup takes over."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update

from server.adapters.soundness import damage
from server.adapters.tables import events
from server.contract.acts import IssueTicket
from server.contract.views.answers import TicketView
from server.domain.vocabulary import Role
from server.link.acts import HallClient

if TYPE_CHECKING:
    from tests.conftest import ExpectedLogs, ServedHall
    from tests.faults.database.conftest import House

pytestmark = pytest.mark.fault(13)

PAGE = 4096
Wound = Callable[[Path], None]


def spoil(file: Path, page: int, of: int = PAGE) -> None:
    """A disk gives back other bytes than were written."""
    with file.open("rb+") as opened:
        opened.seek((page - 1) * PAGE)
        opened.write(b"\xa5" * of)


def root_of(file: Path, name: str) -> int:
    with closing(sqlite3.connect(file)) as database:
        (page,) = database.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (name,)).fetchone()
    return int(page)


def wipe_a_computed_table(file: Path) -> None:
    spoil(file, root_of(file, "tickets"))


def no_database_at_all(file: Path) -> None:
    file.write_bytes(b"\x00\xff" * 10_000)


def cut_short(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2 // PAGE * PAGE)


def gone(file: Path) -> None:
    file.unlink()


def emptied(file: Path) -> None:
    file.write_bytes(b"")


def take(kiosk: HallClient, request_id: str) -> TicketView:
    return kiosk.issue(IssueTicket(request_id=request_id, services=["pay"]))


def lived(house: "House", before: int = 2, after: int = 3) -> tuple[str, list[TicketView]]:
    """A hall with a backup after its first customers, stopped after the others; -> the kiosk's token, the tickets."""
    with house.open() as hall:
        token = hall.server.accounts.put_machine("kiosk-1", Role.KIOSK)
        kiosk = hall.client(token)
        tickets = [take(kiosk, f"request-{n:04}") for n in range(before)]
        house.backup()
        tickets += [take(kiosk, f"request-{n:04}") for n in range(before, before + after)]
    return token, tickets


def audited(house: "House", deed: str) -> list[dict[str, Any]]:
    lines = [line for file in (house.home / "audit").iterdir() for line in file.read_text().splitlines()]
    return [told for line in lines if (told := json.loads(line))["deed"] == deed]


def numbers(hall: "ServedHall") -> list[str]:
    return sorted(ticket.visit.number for ticket in hall.server.keeper.hall.live.values())


@pytest.mark.parametrize("wound", [no_database_at_all, cut_short, gone, emptied])
def test_a_damaged_database_is_found_at_the_start_and_the_last_backup_takes_over(
    on_sqlite: "House", wound: Wound, expected_logs: "ExpectedLogs"
) -> None:
    token, tickets = lived(on_sqlite)
    wound(on_sqlite.home / "hall.db")
    damaged = on_sqlite.home.joinpath("hall.db")
    left = damaged.read_bytes() if damaged.exists() else None
    expected_logs.expect("the database of chengdong is damaged")
    expected_logs.expect("whatever happened after that is lost")
    expected_logs.expect("read")

    with on_sqlite.open() as hall:
        assert set(numbers(hall)) >= {ticket.number for ticket in tickets[:2]}
        assert [alarm.cause for alarm in hall.server.front.alarms.standing()] == ["restored"]
        fresh = take(hall.client(token), "request-fresh")

    assert int(fresh.number[1:]) > 200
    assert on_sqlite.findings() == []
    (told,) = audited(on_sqlite, "restored")
    assert (told["by"], told["skipped"]) == ("system", 200)
    if left:
        assert any(path.read_bytes() == left for path in on_sqlite.home.glob("hall.db.aside-*"))


def test_what_a_damaged_file_still_holds_is_proved_by_its_chain_and_not_lost(
    on_sqlite: "House", expected_logs: "ExpectedLogs"
) -> None:
    token, tickets = lived(on_sqlite)
    wipe_a_computed_table(on_sqlite.home / "hall.db")
    expected_logs.expect("the database of chengdong is damaged")
    expected_logs.expect("3 events after the backup were taken over from the damaged database")

    with on_sqlite.open() as hall:
        assert numbers(hall) == [ticket.number for ticket in tickets]
        again = take(hall.client(token), "request-0004")
        assert (again.id, again.number) == (tickets[4].id, tickets[4].number)

    assert on_sqlite.findings() == []


def test_nothing_is_taken_over_from_behind_a_line_that_was_changed(
    house: "House", expected_logs: "ExpectedLogs"
) -> None:
    token, tickets = lived(house)
    engine = house.engine()
    with engine.execution_options(writer=True).begin() as connection:
        changed = update(events).where(events.c.seq == tickets[3].stamp.rev).values(by="kiosk-9")
        connection.execute(changed)
    engine.dispose()
    expected_logs.expect("its hash differs")
    expected_logs.expect("1 events after the backup were taken over")

    with house.open() as hall:
        assert numbers(hall) == [ticket.number for ticket in tickets[:3]]
        assert take(hall.client(token), "request-0004").number == "B204"

    assert house.findings() == []
    assert audited(house, "damaged")[0]["why"].endswith("its hash differs")
    assert audited(house, "restored")[0]["aside"] != ""


def test_an_older_backup_serves_when_the_newest_is_damaged_too(
    on_sqlite: "House", expected_logs: "ExpectedLogs"
) -> None:
    token, tickets = lived(on_sqlite)
    with on_sqlite.open() as hall:
        take(hall.client(token), "request-0009")
        newest = on_sqlite.backup()
    spoil(newest, 3)
    no_database_at_all(on_sqlite.home / "hall.db")
    for words in ("is damaged", "cannot take its place", "whatever happened after that is lost", "nothing can be read"):
        expected_logs.expect(words)

    with on_sqlite.open() as hall:
        assert numbers(hall) == [ticket.number for ticket in tickets[:2]]


def test_a_server_without_a_sound_backup_refuses_in_clear_words_and_changes_nothing(on_sqlite: "House") -> None:
    lived(on_sqlite)
    for backup in (on_sqlite.home / "backups").iterdir():
        backup.unlink()
    no_database_at_all(on_sqlite.home / "hall.db")
    before = {path.name: path.read_bytes() for path in on_sqlite.home.iterdir() if path.is_file()}

    command = [sys.executable, "-m", "server", "server"]
    environ = os.environ | on_sqlite.environ | {"HALL_CONFIG": str(on_sqlite.config), "HALL_PORT": "0"}
    refused = subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=60)

    assert refused.returncode == 3
    assert "is damaged: file is not a database. There is no sound backup of it in" in refused.stderr
    assert "run `hall restore FILE --over --salvage`" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert {path.name: path.read_bytes() for path in on_sqlite.home.iterdir() if path.is_file()} == before


def test_a_new_branch_is_no_damaged_one(on_sqlite: "House") -> None:
    with on_sqlite.open() as hall:
        assert hall.server.keeper.owner

    assert audited(on_sqlite, "damaged") == []


def test_a_hall_killed_in_its_work_is_sound(on_sqlite: "House", port: int) -> None:
    """Being killed is no damage: SQLite's log is read back, nothing is restored, nothing skipped."""
    command = [sys.executable, "-m", "server", "server"]
    environ = os.environ | on_sqlite.environ | {"HALL_CONFIG": str(on_sqlite.config), "HALL_PORT": str(port)}
    with on_sqlite.open() as hall:
        token = hall.server.accounts.put_machine("kiosk-1", Role.KIOSK)
        on_sqlite.backup()
    process = subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    kiosk = HallClient(f"http://127.0.0.1:{port}", "chengdong", token, timeout_s=5)
    try:
        on_sqlite.until(lambda: on_sqlite.answers(kiosk))
        first = take(kiosk, "request-0001")
        process.send_signal(signal.SIGKILL)
        process.wait()
    finally:
        process.kill()
        process.wait()
        kiosk.close()

    with on_sqlite.open() as hall:
        assert take(hall.client(token), "request-0002").number == "B002"
        assert numbers(hall) == [first.number, "B002"]
    assert audited(on_sqlite, "damaged") == []


def test_looking_costs_a_day_no_more_than_its_bound(on_sqlite: "House") -> None:
    """A journal of years is not read whole at each start: what was not reached is left to the hourly backup."""
    lived(on_sqlite)
    wipe_a_computed_table(on_sqlite.home / "hall.db")
    engine = on_sqlite.engine()

    assert damage(engine, "chengdong") != ""
    assert damage(engine, "chengdong", most_bytes=0) == ""
    engine.dispose()


def test_a_backup_of_a_database_that_rots_while_it_runs_fails_and_says_so(on_sqlite: "House") -> None:
    lived(on_sqlite)
    spoil(on_sqlite.home / "hall.db", root_of(on_sqlite.home / "hall.db", "tickets"))

    failed = on_sqlite.hall("backup")

    assert failed.exit_code == 1
    assert failed.stderr.startswith("no backup was made: ")
    assert len(list((on_sqlite.home / "backups").iterdir())) == 1
    assert len(audited(on_sqlite, "backup-failed")) == 1
