"""Where this counter's hall is and how its keys lie: `counter.toml` of the configuration folder, environment first."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from counter.desk import Key
from devices.config import DATA_DIR, read_toml
from devices.errors import ConfigError
from server.contract.words import Language

DEFAULT_KEYS: Mapping[Key, str] = {
    Key.NEXT: "F2",
    Key.RECALL: "F3",
    Key.START: "F4",
    Key.FINISH: "F5",
    Key.TRANSFER: "F6",
    Key.HOLD: "F7",
    Key.NO_SHOW: "F8",
    Key.PAUSE: "F9",
    Key.PANEL: "F10",
}


@dataclass(frozen=True, slots=True)
class Settings:
    url: str
    branch: str
    device: str
    token: str = field(repr=False)
    counter: int
    config_dir: Path
    data_dir: Path
    language: Language = Language.ZH
    keys: Mapping[Key, str] = field(default_factory=lambda: DEFAULT_KEYS)
    speed: float = 1.0
    """Of the hall clock; 1 but in a demo."""
    ca_file: Path | None = None


def load_settings(config_dir: Path, environ: Mapping[str, str] = os.environ, **given: object) -> Settings:
    """`given` are the command line's words; they go before the environment, which goes before the file.

    Raises ConfigError.
    """
    path = config_dir / "counter.toml"
    data = read_toml(path) if path.exists() else {}
    hall, desk = _table(data, "hall", path), _table(data, "counter", path)
    named = {key: value for key, value in given.items() if value is not None}

    def value(table: Mapping[str, Any], key: str, variable: str, default: object = None) -> Any:
        found = named.get(key, environ.get(variable, table.get(key, default)))
        if found is None:
            raise ConfigError(str(path), "", key, f"is missing (or set {variable})")
        return found

    number = _number(value(desk, "number", "HALL_COUNTER"), path)
    device = str(value(hall, "device", "HALL_DEVICE", f"counter-{number}"))
    data_dir = Path(str(value(hall, "data_dir", "HALL_DATA", DATA_DIR))).expanduser()
    ca_file = value(hall, "ca_file", "HALL_CA_FILE", "")
    return Settings(
        url=str(value(hall, "url", "HALL_URL")),
        branch=str(value(hall, "branch", "HALL_BRANCH")),
        device=device,
        token=_token(value(hall, "token_file", "HALL_TOKEN_FILE", f"tokens/{device}"), data_dir, environ),
        counter=number,
        config_dir=config_dir,
        data_dir=data_dir,
        language=_language(str(value(desk, "language", "HALL_LANGUAGE", "zh-CN")), path),
        keys=_keys(_table(desk, "keys", path), path),
        speed=_speed(value(hall, "speed", "HALL_SPEED", 1.0), path),
        ca_file=config_dir / str(ca_file) if ca_file else None,
    )


def _table(data: Mapping[str, Any], name: str, path: Path) -> Mapping[str, Any]:
    table = data.get(name, {})
    if not isinstance(table, dict):
        raise ConfigError(str(path), "", name, f"is a table: [{name}]")
    return table


def _number(value: object, path: Path) -> int:
    try:
        return int(str(value))
    except ValueError:
        raise ConfigError(str(path), "", "number", f"must be a whole number, not {value!r}") from None


def _speed(value: object, path: Path) -> float:
    try:
        return float(str(value))
    except ValueError:
        raise ConfigError(str(path), "", "speed", f"must be a number, not {value!r}") from None


def _language(value: str, path: Path) -> Language:
    try:
        return Language(value)
    except ValueError:
        raise ConfigError(str(path), "", "language", f"{value!r} is none of {', '.join(Language)}") from None


def _token(name: object, data_dir: Path, environ: Mapping[str, str]) -> str:
    """The machine's token; empty when this machine has not been enrolled yet."""
    if "HALL_TOKEN" in environ:
        return environ["HALL_TOKEN"]
    path = Path(str(name)).expanduser()
    path = path if path.is_absolute() else data_dir / path
    return path.read_text(encoding="utf-8").strip() if path.is_file() else ""


def _keys(table: Mapping[str, Any], path: Path) -> Mapping[Key, str]:
    unknown = sorted(set(table) - {key.value for key in Key})
    if unknown:
        raise ConfigError(str(path), "", "counter.keys", f"does not know {', '.join(unknown)}")
    keys = {key: str(table.get(key.value, DEFAULT_KEYS[key])) for key in Key}
    if len(set(keys.values())) < len(keys):
        raise ConfigError(str(path), "", "counter.keys", "gives one key to two acts")
    return keys
