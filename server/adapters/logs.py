"""Where the server's log lines go: to standard error, which systemd's journal takes, or to a file that is rotated."""

import logging
import os
import time
from collections.abc import Mapping
from logging.handlers import RotatingFileHandler
from typing import Final

from server.settings import Logs

PLAIN: Final = "%(asctime)s %(levelname)s %(name)s %(message)s"
JOURNALLED: Final = "%(name)s %(message)s"
"""systemd's journal stamps the time itself, and reads the priority before each line (sd-daemon(3))."""
PRIORITIES: Final = ((logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6))
FILE_MODE: Final = 0o640


def set_up_logs(logs: Logs, environ: Mapping[str, str]) -> None:
    """For the whole process; replaces what was set up before."""
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    root.handlers = [_handler(logs, journalled="JOURNAL_STREAM" in environ)]


def _handler(logs: Logs, *, journalled: bool) -> logging.Handler:
    if logs.file is not None:
        logs.file.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        file = _RotatedFile(logs.file, maxBytes=logs.size_mb * 1_000_000, backupCount=logs.count, encoding="utf-8")
        file.setFormatter(_Utc(PLAIN))
        return file
    stream = logging.StreamHandler()
    stream.setFormatter(_Journalled(JOURNALLED) if journalled else _Utc(PLAIN))
    return stream


class _RotatedFile(RotatingFileHandler):
    """Readable by its owner's group, and by nobody else."""

    def _open(self):  # type: ignore[no-untyped-def]
        stream = super()._open()
        os.chmod(self.baseFilename, FILE_MODE)  # noqa: PTH101 -- the library keeps a string
        return stream


class _Utc(logging.Formatter):
    converter = staticmethod(time.gmtime)
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"


class _Journalled(logging.Formatter):
    """Each line of a record carries its priority, a traceback's too."""

    def format(self, record: logging.LogRecord) -> str:
        priority = next((number for level, number in PRIORITIES if record.levelno >= level), 7)
        return "\n".join(f"<{priority}>{line}" for line in super().format(record).splitlines())
