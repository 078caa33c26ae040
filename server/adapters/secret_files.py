"""Secrets kept in files that nobody but their owner can read."""

import os
import secrets
from pathlib import Path

KEY_BYTES = 32


def secret_of(path: Path) -> bytes:
    """The secret in this file, made at the first asking."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        kept = path.read_bytes()
        if len(kept) != KEY_BYTES:
            raise ValueError(f"{path}: not a secret of {KEY_BYTES} bytes") from None
        return kept
    made = secrets.token_bytes(KEY_BYTES)
    with os.fdopen(handle, "wb") as file:
        file.write(made)
        file.flush()
        os.fsync(file.fileno())
    return made


def keep_secret(path: Path, secret: str) -> None:
    """Writes a secret given by another; a file that stood there with wider rights is replaced, not filled."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(secret)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
