"""Satisfaction presses and answers, from wherever they come."""

import hashlib
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from datetime import timedelta

from server.application.answers import Answer
from server.application.asking import Asked, Asking
from server.application.front import Front
from server.contract.acts import GiveRating
from server.contract.views.answers import RatingView
from server.domain import commands as cmd
from server.domain.events.event import Event
from server.domain.events.ratings import RatingExplained, RatingGiven, RatingIgnored
from server.domain.state import Hall
from server.domain.vocabulary import Channel, ClientId, CounterNo, RatingFate, Role

CHANNELS = {
    Role.PHONE: Channel.PHONE,
    Role.KIOSK: Channel.KIOSK,
    Role.COUNTER: Channel.COUNTER,
    Role.STATION: Channel.PAD,
}
PRESS_DEADLINE_S = 10.0


def rate(who: Asking, body: GiveRating) -> Asked:
    """An answer given on a screen: the press is now."""
    sealing = who.sealing()
    return sealing.asked(
        cmd.GiveRating(
            source=who.caller.id,
            channel=CHANNELS[who.caller.role],
            score=body.score,
            pressed_at=who.at,
            window=body.window,
            reasons=tuple(body.reasons),
            text=sealing.digest(body.text),
        )
    )


def take_press(
    front: Front,
    device: str,
    press_id: str,
    *,
    score: int,
    age_s: float,
    window: str | None = None,
    in_time: bool | None = None,
    counter: int | None = None,
) -> "Future[Answer]":
    """A press that a station sent over MQTT; counted once however often `press_id` comes.

    `age_s`: machine seconds since the key went down. An accepted answer means it is durably stored, counted or not.
    """
    pressed_at = front.clock.now() - timedelta(seconds=age_s) * front.speed
    command = cmd.GiveRating(
        source=device,
        channel=Channel.PAD,
        score=score,
        pressed_at=pressed_at,
        window=window,
        in_time=in_time,
        counter=None if counter is None else CounterNo(counter),
    )
    said = f"press {score} {window} {in_time} {counter}"
    return front.keeper.submit(
        command,
        by=device,
        client=ClientId(device),
        request_id=press_id,
        body_digest=hashlib.sha256(said.encode()).hexdigest(),
        deadline=time.monotonic() + PRESS_DEADLINE_S,
        render=rating_json,
    )


def rating_json(_hall: Hall, events: Sequence[Event], _command: cmd.Command, _rev: int) -> str:
    return rating_view(events).model_dump_json()


def rating_view(events: Iterable[Event]) -> RatingView:
    """What became of the press, told by its events."""
    for event in events:
        if isinstance(event, RatingGiven | RatingExplained):
            return RatingView(fate=RatingFate.ACCEPTED, window=event.window)
        if isinstance(event, RatingIgnored):
            return RatingView(fate=event.fate, window=event.window)
    return RatingView(fate=RatingFate.REPEATED)
