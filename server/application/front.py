"""Where every act arrives and every view is made: the keeper's hall, the branch's words, the private texts."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from server.application.alarms import Alarms
from server.application.anteroom import Anteroom
from server.application.asking import Asked, Asking
from server.application.board_view import board_view
from server.application.callers import Caller
from server.application.deliberation import Render, Request, Tell
from server.application.desk_view import ReadTexts, desk_view
from server.application.keeper import Keeper
from server.application.phone import Capabilities
from server.application.ports import HallClock, PrivateText
from server.application.scene import BranchFacts, DeviceFacts, Forecast, Scene
from server.application.views import hall_view, ticket_view
from server.contract.journal import JournalPage
from server.contract.views.board import BoardView
from server.domain.state import Hall
from server.domain.ticket import ClosedVisit, Ticket
from server.domain.vocabulary import CounterNo, CounterState, Digest, Role, TicketId

PENDING_S = 10.0
SCENE_LIFE_S = 0.2
DEADLINE_S = 1.2
"""Below a kiosk's patience of 1.4 s: what is decided later would be answered to nobody."""

FindClosed = Callable[[TicketId], ClosedVisit | None]
"""A visit that is over, from the tables; None when it is not known."""


class NoteTexts:
    """What the private store holds or is about to hold: a note is seen in the answer to the act it came with."""

    def __init__(self, read: ReadTexts, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._read = read
        self._monotonic = monotonic
        self._pending: dict[Digest, tuple[str, float]] = {}
        self._lock = threading.Lock()

    def put(self, texts: Iterable[PrivateText]) -> None:
        now = self._monotonic()
        with self._lock:
            self._pending = {key: held for key, held in self._pending.items() if now - held[1] < PENDING_S}
            self._pending |= {each.digest: (each.text, now) for each in texts}

    def __call__(self, digests: Sequence[Digest]) -> Mapping[Digest, str]:
        if not digests:
            return {}
        since = self._monotonic() - PENDING_S
        with self._lock:
            held = [(digest, self._pending.get(digest)) for digest in digests]
        pending = {digest: found[0] for digest, found in held if found is not None and found[1] > since}
        missing = [digest for digest in digests if digest not in pending]
        return {**self._read(missing), **pending} if missing else pending


@dataclass(slots=True)
class Front:
    keeper: Keeper
    clock: HallClock
    facts: BranchFacts
    forecast: Forecast
    anteroom: Anteroom
    texts: NoteTexts
    capabilities: Capabilities
    find_closed: FindClosed
    read_journal: Callable[[int], JournalPage]
    """The page after this seq."""
    alarms: Alarms
    devices: Callable[[], DeviceFacts] = DeviceFacts
    speed: float = 1.0
    """Of the hall clock; 1 but in a demo."""
    wall: Callable[[], datetime] = lambda: datetime.now(UTC)
    _last: tuple[float, Scene] | None = field(default=None, init=False)

    def asking(self, caller: Caller) -> Asking:
        return Asking(caller, self.clock.now(), self.speed)

    def locked(self, caller: Caller) -> bool:
        """A pause locks the clerk's session: who goes on must have signed in since."""
        desk = None if caller.counter is None else self.keeper.hall.counters.get(caller.counter)
        if caller.role is not Role.CLERK or desk is None or desk.state is not CounterState.PAUSED or not caller.since:
            return False
        paused_for = (self.clock.now() - desk.since) / self.speed
        return self.wall() - caller.since > paused_for

    def request(
        self,
        asked: Asked,
        who: Asking,
        *,
        request_id: str,
        body_digest: str,
        render: Render,
        tell: Tell,
        status: int = 200,
    ) -> Request:
        """What the keeper is to be asked; `render` and `tell` run on its thread."""
        if asked.texts:
            self.texts.put(asked.texts)
        caller = who.caller
        return Request(
            asked.command,
            caller.id,
            caller.id,
            request_id,
            body_digest,
            time.monotonic() + DEADLINE_S,
            caller.supervisor,
            asked.texts,
            render,
            status,
            tell,
        )

    # views

    def scene(self) -> Scene:
        """The last committed state; shared by all who ask within a moment."""
        state, now = self.keeper.state, time.monotonic()
        if self._last is not None:
            made, scene = self._last
            if scene.hall is state.hall and now - made < SCENE_LIFE_S:
                return scene
        scene = self.scene_of(state.hall, state.rev)
        self._last = (now, scene)
        return scene

    def scene_of(self, hall: Hall, rev: int) -> Scene:
        now = self.clock.now()
        as_of = now if hall.at is None else max(now, hall.at)
        return Scene(self.facts, hall, self.keeper.journal_id, rev, as_of, self.forecast, self.devices)

    def ready(self) -> bool:
        """Whether there is a hall to be shown: this process keeps the branch and has read it."""
        return self.keeper.owner and self.keeper.hall.config is not None

    def ticket(self, ticket: TicketId) -> Ticket | ClosedVisit | None:
        """An open ticket from memory, a closed visit from the tables."""
        return self.keeper.hall.live.get(ticket) or self.find_closed(ticket)

    def hall_json(self) -> str:
        return hall_view(self.scene()).model_dump_json()

    def desk_json(self, counter: CounterNo) -> str:
        """Raises KeyError for an unknown counter."""
        return self.desk_of(self.scene(), counter)

    def desk_of(self, scene: Scene, counter: CounterNo) -> str:
        return desk_view(scene, counter, self.texts, self.keeper.figures.today().mean_interarrival_s).model_dump_json()

    def board(self) -> BoardView:
        broken = sorted(self.keeper.broken_projections)
        view = board_view(self.scene(), self.keeper.figures.today(), broken)
        return view.model_copy(update={"alarms": self.alarms.standing()})

    def board_json(self) -> str:
        return self.board().model_dump_json()

    def ticket_json(self, ticket: TicketId) -> str:
        """Raises KeyError for a ticket the branch does not know."""
        found = self.ticket(ticket)
        if found is None:
            raise KeyError(ticket)
        return ticket_view(self.scene(), found).model_dump_json()
