"""Lines of a server-sent event stream into events."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ServerEvent:
    name: str
    data: str
    id: str = ""


class SseParser:
    """Takes lines without their ends; gives an event at each empty line that closes one with data."""

    def __init__(self) -> None:
        self._name = ""
        self._id = ""
        self._data: list[str] = []

    def take(self, line: str) -> ServerEvent | None:
        if line == "":
            return self._close()
        if line.startswith(":"):
            return None
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "event":
            self._name = value
        elif field == "data":
            self._data.append(value)
        elif field == "id" and "\0" not in value:
            self._id = value
        return None

    def _close(self) -> ServerEvent | None:
        event = ServerEvent(self._name or "message", "\n".join(self._data), self._id) if self._data else None
        self._name, self._data = "", []
        return event


def events_of(lines: Iterable[str]) -> Iterator[ServerEvent | None]:
    """One item a line: an event, or None for a line that only shows the stream is alive."""
    parser = SseParser()
    for line in lines:
        yield parser.take(line.rstrip("\r\n"))
