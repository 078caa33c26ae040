"""The migrated database is the one the programs are written against."""

import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from server.adapters import account_tables, tables
from server.adapters.database import open_engine
from server.adapters.projections.tables import projected
from server.adapters.upkeep import MIGRATIONS, migrate, revisions


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'hall.db'}"
    address: str = request.getfixturevalue("pg_url")
    return address


def test_migrated_tables_are_those_the_code_knows(url: str) -> None:
    engine = open_engine(url)
    migrate(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, [tables.lasting, projected]) == []  # type: ignore[arg-type]
    engine.dispose()


def test_accounts_are_made_by_migration(url: str) -> None:
    engine = open_engine(url)
    migrate(engine)
    assert {account_tables.people.name, account_tables.sessions.name} <= set(inspect(engine).get_table_names())
    engine.dispose()


def test_a_server_knows_the_versions_of_its_database_by_their_files() -> None:
    scripts = ScriptDirectory(str(MIGRATIONS)).walk_revisions()
    assert revisions() == [script.revision for script in scripts][::-1]


def test_a_server_on_sqlite_starts_without_what_only_other_halls_and_other_days_need() -> None:
    asked = "import sys, server.bootstrap; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", asked], check=True, capture_output=True, text=True).stdout.split()
    assert {"sqlalchemy", "uvicorn"} <= set(loaded)
    assert {"alembic", "amqtt", "psycopg"}.isdisjoint(loaded)
