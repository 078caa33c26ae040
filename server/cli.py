"""`hall`: one command for all programs of the branch and for looking after it. Each imports only what it needs."""

import gc
import json
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from server.cli_accounts import user
from server.cli_backup import backup, restore
from server.cli_devices import PASS_ON, device
from server.cli_journal import days, erase, rebuild, verify
from server.cli_programs import bench, counter, demo, kiosk, server, station
from server.terminal import HERE, WRONG_CONFIG, AsJson, ConfigDir, end, settings_of, show, troubles_told

if TYPE_CHECKING:
    from server.settings import Settings

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)

for program in (server, demo):
    app.command()(program)
for elsewhere in (kiosk, counter, station):
    app.command(context_settings=PASS_ON)(elsewhere)
for act in (verify, rebuild, days, erase, backup, restore, bench):
    app.command()(act)
app.add_typer(user, name="user")
app.add_typer(device, name="device")

COLLECT_AFTER = (50_000, 20, 20)
"""The hall's values know no circles: a search for them would only hold imports, replays and answers up."""


def main() -> None:
    gc.set_threshold(*COLLECT_AFTER)
    app()


@app.command()
def init(
    config: ConfigDir = HERE,
    clerk: Annotated[list[str] | None, typer.Option(help="Staff number of a clerk; repeatable.")] = None,
    files: Annotated[
        bool, typer.Option("--files", help="Only certificates that are missing, and mosquitto's files again.")
    ] = False,
) -> None:
    """Makes certificates, mosquitto's files, the database, the people and the machines' codes.

    Secrets are printed once. A certificate or key that is there is never overwritten.
    """
    from server.application.callers import AccountError
    from server.console import AlreadyThere, initialise

    settings = settings_of(config, before_init=True)
    with troubles_told():
        _install(settings)
        if files:
            return
        try:
            made = initialise(settings, clerk or ())
        except AlreadyThere:
            end(f"{settings.branch} has its people already; see `hall user` and `hall device`")
        except AccountError as error:
            end(str(error))
    typer.echo(f"{settings.branch} in {settings.data_dir}. Write these down, they are not shown again.")
    typer.echo("A machine's code is good for one hour and one enrolment; `hall device code` makes another.")
    show(made)


def _install(settings: "Settings") -> None:
    from server.adapters.certificates import CertificateError
    from server.installing import authority_of, install
    from server.settings import ConfigError

    try:
        written = install(settings)
    except (ConfigError, CertificateError) as error:
        end(str(error), WRONG_CONFIG)
    for path in written:
        typer.echo(f"written: {path}")
    authority = authority_of(settings)
    if authority in written:
        typer.echo(f"Every machine of the hall needs a copy of {authority}, named in its ca_file and broker_ca_file.")


@app.command()
def migrate(config: ConfigDir = HERE) -> None:
    """Brings the database to this version, and makes it where there is none."""
    from server.console import accounts

    settings = settings_of(config)
    with troubles_told(), accounts(settings):
        typer.echo(f"the database of {settings.branch} is of this version")


@app.command()
def doctor(config: ConfigDir = HERE, as_json: AsJson = False) -> None:
    """What is wrong with this branch and what to do; exit 1 if something is."""
    from server.doctor import examine
    from server.findings import Health

    found = list(examine(config, os.environ, datetime.now(UTC)))
    for finding in found:
        if as_json:
            line = {"about": finding.about, "health": finding.health, "what": finding.what, "to_do": finding.to_do}
            typer.echo(json.dumps(line, ensure_ascii=False))
        else:
            typer.echo(f"{finding.health:6} {finding.about:9} {finding.what}")
            if finding.to_do:
                typer.echo(f"{'':16} -> {finding.to_do}")
    if any(finding.health is Health.FAULT for finding in found):
        raise typer.Exit(1)
