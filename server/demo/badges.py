"""How the demo's clerks sign in."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Badge:
    """A clerk's staff number and PIN, for one counter."""

    staff: str
    pin: str
    counter: int
