"""Every driver of the registry walks through random steps; a test of this folder says so by `driver(kind, name)`."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from devices.registry import DRIVERS

EVERY = [(kind, name) for kind, drivers in DRIVERS.items() for name in drivers]


def walked(path: Path) -> Iterator[tuple[str, ...]]:
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef):
            for mark in node.decorator_list:
                if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.driver":
                    yield tuple(ast.literal_eval(word) for word in mark.args)


@pytest.mark.parametrize(("kind", "name"), EVERY)
def test_every_driver_is_walked_through_random_steps(kind: str, name: str) -> None:
    found = {each for path in Path(__file__).parent.glob("test_*.py") for each in walked(path)}

    assert (kind, name) in found
