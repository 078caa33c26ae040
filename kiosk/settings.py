"""Where this kiosk's hall is and how it looks: `kiosk.toml` of the configuration folder, environment first."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from server.contract.words import Language

FILE = "kiosk.toml"
Name = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,32}$")]
PortNumber = Annotated[int, Field(ge=1, le=65535)]
ENVIRONMENT = {
    "HALL_URL": "url",
    "HALL_BRANCH": "branch",
    "HALL_DEVICE": "device",
    "HALL_TOKEN_FILE": "token_file",
    "HALL_BROKER_HOST": "broker_host",
    "HALL_BROKER_PORT": "broker_port",
    "HALL_DATA": "data_dir",
    "HALL_SPEED": "speed",
}


class BadSettings(ValueError):
    """A setting is missing or wrong; the text names the file, the key and what is allowed."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Hall(_Part):
    url: str = "http://127.0.0.1:8080"
    branch: Name
    device: Name
    token_file: Path
    ca_file: Path | None = None
    broker_host: str = "127.0.0.1"
    broker_port: PortNumber = 1883
    broker_ca_file: Path | None = None
    data_dir: Path = Path("~/.local/share/powerhall")
    speed: Annotated[float, Field(gt=0)] = 1.0


class _Kiosk(_Part):
    label: str = ""
    language: Language = Language.ZH
    contrast: bool = False
    full_screen: bool = True
    width: Annotated[int, Field(ge=270)] = 1080
    height: Annotated[int, Field(ge=270)] = 1920


class _File(_Part):
    hall: _Hall
    kiosk: _Kiosk = _Kiosk()


@dataclass(frozen=True, slots=True)
class Settings:
    config_dir: Path
    data_dir: Path
    url: str
    branch: str
    device: str
    token: str = field(repr=False)
    label: str
    broker_host: str
    broker_port: int
    language: Language
    contrast: bool
    full_screen: bool
    width: int
    height: int
    speed: float = 1.0
    """Of the hall clock; 1 but in a demo."""
    ca_file: Path | None = None
    broker_ca_file: Path | None = None


def load_settings(config_dir: Path, environ: Mapping[str, str]) -> Settings:
    """Raises BadSettings."""
    path = config_dir / FILE
    raw = _read(path)
    given = {key: environ[name] for name, key in ENVIRONMENT.items() if name in environ}
    hall_table = raw.get("hall", {})
    if not isinstance(hall_table, dict):
        raise BadSettings(f"{path}: [hall] must be a table")
    try:
        found = _File.model_validate({**raw, "hall": {**hall_table, **given}})
    except ValidationError as cause:
        first = cause.errors(include_url=False)[0]
        raise BadSettings(f"{path}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    hall, kiosk = found.hall, found.kiosk
    data_dir = hall.data_dir.expanduser()
    return Settings(
        config_dir=config_dir,
        data_dir=data_dir,
        url=hall.url,
        branch=hall.branch,
        device=hall.device,
        token=_token(data_dir / hall.token_file.expanduser()),
        label=kiosk.label or _figures(hall.device),
        broker_host=hall.broker_host,
        broker_port=hall.broker_port,
        language=kiosk.language,
        contrast=kiosk.contrast,
        full_screen=kiosk.full_screen,
        width=kiosk.width,
        height=kiosk.height,
        speed=hall.speed,
        ca_file=config_dir / hall.ca_file if hall.ca_file else None,
        broker_ca_file=config_dir / hall.broker_ca_file if hall.broker_ca_file else None,
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except FileNotFoundError:
        return {}
    except (OSError, tomllib.TOMLDecodeError) as fault:
        raise BadSettings(f"{path}: {fault}") from fault


def _figures(device: str) -> str:
    found = re.search(r"\d+$", device)
    return found.group() if found else device


def _token(path: Path) -> str:
    """The machine's token; empty when this machine has not been enrolled yet."""
    return path.read_text(encoding="utf-8").strip() if path.is_file() else ""
