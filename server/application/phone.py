"""The phone's capability: an address that opens one ticket and nothing else, told only on that ticket's slip."""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from datetime import timedelta

from server.application.fresh_ids import ulid_bytes, ulid_text
from server.contract.held import PATH
from server.domain.vocabulary import TicketId

LIFE_AFTER_CLOSE = timedelta(hours=72)
_MAC_BYTES = 15
_ID_BYTES = 16
_MARK = "ticket:"
_MARKED = f'"phone_url":"{_MARK}'
"""Cannot be within a text, whose quotes JSON escapes."""
_ULID_LETTERS = 26


@dataclass(frozen=True, slots=True)
class Capabilities:
    """Nothing is stored: 120 bits of a keyed hash (RFC 7693) of the ticket's id, which only this server can make."""

    secret: bytes
    public_url: str | None = None

    def token(self, ticket: TicketId) -> str:
        raw = ulid_bytes(ticket)
        return base64.urlsafe_b64encode(raw + self._mac(raw)).decode().rstrip("=")

    def url(self, ticket: TicketId) -> str | None:
        """None while the branch has no public address."""
        return None if self.public_url is None else f"{self.public_url.rstrip('/')}{PATH}{self.token(ticket)}"

    def mark(self, ticket: TicketId) -> str | None:
        """Stands for the address in what is stored, for a stored address would open the ticket to whoever reads it."""
        return None if self.public_url is None else f"{_MARK}{ticket}"

    def fill(self, answer: str) -> str:
        """A stored JSON answer with the address in the place of its mark."""
        before, marked, after = answer.partition(_MARKED)
        if not marked:
            return answer
        url = self.url(TicketId(after[:_ULID_LETTERS]))
        told = "null" if url is None else f'"{url}"'
        return f'{before}"phone_url":{told}{after[_ULID_LETTERS + 1 :]}'

    def ticket_of(self, token: str) -> TicketId | None:
        """The ticket whose capability this is; None for any other word."""
        try:
            raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        if len(raw) != _ID_BYTES + _MAC_BYTES or not hmac.compare_digest(raw[_ID_BYTES:], self._mac(raw[:_ID_BYTES])):
            return None
        return TicketId(ulid_text(raw[:_ID_BYTES]))

    def _mac(self, raw: bytes) -> bytes:
        return hashlib.blake2b(raw, digest_size=_MAC_BYTES, key=self.secret, person=b"powerhall phone").digest()
