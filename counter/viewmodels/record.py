"""The record being written at a counter: follows the customer, kept on disk at every stroke."""

from dataclasses import replace

from counter.desk import Draft, draft_for, edited
from counter.requests import Asking
from counter.viewmodels.adoption import Adoption
from server.contract.views.desk import CurrentView, LastLegView
from server.contract.words import Outcome


class Record:
    """Its writers raise OSError or OutboxFailed when the disk takes nothing; the text then stands on the screen."""

    def __init__(self, draft: Draft | None, adoption: Adoption, asking: Asking) -> None:
        self.draft = draft
        self._adoption, self._asking = adoption, asking

    def edit(self, **changes: str | Outcome | tuple[str, ...]) -> None:
        if self.draft is not None:
            self._set(edited(self.draft, **changes))

    def begin(self, draft: Draft) -> None:
        self._set(draft)

    def saved(self, ticket: str | None = None) -> None:
        """The server or the outbox has it; with `ticket` only if it is that one's."""
        if self.draft is not None and ticket in (None, self.draft.ticket):
            self._set(replace(self.draft, saved=True))

    def drop(self) -> None:
        self._set(None)

    def follow(self, current: CurrentView | None, last: LastLegView | None) -> None:
        """Belongs to whoever is here; one typed for a leg that is over stays until it is saved."""
        kept = self.draft
        if current is None:
            if kept is not None and not _same_leg(kept, last) and (kept.saved or not kept.note.strip()):
                self._set(None)
            return
        draft = draft_for(current, kept)
        if draft == kept:
            return
        if kept is not None and not kept.saved and kept.note.strip() and kept.ticket:
            self._adoption.keep(self._asking.save(kept))
        self._set(draft)

    def _set(self, draft: Draft | None) -> None:
        if draft != self.draft:
            self.draft = draft
            self._adoption.remember(draft)


def _same_leg(draft: Draft, last: LastLegView | None) -> bool:
    return last is not None and (last.ticket, last.leg) == (draft.ticket, draft.leg)
