"""Says calls aloud, one after the other, by a program that plays sound or a loudspeaker on the network."""

import datetime
import socket
import subprocess
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from devices.errors import DeviceAway, DeviceError, DeviceSilent
from devices.health import Cause, Health
from devices.resources import TcpPort
from server.contract.clips import ClipSet, seconds
from server.contract.sentences import Prompt, Utterance

log = structlog.get_logger(__name__)

CONNECT_S = 1.0
SLACK_S = 2.0
"""A player that takes so much longer than the sound lasts has hung and is ended."""


class Loudspeaker(Protocol):
    def play(self, sound: bytes) -> None:
        """A whole WAV file; returns when it was heard. Raises DeviceError."""
        ...


@dataclass(frozen=True, slots=True)
class ProgramSpeaker:
    """A program that plays the WAV file it reads, such as `aplay -q -`."""

    name: str
    command: Sequence[str]
    slack_s: float = SLACK_S

    def play(self, sound: bytes) -> None:
        within_s = seconds(sound) + self.slack_s
        try:
            ended = subprocess.run(list(self.command), input=sound, capture_output=True, timeout=within_s, check=False)
        except OSError as cause:
            raise DeviceAway(self.name, f"{self.command[0]}: {cause.strerror}") from cause
        except subprocess.TimeoutExpired as cause:
            raise DeviceSilent(self.name, f"{self.command[0]} did not end within {within_s:.0f} s") from cause
        if ended.returncode:
            said = ended.stderr.decode(errors="replace").strip()[:200]
            raise DeviceError(self.name, f"{self.command[0]} ended with {ended.returncode}: {said}")


@dataclass(frozen=True, slots=True)
class NetworkSpeaker:
    """A loudspeaker that plays one WAV file a connection and closes it when that was heard."""

    name: str
    port: TcpPort
    slack_s: float = SLACK_S

    def play(self, sound: bytes) -> None:
        try:
            with socket.create_connection((self.port.host, self.port.port), CONNECT_S) as line:
                line.settimeout(seconds(sound) + self.slack_s)
                line.sendall(sound)
                line.shutdown(socket.SHUT_WR)
                while line.recv(4096):
                    continue
        except TimeoutError as cause:
            raise DeviceSilent(self.name, f"{self.port.host}:{self.port.port} does not take the sound") from cause
        except OSError as cause:
            raise DeviceAway(self.name, f"{self.port.host}:{self.port.port}: {cause.strerror}") from cause


class ClipAnnouncer:
    """An `Announcer`; one call at a time, whoever asks."""

    def __init__(
        self,
        name: str,
        clips: ClipSet,
        speaker: Loudspeaker,
        speaks_at: Callable[[datetime.time], bool],
        now: Callable[[], datetime.time],
    ) -> None:
        """`speaks_at`: False in quiet hours."""
        self._name = name
        self._clips = clips
        self._speaker = speaker
        self._speaks_at = speaks_at
        self._now = now
        self._speaking = threading.Lock()
        self._health = Health.of(())

    def say(self, spoken: Utterance | Prompt) -> bool:
        if not self._speaks_at(self._now()):
            return False
        with self._speaking:
            said = self._clips.say(spoken)
            if said.fault:
                log.warning("not all can be said", device=self._name, why=said.fault)
            causes = {Cause.CLIPS} if said.fault else set()
            if said.sound:
                causes |= self._play(said.sound)
            self._health = Health.of(causes)
            return not causes

    def health(self) -> Health:
        return self._health

    def _play(self, sound: bytes) -> set[Cause]:
        try:
            self._speaker.play(sound)
        except DeviceError as fault:
            log.warning("the loudspeaker fails", device=self._name, why=fault.what)
            return {fault.cause}
        return set()
