"""The hall's voice: what a technician writes of it, and what the entry builds."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Annotated, Self, cast

from pydantic import Field, model_validator

from devices.entries import Device, DevicePart, Driver, TcpPart
from devices.farend import Machine
from devices.protocols import Announcer
from server.contract.clips import ClipSet
from server.contract.voice import Manner


class AnnouncerPart(DevicePart, Manner):
    """A voice that calls numbers from recorded clips; at a counter it asks customers to rate instead."""

    counter: Annotated[int, Field(ge=1, le=999)] | None = None
    player: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    tcp: TcpPart | None = None

    @model_validator(mode="after")
    def _one_speaker(self) -> Self:
        if (self.player is None) == (self.tcp is None):
            raise ValueError("needs exactly one of player, tcp")
        return self


def _clips(device: Device) -> Announcer:
    from devices.announcer.driver import ClipAnnouncer, Loudspeaker, NetworkSpeaker, ProgramSpeaker

    part = cast("AnnouncerPart", device.part)
    speaker: Loudspeaker
    if part.tcp:
        speaker = NetworkSpeaker(device.name, part.tcp.resource(device.data_dir))
    else:
        assert part.player is not None
        speaker = ProgramSpeaker(device.name, part.player)
    folder = Path(device.file).parent / part.voices
    clips = ClipSet(lambda file: (folder / file).read_bytes(), volume=part.volume / 100, yao=part.yao)
    return ClipAnnouncer(device.name, clips, speaker, part.speaks_at, lambda: datetime.now().time())  # noqa: DTZ005 -- as the clock on the wall


def _clips_far_end(device: Device, _random: Random) -> Machine:
    from devices.announcer.simulator import SimulatedSpeaker

    place = cast("AnnouncerPart", device.part).tcp
    if place is None:
        raise device.wrong("player", "only a loudspeaker on tcp can be simulated")
    return SimulatedSpeaker(place.host, place.port)


_SAMPLE = {"at": "station-1", "tcp": {"host": "127.0.0.1", "port": 9200}}

DRIVERS: Mapping[str, Driver] = {"clips": Driver(AnnouncerPart, _clips, _clips_far_end, _SAMPLE)}
