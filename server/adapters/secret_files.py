"""Secrets that the server makes for itself and keeps in its data directory, readable by nobody else."""

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
