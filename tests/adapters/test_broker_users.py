"""The users' file has several writers: the server enrols machines, technicians let in and revoke from the console."""

import subprocess
import sys
from pathlib import Path

from server.adapters.broker_users import BrokerUsers

EACH = 25
WRITER = """
import sys
from pathlib import Path
from server.adapters.broker_users import BrokerUsers

users = BrokerUsers(Path(sys.argv[1]))
for n in range(int(sys.argv[3])):
    users.put(f"{sys.argv[2]}-{n}", "token")
"""


def test_of_those_who_write_at_once_nobody_undoes_what_another_wrote(tmp_path: Path) -> None:
    file = tmp_path / "broker" / "users"
    names = ("kiosk", "station", "counter")

    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(file), name, str(EACH)]) for name in names]

    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    assert set(BrokerUsers(file).read()) == {f"{name}-{n}" for name in names for n in range(EACH)}
