"""The code on a slip and on a phone: the public address of one ticket, which holds the right to see it."""

import base64
import re
from dataclasses import dataclass, field

from ulid import ULID

PATH = "/t/"
PHONE_PREFIX = "t."
"""Of a bearer that is such a right and no machine's or person's token."""
_TOKEN = re.compile(r"[A-Za-z0-9_-]{42}")
_ID_BYTES = 16


@dataclass(frozen=True, slots=True)
class HeldTicket:
    """What a code says of itself; only the hall knows whether it is true."""

    ticket: str
    token: str = field(repr=False)


def held_ticket(text: str, public_url: str | None) -> HeldTicket | None:
    """None: the code is not one of this branch by its form."""
    address = f"{public_url.rstrip('/')}{PATH}" if public_url else None
    token = text.removeprefix(address) if address and text.startswith(address) else ""
    if not _TOKEN.fullmatch(token):
        return None
    raw = base64.urlsafe_b64decode(f"{token}==")[:_ID_BYTES]
    return HeldTicket(str(ULID(raw)), token)
