"""The faults that the hall promises to bear: each has a test in `make test` which says so by `fault(number)`."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
FAULTS = {
    1: "the broker is killed or starts again empty",
    2: "the server is killed between giving a number and saying it",
    3: "the server is killed at any point of a commit",
    4: "a program is cut off from the server",
    5: "a kiosk is restored from an image or copied",
    6: "messages come twice, out of order, minutes late",
    7: "the wall clock jumps",
    8: "midnight comes while the hall runs, or it was forgotten to close",
    9: "the clocks change for summer or winter",
    10: "a restart on the same day",
    11: "a disk is full",
    12: "the database is locked, slow or away",
    13: "the database is damaged or cut short",
    14: "the power of the server fails",
    15: "the power of a kiosk fails while it prints",
    16: "the paper ends within a ticket",
    17: "the cutter jams or the cover is open",
    18: "a printer says nothing of itself",
    19: "a serial device is plugged in again under another name",
    20: "garbage, half frames or a wrong speed on a line",
    21: "a key bounces, is played with or sticks",
    22: "two counters press next in one instant",
    23: "a double click, or hardware key and screen at once",
    24: "the counter program dies while serving",
    25: "a clerk signs in at two counters",
    28: "retained messages are damaged, foreign or of another version",
    29: "huge payloads and floods",
    30: "a pad was offline with presses stored",
    31: "a loudspeaker or a voice fails",
    32: "a display starts anew",
    33: "the configuration is wrong",
    34: "the software is upgraded or taken back on a working day",
}


def marked(path: Path) -> Iterator[int]:
    """Numbers proved by the tests of a file, as far as they run each time."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            marks = node.decorator_list
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark":
            marks = node.value.elts if isinstance(node.value, ast.List | ast.Tuple) else [node.value]
        else:
            continue
        if not any(ast.unparse(mark) == "pytest.mark.long" for mark in marks):
            yield from (number for mark in marks for number in _numbers(mark))


def _numbers(mark: ast.expr) -> Iterator[int]:
    if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.fault":
        yield from (ast.literal_eval(number) for number in mark.args)


@pytest.fixture(scope="module")
def proved() -> set[int]:
    return {number for path in TESTS.rglob("test_*.py") for number in marked(path)}


@pytest.mark.parametrize("number", FAULTS, ids=lambda number: f"{number} {FAULTS[number]}")
def test_every_promised_fault_has_its_test(number: int, proved: set[int]) -> None:
    assert number in proved
