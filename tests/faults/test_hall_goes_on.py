"""What breaks beneath the whole hall: whoever touches the kiosk still gets a number, and nobody is lost."""

import resource
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest

from server.adapters.database import open_engine
from server.adapters.verify import verify
from server.contract.acts import Login, OpenCounter
from server.contract.views.desk import DeskView
from server.demo.bench.hall import BenchHall
from server.demo.programs import KIOSK
from server.demo.siege import LAST_NUMBER
from server.demo.simulated import Simulators
from server.link.acts import HallClient, new_request_id

Until = Callable[[Callable[[], bool]], bool]


def waiting(client: HallClient, counter: int) -> list[str]:
    desk: DeskView = client.desk(counter)
    return [line.number for line in desk.waiting]


def findings(hall: BenchHall) -> list[str]:
    engine = open_engine(hall.stage.settings.database_url)
    try:
        return [finding.words for finding in verify(engine, hall.stage.settings.branch)]
    finally:
        engine.dispose()


def database(hall: BenchHall) -> Path:
    return Path(hall.stage.settings.database_url.removeprefix("sqlite:///"))


@pytest.fixture
def clerk(hall: BenchHall) -> Iterator[HallClient]:
    """Signed in at the first counter, which is open and serves everything it may."""
    stage, badge = hall.stage, hall.stage.badges[0]
    client = HallClient(stage.url, stage.settings.branch, stage.tokens[f"counter-{badge.counter}"], timeout_s=10)
    client.token = client.login(Login(staff=badge.staff, secret=badge.pin, counter=badge.counter)).token
    client.counter_act(badge.counter, "open", OpenCounter(request_id=new_request_id()))
    yield client
    client.close()


@pytest.fixture
def queue(hall: BenchHall, clerk: HallClient) -> Callable[[], list[str]]:
    """Numbers that the first counter may call, as its clerk sees them."""
    return lambda: waiting(clerk, hall.stage.badges[0].counter)


def is_reserved(number: str) -> bool:
    return LAST_NUMBER < int(number.lstrip("ABCD")) <= LAST_NUMBER + 100


@pytest.mark.fault(2, 4)
def test_a_number_printed_while_the_server_was_dead_is_adopted_as_printed(
    hall: BenchHall, queue: Callable[[], list[str]], until: Until
) -> None:
    online = hall.touch("pay", tag="before")
    server = hall.household.children["server"]
    server.kill()
    assert server.process is not None
    server.process.wait()

    offline = hall.touch("pay", tag="while")

    assert offline["error"] == ""
    assert offline["offline"]
    assert offline["printed"] == "printed"
    assert is_reserved(offline["number"])
    slips = Simulators(hall.stage.control_port).slips("printer-1")
    assert [number in slip.text for number, slip in zip((online["number"], offline["number"]), slips, strict=True)] == [
        True,
        True,
    ]

    server.start()
    assert until(lambda: answers(hall))
    assert until(lambda: offline["number"] in queue())
    assert sorted(queue()) == sorted([online["number"], offline["number"]])
    later = hall.touch("pay", tag="after")
    assert not later["offline"] or is_reserved(later["number"])
    assert findings(hall) == []


def answers(hall: BenchHall) -> bool:
    try:
        return httpx.get(f"{hall.stage.url}/healthz", timeout=2).status_code == 200
    except httpx.TransportError:
        return False


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another program holds the write lock."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@pytest.mark.fault(12)
def test_while_another_program_holds_the_database_the_kiosk_goes_on_by_itself(
    hall: BenchHall, queue: Callable[[], list[str]], until: Until
) -> None:
    assert not hall.touch("pay", tag="before")["offline"]
    with locked(database(hall)):
        during = hall.touch("pay", tag="while")
        assert (during["error"], during["offline"], during["printed"]) == ("", True, "printed")
        assert len(queue()) == 1

    assert until(lambda: during["number"] in queue())
    assert len(queue()) == 2
    assert findings(hall) == []


@contextmanager
def full_disk(hall: BenchHall) -> Iterator[None]:
    """No file of the server may grow any more."""
    log = Path(f"{database(hall)}-wal")
    before = resource.prlimit(hall.server_pid, resource.RLIMIT_FSIZE)
    resource.prlimit(hall.server_pid, resource.RLIMIT_FSIZE, (log.stat().st_size, before[1]))
    yield
    resource.prlimit(hall.server_pid, resource.RLIMIT_FSIZE, before)


@pytest.mark.fault(11)
def test_a_full_disk_is_said_and_changes_nothing(hall: BenchHall, queue: Callable[[], list[str]], until: Until) -> None:
    first = hall.touch("pay", tag="before")
    headers = {"Authorization": f"Bearer {hall.stage.tokens[KIOSK]}"}
    body = {"services": ["pay"], "request_id": new_request_id()}
    url = f"{hall.stage.url}{hall.issue_path}"
    with full_disk(hall):
        refused = httpx.post(url, json=body, headers=headers, timeout=10)
        assert refused.status_code == 503
        assert refused.json()["code"] in {"unavailable", "outcome-unknown"}
        assert queue() == [first["number"]]

    assert until(lambda: httpx.post(url, json=body, headers=headers, timeout=10).status_code == 201)
    assert len(queue()) == 2
    assert httpx.post(url, json=body, headers=headers, timeout=10).status_code == 201
    assert len(queue()) == 2
    assert findings(hall) == []


@pytest.mark.fault(16)
def test_a_dead_printer_costs_no_place_in_the_queue(
    hall: BenchHall, queue: Callable[[], list[str]], until: Until
) -> None:
    simulators = Simulators(hall.stage.control_port)
    simulators.ask("printer-1", "paper", state="out")

    dry = hall.touch("pay", tag="dry")

    assert dry["error"] == ""
    assert dry["printed"] != "printed"
    assert queue() == [dry["number"]]
    assert not any(dry["number"] in slip.text for slip in simulators.slips("printer-1"))

    simulators.ask("printer-1", "paper", state="ok")
    asked: list[str] = []

    def prints_again() -> bool:
        answer = hall.touch("pay", tag=f"again-{len(asked)}")
        asked.append(answer["number"])
        return bool(answer["printed"] == "printed")

    assert until(prints_again)
    assert queue() == [dry["number"], *asked]
    assert asked[-1] in simulators.slips("printer-1")[-1].text
    assert findings(hall) == []
