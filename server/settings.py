"""What a branch is configured to be: its files read whole, or refused with every fault named."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from types import MappingProxyType

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from server.catalogue import Catalogue, catalogue, faults, hall_config, near
from server.config_files import BrokerKind, BrokerPart, HallFile, Raw, ServerPart, ServicesFile, VoicePart, key_names
from server.domain.config import HallConfig
from server.domain.vocabulary import BranchId


@dataclass(frozen=True, slots=True)
class Broker:
    kind: BrokerKind
    host: str
    port: int
    ca_file: Path | None = None
    """Set: the connection to mosquitto is TLS, checked against this authority."""


@dataclass(frozen=True, slots=True)
class TlsFiles:
    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True)
class Logs:
    file: Path | None
    """None: standard error, which systemd's journal takes."""
    size_mb: int
    count: int
    audit_dir: Path
    audit_months: int


@dataclass(frozen=True, slots=True)
class Backups:
    directory: Path
    keep: int
    """The newest so many …"""
    keep_days: int
    """… and the last of each day for so many days."""
    alarm_hours: int
    """A newest backup older than this is told by `hall doctor`."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one caller may ask for; beyond it and a burst it is told to wait."""

    numbers_per_minute: int
    acts_per_second: int
    phone_per_minute: int


@dataclass(frozen=True, slots=True)
class Settings:
    branch: BranchId
    hall: HallConfig
    catalogue: Catalogue
    config_dir: Path
    data_dir: Path
    database_url: str = field(repr=False)
    host: str
    port: int
    public_url: str | None
    broker: Broker
    insecure_lan: bool
    limits: Limits
    logs: Logs
    backups: Backups
    tls: TlsFiles | None = None
    voice: VoicePart | None = None
    """None: the calls are not said by displays."""
    longest_closure_days: int = 60
    """At start, a clock farther past the last event is not believed."""
    speed: float = 1.0
    """Of the hall clock; 1 but in a demo."""
    clock_start: datetime | None = None
    """A demo's own hall time …"""
    clock_epoch: float = 0.0
    """… at this wall time, Unix seconds."""


class ConfigError(Exception):
    """What is wrong with the configuration: one line a fault, each with file and key."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


def load(config_dir: Path, environ: Mapping[str, str] = MappingProxyType({}), *, before_init: bool = False) -> Settings:
    """The settings of `hall.toml` and `services.toml`; `environ` (`HALL_PORT`, `HALL_DATA` …) goes before the files.

    `before_init`: the files of TLS need not be there yet. Raises ConfigError with every fault found.
    """
    hall_raw = read_toml(config_dir / "hall.toml")
    overlaid = _overlay(hall_raw, environ)
    hall, services = _validated(hall_raw, read_toml(config_dir / "services.toml"), overlaid)
    problems = [*faults(hall, services), *_network_faults(hall.server, hall.broker)]
    if not before_init:
        problems += _missing_files(hall.server, hall.broker, config_dir)
    if problems:
        raise ConfigError(problems)
    return _settings(hall, services, config_dir)


def read_toml(path: Path) -> Raw:
    """Raises ConfigError with the line that cannot be read."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise ConfigError([f"{path}: there is no such file"]) from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError([f"{path}: cannot be read: {error}"]) from error


ENVIRONMENT = {
    "HALL_DATA": ("server", "data_dir"),
    "HALL_HOST": ("server", "host"),
    "HALL_PORT": ("server", "port"),
    "HALL_PUBLIC_URL": ("server", "public_url"),
    "HALL_INSECURE_LAN": ("server", "insecure_lan"),
    "HALL_DATABASE_URL": ("server", "database_url"),
    "HALL_SPEED": ("server", "speed"),
    "HALL_CLOCK_START": ("server", "clock_start"),
    "HALL_CLOCK_EPOCH": ("server", "clock_epoch"),
    "HALL_BROKER": ("broker", "kind"),
    "HALL_BROKER_HOST": ("broker", "host"),
    "HALL_BROKER_PORT": ("broker", "port"),
}


def _overlay(raw: Raw, environ: Mapping[str, str]) -> dict[str, str]:
    """Puts the environment's words over the file's; -> which variable a key came from."""
    sources: dict[str, str] = {}
    for variable, (section, key) in ENVIRONMENT.items():
        part = raw.setdefault(section, {})
        if variable in environ and isinstance(part, dict):
            part[key] = environ[variable]
            sources[f"{section}.{key}"] = variable
    return sources


def _validated(hall_raw: Raw, services_raw: Raw, overlaid: Mapping[str, str]) -> tuple[HallFile, ServicesFile]:
    problems: list[str] = []
    hall = services = None
    try:
        hall = HallFile.model_validate(hall_raw)
    except ValidationError as error:
        problems += [_told("hall.toml", fault, overlaid) for fault in error.errors()]
    try:
        services = ServicesFile.model_validate(services_raw)
    except ValidationError as error:
        problems += [_told("services.toml", fault, {}) for fault in error.errors()]
    if hall is None or services is None:
        raise ConfigError(problems)
    return hall, services


SECRET = frozenset({"server.database_url"})
"""Keys whose values may hold a password."""


def _told(file: str, fault: ErrorDetails, overlaid: Mapping[str, str]) -> str:
    place = ".".join(str(step) for step in fault["loc"] if step != "[key]")
    where = f"environment: {overlaid[place]}" if place in overlaid else f"{file}: {place}"
    if fault["type"] == "extra_forbidden":
        return f"{where}: there is no such key{near(str(fault['loc'][-1]), key_names())}"
    if fault["type"] == "missing":
        return f"{where}: this key is needed"
    why = fault["msg"].removeprefix("Value error, ")
    shown = not isinstance(fault["input"], dict) and place not in SECRET
    given = f" (given: {fault['input']!r})" if shown else ""
    return f"{where}: {why[0].lower()}{why[1:]}{given}"


def _network_faults(server: ServerPart, broker: BrokerPart) -> Iterator[str]:
    if not (loopback(server.host) or server.tls or server.insecure_lan):
        yield (
            f"hall.toml: server.host: {server.host} is reachable by others without TLS; "
            "give server.tls, or allow it with server.insecure_lan = true"
        )
    if broker.kind == BrokerKind.EMBEDDED and not loopback(broker.host):
        yield f"hall.toml: broker.host: the embedded broker serves loopback only, not {broker.host}; use mosquitto"
    if broker.kind != BrokerKind.MOSQUITTO:
        return
    if not (loopback(broker.host) or broker.ca_file or server.insecure_lan):
        yield (
            f"hall.toml: broker.host: {broker.host} is reachable by others without TLS; "
            "give broker.ca_file, or allow it with server.insecure_lan = true"
        )
    if broker.ca_file and not server.tls:
        yield "hall.toml: broker.ca_file: mosquitto takes its certificate from server.tls, which is missing"


def _missing_files(server: ServerPart, broker: BrokerPart, config_dir: Path) -> Iterator[str]:
    files = {"broker.ca_file": broker.ca_file}
    if server.tls:
        files |= {"server.tls.certificate": server.tls.certificate, "server.tls.key": server.tls.key}
    for key, file in files.items():
        if file is not None and not (config_dir / file.expanduser()).is_file():
            yield f"hall.toml: {key}: there is no file {file}"


def loopback(host: str) -> bool:
    """Whether only programs of this machine reach it."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _settings(hall: HallFile, services: ServicesFile, config_dir: Path) -> Settings:
    def path(given: Path) -> Path:
        return config_dir.absolute() / given.expanduser()

    data_dir = path(hall.server.data_dir)
    tls = hall.server.tls
    ca_file = hall.broker.ca_file
    return Settings(
        branch=BranchId(hall.branch),
        hall=hall_config(hall, services),
        catalogue=catalogue(hall, services),
        config_dir=config_dir,
        data_dir=data_dir,
        database_url=hall.server.database_url or f"sqlite:///{data_dir / 'hall.db'}",
        host=hall.server.host,
        port=hall.server.port,
        public_url=hall.server.public_url,
        broker=Broker(hall.broker.kind, hall.broker.host, hall.broker.port, path(ca_file) if ca_file else None),
        insecure_lan=hall.server.insecure_lan,
        limits=Limits(**hall.limits.model_dump()),
        logs=Logs(
            path(hall.logs.file) if hall.logs.file else None,
            hall.logs.size_mb,
            hall.logs.count,
            data_dir / "audit",
            hall.logs.audit_months,
        ),
        backups=Backups(
            path(hall.backup.directory) if hall.backup.directory else data_dir / "backups",
            hall.backup.keep,
            hall.backup.keep_days,
            hall.backup.alarm_hours,
        ),
        tls=TlsFiles(path(tls.certificate), path(tls.key)) if tls else None,
        voice=hall.voice,
        longest_closure_days=hall.server.longest_closure_days,
        speed=hall.server.speed,
        clock_start=hall.server.clock_start.astimezone(UTC) if hall.server.clock_start else None,
        clock_epoch=hall.server.clock_epoch,
    )
