"""The record being written at a counter: follows the customer, kept on disk at every stroke."""

from dataclasses import replace

from counter.desk import Draft, draft_for, edited
from counter.requests import Ask, Asking, interaction
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

    def saved(self, ask: Ask) -> None:
        """The server or the outbox has what was asked; what was typed since is not in it."""
        draft = self.draft
        if draft is not None and (ask.ticket or "") == draft.ticket and ask.record == interaction(draft):
            self._set(replace(draft, saved=True))

    def drop(self) -> None:
        self._set(None)

    def hand_over(self) -> None:
        """The leg went on to a colleague: what was typed of it is kept to be sent."""
        self._keep_typed()
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
        self._keep_typed()
        self._set(draft)

    def _keep_typed(self) -> None:
        draft = self.draft
        if draft is not None and not draft.saved and draft.note.strip() and draft.ticket:
            self._adoption.keep(self._asking.save(draft))

    def _set(self, draft: Draft | None) -> None:
        if draft != self.draft:
            self.draft = draft
            self._adoption.remember(draft)


def _same_leg(draft: Draft, last: LastLegView | None) -> bool:
    return last is not None and (last.ticket, last.leg) == (draft.ticket, draft.leg)
