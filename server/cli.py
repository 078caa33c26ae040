"""`hall`: one command for all programs of the branch and for looking after it. Each imports only what it needs."""

import gc
import json
import os
import sys
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from server.cli_accounts import device, user
from server.cli_backup import backup, restore
from server.cli_journal import days, erase
from server.terminal import HERE, AsJson, ConfigDir, accounts_of, database_of, end, refusals_told, settings_of, show

if TYPE_CHECKING:
    from server.settings import Settings

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
app.command()(backup)
app.command()(restore)
app.add_typer(user, name="user")
app.add_typer(device, name="device")
app.command()(days)
app.command()(erase)

COLLECT_AFTER = (50_000, 20, 20)
"""The hall's values know no circles: a search for them would only hold imports, replays and answers up."""

PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}


def main() -> None:
    gc.set_threshold(*COLLECT_AFTER)
    app()


def _become(module: str, arguments: Iterable[str]) -> NoReturn:
    """The program takes this process over, so that signals reach it."""
    os.execv(sys.executable, [sys.executable, "-m", module, *arguments])  # noqa: S606 -- without a shell, and meant so


# -- programs ------------------------------------------------------------
@app.command()
def server(config: ConfigDir = HERE) -> None:
    """The hall's memory and judgement: HTTP, live events, boards, broker."""
    from server.bootstrap import run_server

    settings = settings_of(config)
    with refusals_told():
        run_server(settings)


@app.command()
def demo(
    config: ConfigDir = HERE,
    headless: Annotated[bool, typer.Option("--headless", help="No windows.")] = False,
    machine_time: Annotated[
        str | None, typer.Option("--for", help="End after this, as 60s or 5m, by the wall.")
    ] = None,
    speed: Annotated[float, typer.Option(min=1, max=1000, help="Hall seconds in a machine second.")] = 60.0,
    seed: Annotated[int, typer.Option(help="Another number, another day.")] = 7,
    trace: Annotated[Path | None, typer.Option(help="CSV: arrive,service,priority,handle_seconds.")] = None,
    faults: Annotated[bool, typer.Option("--faults", help="Paper runs out, cables are pulled.")] = False,
    kills: Annotated[int, typer.Option(min=0, help="Times that server and broker are each killed.")] = 0,
    report: Annotated[Path | None, typer.Option(help="Where the closing account goes, JSON.")] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Of the boards; 0: any free one.")] = 8080,
    home: Annotated[Path | None, typer.Option(help="Keep the demo's data here.")] = None,
) -> None:
    """A whole hall on this machine, with a crowd that lives a day in it; ends with its account."""
    from server.demo.launcher import Options, run
    from server.demo.plan import TraceError
    from server.demo.programs import NotReady
    from server.settings import ConfigError

    options = Options(
        config, headless, _seconds(machine_time), speed, seed, trace, faults, report, port, kills, home, _verified
    )
    try:
        account = run(options)
    except NotReady as error:
        end(str(error))
    except (TraceError, ConfigError) as error:
        end(str(error), 2)
    if account.problems:
        end("\n".join(account.problems))


def _verified(database_url: str, branch: str) -> list[str]:
    from server.adapters.database import open_engine
    from server.adapters.verify import verify as findings_of

    engine = open_engine(database_url)
    try:
        return [f"{finding.kind} at {finding.seq}: {finding.words}" for finding in findings_of(engine, branch)]
    finally:
        engine.dispose()


def _seconds(given: str | None) -> float | None:
    """`90`, `90s`, `5m`, `1h`."""
    if given is None:
        return None
    units = {"s": 1, "m": 60, "h": 3600}
    number, unit = (given[:-1], units[given[-1]]) if given[-1:] in units else (given, 1)
    try:
        seconds = float(number) * unit
    except ValueError:
        end(f"--for {given}: write a time as 90s, 5m or 1h", 2)
    if seconds <= 0:
        end(f"--for {given}: must be longer than nothing", 2)
    return seconds


@app.command(context_settings=PASS_ON)
def kiosk(context: typer.Context) -> None:
    """The customer's screen."""
    _become("kiosk", context.args)


@app.command(context_settings=PASS_ON)
def counter(context: typer.Context) -> None:
    """The clerk's program."""
    _become("counter", context.args)


@app.command(context_settings=PASS_ON)
def station(context: typer.Context) -> None:
    """Joins this machine's devices to the hall."""
    _become("devices", ["station", *context.args])


@device.command("ports", context_settings=PASS_ON)
def device_ports(context: typer.Context) -> None:
    """Lists the serial ports of this machine by names that stay, and what devices.toml has at which."""
    _become("devices", ["ports", *context.args])


@device.command("test", context_settings=PASS_ON)
def device_test(context: typer.Context) -> None:
    """Has one device do what it is for (prints a slip, lights a pad, waits for a key), and says how it is."""
    _become("devices", ["test", *context.args])


@device.command("roll", context_settings=PASS_ON)
def device_roll(context: typer.Context) -> None:
    """A new roll of paper was put in: NAME counts from the start, with --metres of another length than usual."""
    _become("devices", ["roll", *context.args])


@device.command("doctor", context_settings=PASS_ON)
def device_doctor(context: typer.Context) -> None:
    """Looks at each device's port and asks the printers, as `hall doctor` does; nothing is printed or lit."""
    _become("devices", ["doctor", *context.args])


@device.command("simulate", context_settings=PASS_ON)
def device_simulate(context: typer.Context) -> None:
    """Plays the far ends of one kind, or of all, on a screen: keys press, pull cables, take the paper out."""
    _become("devices", ["simulate", *context.args])


@device.command("voices", context_settings=PASS_ON)
def device_voices(context: typer.Context) -> None:
    """Makes the recorded words of the hall's voice that are missing, with espeak-ng."""
    _become("devices", ["voices", *context.args])


# -- looking after the branch ------------------------------------------------------------
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
    _install(settings)
    if files:
        return
    try:
        with refusals_told():
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
        end(str(error), 2)
    for path in written:
        typer.echo(f"written: {path}")
    authority = authority_of(settings)
    if authority in written:
        typer.echo(f"Every machine of the hall needs a copy of {authority}, named in its ca_file and broker_ca_file.")


@app.command()
def migrate(config: ConfigDir = HERE) -> None:
    """Brings the database to this version."""
    with accounts_of(config):
        typer.echo("the database is of this version")


@app.command()
def verify(
    config: ConfigDir = HERE,
    as_json: AsJson = False,
    anchor: Annotated[str, typer.Option(help="The hash on a day-close slip; it must be in the chain.")] = "",
) -> None:
    """Replays the journal, checks its chain and all that is stored beside it; exit 1 and the rows if not sound."""
    from server.adapters.verify import inspect

    settings = settings_of(config)
    with database_of(settings) as engine:
        seen = inspect(engine, settings.branch, anchor)
    if as_json:
        typer.echo(json.dumps(asdict(seen), ensure_ascii=False, default=str))
    else:
        for finding in seen.findings:
            typer.echo(f"{finding.kind} at {finding.seq}: {finding.words}")
        for life in seen.incarnations[1:]:
            typer.echo(f"restored {life.began_at:%Y-%m-%d %H:%M:%S} UTC: journal {life.journal} from {life.first_seq}")
        typer.echo(
            f"{seen.branch}: {seen.events} events in {seen.seconds:.1f} s, {len(seen.findings)} findings, {seen.hash}"
        )
    if seen.findings:
        raise typer.Exit(1)


@app.command()
def bench(
    config: ConfigDir = HERE,
    as_json: AsJson = False,
    only: Annotated[list[int] | None, typer.Option(help="A goal's number; repeatable.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Little of everything: that it runs, not how fast.")] = False,
    directory: Annotated[Path | None, typer.Option("--dir", help="Whose disk is measured.")] = None,
    tickets: Annotated[int, typer.Option(min=0, help="Of goal 5's siege; 0: as many as a coffee lasts.")] = 0,
    database: Annotated[str, typer.Option(help="An empty PostgreSQL database for goals 3 and 5.")] = "",
) -> None:
    """The hall's figures on this machine, each beside its limit in the same run; exit 1 when one is missed."""
    from server.demo.bench.figures import table
    from server.demo.bench.hall import Ground
    from server.demo.bench.run import GOALS, measure

    unknown = set(only or ()) - GOALS
    if unknown:
        end(f"--only: not measured here: {sorted(unknown)}; there are {sorted(GOALS)}", 2)
    ground = Ground(config, directory, quick, tickets, database, partial(typer.echo, err=True))
    figures = list(measure(ground, only or ()))
    shown = json.dumps([figure.as_json() for figure in figures], ensure_ascii=False) if as_json else table(figures)
    typer.echo(shown)
    if not quick and not all(figure.met for figure in figures):
        raise typer.Exit(1)


@app.command()
def rebuild(config: ConfigDir = HERE) -> None:
    """Computes the boards' and reports' tables anew from the journal; the server must be stopped."""
    from server.adapters.locks import BranchKept
    from server.adapters.upkeep import rebuild as rebuild_tables

    settings = settings_of(config)
    try:
        with database_of(settings) as engine:
            read = rebuild_tables(engine, settings.branch)
    except BranchKept:
        end(f"{settings.branch} is being kept by a running server; stop it first")
    typer.echo(f"{read} events read")


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
