"""How much room the server's disk has left."""

import shutil
from pathlib import Path

LEAST_FREE_BYTES = 1_000_000_000


def free_bytes(path: Path) -> int:
    return shutil.disk_usage(path).free


def nearly_full(path: Path) -> bool:
    return free_bytes(path) < LEAST_FREE_BYTES
