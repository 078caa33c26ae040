"""The demo's programs: started, watched, started again when one dies, killed on purpose when asked."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import structlog

log = structlog.get_logger()

RESTART_AFTER_S = 0.3
"""Before a dead program is started again; doubled while it keeps dying at once."""
RESTART_AT_MOST_S = 5.0
STEADY_S = 10.0
"""Alive this long, a program is no longer counted as dying at once."""
STOP_S = 8.0


@dataclass(slots=True)
class Child:
    """One program of the hall; its output goes to `logs/{name}.log`."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log_dir: Path
    pipes: bool = False
    """Its standard input and output are the demo's to speak with."""
    group: int | None = None
    """The process group that it joins; None: the demo's own, which Ctrl-C ends."""
    process: subprocess.Popen[str] | None = None
    started_at: float = 0.0
    delay_s: float = RESTART_AFTER_S

    def start(self) -> None:
        self._close_pipes()
        self.log_dir.mkdir(parents=True, exist_ok=True)
        with (self.log_dir / f"{self.name}.log").open("a", encoding="utf-8") as output:
            self.process = subprocess.Popen(
                list(self.command),
                env={**_surroundings(), **self.environment},
                stdin=subprocess.PIPE if self.pipes else subprocess.DEVNULL,
                stdout=subprocess.PIPE if self.pipes else output,
                stderr=output,
                text=True,
                bufsize=1,
                process_group=self.group,
            )
        self.started_at = time.monotonic()

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def kill(self) -> None:
        """Without warning, as a power cut would."""
        if self.process is not None and self.alive:
            self.process.send_signal(signal.SIGKILL)

    def stop(self) -> None:
        if self.process is None:
            return
        if self.alive:
            self.process.terminate()
        try:
            self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._close_pipes()

    def _close_pipes(self) -> None:
        if self.process is not None:
            close(self.process.stdin)
            close(self.process.stdout)


def _surroundings() -> dict[str, str]:
    """Without the HALL_ variables of whoever started the demo: they would send its programs to another hall."""
    return {name: value for name, value in os.environ.items() if not name.startswith("HALL_")}


def close(pipe: IO[str] | None) -> None:
    if pipe is not None:
        try:
            pipe.close()
        except BrokenPipeError:
            return


@dataclass(slots=True)
class Household:
    """Keeps every child alive until stopped, and no longer than this program lives: they are on a leash."""

    children: dict[str, Child] = field(default_factory=dict)
    died: list[str] = field(default_factory=list)
    expected_deaths: set[str] = field(default_factory=set)
    _stop: threading.Event = field(default_factory=threading.Event)
    _watcher: threading.Thread | None = None
    _leash: subprocess.Popen[bytes] | None = None

    def add(self, child: Child) -> Child:
        """Starts it in the place of one that has its name."""
        if child.name in self.children:
            self.children[child.name].stop()
        if self._leash is None:
            words = [sys.executable, "-m", "server.demo.leash"]
            self._leash = subprocess.Popen(words, stdin=subprocess.PIPE, process_group=0)
        child.group = self._leash.pid
        self.children[child.name] = child
        child.start()
        return child

    def watch(self) -> None:
        self._watcher = threading.Thread(target=self._watch, name="household", daemon=True)
        self._watcher.start()

    def _watch(self) -> None:
        while not self._stop.wait(0.1):
            for child in self.children.values():
                if not child.alive:
                    self._again(child)

    def _again(self, child: Child) -> None:
        now = time.monotonic()
        steady = now - child.started_at > STEADY_S
        child.delay_s = RESTART_AFTER_S if steady else min(child.delay_s * 2, RESTART_AT_MOST_S)
        code = child.process.returncode if child.process else None
        if child.name in self.expected_deaths:
            self.expected_deaths.discard(child.name)
        else:
            self.died.append(f"{child.name} ended with {code}")
            log.warning("a program died and is started again", program=child.name, code=code)
        if not self._stop.wait(child.delay_s):
            child.start()

    def kill(self, name: str) -> None:
        self.expected_deaths.add(name)
        self.children[name].kill()

    def close(self) -> None:
        """Stops all, last started first."""
        self._stop.set()
        if self._watcher is not None:
            self._watcher.join()
        for child in reversed(self.children.values()):
            child.stop()
        if self._leash is not None:
            self._leash.kill()
            self._leash.communicate()
