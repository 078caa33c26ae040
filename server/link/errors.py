"""What a program meets when it asks the hall.

LinkError
├── HallAway       no answer to be trusted: no connection, time over, 5xx, or an answer that is not the hall's
├── ActRefused     the hall answered no (4xx); `problem.code` chooses the words
└── OutboxFailed   the program's own disk: nothing was kept
"""

from server.contract.views.answers import ProblemView


class LinkError(Exception):
    """Root of what the line to the hall raises."""


class HallAway(LinkError):
    """The hall gave no answer; with `outcome_unknown` it may have done the act: repeat it with the same request id."""

    def __init__(
        self, why: str, *, outcome_unknown: bool = False, code: str = "away", retry_after_s: float | None = None
    ) -> None:
        super().__init__(why)
        self.outcome_unknown = outcome_unknown
        self.code = code
        """`away`, or the server's word: `busy`, `not-owner`, `outcome-unknown` …"""
        self.retry_after_s = retry_after_s


class ActRefused(LinkError):
    """The hall judged the act and refused it; nothing was changed."""

    def __init__(self, problem: ProblemView) -> None:
        super().__init__(f"{problem.code}: {problem.title}")
        self.problem = problem


class OutboxFailed(LinkError):
    """The outbox could not keep or read an entry (disk full, read-only, locked)."""
