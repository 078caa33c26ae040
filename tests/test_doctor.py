"""`hall doctor` names what is wrong and what to do."""

import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from server import doctor, doctor_backup, doctor_broker, doctor_machines, doctor_voices
from server.adapters.database import open_engine
from server.adapters.projections.tables import projection_state
from server.bootstrap import build
from server.console import accounts, initialise
from server.doctor import contrast, examine
from server.domain.vocabulary import Role
from server.findings import Finding, Findings, Health
from server.settings import Settings, load

SHIPPED = Path(__file__).parents[1] / "config"
NOW = datetime(2100, 1, 1, tzinfo=UTC)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED, tmp_path / "config"))


CHECKS: dict[str, Callable[[Settings, datetime], Findings]] = {
    "data": lambda settings, _now: doctor.data(settings),
    "database": lambda settings, _now: doctor.database(settings),
    "broker": lambda settings, _now: doctor_broker.broker(settings),
    "devices": lambda settings, _now: doctor_machines.openers(settings),
    "voices": lambda settings, _now: doctor_voices.voices(settings),
    "backup": doctor_backup.backups,
    "clock": doctor.clock,
}


def found(config: Path, home: Path, about: str, now: datetime = NOW, **environ: str) -> list[Finding]:
    return list(CHECKS[about](load(config, {"HALL_DATA": str(home), **environ}), now))


def change(config: Path, file: str, old: str, new: str) -> None:
    text = (config / file).read_text(encoding="utf-8")
    assert old in text
    (config / file).write_text(text.replace(old, new, 1), encoding="utf-8")


def test_doctor_finds_nothing_wrong_after_init(config: Path, tmp_path: Path) -> None:
    home = tmp_path / "data"
    initialise(load(config, {"HALL_DATA": str(home)}))

    findings = list(examine(config, {"HALL_DATA": str(home), "HALL_BROKER_PORT": "1"}, NOW))

    wrong = [finding for finding in findings if finding.health is Health.FAULT]
    assert wrong == []


def test_doctor_tells_each_fault_of_the_config(config: Path, tmp_path: Path) -> None:
    change(config, "hall.toml", "recall_limit", "recal_limit")

    (finding,) = [each for each in examine(config, {}, NOW) if each.about == "config"]

    assert finding.health is Health.FAULT
    assert finding.what == "hall.toml: calling.recal_limit: there is no such key; did you mean 'recall_limit'?"


def test_doctor_sends_a_new_branch_to_init(config: Path, tmp_path: Path) -> None:
    home = tmp_path / "data"

    assert found(config, home, "data") == [Finding("data", Health.FAULT, f"{home} is not there", "run `hall init`")]
    assert found(config, home, "database") == [
        Finding("database", Health.FAULT, "there is none yet", "run `hall init`"),
    ]


def test_doctor_makes_no_database_by_looking(config: Path, tmp_path: Path) -> None:
    list(examine(config, {"HALL_DATA": str(tmp_path), "HALL_BROKER": "mosquitto", "HALL_BROKER_PORT": "1"}, NOW))

    assert [path.name for path in tmp_path.iterdir()] == ["config"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to others")
def test_doctor_sees_what_a_command_left_that_was_run_as_root(config: Path, tmp_path: Path) -> None:
    home = tmp_path / "data"
    initialise(load(config, {"HALL_DATA": str(home)}))
    os.chown(home, 65534, 65534)
    os.chown(home / "hall.db", 65534, 65534)

    fault, _ = found(config, home, "data")

    assert fault.what == f"2 files in it belong to another user than {home} does, as audit"
    assert fault.to_do.startswith("chown -R ")


def test_doctor_sees_a_damaged_database(config: Path, tmp_path: Path) -> None:
    (tmp_path / "hall.db").write_bytes(b"not a database" * 100)

    (finding,) = found(config, tmp_path, "database")

    assert finding.health is Health.FAULT


def test_doctor_names_tables_that_stopped(config: Path, tmp_path: Path) -> None:
    settings = load(config, {"HALL_DATA": str(tmp_path)})
    initialise(settings)
    engine = open_engine(settings.database_url)
    row = {"branch": settings.branch, "name": "visits", "broken_at_seq": 17, "why": "KeyError: 'A001'"}
    with engine.execution_options(writer=True).begin() as connection:
        connection.execute(projection_state.insert(), row)
    engine.dispose()

    _, broken = found(config, tmp_path, "database")

    assert broken.health is Health.FAULT
    assert broken.what == "the tables of visits stopped at event 17: KeyError: 'A001'"
    assert "hall rebuild" in broken.to_do


def test_doctor_sees_a_database_that_does_not_answer(config: Path, tmp_path: Path, port: int) -> None:
    url = f"postgresql+psycopg://hall@127.0.0.1:{port}/hall"

    (finding,) = found(config, tmp_path, "database", HALL_DATABASE_URL=url)

    assert finding.health is Health.FAULT
    assert finding.what.startswith("does not answer: ")


def test_doctor_finds_postgresql_well(config: Path, tmp_path: Path, pg_url: str) -> None:
    assert found(config, tmp_path, "database", HALL_DATABASE_URL=pg_url) == [
        Finding("database", Health.OK, "postgresql answers"),
    ]


def test_doctor_sees_a_silent_broker(config: Path, tmp_path: Path, port: int) -> None:
    findings = found(config, tmp_path, "broker", HALL_BROKER="mosquitto", HALL_BROKER_PORT=str(port))

    told = [(finding.health, finding.what) for finding in findings]
    assert (Health.FAULT, f"mosquitto at 127.0.0.1:{port} does not answer") in told


def test_doctor_sees_a_clock_that_went_back(config: Path, tmp_path: Path) -> None:
    initialise(load(config, {"HALL_DATA": str(tmp_path)}))

    past = found(config, tmp_path, "clock", datetime(2020, 1, 1, tzinfo=UTC))

    assert Finding("clock", Health.FAULT, "stands behind the last thing the hall wrote", "set it right") in past


def test_doctor_says_when_the_clock_is_too_far_past_the_last_event(config: Path, tmp_path: Path) -> None:
    settings = load(config, {"HALL_DATA": str(tmp_path), "HALL_BROKER": "none"})
    server = build(settings)
    server.start()
    server.stop()

    far = found(config, tmp_path, "clock", datetime.now(UTC) + timedelta(days=61))

    (fault,) = [finding for finding in far if finding.health is Health.FAULT]
    assert "61 days after the last event of chengdong" in fault.what
    assert "server.longest_closure_days = 62" in fault.to_do


def test_doctor_sees_a_colour_nobody_can_read(config: Path, tmp_path: Path) -> None:
    change(config, "theme.toml", 'brand-700 = "#0C564F"', 'brand-700 = "#7FC4BA"')

    faults = [finding for finding in doctor.theme(config) if finding.health is Health.FAULT]

    assert [fault.what for fault in faults] == ["on-brand on brand-700 has contrast 2.0, needs 7.0"]


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


def test_doctor_tells_how_old_the_newest_backup_is_and_what_a_restore_has_left(config: Path, tmp_path: Path) -> None:
    stored = tmp_path / "backups"
    stored.mkdir()
    (none,) = found(config, tmp_path, "backup")

    (stored / "chengdong-20991231T233000Z-000000512-J0.backup").write_bytes(b"")
    (tmp_path / "hall.db.aside-20991231T120000").write_bytes(b"")
    (tmp_path / "hall.db.aside-20991231T120000-wal").write_bytes(b"")
    fresh, aside = found(config, tmp_path, "backup")
    late, _ = found(config, tmp_path, "backup", NOW + timedelta(hours=9))

    assert (none.health, none.to_do) == (Health.LOOK, "enable powerhall-backup.timer")
    assert (fresh.health, fresh.what) == (
        Health.OK,
        "the newest of 1 is 30 min old and was read back whole up to event 512",
    )
    assert (aside.health, "was set aside by a restore" in aside.what) == (Health.LOOK, True)
    assert (late.health, late.what[:32]) == (Health.FAULT, "the newest of 1 is 9 h old and w")


def test_doctor_names_devices_that_no_machine_opens(config: Path, tmp_path: Path) -> None:
    home = tmp_path / "data"
    settings = load(config, {"HALL_DATA": str(home)})
    assert found(config, home, "devices") == []
    initialise(settings)
    with accounts(settings) as book:
        for role, name in ((Role.KIOSK, "kiosk-1"), (Role.STATION, "station-1")):
            book.enrol(book.invite(role, device=name), name)
    assert found(config, home, "devices") == []

    change(config, "devices.toml", 'at = "station-1"', 'at = "kiosk-1"')
    change(config, "devices.toml", 'at = "station-1"', 'at = "statoin-1"')

    assert found(config, home, "devices") == [
        Finding(
            "devices",
            Health.FAULT,
            "pad-1: its `at`, kiosk-1, is a kiosk, which opens no rating_pad",
            "name a station or pad there",
        ),
        Finding(
            "devices",
            Health.LOOK,
            "nothing opens pad-2: no machine statoin-1 is enrolled",
            "`hall device enrol statoin-1` on that machine, or correct their `at`",
        ),
    ]


def test_doctor_names_the_clips_that_a_voice_lacks(
    voiced_config: Callable[..., Path], tones: Path, tmp_path: Path
) -> None:
    config, home = voiced_config(also_customers=False), tmp_path / "data"
    assert found(config, home, "voices") == [Finding("voices", Health.OK, "displays: 22 clips")]
    voice = "[devices.voice-1]\nkind = 'announcer'\ndriver = 'clips'\nat = 'station-1'\nplayer = ['aplay']\n"
    with (config / "devices.toml").open("a", encoding="utf-8") as devices:
        devices.write(f"\n{voice}languages = ['en']\nalso_customers = false\n")

    _, finding = found(config, home, "voices")

    missing = ": No such file or directory; ".join(["chime.wav", "en/0.wav", "en/1.wav", "en/2.wav"])
    assert finding.what == f"voice-1, {config / 'voices'}: {missing}: No such file or directory; and 18 more"
    assert (finding.health, finding.to_do) == (Health.FAULT, "record them, or run `hall device voices`")
