"""Listens to a pad that the machine takes for a keyboard; no other program gets its keys."""

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager

import structlog

from devices.health import Health
from devices.hid import NAMES, Keyboard, KeyEvent, Lost, open_keyboard
from devices.line_driver import ReopeningDriver
from devices.protocols import Press
from devices.rating_pad.presses import Fingers
from devices.resources import InputPort

log = structlog.get_logger(__name__)


class HidRatingPad(ReopeningDriver[Keyboard]):
    """A `RatingPad` without a lamp; it neither numbers nor repeats its presses, its health is that of its cable."""

    def __init__(
        self,
        name: str,
        port: InputPort,
        codes: Mapping[int, int],
        *,
        new_mark: Callable[[], str],
        reopen_s: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`codes`: the kernel's code -> key, 1 … 5 from the left."""
        super().__init__(name, reopen_s=reopen_s, clock=clock)
        self._port = port
        self._codes = codes
        self._fingers = Fingers(name, new_mark)
        self._held: frozenset[int] = frozenset()
        self._strange: set[int] = set()

    def start(self, on_press: Callable[[Press], None], on_health: Callable[[Health], None]) -> None:
        self._on_press = on_press
        self._begin(on_health)

    def invite(self, seconds: float, number: str) -> None: ...

    def thank(self) -> None: ...

    def dark(self) -> None: ...

    def ignored(self) -> dict[str, int]:
        return self._fingers.judge.ignored()

    def _open(self) -> AbstractContextManager[Keyboard]:
        return open_keyboard(self._name, self._port)

    def _rest(self) -> None:
        self._fingers.keep(self._on_press)
        super()._rest()

    def _serve(self, line: Keyboard) -> None:
        self._held = frozenset()
        while not self._stopping.is_set():
            for event in line.read():
                self._take(event)
            now = self._clock()
            self._fingers.judge.held(self._held, now)
            self._fingers.keep(self._on_press)
            self._say(self._fingers.judge.causes(now))

    def _take(self, event: KeyEvent | Lost) -> None:
        if isinstance(event, Lost):
            self._held = frozenset()
            return
        key = self._codes.get(event.code)
        if key is None:
            self._tell_strange(event.code)
        elif event.down:
            self._held |= {key}
            self._fingers.take(key, event.at_s)
        else:
            self._held -= {key}

    def _tell_strange(self, code: int) -> None:
        if code not in self._strange:
            self._strange.add(code)
            log.info("a key that is not among its codes", device=self._name, code=NAMES.get(code, code))
