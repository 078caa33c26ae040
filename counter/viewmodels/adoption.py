"""What this counter does on its own while the server is away, and how the server adopts it afterwards."""

from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from PySide6.QtCore import QObject, Signal

from counter.desk import Act, Away, Draft
from counter.keepsake import Kept
from counter.requests import Ask
from counter.sending import ACT, Adopted, NotTaken, keep, kept_tickets, not_taken, send_kept, set_aside
from counter.viewmodels.tools import Tools
from server.link.errors import ActRefused

RETRY_S = 5.0


class Adoption(QObject):
    """The outbox and the keepsake of one counter, as one `Away` value."""

    changed = Signal()
    adopted = Signal(object)
    """The desk as the server shows it after taking what was kept."""
    refused = Signal()
    """Some entries were not taken; they wait to be read."""
    session_over = Signal(str)
    """The hall knows the session of this token no longer."""

    def __init__(self, tools: Tools, counter: int, kept: Kept, parent: QObject) -> None:
        super().__init__(parent)
        self._tools, self._counter, self._kept = tools, counter, kept
        self._sending = False
        self._tried_at = tools.monotonic()
        self.away = Away()
        self.not_taken: tuple[NotTaken, ...] = ()
        self._recount()

    @property
    def aside(self) -> bool:
        """Whether damaged files of this counter wait for staff."""
        return bool(self._tools.outbox.aside or self._tools.keepsake.aside)

    def start_here(self, ticket: str, at: datetime) -> None:
        self._store(replace(self._kept, started={**self._kept.started, ticket: at}))

    def forget_start(self, ticket: str) -> None:
        self._store(replace(self._kept, started={t: at for t, at in self._kept.started.items() if t != ticket}))

    def call_by_voice(self, number: str, at: datetime, draft: Draft) -> None:
        self._store(replace(self._kept, voice_number=number, voice_since=at, draft=draft))

    def remember(self, draft: Draft | None) -> None:
        """Raises OSError when the disk takes nothing."""
        self._store(replace(self._kept, draft=draft))

    def keep(self, ask: Ask) -> None:
        """Raises OutboxFailed with nothing kept."""
        keep(self._tools.outbox, self._counter, ask)
        if ask.act is Act.VOICE:
            started = {t: at for t, at in self._kept.started.items() if t != ask.ticket}
            self._kept = replace(self._kept, voice_number=None, voice_since=None, started=started)
        self._recount()

    def set_aside(self, ask: Ask, why: str) -> None:
        """The server will not take it: kept here for staff to read."""
        set_aside(self._tools.outbox, self._counter, ask, why)
        self._recount()

    def dealt_with(self, entry: str) -> None:
        """Staff have read what the server did not take. Raises OutboxFailed."""
        self._tools.outbox.drop(entry)
        self._recount()

    def send_when_due(self) -> None:
        if self._tools.monotonic() - self._tried_at >= RETRY_S:
            self.send()

    def send(self) -> None:
        """Sends what is kept, off the Qt thread; one round at a time."""
        if self._sending or not self.away.pending:
            return
        self._sending, self._tried_at = True, self._tools.monotonic()
        hall, outbox = self._tools.hall, self._tools.outbox
        token = hall.token
        self._tools.worker.run(lambda: send_kept(hall, outbox), self._sent, lambda error: self._not_sent(error, token))

    def _sent(self, adopted: Adopted) -> None:
        self._sending = False
        if adopted.view is not None:
            self.adopted.emit(adopted.view)
        self._recount()
        if adopted.refused:
            self.refused.emit()
        self.changed.emit()

    def _not_sent(self, error: Exception, token: str) -> None:
        self._sending = False
        self._recount()
        if isinstance(error, ActRefused):
            self.session_over.emit(token)
        self.changed.emit()

    def _store(self, kept: Kept) -> None:
        self._tools.keepsake.store(kept)
        self._kept = kept
        self._recount()

    def _recount(self) -> None:
        outbox, kept = self._tools.outbox, self._kept
        self.away = Away(
            MappingProxyType(dict(kept.started)),
            kept_tickets(outbox),
            kept.voice_number,
            kept.voice_since,
            len(outbox.pending(ACT)),
        )
        self.not_taken = not_taken(outbox)
