"""mosquitto beside the server: its files as this branch needs them, and its ear for changes of who may come in."""

import logging
import os
import pwd
import signal
from pathlib import Path
from string import Template
from typing import Final

from server.settings import ConfigError, Settings

log = logging.getLogger(__name__)

BROKER_DIR: Final = "broker"
"""Below the data directory."""
CONFIG: Final = "mosquitto.conf"
RULES: Final = "acl"
PID: Final = "mosquitto.pid"
PLAIN: Final = "# Without TLS, because broker.ca_file is not set: for programs of this machine alone."
TLS: Final = """\
# TLS with the certificate of the hall's HTTP server, checked by programs against broker.ca_file.
certfile {certificate}
keyfile {key}
tls_version tlsv1.2"""


def files(settings: Settings) -> dict[Path, str]:
    """What mosquitto reads, filled in for this branch: each file's place and text. Raises ConfigError."""
    shipped, place = settings.config_dir / "mosquitto", settings.data_dir / BROKER_DIR
    tls = settings.tls if settings.broker.ca_file else None
    words = {
        "user": _owner_of(settings.data_dir),
        "broker": place,
        "host": settings.broker.host,
        "port": settings.broker.port,
        "tls": TLS.format(certificate=tls.certificate, key=tls.key) if tls else PLAIN,
    }
    try:
        config, rules = ((shipped / name).read_text(encoding="utf-8") for name in (CONFIG, RULES))
        return {place / CONFIG: Template(config).substitute(words), place / RULES: rules}
    except OSError as error:
        raise ConfigError([f"{error.filename}: cannot be read: {error.strerror}"]) from error
    except (KeyError, ValueError) as error:
        raise ConfigError([f"{shipped / CONFIG}: nothing can be filled in for {error}"]) from error


def write(settings: Settings) -> list[Path]:
    """Puts mosquitto's files below the data directory; -> where."""
    made = files(settings)
    for path, text in made.items():
        path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return list(made)


def running(pid_file: Path) -> int | None:
    """The process that wrote this file, if it still is a mosquitto: a number may have gone to another since."""
    try:
        pid = int(pid_file.read_text(encoding="ascii"))
        name = Path(f"/proc/{pid}/comm").read_text(encoding="ascii", errors="replace").strip()
    except (OSError, ValueError):
        return None
    return pid if name == "mosquitto" else None


def read_again(pid_file: Path) -> None:
    """Has a running mosquitto read users and rules again; it cuts the line of whoever is no longer known."""
    pid = running(pid_file)
    if pid is None:
        return
    try:
        os.kill(pid, signal.SIGHUP)
    except ProcessLookupError:
        return
    except PermissionError:
        log.warning("mosquitto (%d) runs as another user: reload it by hand, it still has the old list of users", pid)


def _owner_of(directory: Path) -> str:
    uid = directory.stat().st_uid if directory.exists() else os.geteuid()
    return pwd.getpwuid(uid).pw_name
