"""The demo's closing account: what the crowd saw, what was printed and what the hall says must agree."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from server.contract.views import BoardView
from server.demo.history import History
from server.demo.simulated import PrintedSlip
from server.demo.voice import VoiceAccount

SILENT = VoiceAccount(0, {}, [])
NUMBER = re.compile(r"\b[A-Z]\d{3,4}\b")


@dataclass(frozen=True, slots=True)
class Report:
    tickets: int
    called: int
    finished: int
    no_show: int
    ratings: int
    printed: int
    pressed: int
    customers: int
    killed: dict[str, int]
    said: int
    unsaid: dict[str, int]
    problems: list[str]

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def reconcile(
    history: History,
    board: BoardView,
    slips: Sequence[PrintedSlip],
    findings: Sequence[str],
    *,
    expected: int,
    complete: bool,
    killed: dict[str, int],
    died: Sequence[str],
    visitors: bool = False,
    voice: VoiceAccount = SILENT,
) -> Report:
    """`findings` are those of `hall verify`; `complete`: the whole plan was to be lived, not only part of it.

    `visitors`: somebody at a window may have taken numbers too, so the hall may know of more than the crowd.
    """
    problems = [*history.problems, *findings, *died, *voice.problems]
    walks = list(history.walks.values())
    problems += _numbers_once([walk.number for walk in walks if walk.number], "was given out")
    printed = [_number_of(slip) for slip in slips]
    problems += _numbers_once([number for number in printed if number], "was printed")
    problems += _paper_and_tickets(history, set(printed))
    if complete:
        problems += [f"{w.customer.tag} ({w.number}) ended {w.ended or 'nowhere'}" for w in walks if not w.ended]
        if len(walks) != expected:
            problems.append(f"{expected} customers were to come, {len(walks)} came")
    issued = sum(1 for walk in walks if walk.number)
    if board.issued < issued or (board.issued > issued and not visitors):
        problems.append(f"the hall says {board.issued} tickets were issued, the crowd holds {issued}")
    pressed = sum(1 for walk in walks if walk.pressed is not None)
    if board.ratings.n > pressed:
        problems.append(f"{board.ratings.n} ratings are counted, {pressed} customers pressed")
    return Report(
        tickets=board.issued,
        called=board.called,
        finished=board.finished,
        no_show=board.no_show,
        ratings=board.ratings.n,
        printed=len(slips),
        pressed=pressed,
        customers=len(walks),
        killed=killed,
        said=voice.said,
        unsaid=voice.unsaid,
        problems=problems,
    )


def _number_of(slip: PrintedSlip) -> str:
    found = NUMBER.search(slip.text)
    return found.group() if found else ""


def _numbers_once(numbers: Sequence[str], what: str) -> list[str]:
    return [f"{number} {what} {times} times" for number, times in Counter(numbers).items() if times > 1]


def _paper_and_tickets(history: History, printed: set[str]) -> list[str]:
    held = {walk.number: walk for walk in history.walks.values() if walk.number}
    problems = [f"{number} is on paper but no ticket" for number in sorted(printed - set(held)) if number]
    problems += [
        f"{number} was said to be printed, but is not on paper"
        for number, walk in sorted(held.items())
        if walk.printed == "printed" and number not in printed
    ]
    if "" in printed:
        problems.append("a slip without a number was printed")
    return problems
