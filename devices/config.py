"""Reads a program's own file and its line to the hall; a fault names file, device and key."""

import re
import tomllib
from collections.abc import Mapping
from itertools import takewhile
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from devices.errors import ConfigError

STATION_FILE = "station.toml"
DATA_DIR = "~/.local/share/powerhall"
F = TypeVar("F", bound=BaseModel)

Name = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,32}$")]
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
    raw = read_toml(file) if file.exists() else {}
    hall = raw.get("hall", {})
    if not isinstance(hall, dict):
        raise ConfigError(str(file), "", "hall", "is a table: [hall]")
    given = {key: environ[name] for name, key in variables.items() if environ.get(name)}
    try:
        return kind.model_validate({**raw, "hall": {**hall, **given}})
    except ValidationError as cause:
        raise told(cause, str(file), "") from None


def read_toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as cause:
        raise ConfigError(str(file), "", "", f"cannot be read: {cause.strerror}") from cause
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as cause:
        raise ConfigError(str(file), "", "", f"is not TOML: {cause}") from cause


def line_of(text: str, device: str, key: str) -> int | None:
    """Where devices.toml says `key` of `device`, from 1; of a key that is not there, where the device begins."""
    wanted = ["devices", device, *key.split(".")]
    section: list[str] = []
    found: tuple[int, int] | None = None
    for nth, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[([^\[\]]+)\]", line):
            section = _steps(header[1])
            path = section
        elif setting := re.match(r"\s*([^=#]+?)\s*=", line):
            path = section + _steps(setting[1])
        else:
            continue
        depth = len([*takewhile(lambda pair: pair[0] == pair[1], zip(path, wanted, strict=False))])
        if depth >= 2 and (found is None or depth > found[0]):
            found = (depth, nth)
    return found[1] if found else None


def _steps(dotted: str) -> list[str]:
    return [step.strip().strip("\"'") for step in dotted.split(".")]


def told(cause: ValidationError, file: str, device: str) -> ConfigError:
    """The first fault in words."""
    first = cause.errors(include_url=False)[0]
    key = ".".join(str(step) for step in first["loc"])
    match first["type"]:
        case "extra_forbidden":
            what = "unknown key; is it a typo?"
        case "missing":
            what = "is missing"
        case _:
            what = f"{first['msg'].removeprefix('Value error, ')}, not {first['input']!r}" if key else first["msg"]
    return ConfigError(file, device, key, what.removeprefix("Value error, "))
