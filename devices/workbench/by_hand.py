"""Far ends played by lines, where is no terminal to draw on: each line is a button."""

import shlex
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from devices.buttons import Answer, typed
from devices.simulation import Simulation
from devices.workbench.bench import words

HELP = "`devices` lists them, `NAME` tells how one is, `NAME buttons` what can be pressed on it; Ctrl-D ends"


def by_hand(simulation: Simulation, lines: Iterable[str], say: Callable[[str], None]) -> None:
    """As `pad-1 press key=5`."""
    say(HELP)
    for line in lines:
        try:
            written = shlex.split(line)
        except ValueError as cause:
            say(f"error: {cause}")
            continue
        if written:
            for told in _told(simulation.press(_request(written))):
                say(told)


def _request(written: list[str]) -> dict[str, Any]:
    if written == ["devices"]:
        return {"do": "devices"}
    name, do, *facts = written if len(written) > 1 else [*written, "look"]
    return {"device": name, "do": do} | {key: typed(value) for key, _, value in (fact.partition("=") for fact in facts)}


def _told(answer: Answer) -> Iterator[str]:
    facts = {name: value for name, value in answer.items() if name != "ok"}
    for name, value in facts.items():
        if isinstance(value, dict):
            yield from (f"{each}: {words(fact)}" for each, fact in value.items())
        else:
            yield f"{name}: {words(value)}"
    if not facts:
        yield "done"
