"""The file of names and passwords that both brokers read, in mosquitto's own form."""

import base64
import binascii
import fcntl
import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from server.adapters.mosquitto import BROKER_DIR, PID, read_again
from server.adapters.secret_files import secret_of
from server.config_files import BrokerKind
from server.contract.topics import CENTRE_USER, DOCTOR_USER, SERVER_USER
from server.settings import Settings

ROUNDS: Final = 101
"""Enough for random 256-bit tokens, which nobody guesses; people have no account here."""
SALT_BYTES: Final = 12
PROGRAMS: Final = frozenset({SERVER_USER, CENTRE_USER, DOCTOR_USER})
KEYS: Final = {SERVER_USER: "broker.key", DOCTOR_USER: "doctor.key"}
"""Where the data directory keeps the secrets of its own programs."""
_NAME = re.compile(r"[a-z0-9-]{1,32}")


USERS_FILE: Final = f"{BROKER_DIR}/users"
"""Below the data directory."""


class BrokerUsers:
    """Names are device ids and those of programs; anything else, such as a wildcard, is refused with ValueError."""

    def __init__(
        self,
        path: Path,
        salt: Callable[[int], bytes] = secrets.token_bytes,
        written: Callable[[], None] = lambda: None,
    ) -> None:
        """`written` is called when the file has changed."""
        self.path = path
        self._salt = salt
        self._written = written

    def put_device(self, device: str, token: str) -> None:
        if device in PROGRAMS:
            raise ValueError(f"{device} is not a device's name")
        self.put(device, token)

    def put(self, user: str, token: str) -> None:
        """Adds a user or changes its password."""
        if not is_user_name(user):
            raise ValueError(f"not a user name: {user!r}")
        with self._alone():
            self._write(self.read() | {user: hashed(token, self._salt(SALT_BYTES))})

    def put_hashes(self, digests: Mapping[str, str]) -> None:
        """Makes these the only devices, by the SHA-256 of their tokens; only the embedded broker reads that."""
        with self._alone():
            known = self.read()
            users = {name: value for name, value in known.items() if name in PROGRAMS}
            users |= {name: f"$sha256${digest}" for name, digest in digests.items() if name not in PROGRAMS}
            if users != known:
                self._write(users)

    def remove(self, user: str) -> None:
        with self._alone():
            self._write({name: value for name, value in self.read().items() if name != user})

    def read(self) -> dict[str, str]:
        """Name → hashed password; empty when there is no file yet."""
        if not self.path.exists():
            return {}
        lines = (line.partition(":") for line in self.path.read_text(encoding="utf-8").splitlines())
        return {name: value for name, _, value in lines if is_user_name(name) and value}

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Nobody else changes the file meanwhile: a technician may revoke a machine while the server enrols another."""
        self.path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)

    def _write(self, users: dict[str, str]) -> None:
        fresh = self.path.with_name(self.path.name + ".new")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640), "w", encoding="utf-8") as file:
            file.writelines(f"{name}:{value}\n" for name, value in sorted(users.items()))
            file.flush()
            os.fsync(file.fileno())
            if os.geteuid() == 0:
                home = self.path.parent.stat()
                os.fchown(file.fileno(), home.st_uid, home.st_gid)
        fresh.replace(self.path)
        self._written()


def mosquitto_users(settings: Settings) -> BrokerUsers | None:
    """Where a machine's token is written down when it is made; None: the embedded broker asks the accounts."""
    if settings.broker.kind is not BrokerKind.MOSQUITTO:
        return None
    changed = partial(read_again, settings.data_dir / BROKER_DIR / PID)
    return BrokerUsers(settings.data_dir / USERS_FILE, written=changed)


def let_in(program: str, settings: Settings, users: BrokerUsers) -> str:
    """Sees that one of the branch's own programs is among the users; -> its password."""
    password = secret_of(settings.data_dir / KEYS[program]).hex()
    if not matches(password, users.read().get(program, "")):
        users.put(program, password)
    return password


def is_user_name(user: str) -> bool:
    """Never true of a wildcard, which would stand for every name in a rule."""
    return _NAME.fullmatch(user) is not None


def hashed(token: str, salt: bytes, rounds: int = ROUNDS) -> str:
    """`$7$` of mosquitto: PBKDF2 with SHA-512."""
    digest = hashlib.pbkdf2_hmac("sha512", token.encode(), salt, rounds)
    return f"$7${rounds}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


def matches(token: str, stored: str) -> bool:
    if stored.startswith("$sha256$"):
        digest = hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
        return hmac.compare_digest(f"$sha256${digest}", stored)
    try:
        _, kind, rounds, salt, _ = stored.split("$")
        wanted = hashed(token, base64.b64decode(salt, validate=True), int(rounds))
    except (ValueError, binascii.Error):
        return False
    return kind == "7" and hmac.compare_digest(wanted, stored)
