import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from server.link.errors import OutboxFailed
from server.link.outbox import SEEN_KEPT, Outbox

PUT_FOREVER = """
import sys
from pathlib import Path
from server.link.outbox import SEEN_KEPT, Outbox
box = Outbox(Path(sys.argv[1]), boot="b1")
while True:
    print(box.put("rating", "x" * 200).seq, flush=True)
"""


Open = Callable[..., Outbox]


def test_entries_come_back_in_order_until_acknowledged(open_outbox: Open) -> None:
    outbox = open_outbox()
    entries = [outbox.put("rating", f"press {n}") for n in range(4)]

    assert [entry.seq for entry in entries] == [1, 2, 3, 4]
    assert outbox.acknowledge(outbox.boot, 2) == 2
    assert [entry.body for entry in outbox.pending()] == ["press 2", "press 3"]
    assert outbox.acknowledge(outbox.boot, 2) == 0


def test_acknowledging_another_boot_forgets_nothing(open_outbox: Open) -> None:
    outbox = open_outbox()
    outbox.put("rating", "a")

    outbox.acknowledge("another", 99)

    assert outbox.count() == 1


def test_same_boot_goes_on_counting_after_a_restart_of_the_program(open_outbox: Open) -> None:
    first = open_outbox(now=10.0)
    first.put("rating", "a")
    first.acknowledge(first.boot, 1)
    first.put("rating", "b")
    first.close()

    second = open_outbox(now=25.0)

    assert (second.boot, second.put("rating", "c").seq) == (first.boot, 3)
    assert [(entry.seq, entry.age_s) for entry in second.pending()] == [(2, 15.0), (3, 0.0)]


def test_new_boot_of_the_machine_starts_its_own_count_and_knows_no_old_age(open_outbox: Open) -> None:
    first = open_outbox("b1")
    first.put("rating", "a")
    first.close()

    second = open_outbox("b2", now=3.0)
    second.put("rating", "b")

    assert second.boot != first.boot
    assert [(entry.boot, entry.seq, entry.age_s) for entry in second.pending()] == [
        (first.boot, 1, None),
        (second.boot, 1, 0.0),
    ]


def test_kinds_are_told_apart_and_one_entry_can_be_dropped(open_outbox: Open) -> None:
    outbox = open_outbox()
    rating = outbox.put("rating", "a")
    outbox.put("issue", "b")

    assert [entry.body for entry in outbox.pending("issue")] == ["b"]
    assert [outbox.drop(rating.id), outbox.drop(rating.id)] == [True, False]
    assert outbox.count() == 1


def test_threads_never_share_a_seq(open_outbox: Open) -> None:
    outbox = open_outbox()
    threads = [threading.Thread(target=lambda: [outbox.put("k", "v") for _ in range(10)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [entry.seq for entry in outbox.pending()] == list(range(1, 41))


def test_everything_put_survives_a_kill(tmp_path: Path, open_outbox: Open) -> None:
    path = tmp_path / "outbox.db"
    with subprocess.Popen(
        [sys.executable, "-c", PUT_FOREVER, str(path)], stdout=subprocess.PIPE, text=True, cwd=Path.cwd()
    ) as child:
        assert child.stdout is not None
        told = [int(child.stdout.readline()) for _ in range(20)]
        os.kill(child.pid, signal.SIGKILL)
        told += [int(line) for line in child.stdout if line.endswith("\n")]

    kept = [entry.seq for entry in open_outbox().pending()]

    assert kept[: len(told)] == told
    assert len(kept) - len(told) <= 1


@pytest.mark.parametrize("damage", ["header", "pages", "not-a-database", "cut short", "emptied"])
def test_broken_file_is_set_aside_and_reported(
    tmp_path: Path, open_outbox: Open, damage: str, caplog: pytest.LogCaptureFixture, expected_logs: Any
) -> None:
    expected_logs.expect("outbox.db is broken")
    outbox = open_outbox()
    for n in range(200):
        outbox.put("rating", f"press {n}" * 20)
    old_boot = outbox.boot
    outbox.close()
    path = tmp_path / "outbox.db"
    raw = bytearray(path.read_bytes())
    match damage:
        case "header":
            raw[:64] = bytes(64)
        case "pages":
            raw[4096 : len(raw) // 2] = os.urandom(len(raw) // 2 - 4096)
        case "cut short":
            del raw[len(raw) // 2 :]
        case "emptied":
            raw.clear()
        case _:
            raw = bytearray(b"this was a shopping list\n" * 300)
    path.write_bytes(raw)

    again = open_outbox()

    (aside,) = again.aside
    assert aside.read_bytes() == bytes(raw)
    assert again.put("rating", "fresh").seq == 1
    assert again.boot != old_boot
    assert "set aside" in caplog.text
    caplog.clear()


def test_a_log_that_is_lost_beside_the_file_loses_nothing(tmp_path: Path, open_outbox: Open) -> None:
    for n in range(3):
        open_outbox().put("rating", f"press {n}")
    shutil.copy(tmp_path / "outbox.db", tmp_path / "copy.db")

    copied = Outbox(tmp_path / "copy.db", boot="b1")

    assert [entry.body for entry in copied.pending()] == ["press 0", "press 1", "press 2"]
    assert copied.aside == ()
    copied.close()


def test_a_file_that_breaks_under_the_running_program_is_set_aside(
    tmp_path: Path, open_outbox: Open, expected_logs: Any
) -> None:
    expected_logs.expect("outbox.db is broken")
    outbox = open_outbox()
    outbox.put("rating", "lost")
    outbox._db.execute("UPDATE entry SET put_at = 'no time at all'")

    assert outbox.pending() == ()
    assert outbox.put("rating", "goes on").seq == 1
    assert len(outbox.aside) == 1


def test_a_text_that_cannot_be_stored_sets_no_good_file_aside(open_outbox: Open) -> None:
    outbox = open_outbox()
    outbox.put("rating", "a")
    with pytest.raises(UnicodeEncodeError):
        outbox.put("rating", "half a letter \ud800")
    assert [entry.body for entry in outbox.pending()] == ["a"]
    assert outbox.aside == ()


def test_what_is_given_up_lies_beside_the_file_for_staff(open_outbox: Open, expected_logs: Any) -> None:
    expected_logs.expect("outbox.db cannot be used")
    outbox = open_outbox()
    entry = outbox.put("rating", "{")
    outbox.put("rating", "b")

    outbox.give_up(entry, "no press")

    assert [left.body for left in outbox.pending()] == ["b"]
    (aside,) = outbox.aside
    assert json.loads(aside.read_text(encoding="utf-8")) == {
        "id": entry.id,
        "kind": "rating",
        "put_at": entry.put_at.isoformat(),
        "body": "{",
        "why": "no press",
    }


def test_disk_that_refuses_is_told_and_nothing_is_kept(open_outbox: Open) -> None:
    outbox = open_outbox()
    outbox.put("rating", "a")
    outbox._db.execute("PRAGMA max_page_count = 1")

    with pytest.raises(OutboxFailed, match="full"):
        outbox.put("rating", "b" * 100_000)

    outbox._db.execute("PRAGMA max_page_count = 1000")
    assert [entry.body for entry in outbox.pending()] == ["a"]
    assert outbox.put("rating", "c").seq == 2


def test_locked_outbox_is_told(tmp_path: Path, open_outbox: Open) -> None:
    outbox = open_outbox()
    outbox._db.execute("PRAGMA busy_timeout = 10")
    other = sqlite3.connect(tmp_path / "outbox.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(OutboxFailed, match="locked"):
        outbox.put("rating", "a")

    other.close()


def test_writes_are_fully_synced(open_outbox: Open) -> None:
    assert open_outbox()._db.execute("PRAGMA synchronous").fetchone() == (2,)


def test_what_a_source_repeats_is_kept_once_even_after_it_was_acknowledged(open_outbox: Open) -> None:
    first = open_outbox()
    kept = first.put_once("pad-1", "a1-7", "rating", "press")
    first.acknowledge(first.boot, 1)
    first.close()
    again = open_outbox()

    assert kept is not None
    assert again.put_once("pad-1", "a1-7", "rating", "press") is None
    assert again.put_once("pad-2", "a1-7", "rating", "press") is not None
    assert again.count() == 1


def test_a_mark_may_come_again_after_many_others(open_outbox: Open) -> None:
    outbox = open_outbox()
    for n in range(SEEN_KEPT + 1):
        outbox.put_once("pad-1", str(n), "rating", "press")

    assert outbox.put_once("pad-1", "0", "rating", "press") is not None
    assert outbox.put_once("pad-1", str(SEEN_KEPT), "rating", "press") is None
