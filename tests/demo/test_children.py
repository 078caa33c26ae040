"""The demo's programs live as long as the demo: not ended by the key that ends it, gone when it is killed."""

import os
import socket
import subprocess
import sys
from pathlib import Path

from server.demo.children import Child, Household

WAIT_S = 30.0
SLEEPER = "import socket, sys, time; line = socket.create_connection(('127.0.0.1', int(sys.argv[1]))); time.sleep(600)"
DEMO = f"""
import sys, time
from pathlib import Path
from server.demo.children import Child, Household

Household().add(Child("sleeper", [sys.executable, "-c", {SLEEPER!r}, sys.argv[1]], {{}}, Path(sys.argv[2])))
time.sleep(600)
"""


def test_programs_of_a_demo_that_is_killed_end(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        door.settimeout(WAIT_S)
        demo = subprocess.Popen([sys.executable, "-c", DEMO, str(door.getsockname()[1]), str(tmp_path)])
        line, _ = door.accept()
        with line:
            line.settimeout(WAIT_S)
            demo.kill()
            demo.wait()

            assert line.recv(1) == b"", "the sleeper's end of the line closes with it"


def test_a_key_that_interrupts_the_demo_does_not_reach_its_programs(tmp_path: Path) -> None:
    household = Household()
    try:
        sleeper = household.add(Child("sleeper", [sys.executable, "-c", "import time; time.sleep(600)"], {}, tmp_path))
        assert sleeper.process is not None
        assert os.getpgid(sleeper.process.pid) != os.getpgid(0)
    finally:
        household.close()
    assert not sleeper.alive
