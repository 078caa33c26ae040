"""The `hall` command, as a technician types it."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner, Result

from server.cli import app
from server.console import machines
from server.contract.acts import CurrentAct, FinishCustomer, Interaction, IssueTicket, NextCustomer, OpenCounter
from server.domain.vocabulary import Outcome, Role
from server.link.acts import new_request_id
from server.settings import load

if TYPE_CHECKING:
    from tests.conftest import ServedHall, ServeHall

SHIPPED = Path(__file__).parents[1] / "config"
Hall = Callable[..., Result]


@pytest.fixture
def hall(tmp_path: Path) -> Hall:
    """Runs `hall` with the shipped configuration on data of the test's own."""

    def run(*arguments: str, typed: str = "", **environ: str) -> Result:
        where = {"HALL_DATA": str(tmp_path / "data"), "HALL_CONFIG": str(SHIPPED)}
        return CliRunner().invoke(app, arguments, input=typed, env=where | environ)

    return run


def told(made: Result) -> list[str]:
    """One line for each person and machine."""
    return made.stdout.partition("makes another.\n")[2].splitlines()


def test_hall_is_a_command_of_its_own() -> None:
    command = [sys.executable, "-m", "server", "--help"]

    told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout

    programs = ("server", "demo", "kiosk", "counter", "station", "init", "verify", "doctor", "user", "device")
    assert [name for name in programs if f" {name} " not in told] == []


def test_init_makes_everybody_once(hall: Hall) -> None:
    first, second = hall("init"), hall("init")

    settings = load(SHIPPED)
    names = [line.split()[1] for line in told(first)]
    assert first.exit_code == 0, first.stderr
    assert names == [
        *("1001", "1002", "1003", "1004", "1005", "1006", "manager-1", "guide-1"),
        *(device for device, _, _ in machines(settings)),
    ]
    assert (second.exit_code, second.stdout) == (1, "")
    assert second.stderr == "chengdong has its people already; see `hall user` and `hall device`\n"


def test_init_makes_new_secrets_every_time(hall: Hall, tmp_path: Path) -> None:
    first, second = hall("init"), hall("init", HALL_DATA=str(tmp_path / "other"))

    secrets = [line.split()[3] for line in told(first) + told(second)]
    assert len(set(secrets)) == len(secrets)


def test_user_reset_gives_another_secret(hall: Hall) -> None:
    hall("init", "--clerk", "2001")

    reset = hall("user", "reset", "2001")

    assert reset.stdout.split()[:3] == ["clerk", "2001", "secret"]
    assert hall("user", "list").stdout.split() == ["clerk", "2001", "guide", "guide-1", "manager", "manager-1"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("user", "reset", "nobody"), "there is no nobody; see `hall user list`\n"),
        (("user", "remove", "nobody"), "there is no nobody; see `hall user list`\n"),
        (("device", "revoke", "kiosk-7"), "no machine kiosk-7 is enrolled; see `hall device list`\n"),
        (
            ("device", "code", "kiosk-7", "--role", "manager"),
            "a machine is a kiosk, counter, station, display or pad\n",
        ),
    ],
)
def test_wrong_name_is_told(hall: Hall, arguments: tuple[str, ...], told: str) -> None:
    hall("migrate")

    result = hall(*arguments)

    assert (result.exit_code, result.stderr) == (1, told)


def test_device_code_enrols_one_machine(hall: Hall) -> None:
    hall("migrate")

    result = hall("device", "code", "kiosk-7", "--role", "kiosk")

    role, name, word, code = result.stdout.split()
    assert (role, name, word, len(code)) == ("kiosk", "kiosk-7", "code", 16)


def test_verify_finds_a_new_branch_sound(hall: Hall) -> None:
    hall("init")

    result = hall("verify")

    assert (result.exit_code, result.stdout.partition(" in ")[0]) == (0, "chengdong: 0 events")


def test_verify_says_when_the_anchor_is_not_there(hall: Hall) -> None:
    hall("init")

    result = hall("verify", "--anchor", "abc")

    assert (result.exit_code, result.stdout.splitlines()[0]) == (1, "anchor at 0: abc is not in this journal")


AT_ANOTHER_PLACE = (
    "there is no database; run `hall init`, or see whether HALL_DATA and `--config` are those of the server"
)
LOOKING_AFTER = [
    *(("verify",), ("rebuild",), ("days",), ("backup",), ("erase", "B001", "2026-03-02")),
    *(("user", "list"), ("user", "add", "1009"), ("device", "code", "kiosk-7", "--role", "kiosk")),
]


@pytest.mark.parametrize("arguments", LOOKING_AFTER)
def test_nothing_is_made_where_there_is_no_database(hall: Hall, arguments: tuple[str, ...], tmp_path: Path) -> None:
    result = hall(*arguments)

    assert (result.exit_code, result.stderr) == (1, f"{tmp_path / 'data' / 'hall.db'}: {AT_ANOTHER_PLACE}\n")
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("arguments", LOOKING_AFTER)
def test_an_empty_or_damaged_database_is_told_in_one_line(
    hall: Hall, arguments: tuple[str, ...], tmp_path: Path
) -> None:
    file = tmp_path / "data" / "hall.db"
    file.parent.mkdir()
    file.touch()

    empty = hall(*arguments)
    file.write_bytes(b"PK, whatever this is" * 100)
    damaged = hall(*arguments)

    assert (empty.exit_code, empty.stderr) == (1, f"sqlite:///{file}: {AT_ANOTHER_PLACE}\n")
    assert (damaged.exit_code, damaged.stderr.count("\n")) == (1, 1), damaged.exception
    assert damaged.stderr.startswith("the database is damaged: file is not a database. ")


@pytest.mark.parametrize("arguments", [*LOOKING_AFTER, ("migrate",), ("init",), ("restore", __file__)])
def test_a_database_that_is_away_is_told_in_one_line(hall: Hall, arguments: tuple[str, ...], port: int) -> None:
    result = hall(*arguments, HALL_DATABASE_URL=f"postgresql+psycopg://hall:secret@127.0.0.1:{port}/hall")

    assert (result.exit_code, result.stderr.count("\n")) == (1, 1), result.exception
    assert result.stderr.startswith("the database does not answer: ")
    assert "secret" not in result.stderr


def test_a_server_whose_database_is_away_ends_with_one_line(tmp_path: Path, port: int) -> None:
    """In a process of its own: it sets up the logs and signals of all of it."""
    url = f"postgresql+psycopg://hall:secret@127.0.0.1:{port}/hall"
    where = {"HALL_DATA": str(tmp_path), "HALL_CONFIG": str(SHIPPED), "HALL_DATABASE_URL": url}
    command = [sys.executable, "-m", "server", "server"]

    result = subprocess.run(command, env=os.environ | where, capture_output=True, text=True, check=False)

    assert (result.returncode, result.stderr.count("\n")) == (1, 1), result.stderr
    assert result.stderr.startswith("the database does not answer: ")
    assert "secret" not in result.stderr


def test_an_empty_database_of_postgresql_is_none(hall: Hall, pg_url: str) -> None:
    result = hall("verify", HALL_DATABASE_URL=pg_url)

    assert (result.exit_code, result.stderr) == (1, f"{pg_url}: {AT_ANOTHER_PLACE}\n")


def test_a_database_address_of_another_kind_is_refused_and_not_shown(hall: Hall) -> None:
    result = hall("verify", HALL_DATABASE_URL="mysql://hall:secret@localhost/hall")

    told = "environment: HALL_DATABASE_URL: write sqlite:///FILE or postgresql+psycopg://USER@HOST/DATABASE\n"
    assert (result.exit_code, result.stderr) == (2, told)


def test_init_makes_nobody_when_a_name_cannot_be(hall: Hall) -> None:
    wrong = hall("init", "--clerk", "2001", "--clerk", "no name")
    right = hall("init", "--clerk", "2001", "--clerk", "2001")

    assert (wrong.exit_code, wrong.stderr[:15]) == (1, "a staff number ")
    assert right.exit_code == 0, right.stderr
    assert [line.split()[1] for line in told(right)][:3] == ["2001", "manager-1", "guide-1"]


@pytest.mark.parametrize("given", ["soon", "0", "-5s"])
def test_demo_refuses_a_time_that_is_none(hall: Hall, given: str) -> None:
    result = hall("demo", f"--for={given}")

    assert result.exit_code == 2
    assert result.stderr.startswith(f"--for {given}: ")


def test_rebuild_reads_the_journal(hall: Hall) -> None:
    hall("init")

    assert hall("rebuild").stdout == "0 events read\n"


def test_wrong_config_is_told_before_anything_starts(hall: Hall, tmp_path: Path) -> None:
    result = hall("init", HALL_CONFIG=str(tmp_path))

    assert (result.exit_code, result.stderr) == (
        2,
        f"{tmp_path / 'hall.toml'}: there is no such file; `--config` or HALL_CONFIG names its directory\n",
    )
    assert not (tmp_path / "data").exists()


def test_doctor_ends_with_one_when_something_is_wrong(hall: Hall) -> None:
    result = hall("doctor", "--json")

    assert result.exit_code == 1
    assert '"what": "there is none yet"' in result.stdout


def test_device_enrol_keeps_the_token_for_its_owner_alone(hall: Hall, served: "ServedHall", tmp_path: Path) -> None:
    code = served.server.accounts.invite(Role.KIOSK, device="kiosk-8")
    where = ("--url", served.url, "--branch", "chengdong")

    file = tmp_path / "data" / "tokens" / "kiosk-8"
    file.parent.mkdir(parents=True)
    file.write_text("of an earlier life, open to all")

    first = hall("device", "enrol", "kiosk-8", *where, typed=f"{code}\n")
    again = hall("device", "enrol", "kiosk-8", *where, typed=f"{code}\n")

    caller = served.server.accounts.caller(file.read_text())
    assert first.exit_code == 0, first.stderr
    assert (caller.id if caller else None) == "kiosk-8"
    assert file.stat().st_mode & 0o777 == 0o600
    assert again.exit_code == 1
    assert f"{served.url} refuses: " in again.stderr
    assert "code is not known" in again.stderr


def test_device_enrol_says_when_nobody_answers(hall: Hall, port: int) -> None:
    url = f"http://127.0.0.1:{port}"

    result = hall("device", "enrol", "kiosk-8", "--url", url, "--branch", "chengdong", typed="0123456789ABCDEF\n")

    assert result.exit_code == 1
    assert f"{url} does not answer" in result.stderr


def test_a_code_is_not_spent_when_the_token_cannot_be_kept(hall: Hall, served: "ServedHall", tmp_path: Path) -> None:
    code = served.server.accounts.invite(Role.KIOSK, device="kiosk-9")
    where = ("--url", served.url, "--branch", "chengdong")
    (tmp_path / "data").write_text("where a directory should be")

    refused = hall("device", "enrol", "kiosk-9", *where, typed=f"{code}\n")
    (tmp_path / "data").unlink()
    enrolled = hall("device", "enrol", "kiosk-9", *where, typed=f"{code}\n")

    assert (refused.exit_code, "the code is not spent" in refused.stderr) == (1, True)
    assert enrolled.exit_code == 0, enrolled.stderr


def test_enrolments_code_stands_in_no_list_of_processes(hall: Hall) -> None:
    code = "0123456789ABCDEF"

    result = hall("device", "enrol", "kiosk-8", code, "--url", "http://127.0.0.1:9", "--branch", "chengdong")

    assert (result.exit_code, "unexpected extra argument" in result.stderr) == (2, True)


def nine_o_clock(day: str) -> dict[str, Any]:
    """The environment of a server that begins at nine on a day of March."""
    return {"HALL_CLOCK_START": f"2026-03-{day}T09:00:00+08:00", "HALL_CLOCK_EPOCH": f"{time.time()}"}


def test_days_tells_the_closing_hash_that_verify_knows(hall: Hall, serve_hall: "ServeHall", tmp_path: Path) -> None:
    hall("init")
    assert hall("days").stderr == "chengdong has closed no day yet\n"
    for day in ("02", "04"):
        with serve_hall(tmp_path / "data", **nine_o_clock(day)):
            pass

    first, second = hall("days").stdout.splitlines()
    *_, anchor = second.split()

    assert first.startswith("2026-03-02  closed 2026-03-03 04:00  seq ")
    assert hall("verify", "--anchor", anchor).exit_code == 0
    assert json.loads(hall("days", "--json").stdout.splitlines()[1])["hash"] == anchor
    slip = hall("days", "--slip").stdout.splitlines()
    assert slip[:3] == ["chengdong", "2026-03-03", "2026-03-04 04:00"]
    assert "".join(slip[-2:]) == anchor


def test_erase_takes_away_what_was_written_about_one_customer(
    hall: Hall, serve_hall: "ServeHall", tmp_path: Path
) -> None:
    hall("init")
    with serve_hall(tmp_path / "data", **nine_o_clock("02")) as served:
        kiosk, clerk = served.machine(Role.KIOSK, "kiosk-1"), served.clerk(1)
        ticket = kiosk.issue(IssueTicket(request_id=new_request_id(), services=["pay"]))
        clerk.counter_act(1, "open", OpenCounter(request_id=new_request_id()))
        clerk.counter_act(1, "next", NextCustomer(request_id=new_request_id(), expect=None))
        clerk.counter_act(1, "start", CurrentAct(request_id=new_request_id(), ticket=ticket.id))
        record = Interaction(service_done="pay", outcome=Outcome.DONE, note="has a bad knee")
        clerk.counter_act(1, "finish", FinishCustomer(request_id=new_request_id(), ticket=ticket.id, record=record))

        erased = hall("erase", ticket.number, "2026-03-02")

    assert (erased.exit_code, erased.stdout) == (0, f"{ticket.number} of 2026-03-02: 1 texts erased\n")
    (audited,) = (tmp_path / "data").glob("**/audit-*.jsonl")
    assert '"deed": "erased", "by": "console", "number": "B001"' in audited.read_text()
    assert hall("verify").exit_code == 0
    assert hall("erase", ticket.number, "2026-03-02").stdout == f"{ticket.number} of 2026-03-02: 0 texts erased\n"
    nobody = hall("erase", "B077", "2026-03-02")
    assert (nobody.exit_code, nobody.stderr) == (1, "chengdong knows no B077 of 2026-03-02\n")
