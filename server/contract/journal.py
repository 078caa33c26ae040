"""The journal as an auditor reads it: the stored lines, with what is needed to compute their hashes anew."""

from server.contract.common import Moment, View

PAGE = 500
"""Most lines of one page."""


class JournalLine(View):
    """One event as stored.

    `hash` is SHA-256 over the bytes of `prev_hash`, the line's head (`journal`, `seq`, `by`, `request`, `type`, each
    followed by a line feed) and `body`, in UTF-8; the first line follows 32 zero bytes.
    """

    seq: int
    at: Moment
    journal: str
    by: str
    request: str
    type: str
    body: str
    prev_hash: str
    """Hexadecimal, as `hash`."""
    hash: str


class JournalPage(View):
    """Lines in order, those after the asked seq."""

    branch: str
    lines: list[JournalLine]
    last: int
    """Seq of the last line here, to ask the next page after; the asked one when there are none."""
    more: bool
    """There are lines after `last`."""
