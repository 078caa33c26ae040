"""`hall backup` and `hall restore`."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from server.terminal import HERE, ConfigDir, database_of, end, settings_of, troubles_told


def backup(
    target: Annotated[Path | None, typer.Argument(help="A file, or a directory; else [backup] of hall.toml.")] = None,
    config: ConfigDir = HERE,
) -> None:
    """Copies the whole database into one checked file, also while the server runs; prunes old ones."""
    from server.adapters.audit import audit_of
    from server.adapters.backup import BackupFailed
    from server.adapters.opening import backed_up
    from server.application.audit import CONSOLE

    settings = settings_of(config)
    with database_of(settings, of_any_version=True) as engine:
        try:
            made = backed_up(engine, settings, audit_of(settings), CONSOLE, target)
        except BackupFailed as error:
            end(f"no backup was made: {error}")
    typer.echo(str(made))


def restore(
    file: Annotated[Path, typer.Argument(help="Made by `hall backup`.", exists=True, dir_okay=False)],
    config: ConfigDir = HERE,
    over: Annotated[bool, typer.Option("--over", help="Though there is a database; it is kept aside.")] = False,
    salvage: Annotated[
        bool, typer.Option("--salvage", help="Take over what of a damaged database is sound after the backup.")
    ] = False,
    skip: Annotated[int, typer.Option(min=0, max=9000, help="Numbers to leave out in every series.")] = 200,
) -> None:
    """The hall goes on from a backup under a new journal id; the server must be stopped."""
    from ulid import ULID

    from server.adapters.audit import audit_of
    from server.adapters.backup import BackupDamaged
    from server.adapters.database import open_engine
    from server.adapters.opening import loss, restored
    from server.adapters.restore import Restoring, WrongBackup, holds_something
    from server.application.audit import CONSOLE

    settings = settings_of(config)
    engine = open_engine(settings.database_url)
    how = Restoring(datetime.now(UTC), lambda: str(ULID()), CONSOLE, skip, salvage)
    try:
        with troubles_told():
            settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not over and holds_something(engine):
                end("there is a database already; `--over` keeps it aside and puts the backup in its place")
            outcomes = restored(engine, settings.branch, audit_of(settings), file, how)
    except (BackupDamaged, WrongBackup) as error:
        end(f"nothing was restored: {error}")
    except OSError as error:
        end(f"the restore failed: {error}. What stood there stands there, or is kept aside if its place was taken")
    finally:
        engine.dispose()
    for outcome in outcomes:
        typer.echo(loss(outcome))
    if not outcomes:
        typer.echo(f"{file} was made before {settings.branch} had a journal: its people and machines are back")
