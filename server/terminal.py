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


def end(why: str, code: int = 1) -> NoReturn:
    typer.echo(why, err=True)
    raise typer.Exit(code)


def settings_of(config: Path, *, before_init: bool = False) -> "Settings":
    """Ends the command with 2 and every fault when the configuration is not right."""
    from server.settings import ConfigError, load

    try:
        return load(config, os.environ, before_init=before_init)
    except ConfigError as error:
        end(str(error), 2)


@contextmanager
def refusals_told() -> Iterator[None]:
    """Ends the command with 3 when the database or the clock is refused: a person must act, no start mends it."""
    from server.adapters.long_closure import ClockRefused
    from server.adapters.opening import DatabaseRefused

    try:
        yield
    except (DatabaseRefused, ClockRefused) as error:
        end(str(error), 3)


@contextmanager
def accounts_of(config: Path) -> Iterator["Accounts"]:
    """The branch's people and machines."""
    from server.console import accounts

    with refusals_told(), accounts(settings_of(config)) as book:
        yield book


def show(made: Iterable["Secret"]) -> None:
    words = {"staff": "secret", "machine": "code"}
    for one in made:
        typer.echo(f"{one.role.value:8} {one.name:12} {words[one.kind]:6} {one.secret}")


@contextmanager
def database_of(settings: "Settings") -> Iterator["Engine"]:
    """Ends the command when there is no database, or it does not answer."""
    from sqlalchemy.exc import OperationalError

    from server.adapters.database import open_engine

    file = settings.database_url.removeprefix("sqlite:///")
    if file != settings.database_url and not Path(file).exists():
        end(f"{file}: there is no database; run `hall init`")
    engine = open_engine(settings.database_url)
    try:
        yield engine
    except OperationalError as error:
        end(f"the database does not answer: {str(error).splitlines()[0]}")
    finally:
        engine.dispose()
