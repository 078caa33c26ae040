"""Numbers from the reserved range: durable, bound to the machine, never twice, reported back oldest first."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from kiosk.offline import ADOPTED, UNREADABLE, Clocks, OfflineRefused, OfflineStore, Reason
from server.contract.acts import IssueTicket
from server.contract.views.services import ReservedRange
from server.link.acts import new_request_id

Machine = Any
Services = Callable[..., Any]


def request(name: str, service: str = "pay") -> IssueTicket:
    return IssueTicket(request_id=f"request-{name}", services=[service])


def opened(path: Path, machine: Machine, name: str = "machine-1", boot: str = "boot-1") -> OfflineStore:
    return OfflineStore(path, name, Clocks(machine.wall, machine.monotonic, boot), new_request_id)


def refusal(store: OfflineStore, body: IssueTicket) -> Reason:
    with pytest.raises(OfflineRefused) as caught:
        store.issue(body)
    return caught.value.reason


def test_numbers_come_from_the_range_of_the_services_series(store: OfflineStore, services: Services) -> None:
    store.remember(services())

    assert [store.issue(request("a")).label, store.issue(request("b", "trf")).label] == ["B800", "A800"]
    assert store.issue(request("c")).label == "B801"


def test_the_same_request_gets_the_same_number(store: OfflineStore, services: Services) -> None:
    store.remember(services())

    assert store.issue(request("a")).label == store.issue(request("a")).label == "B800"
    assert len(store.waiting()) == 1


def test_numbers_survive_a_restart(tmp_path: Path, machine: Machine, services: Services) -> None:
    first = opened(tmp_path / "k.db", machine)
    first.remember(services())
    first.issue(request("a"))
    first.close()

    second = opened(tmp_path / "k.db", machine)
    assert second.issue(request("b")).label == "B801"
    assert [one.label for one in second.waiting()] == ["B800", "B801"]
    second.close()


def test_a_copied_disk_gives_no_numbers(tmp_path: Path, machine: Machine, services: Services) -> None:
    first = opened(tmp_path / "k.db", machine)
    first.remember(services())
    first.close()

    copy = opened(tmp_path / "k.db", machine, name="machine-2")
    copy.remember(services())
    assert refusal(copy, request("a")) is Reason.COPIED_DISK
    copy.close()


def test_a_clock_behind_the_last_server_time_gives_no_numbers(
    store: OfflineStore, machine: Machine, services: Services
) -> None:
    store.remember(services())
    machine.wall_now -= timedelta(minutes=1)

    assert refusal(store, request("a")) is Reason.CLOCK_BEHIND


def test_a_kiosk_that_never_met_its_hall_gives_no_numbers(store: OfflineStore) -> None:
    assert refusal(store, request("a")) is Reason.NEVER_CONNECTED


def test_unknown_services_and_missing_ranges_are_refused(store: OfflineStore, services: Services) -> None:
    store.remember(services().model_copy(update={"reserved": []}))

    assert refusal(store, request("a")) is Reason.NO_RANGE
    assert refusal(store, request("b", "nothing")) is Reason.UNKNOWN_SERVICE


def test_a_used_up_range_ends_and_begins_again_the_day_after(
    store: OfflineStore, machine: Machine, services: Services
) -> None:
    store.remember(services().model_copy(update={"reserved": [ReservedRange(series="B", first=800, last=801)]}))
    for name in "ab":
        store.issue(request(name))
        store.settle(f"request-{name}", "adopted")

    assert refusal(store, request("c")) is Reason.RANGE_USED_UP
    machine.passes(27 * 3600)
    assert store.issue(request("c")).label == "B800"


def test_a_number_that_the_hall_does_not_know_yet_is_never_given_again(
    store: OfflineStore, machine: Machine, services: Services
) -> None:
    store.remember(services().model_copy(update={"reserved": [ReservedRange(series="B", first=800, last=800)]}))
    store.issue(request("a"))
    machine.passes(60 * 3600)

    assert refusal(store, request("b")) is Reason.RANGE_USED_UP


def test_waiting_numbers_are_told_oldest_first_with_their_true_age(
    tmp_path: Path, machine: Machine, services: Services
) -> None:
    before = opened(tmp_path / "k.db", machine)
    before.remember(services())
    before.issue(request("a"))
    before.close()
    machine.passes(600)
    machine.monotonic_now = 5.0

    after = opened(tmp_path / "k.db", machine, boot="boot-2")
    after.issue(request("b"))
    machine.monotonic_now += 30
    machine.wall_now += timedelta(seconds=30)

    assert [(one.label, round(one.age_s)) for one in after.waiting()] == [("B800", 630), ("B801", 30)]
    told = after.waiting()[1].adoption()
    assert told.offline is not None
    assert (told.request_id, told.offline.number, told.offline.age_ms) == ("request-b", 801, 30_000)
    after.close()


def test_hall_time_of_an_offline_number_follows_the_halls_clock(
    store: OfflineStore, machine: Machine, services: Services
) -> None:
    store.remember(services())
    store.heard(machine.wall() + timedelta(hours=3))
    machine.passes(60)

    assert store.issue(request("a")).issued_at == machine.wall() + timedelta(hours=3)


@pytest.mark.parametrize("damage", ["emptied", "cut short", "overwritten"])
def test_a_broken_store_is_set_aside_and_gives_no_number_again_before_the_longest_day_is_over(
    tmp_path: Path, machine: Machine, services: Services, damage: str, expected_logs: Any
) -> None:
    expected_logs.expect("k.db is broken")
    path = tmp_path / "k.db"
    before = opened(path, machine)
    before.remember(services())
    before.issue(request("a"))
    before.close()
    whole = path.read_bytes()
    path.write_bytes({"emptied": b"", "cut short": whole[: len(whole) // 2], "overwritten": b"x" * len(whole)}[damage])

    after = opened(path, machine)
    after.remember(services())

    assert refusal(after, request("b")) is Reason.STORE_LOST
    assert len(after.aside) == 1
    machine.passes(27 * 3600)
    assert after.issue(request("b")).label == "B800"
    after.close()


def test_a_store_from_an_older_image_does_not_give_again_what_the_hall_knows(
    store: OfflineStore, services: Services
) -> None:
    span = ReservedRange(series="B", first=800, last=803, taken=[800, 801])
    store.remember(services().model_copy(update={"reserved": [span]}))

    assert store.issue(request("a")).label == "B802"


def test_a_number_that_cannot_be_read_any_more_is_laid_aside_and_the_others_go_on(
    tmp_path: Path, machine: Machine, services: Services, expected_logs: Any
) -> None:
    expected_logs.expect("k.db cannot be used")
    store = opened(tmp_path / "k.db", machine)
    store.remember(services())
    store.issue(request("a"))
    store.issue(request("b"))
    store._db.execute("UPDATE ticket SET body = '{' WHERE number = 800")

    assert [one.label for one in store.waiting()] == ["B801"]
    assert [one.label for one in store.waiting()] == ["B801"]
    assert len(store.aside) == 1
    assert store.issue(request("c")).label == "B802"
    store.close()


def test_what_was_adopted_under_the_same_number_on_another_day_stays_adopted(
    tmp_path: Path, machine: Machine, services: Services, expected_logs: Any
) -> None:
    expected_logs.expect("k.db cannot be used")
    store = opened(tmp_path / "k.db", machine)
    store.remember(services().model_copy(update={"reserved": [ReservedRange(series="B", first=800, last=800)]}))
    store.issue(request("a"))
    store.settle(request("a").request_id, f"{ADOPTED} ticket-a")
    machine.passes(27 * 3600)
    assert store.issue(request("b")).label == "B800"
    store._db.execute("UPDATE ticket SET body = '{' WHERE settled IS NULL")

    assert store.waiting() == ()
    settled = store._db.execute("SELECT settled FROM ticket ORDER BY rowid").fetchall()
    assert settled == [(f"{ADOPTED} ticket-a",), (UNREADABLE,)]
    store.close()


def test_a_disk_that_does_not_open_is_asked_again(tmp_path: Path, machine: Machine, services: Services) -> None:
    (tmp_path / "k.db").mkdir()
    store = opened(tmp_path / "k.db", machine)
    assert refusal(store, request("a")) is Reason.DISK

    (tmp_path / "k.db").rmdir()
    store.remember(services())
    assert store.issue(request("a")).label == "B800"
    store.close()


def test_numbers_of_today_are_told_again_to_a_hall_that_was_restored(
    store: OfflineStore, services: Services, machine: Machine
) -> None:
    store.remember(services())
    for name, how in (("a", f"{ADOPTED} ticket-a"), ("b", "refused number-taken")):
        store.issue(request(name))
        store.settle(request(name).request_id, how)
    same = services()
    store.remember(same)
    assert store.waiting() == ()

    store.remember(same.model_copy(update={"stamp": same.stamp.model_copy(update={"journal": "restored"})}))

    assert [one.label for one in store.waiting()] == ["B800"]
