"""This kiosk's code reader: each scan to the screen, its health to the screen and to the hall."""

from collections.abc import Callable

from devices.health import Health
from devices.parts import Parts
from devices.protocols import CODE_READER, CodeReader, Scan


class Reading:
    """Calls back on the reader's own thread."""

    def __init__(self, name: str, reader: CodeReader, parts: Parts | None) -> None:
        """`parts`: who tells the hall; None without a broker."""
        self._name = name
        self._reader = reader
        self._parts = parts

    def start(self, on_scan: Callable[[str], None], on_well: Callable[[bool], None]) -> None:
        if self._parts:
            self._parts.enter(self._name, CODE_READER, None, self._reader.health(), {"scans": 0})

        def hear(health: Health) -> None:
            if self._parts:
                self._parts.tell(self._name, health)
            on_well(health.ok)

        def take(scan: Scan) -> None:
            if self._parts:
                self._parts.count(self._name, "scans")
            on_scan(scan.text)

        self._reader.start(take, hear)

    def close(self) -> None:
        self._reader.close()
