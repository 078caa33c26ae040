"""A person's name and number leave nothing behind: not in the program's memory, not in what it says."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from devices.card_reader.simulator import SimulatedCardReader, number_of_nobody
from devices.farend import PtyEnd

NAME, SERIAL = "龘靐齉爩", 417
"""Letters that stand nowhere else; in four bytes of two of them an address may by chance be written."""
READER = """
import logging, sys, threading
from devices.card_reader.driver import Pace, SamCardReader
from devices.resources import SerialPort

logging.basicConfig(level=logging.DEBUG)
read = threading.Event()

def take(card):
    print(card.initial, card.key, repr(card), flush=True)
    read.set()

reader = SamCardReader("card-1", SerialPort(sys.argv[1]), bytes(32), pace=Pace(ask_s=0.02))
reader.start(take, lambda health: print(health, flush=True))
read.wait(30)
print("done", flush=True)
sys.stdin.read()
reader.close()
"""


def _memory(pid: int) -> Iterator[bytes]:
    """All that a process may write to."""
    process = Path(f"/proc/{pid}")
    with (process / "maps").open(encoding="ascii") as maps, (process / "mem").open("rb", buffering=0) as memory:
        for row in maps:
            span, rights = row.split()[:2]
            if not rights.startswith("rw") or "[vvar" in row:
                continue
            start, end = (int(part, 16) for part in span.split("-"))
            memory.seek(start)
            yield memory.read(end - start)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into the memory of a process as Linux shows it")
def test_nothing_of_a_person_is_left_in_the_readers_process(tmp_path: Path) -> None:
    number = number_of_nobody(SERIAL)
    far = SimulatedCardReader(PtyEnd(tmp_path / "card"), Random(1))
    far.start()
    far.do({"do": "lay", "name": NAME, "serial": SERIAL})
    command = [sys.executable, "-c", READER, str(tmp_path / "card")]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", cwd=tmp_path
    ) as reader:
        assert reader.stdout is not None
        said = ""
        while not said.endswith("done\n") and (line := reader.stdout.readline()):
            said += line
        memory = list(_memory(reader.pid))
        out, errors = reader.communicate("")
    far.stop()

    assert NAME[0] in said
    words = [NAME[1:], number, number[6:14], number[-6:]]
    for word in words:
        left = [word.encode(encoding) for encoding in ("utf-8", "utf-16-le", "gb18030", "utf-32-le")]
        assert not any(piece in area for piece in left for area in memory), f"{word} is in the memory"
        assert word not in said + out + errors
