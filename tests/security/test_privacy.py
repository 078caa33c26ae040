"""What people say and show stays where it was meant for.

A day is lived with personal data in every place where somebody can type; then all that was written, sent and told is
searched for it.
"""

import json
import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from sqlalchemy import Engine, inspect, text

from server.adapters.backup import back_up
from server.adapters.database import wash
from server.adapters.erasing import erase
from server.contract import acts
from server.domain.vocabulary import Role
from server.link.acts import HallClient, new_request_id
from server.link.errors import ActRefused

pytestmark = pytest.mark.attack(18)

SECRET = "a-managers-secret-7a1c"
PIN = "90817263"
BRANCH = "/api/v1/branches/chengdong"
PRIVATE = {("texts", "text"), ("acts", "answer")}
"""The private store, and the answers kept 30 days for who asks again."""


@dataclass(slots=True)
class Day:
    """A hall that lives through a day of people who say too much."""

    hall: Any
    home: Path
    customers: int
    seeds: list[str] = field(default_factory=list)
    tickets: list[str] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)
    heard: list[bytes] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    logged: list[str] = field(default_factory=list)

    def person(self) -> str:
        """Name, telephone and identity number of somebody, each to be looked for."""
        n = len(self.seeds) // 3
        parts = [f"张伟民{n:04d}号", f"1380013{n:04d}", f"11010519491231{n:04d}"]
        self.seeds += parts
        return " ".join(parts)

    def live(self) -> None:
        kiosk = self.hall.machine(Role.KIOSK, "kiosk-1")
        self.hall.server.accounts.put_person("1001", Role.CLERK, PIN)
        clerk = self.hall.machine(Role.COUNTER, "counter-1", 1)
        machine = clerk.token
        clerk.token = clerk.login(acts.Login(staff="1001", secret=PIN, counter=1)).token
        self.secrets += [PIN, SECRET, kiosk.token, machine, clerk.token]
        clerk.counter_act(1, "open", acts.OpenCounter(request_id=new_request_id()))
        for n in range(self.customers):
            self._visit(kiosk, clerk, n)
        self._wrong_places(kiosk, clerk)
        self._look_around(kiosk)

    def _visit(self, kiosk: HallClient, clerk: HallClient, n: int) -> None:
        ticket = kiosk.issue(acts.IssueTicket(request_id=new_request_id(), services=["pay"]))
        self.tickets.append(ticket.id)
        self.secrets.append(str(ticket.phone_url).rsplit("/", 1)[1])
        body = acts.CallTicket(request_id=new_request_id(), expect=None, ticket=ticket.id, reason=self.person())
        clerk.counter_act(1, "call", body)
        clerk.counter_act(1, "start", acts.CurrentAct(request_id=new_request_id(), ticket=ticket.id))
        record = acts.Interaction.model_validate_json(
            json.dumps({"service_done": "pay", "outcome": "done", "note": self.person()})
        )
        finish = acts.FinishCustomer(request_id=new_request_id(), ticket=ticket.id, record=record)
        clerk.counter_act(1, "finish", finish)
        window = next(one.id for one in self.hall.server.keeper.hall.windows if one.ticket == ticket.id)
        phone = self.hall.client("t." + str(ticket.phone_url).rsplit("/", 1)[1])
        phone.rate(acts.GiveRating(request_id=new_request_id(), window=window, score=1, text=self.person()))
        edit = record.model_copy(update={"note": self.person()})
        clerk.put_interaction(ticket.id, 1, acts.PutInteraction(request_id=new_request_id(), record=edit))

    def _wrong_places(self, kiosk: HallClient, clerk: HallClient) -> None:
        """Fields, addresses and sign-ins that are not for it."""
        who, name, phone = self.person(), self.seeds[-3], self.seeds[-2]
        record = {"service_done": "pay", "outcome": "done"}
        away = {"started_at": "2026-11-20T02:00:00Z", "finished_at": "2026-11-20T02:05:00Z", "age_ms": 1}
        tries: list[tuple[str, str, dict[str, Any]]] = [
            (kiosk.token, f"{BRANCH}/tickets", {"services": [phone]}),
            (kiosk.token, f"{BRANCH}/tickets", {"services": ["pay"], "name": who}),
            (kiosk.token, f"{BRANCH}/tickets", {"services": ["pay"], "class_reason": who, "language": name}),
            (kiosk.token, f"{BRANCH}/tickets/{phone}/reprint", {}),
            (clerk.token, f"{BRANCH}/counters/1/open", {"services": [name, phone]}),
            (clerk.token, f"{BRANCH}/counters/1/next", {"expect": phone}),
            (clerk.token, f"{BRANCH}/counters/1/pause", {"reason": who}),
            *(
                (clerk.token, f"{BRANCH}/counters/1/served-offline", away | {"number": number} | {"record": one})
                for number, one in (
                    (name[:8], record),
                    ("B123", record | {"documents_seen": [name, phone]}),
                    ("B124", record | {"service_done": phone}),
                )
            ),
            (kiosk.token, f"{BRANCH}/ratings", {"window": phone, "score": 1, "reasons": [name, phone], "text": who}),
            ("", "/api/v1/login", {"staff": phone, "secret": SECRET}),
            ("", "/api/v1/login", {"staff": "1001", "secret": who[:100]}),
            ("", "/api/v1/enrol", {"code": phone, "device": name}),
            ("", "/api/v1/enrol", {"code": "ABCDEFGH", "device": phone}),
        ]
        with httpx.Client(base_url=self.hall.url, trust_env=False) as http:
            for token, path, body in tries:
                headers = {"Authorization": f"Bearer {token}"} if token else {}
                http.post(path, json=body | {"request_id": new_request_id()} if token else body, headers=headers)
            http.get(f"{BRANCH}/tickets/{phone}?name={name}", headers={"Authorization": f"Bearer {phone}"})
            http.get(f"/t/{self.seeds[-1]}?{name}", headers={"User-Agent": phone, "Referer": f"http://x/{phone}"})
            http.get(f"/display/chengdong?lang={phone}", headers={"Cookie": f"hall_session={phone}"})

    def _look_around(self, kiosk: HallClient) -> None:
        """What is told to those who may not read notes."""
        accounts = self.hall.server.accounts
        tokens = [kiosk.token, *(accounts.put_machine(f"{role}-9", role) for role in (Role.DISPLAY, Role.STATION))]
        with httpx.Client(base_url=self.hall.url, trust_env=False, headers={"Origin": self.hall.url}) as http:
            for token in tokens:
                for path in ("hall", "services", f"tickets/{self.tickets[0]}", "board", "counters/1/desk", "journal"):
                    self.told.append(http.get(f"{BRANCH}/{path}", headers={"Authorization": f"Bearer {token}"}).text)
            self.told += [http.get(path).text for path in ("/healthz", "/t/x", "/api/v1/openapi.json", "/metrics")]
            for role in (Role.AUDITOR, Role.MANAGER):
                accounts.put_person(f"{role}-1", role, SECRET)
                http.post("/api/v1/login", json={"staff": f"{role}-1", "secret": SECRET})
                self.told += [http.get(f"{BRANCH}/journal").text, http.get("/metrics").text]
                self.told.append(http.get(f"{BRANCH}/board").text)

    def found(self, where: str | bytes, *more: str) -> list[str]:
        """What of all that was seeded stands there."""
        sought = [*self.seeds, *self.secrets, *more]
        if isinstance(where, str):
            return [seed for seed in sought if seed in where or json.dumps(seed)[1:-1] in where]
        return [seed for seed in sought if seed.encode() in where or json.dumps(seed)[1:-1].encode() in where]


class Listener(logging.Handler):
    def __init__(self, into: list[str]) -> None:
        super().__init__(logging.DEBUG)
        self._into = into

    def emit(self, record: logging.LogRecord) -> None:
        self._into.append(f"{record.getMessage()} {record.exc_text or ''}")


def lived(hall: Any, home: Path, broker: Any, customers: int) -> Day:
    day = Day(hall, home, customers)
    ears, up = Listener(day.logged), threading.Event()
    log = logging.getLogger("server")
    log.setLevel(logging.DEBUG)
    spy = mqtt.Client(CallbackAPIVersion.VERSION2)
    spy.on_message = lambda *given: day.heard.append(given[2].topic.encode() + given[2].payload)
    spy.on_subscribe = lambda *_: up.set()
    spy.connect(broker.host, broker.port)
    spy.subscribe("#")
    spy.loop_start()
    log.addHandler(ears)
    assert up.wait(10)
    try:
        day.live()
    finally:
        log.removeHandler(ears)
        log.setLevel(logging.NOTSET)
        spy.disconnect()
        spy.loop_stop()
    return day


@pytest.fixture(scope="module")
def day(serve_hall: Any, mosquitto: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    home = tmp_path_factory.mktemp("day")
    with serve_hall(
        home, HALL_BROKER="mosquitto", HALL_BROKER_HOST=mosquitto.host, HALL_BROKER_PORT=str(mosquitto.port)
    ) as hall:
        yield lived(hall, home, mosquitto, customers=4)


def cells(engine: Engine) -> Iterator[tuple[str, str, str]]:
    """Every value of every table: table, column, what stands there."""
    with engine.connect() as db:
        for table in inspect(engine).get_table_names():
            for row in db.execute(text(f"SELECT * FROM {table}")).mappings():
                for column, value in row.items():
                    kept = bytes(value).decode("utf-8", "replace") if isinstance(value, bytes | memoryview) else value
                    yield table, column, str(kept)


def test_what_was_typed_stands_only_in_the_private_store(day: Day) -> None:
    places = {(table, column) for table, column, kept in cells(day.hall.server.engine) if day.found(kept)}
    assert places <= PRIVATE
    assert ("texts", "text") in places


def test_no_log_and_no_audit_record_holds_it(day: Day) -> None:
    assert [line for line in day.logged if day.found(line)] == []
    audit = [file for file in (day.home / "audit").rglob("*") if file.is_file()]
    assert audit
    assert [file.name for file in audit if day.found(file.read_bytes())] == []


def test_no_other_file_of_the_hall_holds_it(day: Day) -> None:
    files = [file for file in day.home.rglob("*") if file.is_file() and not file.name.startswith("hall.db")]
    assert [file.name for file in files if day.found(file.read_bytes())] == []


def test_the_broker_was_never_told(day: Day) -> None:
    assert len(day.heard) > 5
    assert [message for message in day.heard if day.found(message)] == []


def test_nobody_who_may_not_read_it_was_told(day: Day) -> None:
    assert len(day.told) > 20
    assert [answer[:200] for answer in day.told if day.found(answer)] == []


def test_a_backup_holds_no_secret_that_opens_a_door(day: Day) -> None:
    made = back_up(day.hall.server.engine, day.hall.server.settings.branch, day.home / "copy.db", datetime.now(UTC))
    raw = made.path.read_bytes()
    assert [secret for secret in day.secrets if secret.encode() in raw] == []


def test_after_erasure_no_byte_of_it_is_left_in_the_database(day: Day) -> None:
    """Also not in the pages that became free and in the log of what was written before."""
    for ticket in day.tickets:
        erase(day.hall.server.engine, day.hall.server.settings.branch, ticket)  # type: ignore[arg-type]
    for file in day.home.glob("hall.db*"):
        assert day.found(file.read_bytes()) == [], file.name


def test_texts_are_gone_when_their_time_is_over(serve_hall: Any, tmp_path: Path, until: Any) -> None:
    """The database's own log of the days when they were written is long overwritten by then."""
    with serve_hall(tmp_path) as hall:
        short = Day(hall, tmp_path, customers=1)
        short.live()
        clock = hall.server.front.clock
        clock.not_before(clock.now() + timedelta(days=181))
        engine = hall.server.engine
        assert until(lambda: not any(short.found(kept) for _, _, kept in cells(engine)), 20)
        wash(engine)
        assert [file.name for file in tmp_path.glob("hall.db*") if short.found(file.read_bytes())] == []


def test_a_phone_reads_no_note_of_the_clerk(day: Day) -> None:
    phone = day.hall.client("t." + next(secret for secret in day.secrets if len(secret) == 42))
    assert day.found(phone.ticket(day.tickets[0]).model_dump_json()) == []
    with pytest.raises(ActRefused):
        phone.desk(1)


@pytest.mark.long
def test_a_full_day_leaks_nothing(serve_hall: Any, mosquitto: Any, tmp_path: Path, expected_logs: Any) -> None:
    expected_logs.expect("asks far too often")
    with serve_hall(
        tmp_path, HALL_BROKER="mosquitto", HALL_BROKER_HOST=mosquitto.host, HALL_BROKER_PORT=str(mosquitto.port)
    ) as hall:
        day = lived(hall, tmp_path, mosquitto, customers=110)
        for check in (
            test_what_was_typed_stands_only_in_the_private_store,
            test_no_log_and_no_audit_record_holds_it,
            test_no_other_file_of_the_hall_holds_it,
            test_the_broker_was_never_told,
            test_nobody_who_may_not_read_it_was_told,
            test_after_erasure_no_byte_of_it_is_left_in_the_database,
        ):
            check(day)
