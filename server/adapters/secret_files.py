"""Secrets kept in files that nobody but their owner can read."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

KEY_BYTES = 32


class SecretDamaged(Exception):
    """A secret's file holds something else, which is never overwritten."""


def secret_of(path: Path) -> bytes:
    """The secret in this file, made at the first asking: whole under its name or not there, whatever dies meanwhile.

    Raises SecretDamaged.
    """
    if not path.exists():
        fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
        _write(fresh, secrets.token_bytes(KEY_BYTES))
        try:
            with suppress(FileExistsError):
                path.hardlink_to(fresh)
        finally:
            fresh.unlink()
    kept = path.read_bytes()
    if len(kept) != KEY_BYTES:
        raise SecretDamaged(
            f"{path}: not a secret of {KEY_BYTES} bytes; put its copy back, or delete it and a new one is made"
        )
    return kept


def keep_secret(path: Path, secret: str) -> None:
    """Writes a secret given by another; a file that stood there with wider rights is replaced, not filled."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(path.name + ".new")
    _write(fresh, secret.encode())
    fresh.replace(path)


def must_keep(path: Path) -> None:
    """Raises OSError when no secret could be kept there; what stands there stays."""
    trial = path.with_name(path.name + ".trial")
    keep_secret(trial, "")
    trial.unlink()


def _write(fresh: Path, secret: bytes) -> None:
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(secret)
        file.flush()
        os.fsync(file.fileno())
