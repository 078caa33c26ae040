"""`hall`: one command for all programs of the branch and for looking after it. Each imports only what it needs."""

import json
import os
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from server.domain.vocabulary import Role

if TYPE_CHECKING:
    from server.console import Secret
    from server.settings import Settings

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
user = typer.Typer(no_args_is_help=True, help="People: clerks, guides, managers, auditors.")
device = typer.Typer(no_args_is_help=True, help="Machines: kiosks, counters, stations, displays.")
app.add_typer(user, name="user")
app.add_typer(device, name="device")

ConfigDir = Annotated[Path, typer.Option("--config", envvar="HALL_CONFIG", help="Directory of hall.toml and the rest.")]
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]
HERE = Path("config")
PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}


def main() -> None:
    app()


def _end(why: str, code: int = 1) -> NoReturn:
    typer.echo(why, err=True)
    raise typer.Exit(code)


def _settings(config: Path) -> "Settings":
    from server.settings import ConfigError, load

    try:
        return load(config, os.environ)
    except ConfigError as error:
        _end(str(error), 2)


def _become(module: str, arguments: Iterable[str]) -> NoReturn:
    """The program takes this process over, so that signals reach it."""
    os.execv(sys.executable, [sys.executable, "-m", module, *arguments])  # noqa: S606


# -- programs ------------------------------------------------------------
@app.command()
def server(config: ConfigDir = HERE) -> None:
    """The hall's memory and judgement: HTTP, live events, boards, broker."""
    from server.bootstrap import run_server

    run_server(_settings(config))


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
    from server.settings import ConfigError

    options = Options(config, headless, _seconds(machine_time), speed, seed, trace, faults, report, port, kills, home)
    try:
        account = run(options)
    except (TraceError, ConfigError) as error:
        _end(str(error), 2)
    if account.problems:
        _end("\n".join(account.problems))


def _seconds(given: str | None) -> float | None:
    """`90`, `90s`, `5m`, `1h`."""
    if given is None:
        return None
    units = {"s": 1, "m": 60, "h": 3600}
    number, unit = (given[:-1], units[given[-1]]) if given[-1:] in units else (given, 1)
    try:
        seconds = float(number) * unit
    except ValueError:
        _end(f"--for {given}: write a time as 90s, 5m or 1h", 2)
    if seconds <= 0:
        _end(f"--for {given}: must be longer than nothing", 2)
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


# -- looking after the branch ------------------------------------------------------------
@app.command()
def init(
    config: ConfigDir = HERE,
    clerk: Annotated[list[str] | None, typer.Option(help="Staff number of a clerk; repeatable.")] = None,
) -> None:
    """Makes the database, the people and the machines' codes; their secrets are printed once."""
    from server.application.callers import AccountError
    from server.console import AlreadyThere, initialise

    settings = _settings(config)
    try:
        made = initialise(settings, clerk or ())
    except AlreadyThere:
        _end(f"{settings.branch} has its people already; see `hall user` and `hall device`")
    except AccountError as error:
        _end(str(error))
    typer.echo(f"{settings.branch} in {settings.data_dir}. Write these down, they are not shown again.")
    typer.echo("A machine's code is good for one hour and one enrolment; `hall device code` makes another.")
    _show(made)


def _show(made: Iterable["Secret"]) -> None:
    words = {"staff": "secret", "machine": "code"}
    for one in made:
        typer.echo(f"{one.role.value:8} {one.name:12} {words[one.kind]:6} {one.secret}")


@app.command()
def migrate(config: ConfigDir = HERE) -> None:
    """Brings the database to this version."""
    from server.console import accounts

    with accounts(_settings(config)):
        typer.echo("the database is of this version")


@app.command()
def rebuild(config: ConfigDir = HERE) -> None:
    """Computes the boards' and reports' tables anew from the journal; the server must be stopped."""
    from server.adapters.database import open_engine
    from server.adapters.upkeep import BranchKept
    from server.adapters.upkeep import rebuild as rebuild_tables

    settings = _settings(config)
    engine = open_engine(settings.database_url)
    try:
        read = rebuild_tables(engine, settings.branch)
    except BranchKept:
        _end(f"{settings.branch} is being kept by a running server; stop it first")
    finally:
        engine.dispose()
    typer.echo(f"{read} events read")


@app.command()
def doctor(config: ConfigDir = HERE, as_json: AsJson = False) -> None:
    """What is wrong with this branch and what to do; exit 1 if something is."""
    from server.doctor import Health, examine

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


# -- people and machines ------------------------------------------------------------
@user.command("add")
def user_add(staff: str, role: Role = Role.CLERK, config: ConfigDir = HERE) -> None:
    """Adds a person and prints the new secret, or gives a known one a new role."""
    _person(staff, role, config)


@user.command("reset")
def user_reset(staff: str, config: ConfigDir = HERE) -> None:
    """A new secret for a person; ends their sessions."""
    _person(staff, None, config)


def _person(staff: str, role: Role | None, config: Path) -> None:
    from server.application.callers import AccountError
    from server.console import accounts, put_person

    with accounts(_settings(config)) as book:
        given = role or dict(book.people()).get(staff)
        if given is None:
            _end(f"there is no {staff}; see `hall user list`")
        try:
            _show([put_person(book, staff, given)])
        except AccountError as error:
            _end(str(error))


@user.command("remove")
def user_remove(staff: str, config: ConfigDir = HERE) -> None:
    """Takes a person's account away; what they did stays in the journal."""
    from server.console import accounts

    with accounts(_settings(config)) as book:
        if not book.remove_person(staff):
            _end(f"there is no {staff}; see `hall user list`")


@user.command("list")
def user_list(config: ConfigDir = HERE) -> None:
    """Who may sign in."""
    from server.console import accounts

    with accounts(_settings(config)) as book:
        for staff, role in book.people():
            typer.echo(f"{role.value:8} {staff}")


@device.command("code")
def device_code(
    name: str,
    role: Annotated[Role, typer.Option(help="kiosk, counter, station or display.")],
    counter: Annotated[int | None, typer.Option(help="The only counter it may stand for.")] = None,
    config: ConfigDir = HERE,
) -> None:
    """A one-time code with which the machine of this name enrols within an hour."""
    from server.application.callers import AccountError
    from server.console import accounts, invite

    with accounts(_settings(config)) as book:
        try:
            _show([invite(book, name, role, counter)])
        except AccountError as error:
            _end(str(error))


@device.command("revoke")
def device_revoke(name: str, config: ConfigDir = HERE) -> None:
    """The machine's token dies, and the sessions on it."""
    from server.console import accounts

    with accounts(_settings(config)) as book:
        if not book.revoke_machine(name):
            _end(f"no machine {name} is enrolled; see `hall device list`")


@device.command("list")
def device_list(config: ConfigDir = HERE) -> None:
    """The enrolled machines."""
    from server.console import accounts

    with accounts(_settings(config)) as book:
        for machine in book.machines():
            place = f"counter {machine.counter}" if machine.counter is not None else ""
            typer.echo(f"{machine.role:8} {machine.device:16} {machine.enrolled_at:%Y-%m-%d %H:%M} {place}")
