"""What a branch is configured to be: the files of its configuration directory, read whole or refused with every fault named."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from server.contract.common import Words
from server.contract.views import GroupView, ServiceView
from server.domain.config import HallConfig
from server.domain.vocabulary import BranchId


class BrokerKind(StrEnum):
    """`embedded` starts amqtt in a process of its own, on loopback only; `none` runs the hall without pads and signs."""

    EMBEDDED = "embedded"
    MOSQUITTO = "mosquitto"
    NONE = "none"


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
class Catalogue:
    """The words and papers of the branch: what screens show and the hall does not need to decide."""

    name: Words
    groups: tuple[GroupView, ...]
    services: tuple[ServiceView, ...]
    reception_counter: int


@dataclass(frozen=True, slots=True)
class Settings:
    branch: BranchId
    hall: HallConfig
    catalogue: Catalogue
    config_dir: Path
    data_dir: Path
    database_url: str
    host: str
    port: int
    public_url: str | None
    broker: Broker
    insecure_lan: bool
    tls: TlsFiles | None = None
    speed: float = 1.0
    """Of the hall clock; 1 but in a demo."""
