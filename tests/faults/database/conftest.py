"""One branch's directory and database, opened by one server after the other."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest
from sqlalchemy import Engine
from typer.testing import CliRunner, Result

from server.adapters.database import open_engine
from server.adapters.verify import inspect
from server.cli import app
from server.link.acts import HallClient
from server.link.errors import HallAway
from server.settings import Settings, load

if TYPE_CHECKING:
    from tests.conftest import ServedHall, ServeHall

WAITS = 300
CONFIG = Path(__file__).parents[3] / "config"
BRANCH = "chengdong"


class House:
    """A branch on one kind of database, with servers and commands one after the other."""

    def __init__(self, home: Path, url: str, serve: "ServeHall") -> None:
        self.home = home
        self.url = url
        self._serve = serve

    @property
    def environ(self) -> dict[str, str]:
        return {"HALL_DATABASE_URL": self.url, "HALL_DATA": str(self.home), "HALL_BROKER": "none"}

    config = CONFIG
    root = CONFIG.parent

    def open(self) -> AbstractContextManager["ServedHall"]:
        """Serves it until the block ends."""
        return self._serve(self.home, HALL_DATABASE_URL=self.url)

    def settings(self) -> Settings:
        return load(CONFIG, self.environ)

    def hall(self, *arguments: str) -> Result:
        """Runs `hall`."""
        return CliRunner().invoke(app, arguments, env=self.environ | {"HALL_CONFIG": str(CONFIG)})

    def backup(self) -> Path:
        made = self.hall("backup")
        assert made.exit_code == 0, made.stderr
        return Path(made.stdout.strip())

    def restore(self, backup: Path, *options: str) -> str:
        done = self.hall("restore", str(backup), *options)
        assert done.exit_code == 0, done.stderr
        return done.stdout

    def answers(self, client: HallClient) -> bool:
        try:
            client.services()
        except HallAway:
            return False
        return True

    def until(self, look: Callable[[], bool]) -> None:
        """Waits for something to become true."""
        pause = threading.Event()
        for _ in range(WAITS):
            if look():
                return
            pause.wait(0.1)
        raise AssertionError("it never came")

    def engine(self) -> Engine:
        return open_engine(self.url)

    def findings(self) -> list[str]:
        engine = self.engine()
        try:
            return [f"{one.kind} at {one.seq}: {one.words}" for one in inspect(engine, BRANCH).findings]
        finally:
            engine.dispose()


class MakeHouse(Protocol):
    def __call__(self, name: str, url: str | None) -> House: ...


@pytest.fixture
def make_house(tmp_path: Path, serve_hall: "ServeHall") -> MakeHouse:
    """A house with a directory of that name; without an address it is on SQLite."""

    def make(name: str, url: str | None) -> House:
        home = tmp_path / name
        home.mkdir(mode=0o700)
        return House(home, url or f"sqlite:///{home / 'hall.db'}", serve_hall)

    return make


@pytest.fixture(params=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest, make_house: MakeHouse) -> House:
    """On each kind of database."""
    return make_house("data", request.getfixturevalue("pg_url") if request.param == "postgresql" else None)


@pytest.fixture
def on_sqlite(make_house: MakeHouse) -> House:
    return make_house("data", None)
