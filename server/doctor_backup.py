"""`hall doctor` on backups: how old the newest is, and what earlier restores have left."""

from datetime import datetime, timedelta

from server.adapters.backup import backups_of
from server.findings import Finding, Findings, Health
from server.settings import Settings


def backups(settings: Settings, now: datetime) -> Findings:
    """`now` is the machine's."""
    directory = settings.backups.directory
    known = backups_of(directory, settings.branch)
    if not known:
        yield Finding("backup", Health.LOOK, f"there is none in {directory}", "enable powerhall-backup.timer")
    else:
        newest, age = known[0], now - known[0].at
        late = age > timedelta(hours=settings.backups.alarm_hours)
        yield Finding(
            "backup",
            Health.FAULT if late else Health.OK,
            f"the newest of {len(known)} is {_told(age)} old and was read back whole up to event {newest.rev}",
            "run `hall backup`, and see why powerhall-backup.timer did not" if late else "",
        )
    for aside in sorted(settings.data_dir.glob("*.aside-*")):
        if not aside.name.endswith(("-wal", "-shm", "-journal")):
            what = f"{aside} was set aside by a restore"
            yield Finding("backup", Health.LOOK, what, "find out what damaged it, then delete it")


def _told(age: timedelta) -> str:
    minutes = int(age.total_seconds() // 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"
