"""The hall displays' voice: the same utterance as a loudspeaker's, composed when a display asks for it."""

import asyncio
import logging
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from server.application.callers import Caller
from server.application.front import Front
from server.config_files import VoicePart
from server.contract.clips import ClipSet
from server.entrypoints.problems import Problem
from server.entrypoints.who_may import Door

log = logging.getLogger(__name__)


class DisplayVoice:
    def __init__(self, front: Front, door: Door, part: VoicePart, clips: ClipSet) -> None:
        self._front = front
        self._door = door
        self._part = part
        self._clips = clips

    def speaks_at(self, display: Caller) -> bool:
        return display.id in self._part.displays

    async def call(self, request: Request) -> Response:
        """A call that stands now, as a WAV file; empty in quiet hours, and when it is over."""
        display = self._door.admit(request, "call-sound")
        if not self.speaks_at(display):
            raise Problem("forbidden", "hall.toml names other displays to speak")
        if not self._front.ready():
            raise Problem("not-owner", retry_after_s=1)
        hall = self._front.keeper.hall
        called = [each for each in hall.calls if each.seq == request.path_params["seq"] and hall.calling_now(each)]
        here = self._front.clock.now().astimezone(ZoneInfo(hall.rules.timezone)).time()
        if not called or not self._part.speaks_at(here):
            return Response(status_code=204)
        utterance = self._part.utterance(called[0].number, called[0].counter, called[0].language)
        said = await asyncio.to_thread(self._clips.say, utterance)
        if said.fault:
            log.warning("a display cannot say all of a call: %s", said.fault)
        if not said.sound:
            return Response(status_code=204)
        return Response(said.sound, media_type="audio/wav", headers={"Cache-Control": "no-store"})
