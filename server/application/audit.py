"""What an auditor may ask for later: who signed in, who did what only some may do, who was refused, what was changed.

One record a deed, written beside the journal: the journal tells what happened to customers, the audit who was let in.
No names, no texts, no secrets: people are staff numbers, machines their ids.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

from server.application.ports import Recorded
from server.domain.events.days import ConfigAdopted

Fact = str | int | bool | None


class Deed(StrEnum):
    SIGNED_IN = "signed-in"
    SIGNED_OUT = "signed-out"
    SIGN_IN_REFUSED = "sign-in-refused"
    LOCKED_OUT = "locked-out"
    """Too many wrong secrets: the account rests for a while."""
    PERSON_PUT = "person-put"
    """Added, or given a new role or secret."""
    PERSON_REMOVED = "person-removed"
    CODE_MADE = "code-made"
    """A one-time code with which a machine may enrol."""
    ENROLLED = "enrolled"
    ENROL_REFUSED = "enrol-refused"
    REVOKED = "revoked"
    SUPERVISED = "supervised"
    """An act of a guide or manager was accepted."""
    SLOWED = "slowed"
    """A caller asked far too often; told once, until it has been quiet for a minute."""
    REFUSED = "refused"
    """A known caller asked for what it may not do."""
    MISUSED = "misused"
    """A machine sent the broker floods or what is no message; told once, until it has been quiet for a minute."""
    CONFIG_ADOPTED = "config-adopted"
    STARTED = "started"
    """A server has come up."""
    MIGRATED = "migrated"
    BACKED_UP = "backed-up"
    BACKUP_FAILED = "backup-failed"
    DAMAGED = "damaged"
    """The database was found not to be what was written."""
    RESTORED = "restored"
    ERASED = "erased"
    """What was written about a visit was taken away, on request."""


CONSOLE = "console"
"""Who acts by the `hall` command on the server itself."""
NOBODY_KNOWN = "unknown"
"""Said of a name that the hall does not know: what was typed there may be a secret."""


class Audit(Protocol):
    """Where such deeds are recorded."""

    def record(self, deed: Deed, by: str, **facts: Fact) -> None:
        """`by`: a staff number, a machine's id, `console` or `system`. Never raises."""


class NoAudit:
    """Keeps nothing."""

    def record(self, deed: Deed, by: str, **facts: Fact) -> None:
        pass


def audit_events(audit: Audit, recorded: Sequence[Recorded]) -> None:
    """What of the journal an auditor looks for first."""
    for one in recorded:
        if isinstance(one.event, ConfigAdopted):
            audit.record(Deed.CONFIG_ADOPTED, one.by, seq=one.seq)
