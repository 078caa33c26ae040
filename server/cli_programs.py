"""`hall server`, `demo`, `bench`, and the programs of the hall's machines."""

import json
import os
import sys
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from server.terminal import HERE, WRONG_CONFIG, AsJson, ConfigDir, end, settings_of, troubles_told


def become(module: str, arguments: Iterable[str]) -> NoReturn:
    """The program takes this process over, so that signals reach it."""
    os.execv(sys.executable, [sys.executable, "-m", module, *arguments])  # noqa: S606 -- without a shell, and meant so


def server(config: ConfigDir = HERE) -> None:
    """The hall's memory and judgement: HTTP, live events, boards, broker."""
    from server.bootstrap import run_server

    settings = settings_of(config)
    with troubles_told():
        run_server(settings)


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
        end(str(error), WRONG_CONFIG)
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
        end(f"--for {given}: write a time as 90s, 5m or 1h", WRONG_CONFIG)
    if seconds <= 0:
        end(f"--for {given}: must be longer than nothing", WRONG_CONFIG)
    return seconds


def kiosk(context: typer.Context) -> None:
    """The customer's screen."""
    become("kiosk", context.args)


def counter(context: typer.Context) -> None:
    """The clerk's program."""
    become("counter", context.args)


def station(context: typer.Context) -> None:
    """Joins this machine's devices to the hall."""
    become("devices", ["station", *context.args])


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
        end(f"--only: not measured here: {sorted(unknown)}; there are {sorted(GOALS)}", WRONG_CONFIG)
    ground = Ground(config, directory, quick, tickets, database, partial(typer.echo, err=True))
    figures = list(measure(ground, only or ()))
    shown = json.dumps([figure.as_json() for figure in figures], ensure_ascii=False) if as_json else table(figures)
    typer.echo(shown)
    if not quick and not all(figure.met for figure in figures):
        raise typer.Exit(1)
