"""A real station, kiosk or counter that dies by kill -9 at a named point of what it keeps on its disk.

`mortal_program.py POINT station | kiosk | counter [words]`; POINT is `before` or `after`, a dot, and what is done.
"""

import os
import runpy
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import counter.bootstrap
import devices.bootstrap
import kiosk.bootstrap
from kiosk.offline import OfflineStore
from server.link.outbox import Outbox

POINT = sys.argv[1]
R = TypeVar("R")


def die_at(passed: str) -> None:
    if passed == POINT:
        os.kill(os.getpid(), signal.SIGKILL)


def mortal(name: str, do: Callable[..., R]) -> Callable[..., R]:
    """The same act, with a point on each side of it."""

    def done(*words: Any) -> R:
        die_at(f"before.{name}")
        result = do(*words)
        die_at(f"after.{name}")
        return result

    return done


class MortalOutbox(Outbox):
    put = mortal("put", Outbox.put)
    put_once = mortal("put", Outbox.put_once)
    acknowledge = mortal("acknowledge", Outbox.acknowledge)
    drop = mortal("drop", Outbox.drop)


class MortalStore(OfflineStore):
    issue = mortal("issue", OfflineStore.issue)
    settle = mortal("settle", OfflineStore.settle)


MORTAL = (
    (devices.bootstrap, "Outbox", MortalOutbox),
    (counter.bootstrap, "Outbox", MortalOutbox),
    (kiosk.bootstrap, "OfflineStore", MortalStore),
)


def main() -> None:
    program, words = sys.argv[2], sys.argv[3:]
    for room, name, part in MORTAL:
        setattr(room, name, part)
    sys.argv = [program, *words]
    if program == "counter":
        runpy.run_path(str(Path(__file__).with_name("driven_counter.py")), run_name="__main__")
    else:
        runpy.run_module({"station": "devices", "kiosk": "kiosk"}[program], run_name="__main__")


if __name__ == "__main__":
    main()
