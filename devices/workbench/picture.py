"""What the workbench looks like in so many rows and columns; pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from itertools import islice

from devices.workbench.bench import Happening, Question, Workbench, words
from devices.workbench.cells import cut, fill, width

LEAST_ROWS, LEAST_COLUMNS = 12, 48
_LIST_SHARE = 3
"""The list of devices takes one column in so many."""
_NAMES = (16, 32)
_LOG_SHARE = 6
_MOST_KEY_ROWS = 4


class Ink(Enum):
    PLAIN = auto()
    FAINT = auto()
    STRONG = auto()
    CHOSEN = auto()
    WRONG = auto()
    KEY = auto()


Span = tuple[str, Ink]
Row = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class _Sizes:
    rows: int
    columns: int
    keys: int

    @property
    def list(self) -> int:
        least, most = _NAMES
        return min(max(self.columns // _LIST_SHARE, least), most)

    @property
    def log(self) -> int:
        return max(2, self.rows // _LOG_SHARE)

    @property
    def middle(self) -> int:
        return self.rows - self.log - self.keys - 4


def picture(bench: Workbench, rows: int, columns: int, title: str) -> list[Row]:
    """Never more than `rows`, none wider than `columns`; devices on the left, the chosen one's facts on the right."""
    if rows < LEAST_ROWS or columns < LEAST_COLUMNS:
        small = f"The window is too small: {LEAST_COLUMNS} × {LEAST_ROWS} at least. q quits."
        return [((cut(small, columns), Ink.PLAIN),)]
    keys = _question(bench.question, columns) if bench.question else _keys(bench, columns)
    sizes = _Sizes(rows, columns, len(keys))
    return [
        _head(bench, columns, title),
        _rule(columns, sizes.list, "┬"),
        *_middle(bench, sizes),
        _rule(columns, sizes.list, "┴"),
        *_log(bench, sizes),
        _rule(columns),
        *keys,
    ]


def _head(bench: Workbench, columns: int, title: str) -> Row:
    broken = sum(bool(seen["faults"]) for seen in bench.seen.values())
    count = f"{len(bench.devices)} simulated"
    right = f"{count}, {broken} with a fault " if broken else f"{count} "
    return ((fill(f" {title}", columns - width(right)), Ink.STRONG), (right, Ink.WRONG if broken else Ink.FAINT))


def _rule(columns: int, at: int = 0, mark: str = "─") -> Row:
    line = "─" * columns
    return ((line[:at] + mark + line[at + 1 :] if at else line, Ink.FAINT),)


def _middle(bench: Workbench, sizes: _Sizes) -> Iterator[Row]:
    names = list(_names(bench, sizes))
    facts = list(_facts(bench, sizes.columns - sizes.list - 2))
    most = max(len(facts) - sizes.middle, 0)
    bench.scrolled = min(bench.scrolled, most)
    shown = facts[bench.scrolled : bench.scrolled + sizes.middle]
    if bench.scrolled < most:
        shown[-1] = (("⋮ PgDn", Ink.FAINT),)
    for nth in range(sizes.middle):
        left: Row = names[nth] if nth < len(names) else ((" " * sizes.list, Ink.PLAIN),)
        right: Row = shown[nth] if nth < len(shown) else ()
        yield (*left, ("│ ", Ink.FAINT), *right)


def _names(bench: Workbench, sizes: _Sizes) -> Iterator[Row]:
    first = max(0, bench.chosen - sizes.middle + 1)
    longest = max(width(device.name) for device in bench.devices)
    for device in bench.devices[first : first + sizes.middle]:
        seen = bench.seen[device.name]
        faults = seen["faults"]
        how = words(faults or next(value for name, value in seen.items() if name != "faults"))
        name = fill(f" {device.name}", min(longest, sizes.list - 4) + 3)
        rest = fill(how, sizes.list - width(name))
        if device is bench.device:
            yield ((name + rest, Ink.CHOSEN),)
        else:
            yield ((name, Ink.PLAIN), (rest, Ink.WRONG if faults else Ink.FAINT))


def _facts(bench: Workbench, columns: int) -> Iterator[Row]:
    device = bench.device
    seen = dict(bench.seen[device.name])
    yield ((cut(f"{device.name}  {device.kind} {device.part.driver}", columns), Ink.STRONG),)
    place = device.where
    for first in range(0, len(place), columns):
        yield ((place[first : first + columns], Ink.FAINT),)
    yield ()
    faults = seen.pop("faults")
    if faults:
        yield ((cut(f"✗ {words(faults)}", columns), Ink.WRONG),)
    tall = {name: str(value) for name, value in seen.items() if "\n" in str(value)}
    flat = {name: words(value) for name, value in seen.items() if name not in tall}
    label = max(map(width, flat), default=0) + 2
    for name, value in flat.items():
        yield ((fill(name, label), Ink.FAINT), (cut(value, columns - label), Ink.PLAIN))
    for name, value in tall.items():
        yield ()
        yield ((name, Ink.FAINT),)
        for line in value.strip("\n").splitlines():
            yield (("▏ ", Ink.FAINT), (cut(line, columns - 2), Ink.PLAIN))
    if entry := bench.entries.get(device.name):
        yield ()
        yield (("to be written in devices.toml:", Ink.FAINT),)
        for line in entry.splitlines():
            yield (("▏ ", Ink.FAINT), (cut(line, columns - 2), Ink.PLAIN))


def _log(bench: Workbench, sizes: _Sizes) -> Iterator[Row]:
    last = list(islice(reversed(bench.happened), sizes.log))[::-1]
    longest = max((width(each.device) for each in last), default=0)
    for happening in last:
        yield _happened(happening, longest, sizes.columns)
    for _ in range(sizes.log - len(last)):
        yield ()


def _happened(happening: Happening, longest: int, columns: int) -> Row:
    when = f" {happening.at:%H:%M:%S} "
    name = fill(happening.device, longest + 2)
    what = cut(happening.what, columns - width(when) - width(name))
    return ((when, Ink.FAINT), (name, Ink.PLAIN), (what, Ink.WRONG if happening.wrong else Ink.PLAIN))


def _keys(bench: Workbench, columns: int) -> list[Row]:
    pairs = [(key, button.name) for key, button in bench.keys.items()]
    return [*_laid(pairs, columns), ((cut(" ↑↓ device   PgUp PgDn its facts   q quit", columns), Ink.FAINT),)]


def _question(question: Question, columns: int) -> list[Row]:
    asked = (cut(f" {question.button.name}: {question.button.what}", columns), Ink.STRONG)
    name = question.open[0].name
    if not question.choices:
        typing = cut(f" {name} {question.typing}▁", columns)
        return [(asked,), ((typing, Ink.PLAIN),), ((cut(" Enter press   Esc back", columns), Ink.FAINT),)]
    pairs = [(key, "" if key == words(value) else words(value)) for key, value in question.choices.items()]
    return [(asked,), *_laid(pairs, columns, f" {name} "), ((cut(" Esc back", columns), Ink.FAINT),)]


def _laid(pairs: Sequence[tuple[str, str]], columns: int, begin: str = "") -> list[Row]:
    """Each key before what it does, in columns, on as many rows as it takes."""
    room = max(width(name) for _, name in pairs) + 5
    across = max((columns - width(begin) - 1) // room, 1)
    rows = [pairs[first : first + across] for first in range(0, len(pairs), across)]
    return [
        ((begin if nth == 0 else " " * width(begin), Ink.FAINT), *_row(row, room))
        for nth, row in enumerate(rows[:_MOST_KEY_ROWS])
    ]


def _row(pairs: Sequence[tuple[str, str]], room: int) -> Iterator[Span]:
    for key, name in pairs:
        yield (" ", Ink.PLAIN)
        yield (key, Ink.KEY)
        yield (fill(f" {name}", room - 2), Ink.PLAIN)
