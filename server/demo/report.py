"""The demo's closing account: what the crowd saw, what was printed and what the hall says must agree."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from types import MappingProxyType

from server.contract.views.board import BoardView
from server.demo.history import History, Walk
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
    """Slips that were cut, whole."""
    reprints: int
    """Slips asked for once more because the first had failed, marked as copies."""
    unprinted: int
    """Slips that are not on paper, of those that the kiosk did not call printed: they failed, or nobody could tell."""
    pressed: int
    ignored: dict[str, int]
    """Presses kept but not counted, by their fate."""
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
    ignored: Mapping[str, int] = MappingProxyType({}),
) -> Report:
    """`findings` are those of `hall verify`; `complete`: the whole plan was to be lived, not only part of it.

    `visitors`: somebody at a window may have taken numbers too, so the hall may know of more than the crowd.
    """
    problems = [*history.problems, *findings, *died, *voice.problems]
    walks = list(history.walks.values())
    problems += _numbers_once([walk.number for walk in walks if walk.number], "was given out")
    paper = Counter(_number_of(slip) for slip in slips)
    problems += _paper_and_tickets(history, paper)
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
    if (kept := board.ratings.n + sum(ignored.values())) < pressed:
        problems.append(f"{pressed} customers pressed, the hall knows of {kept} presses")
    reprints = sum(walk.reprints for walk in walks)
    return Report(
        tickets=board.issued,
        called=board.called,
        finished=board.finished,
        no_show=board.no_show,
        ratings=board.ratings.n,
        printed=len(slips),
        reprints=reprints,
        unprinted=sum(_unprinted(walk, paper[walk.number]) for walk in walks),
        pressed=pressed,
        ignored=dict(ignored),
        customers=len(walks),
        killed=killed,
        said=voice.said,
        unsaid=voice.unsaid,
        problems=problems,
    )


def _number_of(slip: PrintedSlip) -> str:
    found = NUMBER.search(slip.text)
    return found.group() if found else ""


def _unprinted(walk: Walk, on_paper: int) -> int:
    return max(0, len(walk.printings) - max(on_paper, walk.printings.count("printed")))


def _numbers_once(numbers: Sequence[str], what: str) -> list[str]:
    return [f"{number} {what} {times} times" for number, times in Counter(numbers).items() if times > 1]


def _paper_and_tickets(history: History, printed: Counter[str]) -> list[str]:
    """Each slip is a ticket's or a marked reprint of it, and what was said to be printed is there."""
    held = {walk.number: walk for walk in history.walks.values() if walk.number}
    problems = [f"{number} is on paper but no ticket" for number in sorted(set(printed) - set(held)) if number]
    for number, walk in sorted(held.items()):
        if printed[number] > 1 + walk.reprints:
            problems.append(f"{number} was printed {printed[number]} times, {walk.reprints} of them asked for again")
        if printed[number] < walk.printings.count("printed"):
            problems.append(f"{number} was said to be printed, but is not on paper")
    if "" in printed:
        problems.append("a slip without a number was printed")
    return problems
