"""What the commands share: where the configuration is, how a command ends, how a secret is shown."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from server.adapters.accounts import Accounts
    from server.console import Secret
    from server.settings import Settings

ConfigDir = Annotated[Path, typer.Option("--config", envvar="HALL_CONFIG", help="Directory of hall.toml and the rest.")]
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]
HERE = Path("config")
WRONG_CONFIG = 2
NEEDS_A_PERSON = 3


def end(why: str, code: int = 1) -> NoReturn:
    typer.echo(why, err=True)
    raise typer.Exit(code)


def settings_of(config: Path, *, before_init: bool = False) -> "Settings":
    """Ends the command with 2 and every fault when the configuration is not right."""
    from server.settings import ConfigError, load

    try:
        return load(config, os.environ, before_init=before_init)
    except ConfigError as error:
        where = "" if (config / "hall.toml").exists() else "; `--config` or HALL_CONFIG names its directory"
        end(f"{error}{where}", WRONG_CONFIG)


@contextmanager
def troubles_told() -> Iterator[None]:
    """Ends the command in clear words: with 3 when a person must act, for no start mends it, else with 1."""
    from ssl import SSLError

    from sqlalchemy.exc import DBAPIError

    from server.adapters.database import cause_of
    from server.adapters.locks import BranchKept
    from server.adapters.long_closure import ClockRefused
    from server.adapters.opening import DatabaseRefused
    from server.adapters.secret_files import SecretDamaged
    from server.adapters.soundness import is_damage
    from server.adapters.upkeep import NewerDatabase

    try:
        yield
    except (DatabaseRefused, ClockRefused, NewerDatabase, SecretDamaged) as error:
        end(str(error), NEEDS_A_PERSON)
    except BranchKept as error:
        end(str(error))
    except PermissionError as error:
        end(
            f"{error.filename or 'a file'}: {error.strerror}; run this as the user to whom the hall's files belong",
            NEEDS_A_PERSON,
        )
    except SSLError as error:
        end(f"[server.tls] of hall.toml cannot be used: {error}; `hall doctor` looks at its files", NEEDS_A_PERSON)
    except DBAPIError as error:
        if is_damage(error.orig):
            end(
                f"the database is damaged: {cause_of(error)}. A server that starts goes on from the newest sound backup"
            )
        end(f"the database does not answer: {cause_of(error)}")


@contextmanager
def accounts_of(config: Path) -> Iterator["Accounts"]:
    """The branch's people and machines; none are made known to a database that is not there yet."""
    from server.console import accounts

    settings = settings_of(config)
    with database_of(settings, of_any_version=True):
        pass
    with troubles_told(), accounts(settings) as book:
        yield book


def show(made: Iterable["Secret"]) -> None:
    words = {"staff": "secret", "machine": "code"}
    for one in made:
        typer.echo(f"{one.role.value:8} {one.name:12} {words[one.kind]:6} {one.secret}")


@contextmanager
def database_of(settings: "Settings", *, of_any_version: bool = False) -> Iterator["Engine"]:
    """Ends the command when there is no branch's database, or it does not answer; what is not there is not made."""
    from server.adapters.database import missing_file, open_engine
    from server.adapters.upkeep import Version, version

    nothing = "there is no database; run `hall init`, or see whether HALL_DATA and `--config` are those of the server"
    if (file := missing_file(settings.database_url)) is not None:
        end(f"{file}: {nothing}")
    engine = open_engine(settings.database_url)
    try:
        with troubles_told():
            found = version(engine)
            if found is Version.NONE:
                end(f"{engine.url.render_as_string()}: {nothing}")
            if found is not Version.CURRENT and not of_any_version:
                end("the database is of an older version; stop the server and run `hall migrate`")
            yield engine
    finally:
        engine.dispose()
