"""The shapes of the configuration files, as technicians write them; units in the keys' names are minutes or seconds."""

import re
from datetime import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    AnyHttpUrl,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
)

from server.contract.voice import Manner
from server.domain.vocabulary import CallPolicy, CustomerClass, Language


def _time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError) as error:
        raise ValueError(f"no time zone {name!r}; write one as Asia/Shanghai") from error
    return name


def _has_chinese(words: dict[Language, str]) -> dict[Language, str]:
    if Language.ZH not in words:
        raise ValueError("the zh-CN text is missing")
    return words


def _has_normal(minutes: dict[CustomerClass, float]) -> dict[CustomerClass, float]:
    if CustomerClass.NORMAL not in minutes:
        raise ValueError("the target for normal is missing")
    return minutes


def _web_address(url: str) -> str:
    try:
        TypeAdapter(AnyHttpUrl).validate_python(url)
    except ValidationError as error:
        raise ValueError(f"{url!r} is not a web address") from error
    return url.rstrip("/")


def _database(url: str) -> str:
    if not re.match(r"sqlite:///.|postgresql(\+psycopg)?://", url):
        raise ValueError("write sqlite:///FILE or postgresql+psycopg://USER@HOST/DATABASE")
    return url


class BrokerKind(StrEnum):
    """`embedded` starts amqtt in a process of its own, on loopback only; `none`: a hall without pads and signs."""

    EMBEDDED = "embedded"
    MOSQUITTO = "mosquitto"
    NONE = "none"


Text = Annotated[str, Field(min_length=1, max_length=400)]
Texts = Annotated[dict[Language, Text], AfterValidator(_has_chinese)]
Minutes = Annotated[float, Field(gt=0, le=480)]
Targets = dict[CustomerClass, Minutes]
LEAST_AUDIT_MONTHS = 6
"""网络安全法, article 21: network logs are kept no less than six months."""
Whole = Annotated[int, Field(strict=True)]
Number = Annotated[int, Field(strict=True, ge=1, le=9999)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
TimeZone = Annotated[str, AfterValidator(_time_zone)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,32}$")]
Letter = Annotated[str, Field(pattern=r"^[A-Z]$")]


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TlsPart(Part):
    certificate: Path
    key: Path


class ServerPart(Part):
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    public_url: WebAddress | None = None
    insecure_lan: bool = False
    data_dir: Path = Path("~/.local/share/powerhall")
    database_url: Annotated[str, AfterValidator(_database)] | None = None
    longest_closure_days: Annotated[int, Field(ge=1, le=3650)] = 60
    speed: Annotated[float, Field(ge=1, le=1000)] = 1.0
    clock_start: AwareDatetime | None = None
    clock_epoch: float = 0.0
    tls: TlsPart | None = None


class BrokerPart(Part):
    kind: BrokerKind = BrokerKind.EMBEDDED
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 1883
    ca_file: Path | None = None


def _half_a_year(months: int) -> int:
    if months < LEAST_AUDIT_MONTHS:
        raise ValueError(f"the audit log is kept at least {LEAST_AUDIT_MONTHS} months")
    return months


class LogsPart(Part):
    file: Path | None = None
    size_mb: Annotated[Whole, Field(ge=1, le=1000)] = 20
    count: Annotated[Whole, Field(ge=1, le=100)] = 10
    audit_months: Annotated[Whole, AfterValidator(_half_a_year), Field(le=120)] = LEAST_AUDIT_MONTHS


class BackupPart(Part):
    directory: Path | None = None
    keep: Annotated[Whole, Field(ge=2, le=1000)] = 8
    keep_days: Annotated[Whole, Field(ge=1, le=400)] = 14
    alarm_hours: Annotated[Whole, Field(ge=1, le=168)] = 3


class CallingPart(Part):
    policy: CallPolicy = CallPolicy.TARGET_SHARE
    interleave_n: Annotated[Whole, Field(ge=1, le=20)] = 2
    recall_limit: Annotated[Whole, Field(ge=0, le=10)] = 3
    no_show_after_s: Annotated[Whole, Field(ge=0, le=600)] = 45
    return_within_minutes: Annotated[Whole, Field(ge=0, le=240)] = 30
    appointment_early_minutes: Annotated[Whole, Field(ge=0, le=120)] = 5


class RatingPart(Part):
    seconds: Annotated[Whole, Field(ge=3, le=600)] = 10


class IssuingPart(Part):
    max_tickets: Annotated[Whole, Field(ge=1, le=100_000)] = 20_000


class LimitsPart(Part):
    numbers_per_minute: Annotated[Whole, Field(ge=1)] = 60
    acts_per_second: Annotated[Whole, Field(ge=1)] = 20
    phone_per_minute: Annotated[Whole, Field(ge=1)] = 60


class SeriesPart(Part):
    first: Number = 1
    last: Number = 799
    reserved: dict[Name, tuple[Number, Number]] = Field(default_factory=dict)


class CounterPart(Part):
    services: Annotated[list[str], Field(min_length=1)]


class VoicePart(Part, Manner):
    """The voice of hall displays; none speaks that is not named."""

    displays: Annotated[tuple[Name, ...], Field(min_length=1)]


class HallFile(Part):
    branch: Name
    name: Texts
    timezone: TimeZone
    day_start: time = time(4)
    reception_counter: Whole
    server: ServerPart = ServerPart()
    broker: BrokerPart = BrokerPart()
    logs: LogsPart = LogsPart()
    backup: BackupPart = BackupPart()
    calling: CallingPart = CallingPart()
    rating: RatingPart = RatingPart()
    issuing: IssuingPart = IssuingPart()
    limits: LimitsPart = LimitsPart()
    voice: VoicePart | None = None
    series: Annotated[dict[Letter, SeriesPart], Field(min_length=1)]
    counters: Annotated[dict[Annotated[int, Field(ge=1, le=99)], CounterPart], Field(min_length=1)]


class GroupPart(Part):
    name: Texts


class DocumentPart(Part):
    name: Texts


class DocumentUse(Part):
    id: str
    hint: dict[Language, Text] = Field(default_factory=dict)
    optional: bool = False


class OnlinePart(Part):
    url: WebAddress
    minutes: Annotated[Whole, Field(ge=1)] | None = None
    note: dict[Language, Text] = Field(default_factory=dict)


class ServicePart(Part):
    series: Letter
    group: str
    icon: str = "dots"
    name: Texts
    elder_name: dict[Language, Text] = Field(default_factory=dict)
    target_minutes: Targets = Field(default_factory=dict)
    handle_target_minutes: Minutes
    handle_guess_minutes: Minutes | None = None
    opens: time | None = None
    closes: time | None = None
    documents: Annotated[list[DocumentUse], Field(max_length=6)] = Field(default_factory=list)
    online: OnlinePart | None = None
    more: bool = False


class ServicesFile(Part):
    target_minutes: Annotated[Targets, AfterValidator(_has_normal)]
    groups: dict[Name, GroupPart]
    documents: dict[Name, DocumentPart] = Field(default_factory=dict)
    services: Annotated[dict[Name, ServicePart], Field(min_length=1)]


def key_names() -> set[str]:
    """Every key that some file may hold; a wrong one is compared with these."""
    found: set[str] = set()
    waiting: list[type[Part]] = [Part]
    while waiting:
        for part in waiting.pop().__subclasses__():
            found.update(part.model_fields)
            waiting.append(part)
    return found


Raw = dict[str, Any]
