"""What every test may ask for: real servers on free loopback ports, and the rule that no warning passes unseen."""

import logging
import os
import re
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

import hypothesis
import pytest
import structlog
from playwright.sync_api import Browser, Page, sync_playwright

from server.bootstrap import Server, build
from server.contract.acts import Login
from server.domain.vocabulary import Role
from server.link.acts import HallClient
from server.settings import load

if TYPE_CHECKING:
    from server.demo.bench.hall import BenchHall

pytest_plugins = ["own_servers", "tones", "usb_port"]
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

CONFIG = Path(__file__).parents[1] / "config"
WAIT_S = 30.0
LOOK_EVERY_S = 0.05

T = TypeVar("T")

hypothesis.settings.register_profile("house", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.register_profile("long", deadline=None, max_examples=2000, print_blob=True)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "house"))


# -- logs ------------------------------------------------------------
@dataclass
class ExpectedLogs(logging.Handler):
    """Collects what is logged at WARNING and above; a record that no pattern expects fails the test."""

    patterns: list[re.Pattern[str]] = field(default_factory=list)
    records: list[logging.LogRecord] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(level=logging.WARNING)

    def __hash__(self) -> int:
        return id(self)

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)

    def expect(self, pattern: str) -> None:
        """Allows records whose `logger: message` matches somewhere."""
        self.patterns.append(re.compile(pattern))

    def texts(self) -> list[str]:
        return [f"{record.name}: {record.getMessage()}" for record in self.records]

    def unexpected(self) -> list[str]:
        return [text for text in self.texts() if not any(pattern.search(text) for pattern in self.patterns)]


@pytest.fixture(autouse=True)
def expected_logs() -> Iterator[ExpectedLogs]:
    """`expected_logs.expect("regex")` forgives a warning; any other fails the test."""
    structlog.configure(
        processors=[
            structlog.stdlib.add_log_level,
            structlog.processors.format_exc_info,
            structlog.processors.KeyValueRenderer(key_order=["event"]),
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = ExpectedLogs()
    root = logging.getLogger()
    root.addHandler(handler)
    yield handler
    root.removeHandler(handler)
    unexpected = handler.unexpected()
    if unexpected:
        pytest.fail("logged and not expected:\n" + "\n".join(unexpected), pytrace=False)


# -- a served hall ------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class ServedHall:
    """A whole server of the shipped configuration, on loopback, in a directory of its own."""

    server: Server
    url: str
    clients: list[HallClient] = field(default_factory=list)

    def client(self, token: str = "") -> HallClient:
        """Closed when the hall is."""
        made = HallClient(self.url, self.server.settings.branch, token, timeout_s=5)
        self.clients.append(made)
        return made

    def machine(self, role: Role, device: str, counter: int | None = None) -> HallClient:
        """An enrolled machine's line to the hall."""
        return self.client(self.server.accounts.put_machine(device, role, counter))

    def clerk(self, counter: int, staff: str | None = None) -> HallClient:
        """A clerk signed in at a counter machine."""
        staff = staff or f"{1000 + counter}"
        self.server.accounts.put_person(staff, Role.CLERK, "4711")
        client = self.machine(Role.COUNTER, f"counter-{counter}", counter)
        client.token = client.login(Login(staff=staff, secret="4711", counter=counter)).token
        return client


class ServeHall(Protocol):
    def __call__(
        self, home: Path, at: int = 0, config: Path = CONFIG, **environ: str
    ) -> AbstractContextManager[ServedHall]: ...


@contextmanager
def _serve_hall(home: Path, at: int = 0, config: Path = CONFIG, **environ: str) -> Iterator[ServedHall]:
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(("127.0.0.1", at))
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    settings = load(config, {"HALL_DATA": str(home), "HALL_BROKER": "none", "HALL_PUBLIC_URL": url, **environ})
    server = build(settings)
    server.start()
    http = server.http()
    thread = threading.Thread(target=lambda: http.run(sockets=[listening]), name="test-http")
    thread.start()
    hall = ServedHall(server, url)
    try:
        yield hall
    finally:
        for client in hall.clients:
            client.close()
        http.should_exit = True
        thread.join()
        server.stop()
        listening.close()


@pytest.fixture(scope="session")
def serve_hall() -> ServeHall:
    """Serves a hall in the given directory until the block ends, `at` a port; words go to the settings' environment."""
    return _serve_hall


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedHall]:
    """One hall for all tests of a file."""
    with _serve_hall(tmp_path_factory.mktemp("hall")) as hall:
        yield hall


# -- a hall in real programs ------------------------------------------------------------
class Until(Protocol):
    def __call__(self, look: Callable[[], T], seconds: float = WAIT_S) -> T: ...


def _until(look: Callable[[], T], seconds: float = WAIT_S) -> T:
    pause = threading.Event()
    for _ in range(int(seconds / LOOK_EVERY_S)):
        if found := look():
            return found
        pause.wait(LOOK_EVERY_S)
    return look()


@pytest.fixture
def until() -> Until:
    """Looks until something true is seen and returns it; at the end of its patience, whatever is seen then."""
    return _until


@pytest.fixture
def config_dir() -> Path:
    return CONFIG


@pytest.fixture
def hall(tmp_path: Path) -> "Iterator[BenchHall]":
    """Server, broker, simulated devices, station and driven kiosk, each a process of its own."""
    from server.demo.bench.hall import Ground, bench_hall

    with bench_hall(Ground(CONFIG, tmp_path, quick=True), whole=True) as opened:
        yield opened


# -- browser ------------------------------------------------------------
CHROMIUM_OPTIONS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of Debian's Chromium."""
    found = shutil.which("chromium")
    if found is None:
        pytest.fail("chromium is needed by this test; `make test` installs it", pytrace=False)
    return found


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_OPTIONS)
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that fails the test when its script throws."""
    errors: list[str] = []
    with browser.new_context(locale="zh-CN", timezone_id="Asia/Shanghai") as context:
        opened = context.new_page()
        opened.on("pageerror", lambda error: errors.append(str(error)))
        yield opened
    assert errors == []
