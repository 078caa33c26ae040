"""Reads a program's own file and its line to the hall; a mistake is told by file, line and key."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from devices.errors import ConfigError
from devices.mistakes import line_of, mistakes, not_toml

STATION_FILE = "station.toml"
DATA_DIR = "~/.local/share/powerhall"
F = TypeVar("F", bound=BaseModel)


def _name(text: str) -> str:
    if not NAME.fullmatch(text):
        raise ValueError(NAME_RULE)
    return text


NAME = re.compile(r"[a-z0-9-]{1,32}")
NAME_RULE = "must be 1 to 32 small letters, digits and hyphens"
Name = Annotated[str, AfterValidator(_name)]
PortNumber = Annotated[int, Field(ge=1, le=65535)]


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class HallPart(Part):
    """A program's line to the hall."""

    branch: Name
    device: Name
    token_file: Path
    url: str = "http://127.0.0.1:8080"
    ca_file: Path | None = None
    broker_host: str = "127.0.0.1"
    broker_port: PortNumber = 1883
    broker_ca_file: Path | None = None
    data_dir: Path = Path(DATA_DIR)


class StationFile(Part):
    hall: HallPart


ENVIRONMENT = {
    "HALL_URL": "url",
    "HALL_BRANCH": "branch",
    "HALL_DEVICE": "device",
    "HALL_TOKEN_FILE": "token_file",
    "HALL_BROKER_HOST": "broker_host",
    "HALL_BROKER_PORT": "broker_port",
    "HALL_DATA": "data_dir",
}


def data_dir(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("HALL_DATA") or DATA_DIR).expanduser()


def read_hall(config_dir: Path, environ: Mapping[str, str]) -> HallPart:
    """`station.toml`, its paths absolute. Raises ConfigError."""
    part = read_program(config_dir / STATION_FILE, StationFile, environ, ENVIRONMENT).hall
    data = part.data_dir.expanduser()
    found = {"data_dir": data, "token_file": data / part.token_file.expanduser()}
    authorities = {
        "ca_file": config_dir / part.ca_file if part.ca_file else None,
        "broker_ca_file": config_dir / part.broker_ca_file if part.broker_ca_file else None,
    }
    return part.model_copy(update=found | authorities)


def read_program(file: Path, kind: type[F], environ: Mapping[str, str], variables: Mapping[str, str]) -> F:
    """A program's own file, where there is one; set variables go before its [hall] table. Raises ConfigError."""
    text = read_text(file) if file.exists() else ""
    raw = parse_toml(file, text)
    hall = raw.get("hall", {})
    if not isinstance(hall, dict):
        raise ConfigError(str(file), "", "hall", "is a table: [hall]", line_of(text, ["hall"]))
    given = {key: environ[name] for name, key in variables.items() if environ.get(name)}
    try:
        return kind.model_validate({**raw, "hall": {**hall, **given}})
    except ValidationError as cause:
        unset = {str(error["loc"][-1]) for error in cause.errors() if error["type"] == "missing"}
        if not file.exists() and unset:
            needed = ", ".join(name for name, key in variables.items() if key in unset)
            raise ConfigError(str(file), "", "", f"there is no such file; without it set {needed}") from None
        raise ConfigError.of(mistakes(cause, str(file), text, [], kind)) from None


def read_toml(file: Path) -> dict[str, Any]:
    """Raises ConfigError."""
    return parse_toml(file, read_text(file))


def read_text(file: Path) -> str:
    """Raises ConfigError."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as cause:
        raise ConfigError(str(file), "", "", f"cannot be read: {cause.strerror}") from cause
    except UnicodeDecodeError as cause:
        line = cause.object[: cause.start].count(b"\n") + 1
        raise ConfigError(str(file), "", "", "is not UTF-8; save it as UTF-8", line) from cause


def parse_toml(file: Path, text: str) -> dict[str, Any]:
    """Raises ConfigError."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as cause:
        raise not_toml(str(file), text, cause) from cause
