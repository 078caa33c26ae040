"""What `hall doctor` says of each thing it looks at."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Health(StrEnum):
    OK = "ok"
    LOOK = "look"
    """Works, but somebody should look."""
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Finding:
    about: str
    health: Health
    what: str
    to_do: str = ""


Findings = Iterator[Finding]
