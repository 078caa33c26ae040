"""Says calls aloud, one after the other, by a program that plays sound or a loudspeaker on the network."""

import datetime
import socket
import subprocess
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from devices.announcer.clips import ClipFault, ClipSet
from devices.errors import DeviceAway, DeviceError, DeviceSilent
from devices.health import Cause, Health
from devices.protocols import Utterance
from devices.resources import TcpPort

log = structlog.get_logger(__name__)

CONNECT_S = 1.0
LONGEST_S = 60.0
"""No call takes so long; a player that does has hung and is ended."""


class Loudspeaker(Protocol):
    def play(self, sound: bytes) -> None:
        """A whole WAV file; returns when it was heard. Raises DeviceError."""
        ...


@dataclass(frozen=True, slots=True)
class ProgramSpeaker:
    """A program that plays the WAV file it reads, such as `aplay -q -`."""

    name: str
    command: Sequence[str]

    def play(self, sound: bytes) -> None:
        try:
            ended = subprocess.run(list(self.command), input=sound, capture_output=True, timeout=LONGEST_S, check=False)
        except OSError as cause:
            raise DeviceAway(self.name, f"{self.command[0]}: {cause.strerror}") from cause
        except subprocess.TimeoutExpired as cause:
            raise DeviceSilent(self.name, f"{self.command[0]} did not end within {LONGEST_S:.0f} s") from cause
        if ended.returncode:
            said = ended.stderr.decode(errors="replace").strip()[:200]
            raise DeviceError(self.name, f"{self.command[0]} ended with {ended.returncode}: {said}")


@dataclass(frozen=True, slots=True)
class NetworkSpeaker:
    """A loudspeaker that plays one WAV file a connection and closes it when that was heard."""

    name: str
    port: TcpPort

    def play(self, sound: bytes) -> None:
        try:
            with socket.create_connection((self.port.host, self.port.port), CONNECT_S) as line:
                line.settimeout(LONGEST_S)
                line.sendall(sound)
                line.shutdown(socket.SHUT_WR)
                while line.recv(4096):
                    continue
        except TimeoutError as cause:
            raise DeviceSilent(self.name, f"{self.port.host}:{self.port.port} does not take the sound") from cause
        except OSError as cause:
            raise DeviceAway(self.name, f"{self.port.host}:{self.port.port}: {cause.strerror}") from cause


@dataclass(frozen=True, slots=True)
class Manner:
    """How calls are said. `quiet`: from and to, local time, when nothing is."""

    volume: float = 1.0
    yao: bool = False
    quiet: tuple[tuple[datetime.time, datetime.time], ...] = ()

    def speaks_at(self, now: datetime.time) -> bool:
        return not any(_within(now, start, end) for start, end in self.quiet)


class ClipAnnouncer:
    """An `Announcer`; one call at a time, whoever asks."""

    def __init__(
        self, name: str, clips: ClipSet, speaker: Loudspeaker, manner: Manner, now: Callable[[], datetime.time]
    ) -> None:
        self._name = name
        self._clips = clips
        self._speaker = speaker
        self._manner = manner
        self._now = now
        self._speaking = threading.Lock()
        self._health = Health.of(())

    def say(self, utterance: Utterance) -> None:
        if not self._manner.speaks_at(self._now()):
            return
        with self._speaking:
            causes: set[Cause] = set()
            try:
                sound = self._clips.compose(utterance, volume=self._manner.volume, yao=self._manner.yao)
            except ClipFault as fault:
                log.warning("a call cannot be said", device=self._name, why=str(fault))
                causes.add(Cause.CLIPS)
                sound = self._chime()
            if sound:
                causes |= self._play(sound)
            self._health = Health.of(causes)

    def health(self) -> Health:
        return self._health

    def _chime(self) -> bytes:
        """Better than nothing: people look up at the display."""
        try:
            return self._clips.chime(volume=self._manner.volume)
        except ClipFault:
            return b""

    def _play(self, sound: bytes) -> set[Cause]:
        try:
            self._speaker.play(sound)
        except DeviceError as fault:
            log.warning("the loudspeaker fails", device=self._name, why=fault.what)
            return {fault.cause}
        return set()


def _within(now: datetime.time, start: datetime.time, end: datetime.time) -> bool:
    return start <= now < end if start <= end else now >= start or now < end
