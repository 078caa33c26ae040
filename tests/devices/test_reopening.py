"""A device that is away is looked for now and then, without spinning, and told once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

import pytest

from devices.errors import DeviceAway
from devices.health import Cause, Health
from devices.line_driver import ReopeningDriver
from devices.resources import SerialPort, TcpPort
from devices.serial_line import open_line

Wait = Callable[..., None]
REST_S = 0.2


@pytest.mark.parametrize(
    ("port", "told"),
    [
        (SerialPort("/dev/nowhere"), "cannot open /dev/nowhere: No such file or directory"),
        (SerialPort("/dev/null"), "cannot open /dev/null: Could not configure port"),
        (TcpPort("127.0.0.1", 9), "cannot open 127.0.0.1:9: Connection refused"),
    ],
)
def test_why_a_port_cannot_be_opened_is_told_once(port: SerialPort | TcpPort, told: str) -> None:
    with pytest.raises(DeviceAway) as away:
        open_line("pad-1", port)

    assert away.value.what.startswith(told)
    assert away.value.what.count("such file") == told.count("such file")


class Lost(ReopeningDriver[None]):
    """A driver whose device comes at the third look."""

    def __init__(self) -> None:
        super().__init__("pad-1", reopen_s=REST_S)
        self.looked_at: list[float] = []

    def start(self, on_health: Callable[[Health], None]) -> None:
        self._begin(on_health)

    @contextmanager
    def _open(self) -> Iterator[None]:
        self.looked_at.append(monotonic())
        if len(self.looked_at) < 3:
            raise DeviceAway("pad-1", "cannot open it")
        yield

    def _serve(self, line: None) -> None:
        self._say(set())
        self._stopping.wait()


def test_a_device_that_is_away_is_looked_for_without_spinning_and_told_once(
    eventually: Wait, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    driver, told = Lost(), list[Health]()
    driver.start(told.append)
    try:
        eventually(lambda: driver.health().ok)
    finally:
        driver.close()

    pauses = [later - sooner for sooner, later in zip(driver.looked_at, driver.looked_at[1:], strict=False)]
    assert len(pauses) == 2
    assert min(pauses) >= 0.9 * REST_S
    assert [health.causes for health in told] == [{Cause.UNPLUGGED}, frozenset()]
    assert caplog.text.count("cannot open it") == 1
