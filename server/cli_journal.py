"""`hall verify`, `rebuild`, `days` and `erase`: what people may see and take away of what the branch has written."""

import json
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from server.terminal import HERE, AsJson, ConfigDir, database_of, end, settings_of

if TYPE_CHECKING:
    from server.adapters.closing import ClosedDay

LINE = 32
"""Characters in a line of a slip, so that a hash takes two."""


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


def rebuild(config: ConfigDir = HERE) -> None:
    """Computes the boards' and reports' tables anew from the journal; the server must be stopped."""
    from server.adapters.upkeep import rebuild as rebuild_tables

    settings = settings_of(config)
    with database_of(settings) as engine:
        read = rebuild_tables(engine, settings.branch)
    typer.echo(f"{read} events read")


def days(
    config: ConfigDir = HERE,
    as_json: AsJson = False,
    slip: Annotated[bool, typer.Option("--slip", help="The last closed day, for a printer: `| lp`.")] = False,
) -> None:
    """The closing hash of each business day: keep it outside the hall and `hall verify --anchor` tells a rewriting."""
    from server.adapters.closing import closed_days

    settings = settings_of(config)
    with database_of(settings) as engine:
        closed = list(closed_days(engine, settings.branch))
    if not closed:
        end(f"{settings.branch} has closed no day yet")
    zone = ZoneInfo(settings.hall.timezone)
    if slip:
        typer.echo(_slip(settings.branch, closed[-1], zone))
        return
    for one in closed:
        if as_json:
            told = {"day": one.day.isoformat(), "closed_at": one.closed_at.isoformat()}
            typer.echo(json.dumps(told | {"seq": one.seq, "hash": one.hash}))
        else:
            typer.echo(f"{one.day}  closed {one.closed_at.astimezone(zone):%Y-%m-%d %H:%M}  seq {one.seq}  {one.hash}")


def _slip(branch: str, closed: "ClosedDay", zone: ZoneInfo) -> str:
    parts = [closed.hash[first : first + LINE] for first in range(0, len(closed.hash), LINE)]
    lines = [branch, str(closed.day), f"{closed.closed_at.astimezone(zone):%Y-%m-%d %H:%M}", f"# {closed.seq}", *parts]
    return "\n".join(lines)


def erase(
    number: Annotated[str, typer.Argument(help="As printed: A023.")],
    day: Annotated[datetime, typer.Argument(help="The business day it was issued for.", formats=["%Y-%m-%d"])],
    config: ConfigDir = HERE,
) -> None:
    """Erases what was written about one customer, on request; the journal stays whole and `hall verify` counts it.

    Backups made before still hold it until they are deleted.
    """
    from server.adapters.audit import audit_of
    from server.adapters.erasing import erase as erase_texts
    from server.adapters.erasing import tickets_of
    from server.application.audit import CONSOLE, Deed

    settings = settings_of(config)
    with database_of(settings) as engine:
        visits = tickets_of(engine, settings.branch, number, day.date())
        erased = sum(erase_texts(engine, settings.branch, visit) for visit in visits)
    if not visits:
        end(f"{settings.branch} knows no {number} of {day:%Y-%m-%d}")
    audit_of(settings).record(Deed.ERASED, CONSOLE, number=number, day=f"{day:%Y-%m-%d}", texts=erased)
    typer.echo(f"{number} of {day:%Y-%m-%d}: {erased} texts erased")
