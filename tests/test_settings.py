"""The branch's configuration: the shipped one is whole, and each fault is told by file and key."""

import shutil
from datetime import time
from pathlib import Path

import pytest

from server.config_files import BrokerKind
from server.domain.vocabulary import CallPolicy, CounterNo, CustomerClass, Language, ServiceId
from server.settings import ConfigError, TlsFiles, load

SERVICES = (
    "pay",
    "bil",
    "inv",
    "new",
    "inc",
    "trf",
    "tar",
    "mtr",
    "mov",
    "sus",
    "pv",
    "ev",
    "flt",
    "cmp",
    "con",
    "ent",
)
SHIPPED = Path(__file__).parents[1] / "config"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A copy of the shipped configuration that a test may break."""
    return Path(shutil.copytree(SHIPPED, tmp_path / "config"))


def change(config: Path, file: str, old: str, new: str) -> None:
    text = (config / file).read_text(encoding="utf-8")
    assert old in text
    (config / file).write_text(text.replace(old, new, 1), encoding="utf-8")


def problems(config: Path, environ: dict[str, str] | None = None) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        load(config, environ or {})
    return caught.value.problems


def test_shipped_config_is_the_branch_of_the_plan() -> None:
    settings = load(SHIPPED)

    hall = settings.hall
    assert (settings.branch, hall.branch, hall.timezone, hall.day_start) == (
        "chengdong", "chengdong", "Asia/Shanghai", time(4),
    )  # fmt: skip
    assert set(hall.services) == set(SERVICES)
    assert sorted(hall.counters) == [1, 2, 3, 4, 5, 6]
    assert hall.services[ServiceId("pay")].target_s[CustomerClass.NORMAL] == 1200
    assert hall.services[ServiceId("pay")].target_s[CustomerClass.ELDER] == 600
    assert hall.services[ServiceId("flt")].target_s[CustomerClass.NORMAL] == 600
    assert {series.reserved["kiosk-1"] for series in hall.series.values()} == {(800, 899)}
    assert (hall.policy, hall.recall_limit, hall.return_within_s) == (CallPolicy.TARGET_SHARE, 3, 1800)
    assert settings.public_url is None
    assert settings.broker.kind is BrokerKind.EMBEDDED


def test_shipped_texts_exist_in_every_language() -> None:
    catalogue = load(SHIPPED).catalogue

    texts = [catalogue.name, *(group.name for group in catalogue.groups)]
    for service in catalogue.services:
        texts += [service.name, *(document.name for document in service.documents)]
        texts += [words for words in (service.elder_name, *(d.hint for d in service.documents)) if words]
    assert all(set(words) == set(Language) for words in texts)


def test_shipped_elder_screen_has_five_tasks_and_room_for_the_rest() -> None:
    assert sum(bool(service.elder_name) for service in load(SHIPPED).catalogue.services) == 5


def test_load_takes_the_environment_before_the_file(config: Path) -> None:
    environ = {"HALL_PORT": "9001", "HALL_DATA": "/srv/hall", "HALL_BROKER": "none", "HALL_SPEED": "60", "LANG": "C"}

    settings = load(config, environ)

    assert (settings.port, settings.data_dir, settings.speed) == (9001, Path("/srv/hall"), 60.0)
    assert settings.database_url == "sqlite:////srv/hall/hall.db"
    assert settings.broker.kind is BrokerKind.NONE


def test_load_keeps_a_demos_clock_in_utc(config: Path) -> None:
    start = load(config, {"HALL_CLOCK_START": "2026-11-22T08:00:00+08:00"}).clock_start

    assert start is not None
    assert start.isoformat() == "2026-11-22T00:00:00+00:00"


def test_load_reads_tls_files_beside_the_config(config: Path) -> None:
    (config / "hall.crt").touch()
    (config / "hall.key").touch()
    change(config, "hall.toml", "# [server.tls]", '[server.tls]\ncertificate = "hall.crt"\nkey = "hall.key"')
    change(config, "hall.toml", 'host = "127.0.0.1"', 'host = "0.0.0.0"')

    assert load(config).tls == TlsFiles(config / "hall.crt", config / "hall.key")


def test_load_keeps_opening_times_and_offline_ranges(config: Path) -> None:
    change(config, "services.toml", 'icon = "card"', 'icon = "card"\nopens = 08:30:00\ncloses = 17:00:00')
    change(config, "hall.toml", "{ kiosk-1 = [800, 899] }", "{ kiosk-1 = [800, 899], kiosk-2 = [900, 999] }")

    hall = load(config).hall

    pay = hall.services[ServiceId("pay")]
    assert (pay.opens, pay.closes) == (time(8, 30), time(17))
    assert hall.series["A"].reserved == {"kiosk-1": (800, 899), "kiosk-2": (900, 999)}
    assert hall.counters[CounterNo(2)].services[0] == "pay"


FAULTS = {
    "typo in a key": (
        "hall.toml", "recall_limit", "recal_limit",
        "hall.toml: calling.recal_limit: there is no such key; did you mean 'recall_limit'?",
    ),
    "typo in a service's key": (
        "services.toml", "more = true", "mor = true",
        "services.toml: services.mov.mor: there is no such key; did you mean 'more'?",
    ),
    "key left out": ("hall.toml", 'branch = "chengdong"', "", "hall.toml: branch: this key is needed"),
    "service unknown at a counter": (
        "hall.toml", '["pay", "bil", "inv", "con", "flt"]', '["pai", "bil", "inv", "con", "flt"]',
        "hall.toml: counters.2.services: there is no service 'pai'; did you mean 'pay'?",
    ),
    "service nobody serves": (
        "hall.toml", '"ent", ', "", "services.toml: services.ent: no counter in hall.toml serves it",
    ),
    "ranges overlap": (
        "hall.toml", "{ kiosk-1 = [800, 899] }", "{ kiosk-1 = [800, 899], kiosk-2 = [899, 950] }",
        "hall.toml: series.A.reserved: the ranges of kiosk-1 and kiosk-2 overlap from 899",
    ),
    "range backwards": (
        "hall.toml", "[800, 899]", "[899, 800]", "hall.toml: series.A.reserved.kiosk-1: 800 is before 899",
    ),
    "series ends before it begins": (
        "hall.toml", "first = 1\n", "first = 900\n", "hall.toml: series.A.last: 799 is before the first number 900",
    ),
    "bad time zone": (
        "hall.toml", "Asia/Shanghai", "Asia/Shangai",
        "hall.toml: timezone: no time zone 'Asia/Shangai'; write one as Asia/Shanghai (given: 'Asia/Shangai')",
    ),
    "unknown series": (
        "services.toml", 'series = "D"', 'series = "E"',
        "services.toml: services.ent.series: hall.toml has no series 'E', only A, B, C, D",
    ),
    "unknown group": (
        "services.toml", 'group = "business"', 'group = "busines"',
        "services.toml: services.ent.group: there is no group 'busines'; did you mean 'business'?",
    ),
    "unknown document": (
        "services.toml", '{ id = "licence"', '{ id = "license"',
        "services.toml: services.ent.documents: there is no document 'license'; did you mean 'licence'?",
    ),
    "never open": (
        "services.toml", 'icon = "card"', 'icon = "card"\nopens = 17:00:00\ncloses = 17:00:00',
        "services.toml: services.pay.closes: 17:00 is when it opens, so it would never be open",
    ),
    "no counter at reception": (
        "hall.toml", "reception_counter = 1", "reception_counter = 9",
        "hall.toml: reception_counter: there is no counter 9",
    ),
    "reachable without TLS": (
        "hall.toml", 'host = "127.0.0.1"', 'host = "0.0.0.0"',
        (
            "hall.toml: server.host: 0.0.0.0 is reachable by others without TLS; "
            "give server.tls, or allow it with server.insecure_lan = true"
        ),
    ),
    "embedded broker for others": (
        "hall.toml", 'host = "127.0.0.1"              # where', 'host = "10.1.2.3" # where',
        "hall.toml: broker.host: the embedded broker serves loopback only, not 10.1.2.3; use mosquitto",
    ),
    "file that is not there": (
        "hall.toml", '# ca_file = "tls/ca.crt"', 'ca_file = "tls/ca.crt"',
        "hall.toml: broker.ca_file: there is no file tls/ca.crt",
    ),
    "no Chinese text": (
        "hall.toml", 'zh-CN = "城东供电营业厅"', "", "hall.toml: name: the zh-CN text is missing",
    ),
    "unknown class": (
        "services.toml", "elder = 10", "elderly = 10",
        (
            "services.toml: target_minutes.elderly: input should be 'normal', 'elder', 'disabled', 'pregnant', "
            "'appointment' or 'business' (given: 'elderly')"
        ),
    ),
    "address of nothing": (
        "hall.toml", "# public_url = \"https://hall.example\"", "public_url = \"hall\"",
        "hall.toml: server.public_url: 'hall' is not a web address (given: 'hall')",
    ),
    "audit too short": (
        "hall.toml", "audit_months = 6", "audit_months = 5",
        "hall.toml: logs.audit_months: the audit log is kept at least 6 months (given: 5)",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "told"), FAULTS.values(), ids=FAULTS.keys())
def test_load_names_the_fault(config: Path, file: str, old: str, new: str, told: str) -> None:
    change(config, file, old, new)

    assert problems(config) == (told,)


def test_mosquitto_beyond_loopback_needs_tls(config: Path) -> None:
    change(config, "hall.toml", 'kind = "embedded"', 'kind = "mosquitto"')
    change(config, "hall.toml", 'host = "127.0.0.1"              # where', 'host = "10.1.2.3" # where')

    assert problems(config) == (
        (
            "hall.toml: broker.host: 10.1.2.3 is reachable by others without TLS; "
            "give broker.ca_file, or allow it with server.insecure_lan = true"
        ),
    )


def test_mosquitto_with_tls_needs_the_servers_certificate(config: Path) -> None:
    (config / "ca.crt").touch()
    change(config, "hall.toml", 'kind = "embedded"', 'kind = "mosquitto"')
    change(config, "hall.toml", '# ca_file = "tls/ca.crt"', 'ca_file = "ca.crt"')

    assert problems(config) == (
        "hall.toml: broker.ca_file: mosquitto takes its certificate from server.tls, which is missing",
    )


def test_files_of_tls_need_not_be_there_before_init(config: Path) -> None:
    change(config, "hall.toml", "# [server.tls]", '[server.tls]\ncertificate = "hall.crt"\nkey = "hall.key"')

    assert load(config, before_init=True).tls == TlsFiles(config / "hall.crt", config / "hall.key")
    assert problems(config) == (
        "hall.toml: server.tls.certificate: there is no file hall.crt",
        "hall.toml: server.tls.key: there is no file hall.key",
    )


def test_load_tells_every_fault_at_once(config: Path) -> None:
    change(config, "hall.toml", "Asia/Shanghai", "Mars")
    change(config, "services.toml", "handle_target_minutes = 5", "handle_target_minutes = 0")

    assert problems(config) == (
        "hall.toml: timezone: no time zone 'Mars'; write one as Asia/Shanghai (given: 'Mars')",
        "services.toml: services.pay.handle_target_minutes: input should be greater than 0 (given: 0)",
    )


def test_load_names_the_line_it_cannot_read(config: Path) -> None:
    change(config, "hall.toml", 'branch = "chengdong"', 'branch = "chengdong')

    (told,) = problems(config)

    assert told.startswith(f"{config / 'hall.toml'}: cannot be read: ")
    assert "line 4" in told


def test_load_names_the_file_that_is_missing(config: Path) -> None:
    (config / "services.toml").unlink()

    assert problems(config) == (f"{config / 'services.toml'}: there is no such file",)


def test_load_names_the_variable_that_is_wrong(config: Path) -> None:
    (told,) = problems(config, {"HALL_PORT": "http"})

    assert told.startswith("environment: HALL_PORT: ")
