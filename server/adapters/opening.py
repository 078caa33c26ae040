"""Opens a branch's database: brought up to date, with a backup before, and never served when it is damaged."""

import logging
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, inspect
from sqlalchemy.exc import SQLAlchemyError

from server.adapters.backup import BackupDamaged, BackupFailed, back_up, backups_of, prune
from server.adapters.database import open_engine
from server.adapters.locks import BranchKept, kept
from server.adapters.restore import Outcome, Restoring, WrongBackup, restore, take_place
from server.adapters.soundness import damage, unknown_events
from server.adapters.tables import events
from server.adapters.upkeep import NewerDatabase, Version, migrate, version
from server.application.audit import CONSOLE, Audit, Deed
from server.settings import Settings

log = logging.getLogger(__name__)


class DatabaseRefused(Exception):
    """The database cannot be used; the words say why and what to do. Nothing was changed."""


def open_database(settings: Settings, audit: Audit, by: str = CONSOLE) -> Engine:
    """Makes it where there is none, and migrates an older one after a backup. Raises DatabaseRefused."""
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    engine = open_engine(settings.database_url)
    try:
        found = version(engine)
        if found is Version.OLDER:
            backed_up(engine, settings, audit, by)
        migrate(engine)
        if found is Version.OLDER:
            audit.record(Deed.MIGRATED, by)
            log.info("the database was brought up to date; its backup stands beside the others")
    except BackupFailed as error:
        engine.dispose()
        raise DatabaseRefused(f"the database must be migrated, and no backup could be made before: {error}") from error
    except (NewerDatabase, BranchKept) as error:
        engine.dispose()
        raise DatabaseRefused(str(error)) from error
    return engine


def open_sound(settings: Settings, audit: Audit, now: Callable[[], datetime], new_id: Callable[[], str]) -> Engine:
    """As `open_database`, for a server: a damaged database is kept aside and the newest sound backup takes its place.

    `now` is hall time. Raises DatabaseRefused when there is no such backup.
    """
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    engine = open_engine(settings.database_url)
    try:
        with kept(engine, [settings.branch]):
            if engine.dialect.name == "sqlite":
                take_place(Path(engine.url.database or "").absolute(), now())
            _mend(engine, settings, audit, Restoring(now(), new_id, "system", salvage=True))
    except BranchKept:
        log.info("another server keeps %s and has looked at its database", settings.branch)
    finally:
        engine.dispose()
    return open_database(settings, audit, "system")


def backed_up(engine: Engine, settings: Settings, audit: Audit, by: str, target: Path | None = None) -> Path:
    """Makes a backup, by default among the branch's own, where old ones are pruned. Raises BackupFailed."""
    now = datetime.now(UTC)
    kept_here = settings.backups
    try:
        kept_here.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = back_up(engine, settings.branch, target or kept_here.directory, now)
    except (BackupFailed, OSError) as error:
        audit.record(Deed.BACKUP_FAILED, by, why=str(error))
        raise BackupFailed(str(error)) from error
    audit.record(Deed.BACKED_UP, by, file=made.path.name, rev=made.rev, journal=made.journal)
    if made.path.parent == kept_here.directory:
        prune(kept_here.directory, settings.branch, kept_here.keep, kept_here.keep_days, now)
    return made.path


def restored(
    engine: Engine, branch: str, audit: Audit, backup: Path, how: Restoring, held: Collection[str] = ()
) -> list[Outcome]:
    """Restores and records it; `held` as for `restore`."""
    outcomes = restore(engine, branch, backup, how, held)
    for one in outcomes:
        audit.record(
            Deed.RESTORED,
            how.by,
            file=backup.name,
            branch=one.branch,
            journal=one.journal,
            lost_journal=one.lost_journal,
            lost_after=one.rev,
            kept_until=one.kept_until.isoformat() if one.kept_until else None,
            salvaged=one.salvaged,
            skipped=how.skip,
            aside=one.aside,
        )
    return outcomes


def loss(outcome: Outcome) -> str:
    """What the restored branch does not know, in words."""
    since = f"{outcome.kept_until:%Y-%m-%d %H:%M:%S} UTC" if outcome.kept_until else "its beginning"
    told = f"{outcome.branch} goes on from {since} (event {outcome.rev}); whatever happened after that is lost"
    if outcome.salvaged:
        told += f"; {outcome.salvaged} events after the backup were taken over from the damaged database"
    if outcome.aside:
        told += f"; what stood there is kept as {outcome.aside}"
    for series in outcome.full:
        told += f"; series {series} has no numbers left today: raise series.{series}.last in hall.toml"
    return told


def _mend(engine: Engine, settings: Settings, audit: Audit, how: Restoring) -> None:
    backups = backups_of(settings.backups.directory, settings.branch)
    if not backups and _empty(engine):
        return
    _refuse_newer(engine, settings.branch)
    found = damage(engine, settings.branch)
    if not found:
        return
    log.critical("the database of %s is damaged: %s", settings.branch, found)
    audit.record(Deed.DAMAGED, how.by, why=found)
    for backup in backups:
        try:
            outcomes = restored(engine, settings.branch, audit, backup.path, how, {settings.branch})
        except (BackupDamaged, WrongBackup, NewerDatabase, OSError, SQLAlchemyError) as error:
            log.error("the backup %s cannot take its place: %s", backup.path.name, error)
            continue
        for outcome in outcomes:
            log.critical("restored from %s: %s", backup.path.name, loss(outcome))
        return
    raise DatabaseRefused(
        f"the database of {settings.branch} is damaged: {found}. There is no sound backup of it in "
        f"{settings.backups.directory}. Nothing was changed; find a backup and run `hall restore FILE --over --salvage`"
    )


def _refuse_newer(engine: Engine, branch: str) -> None:
    """What this program is too old for is no damage. Raises DatabaseRefused."""
    try:
        version(engine)
        unknown = unknown_events(engine, branch)
    except NewerDatabase as error:
        raise DatabaseRefused(str(error)) from error
    except SQLAlchemyError:
        return
    if unknown:
        raise DatabaseRefused(
            f"the journal of {branch} holds what this program does not know ({', '.join(unknown)}): "
            "a newer one has written it. Install the newer program again"
        )


def _empty(engine: Engine) -> bool:
    """Whether nothing was ever written here."""
    file = Path(engine.url.database or "")
    if engine.dialect.name == "sqlite":
        return not file.exists() or file.stat().st_size == 0
    with engine.connect() as connection:
        return not inspect(connection).has_table(events.name)
