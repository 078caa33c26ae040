"""Who asks the hall for something."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from server.domain.vocabulary import ClerkId, ClientId, CounterNo, Role, TicketId

SUPERVISORS = frozenset({Role.GUIDE, Role.MANAGER})


@dataclass(frozen=True, slots=True)
class Caller:
    """A known machine, a signed-in person, or the phone that holds one ticket's capability."""

    id: ClientId
    role: Role
    counter: CounterNo | None = None
    """Where a clerk is signed in, or the only counter a machine may stand for."""
    ticket: TicketId | None = None
    """The one ticket a phone may see."""
    since: datetime | None = None
    """Wall time of a person's sign-in."""

    @property
    def supervisor(self) -> bool:
        return self.role in SUPERVISORS

    @property
    def audited(self) -> str:
        """As the audit log names it: no record leads to a customer."""
        return Role.PHONE.value if self.role is Role.PHONE else self.id

    @property
    def clerk(self) -> ClerkId:
        return ClerkId(self.id)


@dataclass(frozen=True, slots=True)
class Machine:
    """An enrolled machine, as `hall device list` tells it."""

    device: str
    role: Role
    counter: CounterNo | None
    enrolled_at: datetime


class AccountError(ValueError):
    """An account, code or secret cannot be made or used as asked; the message says why."""


class SignInError(Exception):
    """Wrong staff number or secret, or too many wrong ones before (`retry_after_s` is set)."""

    def __init__(self, retry_after_s: int | None = None) -> None:
        super().__init__("sign-in refused")
        self.retry_after_s = retry_after_s


class AccountsAway(Exception):
    """The accounts cannot be read or written now; asking again changes nothing for the worse."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    token: str = field(repr=False)
    caller: Caller


class KnownCallers(Protocol):
    """Who is known. `caller` answers from memory; the others may take as long as a database and a slow hash take,
    and raise AccountsAway."""

    def caller(self, token: str, *, acting: bool = False) -> Caller | None:
        """`acting`: it asks for more than to look."""
        ...

    def sign_in(
        self, staff: str, secret: str, *, machine: Caller | None, counter: int | None, address: str = ""
    ) -> SignedIn: ...

    def sign_out(self, token: str) -> None: ...

    def enrol(self, code: str, device: str) -> str: ...
