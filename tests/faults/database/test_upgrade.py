"""The program changes on a working day: a migration is whole or not at all, a mismatch is said in clear words."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from server.adapters import upkeep
from server.adapters.backup import check
from server.adapters.chain import follow
from server.adapters.database import open_engine
from server.adapters.journal import line_hash
from server.adapters.opening import DatabaseRefused
from server.adapters.tables import events
from server.adapters.upkeep import Version, migrate, version
from server.bootstrap import build
from server.contract.acts import IssueTicket
from server.domain.vocabulary import Role

if TYPE_CHECKING:
    from tests.faults.database.conftest import House

pytestmark = pytest.mark.fault(34)

KILLED_AT = """
import os, signal, sys
from sqlalchemy import event
from server.adapters.database import open_engine
from server.adapters.journal import line_hash
from server.adapters.upkeep import migrate

engine, last, passed = open_engine(sys.argv[1]), int(sys.argv[2]), 0

@event.listens_for(engine, "before_cursor_execute")
def die_at_the_last(_connection, _cursor, statement, *_):
    global passed
    passed += statement.lstrip().startswith(("CREATE", "INSERT", "UPDATE", "ALTER", "DROP", "DELETE"))
    if passed == last:
        os.kill(os.getpid(), signal.SIGKILL)

migrate(engine)
"""


def alembic() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(upkeep.__file__).parent / "migrations"))
    return config


def at_first_version(url: str) -> None:
    """A database as the first program made it, with something in it."""
    engine, config = open_engine(url), alembic()
    with engine.execution_options(writer=True).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(text("INSERT INTO incarnations VALUES ('chengdong', 1, 'J0', 0)"))
    engine.dispose()


def shape(url: str) -> tuple[str, frozenset[str]]:
    """Its version and its tables."""
    engine = open_engine(url)
    with engine.connect() as connection:
        found = str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar())
    tables = frozenset(inspect(engine).get_table_names())
    engine.dispose()
    return found, tables


def newest() -> str:
    return str(ScriptDirectory.from_config(alembic()).get_current_head())


def test_a_migration_killed_in_its_midst_leaves_the_old_database_whole(house: "House") -> None:
    at_first_version(house.url)
    before = shape(house.url)
    killed = 0
    for last in (1, 5):
        line = [sys.executable, "-c", KILLED_AT, house.url, str(last)]
        ended = subprocess.run(line, check=False, timeout=60, env=os.environ | {"PYTHONPATH": str(house.root)})
        killed += ended.returncode == -signal.SIGKILL
        assert shape(house.url) == before

    engine = house.engine()
    migrate(engine)
    engine.dispose()
    assert killed == 2
    assert shape(house.url)[0] == newest()
    assert "session" in shape(house.url)[1]


def test_a_migration_begins_with_a_checked_backup_of_the_old_database(house: "House") -> None:
    at_first_version(house.url)
    before = shape(house.url)

    done = house.hall("migrate")

    (backup,) = (house.home / "backups").iterdir()
    assert done.exit_code == 0, done.stderr
    assert check(backup)["chengdong"].journal == "J0"
    old_version, old_tables = shape(f"sqlite:///{backup}")
    assert (old_version, old_tables) == before
    assert shape(house.url)[0] == newest()


def test_a_backup_that_an_older_program_made_is_brought_up_to_date_when_it_is_restored(house: "House") -> None:
    at_first_version(house.url)
    assert house.hall("migrate").exit_code == 0
    (backup,) = (house.home / "backups").iterdir()

    house.restore(backup, "--over")

    with house.open() as hall:
        kiosk = hall.machine(Role.KIOSK, "kiosk-1")
        assert kiosk.issue(IssueTicket(request_id="request-0001", services=["pay"])).number == "B001"
    assert house.findings() == []


def test_an_older_program_never_opens_a_newer_database(house: "House") -> None:
    with house.open():
        pass
    engine = house.engine()
    with engine.execution_options(writer=True).begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()

    refused = [house.hall("user", "list"), house.hall("migrate")]
    with pytest.raises(DatabaseRefused, match="9999"):
        build(house.settings())

    words = f"the database is of version 9999, made by a newer program; this one knows up to {newest()}."
    assert [(one.exit_code, one.stderr.startswith(words)) for one in refused] == [(3, True)] * 2
    assert shape(house.url)[0] == "9999"


def test_a_journal_with_events_of_a_newer_program_is_refused_and_never_taken_for_damaged(house: "House") -> None:
    with house.open() as hall:
        house.backup()
        last = hall.server.keeper.rev
    engine = house.engine()
    with engine.execution_options(writer=True).begin() as connection:
        end = follow(connection, "chengdong")
        digest = line_hash(end.hash, end.journal, last + 1, "system", "", "TicketTeleported", b"{}")
        row = (last + 1, end.journal, end.at_us, "system", "", "TicketTeleported", b"{}", end.hash, digest)
        names = [column.name for column in events.columns if column.name != "branch"]
        connection.execute(events.insert(), {"branch": "chengdong", **dict(zip(names, row, strict=True))})
    engine.dispose()

    with pytest.raises(DatabaseRefused, match=r"TicketTeleported.*newer"):
        build(house.settings())


def test_nothing_is_migrated_under_a_server_that_still_runs(house: "House") -> None:
    with house.open() as hall:
        with hall.server.engine.execution_options(writer=True).begin() as connection:
            connection.execute(text("UPDATE projection_shape SET shape = 0"))
        assert version(hall.server.engine) is Version.RESHAPED

        refused = house.hall("migrate")

    assert (refused.exit_code, refused.stderr) == (3, "chengdong is being kept by a running server; stop it first\n")


def test_a_program_of_another_contract_is_told_so_and_not_that_nothing_is_there(house: "House") -> None:
    with house.open() as hall:
        answers = [httpx.get(f"{hall.url}/api/{name}/branches/chengdong/services") for name in ("v0", "v2", "v17")]

    assert [answer.status_code for answer in answers] == [410] * 3
    assert {answer.json()["code"] for answer in answers} == {"other-version"}
    assert "install the same version" in answers[0].json()["title"]
