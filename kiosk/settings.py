"""Where this kiosk's hall is and how it looks: `kiosk.toml` of the configuration folder, environment first."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from pydantic import Field

from devices.config import ENVIRONMENT, HallPart, Part, read_program
from server.contract.words import Language

FILE = "kiosk.toml"
VARIABLES = {**ENVIRONMENT, "HALL_URL": "url", "HALL_SPEED": "speed"}


class _Hall(HallPart):
    url: str = "http://127.0.0.1:8080"
    ca_file: Path | None = None
    speed: Annotated[float, Field(gt=0)] = 1.0


class _Kiosk(Part):
    label: str = ""
    language: Language = Language.ZH
    contrast: bool = False
    full_screen: bool = True
    width: Annotated[int, Field(ge=270)] = 1080
    height: Annotated[int, Field(ge=270)] = 1920


class _File(Part):
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
    """Raises ConfigError."""
    found = read_program(config_dir / FILE, _File, environ, VARIABLES)
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


def _figures(device: str) -> str:
    found = re.search(r"\d+$", device)
    return found.group() if found else device


def _token(path: Path) -> str:
    """The machine's token; empty when this machine has not been enrolled yet."""
    return path.read_text(encoding="utf-8").strip() if path.is_file() else ""
