"""The look's tokens for the counter, read from the branch's theme file."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from devices.config import read_toml
from devices.errors import ConfigError

FAMILY = "Noto Sans CJK SC"

MIXED = {
    "call-tint": ("call", "surface", 0.235),
    "note-bg": ("amber-bg", "surface", 0.34),
    "note-line": ("amber-mark", "surface", 0.42),
    "off-text": ("ink-3", "surface", 0.77),
    "stripe": ("amber-mark", "amber", 0.55),
}
"""Tints that belong to the counter alone: share of the first token over the second."""


@dataclass(frozen=True, slots=True)
class Theme:
    colours: Mapping[str, str]

    def __getitem__(self, token: str) -> str:
        """Raises ConfigError for a token that the theme file lacks."""
        try:
            return self.colours[token]
        except KeyError:
            raise ConfigError("theme.toml", "", "colour", f"has no {token!r}") from None


def load_theme(path: Path) -> Theme:
    """Raises ConfigError."""
    colours = {str(name): str(value) for name, value in read_toml(path).get("colour", {}).items()}
    base = Theme(colours)
    mixed = {name: _mix(base[over], base[under], share) for name, (over, under, share) in MIXED.items()}
    return Theme(colours | mixed)


def _mix(over: str, under: str, share: float) -> str:
    pairs = zip(bytes.fromhex(over[1:]), bytes.fromhex(under[1:]), strict=True)
    return "#" + bytes(round(a * share + b * (1 - share)) for a, b in pairs).hex().upper()
