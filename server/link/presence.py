"""A program's own state at the broker: what it says while it is there, and what the broker says when it is gone."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from server.contract.messages import DeviceState, Presence, ServerState
from server.contract.topics import DEVICE_STATE, SERVER_STATE


@dataclass(frozen=True, slots=True)
class Beat:
    online: bool
    boot: str
    session: str
    beat: int
    at: datetime


@dataclass(frozen=True, slots=True)
class OwnState:
    """Where a program's state goes and how it is made for each beat."""

    topic: str
    payload: Callable[[Beat], bytes]
    read: Callable[[bytes], Presence]
    ids: Mapping[str, str]
    """Filled into topics that the caller gives without them."""


def device_state(branch: str, device: str, program: str, version: str = "") -> OwnState:
    def payload(beat: Beat) -> bytes:
        return DEVICE_STATE.encode(DeviceState(**_fields(beat), program=program, version=version))

    ids = {"branch": branch, "device": device}
    return OwnState(DEVICE_STATE.at(**ids), payload, DEVICE_STATE.decode, ids)


def server_state(branch: str, journal: Callable[[], tuple[str, int]], version: str = "") -> OwnState:
    """`journal` tells its id and the seq of its last event."""

    def payload(beat: Beat) -> bytes:
        name, rev = journal()
        state = ServerState(**_fields(beat), program="server", version=version, journal=name, rev=rev)
        return SERVER_STATE.encode(state)

    ids = {"branch": branch}
    return OwnState(SERVER_STATE.at(**ids), payload, SERVER_STATE.decode, ids)


def _fields(beat: Beat) -> dict[str, bool | str | int | datetime]:
    return {"online": beat.online, "boot": beat.boot, "session": beat.session, "beat": beat.beat, "at": beat.at}
