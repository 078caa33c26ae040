"""A PostgreSQL of the bench's own, on the disk that is measured, as durable as a hall's must be."""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from server.demo.stage import free_port

READY_S = 30.0


class NoPostgreSQL(Exception):
    """None is installed, or it cannot be started there; the words say which."""


@contextmanager
def own_postgresql(directory: Path | None) -> Iterator[str]:
    """SQLAlchemy's address of its one, empty database. Raises NoPostgreSQL."""
    initdb, postgres = _program("initdb"), _program("postgres")
    user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    with tempfile.TemporaryDirectory(prefix="powerhall-postgresql-", dir=directory) as home:
        data, port = Path(home) / "data", free_port()
        shutil.chown(home, user)
        make = [initdb, "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C"]
        made = subprocess.run(make, capture_output=True, text=True, user=user, cwd="/", check=False)
        if made.returncode:
            raise NoPostgreSQL(f"none can be started in {home}: {made.stderr.strip()}")
        settings = {"listen_addresses": "127.0.0.1", "port": str(port), "unix_socket_directories": ""}
        words = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
        with (Path(home) / "log").open("wb") as log:
            server = subprocess.Popen([postgres, "-D", str(data), *words], stdout=log, stderr=log, user=user, cwd="/")
        try:
            url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
            _wait(url, server)
            yield url.replace("postgresql:", "postgresql+psycopg:")
        finally:
            server.terminate()
            server.wait()


def _program(name: str) -> str:
    """Of the newest version that is installed; Debian keeps them off the path."""
    newest = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    found = shutil.which(name, path=os.pathsep.join([*map(str, newest), os.environ["PATH"]]))
    if found is None:
        raise NoPostgreSQL("no PostgreSQL is installed on this machine")
    return found


def _wait(url: str, server: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + READY_S
    while True:
        try:
            psycopg.connect(url).close()
        except psycopg.OperationalError as error:
            if server.poll() is not None or time.monotonic() > until:
                raise NoPostgreSQL(f"it does not answer: {error}") from error
            time.sleep(0.05)
        else:
            return
