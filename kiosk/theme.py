"""The look's tokens, read from the branch's `theme.toml`."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from devices.config import read_toml
from devices.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Theme:
    """Names as the screens use them (`brand700`); `contrast` is the whole palette of high contrast."""

    usual: Mapping[str, str]
    contrast: Mapping[str, str]
    font: str


def load_theme(config_dir: Path) -> Theme:
    """Raises ConfigError."""
    path = config_dir / "theme.toml"
    tokens = read_toml(path)
    try:
        usual = _camel(tokens["colour"])
        fonts: list[str] = tokens["font"]
        return Theme(usual, {**usual, **_camel(tokens.get("high-contrast", {}))}, fonts[0])
    except (KeyError, IndexError) as cause:
        raise ConfigError(str(path), "", "", f"lacks a part: {cause}") from cause


def _camel(tokens: Mapping[str, str]) -> dict[str, str]:
    return {_join(name.split("-")): colour for name, colour in tokens.items()}


def _join(parts: list[str]) -> str:
    return parts[0] + "".join(part.capitalize() for part in parts[1:])
