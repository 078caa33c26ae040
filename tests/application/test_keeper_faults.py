"""What happens to the keeper when the world breaks: writers, databases, disks, processes."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from server.adapters.verify import verify
from server.application.answers import Accepted, Answer
from server.domain.vocabulary import TicketId

POINTS = ("before_decide", "after_decide", "before_commit", "after_commit", "before_answer", "after_announce")


def accepted(answer: Answer) -> Accepted:
    assert isinstance(answer, Accepted), answer
    return answer


CHILD = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[4])
import importlib.util
spec = importlib.util.spec_from_file_location("branch_of_test", sys.argv[5])
module = importlib.util.module_from_spec(spec)
sys.modules["branch_of_test"] = module
spec.loader.exec_module(module)
url, name, point = sys.argv[1:4]
left = [7]

def checkpoint(reached):
    left[0] -= reached == point
    if reached == point and left[0] < 0:
        os.kill(os.getpid(), signal.SIGKILL)

branch = module.Branch(url, name, module.open_engine(url))
keeper = branch.keeper(checkpoint=checkpoint)
for n in range(100):
    answer = branch.ask(keeper, branch.issue(f"t{n}"), f"request-{n:04}")
    print(f"t{n}", type(answer).__name__, flush=True)
"""


@pytest.mark.parametrize("point", POINTS)
def test_killed_at_any_point_nothing_acknowledged_is_lost(branch: Any, point: str) -> None:
    root, helpers = Path(__file__).parents[2], Path(__file__).with_name("conftest.py")
    child = subprocess.run(
        [sys.executable, "-c", CHILD, branch.url, branch.name, point, str(root), str(helpers)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=os.environ | {"PYTHONPATH": str(root)},
    )
    assert child.returncode == -signal.SIGKILL, child.stderr
    acknowledged = [line.split()[0] for line in child.stdout.splitlines() if line.endswith("Accepted")]
    assert acknowledged
    keeper = branch.keeper()
    assert keeper.wait_ready(10)
    assert {TicketId(ticket) for ticket in acknowledged} <= set(keeper.hall.live)
    for n in range(len(acknowledged) + 2):
        accepted(branch.ask(keeper, branch.issue(f"t{n}"), f"request-{n:04}"))
    assert keeper.hall.issued == len(acknowledged) + 2
    keeper.stop()
    assert verify(branch.engine, branch.name) == []
