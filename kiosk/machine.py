"""What tells this machine from a copy of its disk."""

import hashlib
import uuid
from pathlib import Path

MACHINE_ID = Path("/etc/machine-id")
RANDOM_ADDRESS = 1 << 40
"""Python marks a network address it made up, because the machine has none, with this bit."""


def machine_name() -> str:
    """A digest of the system's id and its network card; the same at every start of the same machine."""
    parts = [_system_id()]
    card = uuid.getnode()
    if not card & RANDOM_ADDRESS:
        parts.append(f"{card:012x}")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def _system_id() -> str:
    try:
        return MACHINE_ID.read_text(encoding="ascii").strip()
    except OSError:
        return ""
