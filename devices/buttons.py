"""The buttons of a simulated device: each says what it does and with what, so that no screen or person needs a list."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

Request = dict[str, Any]
Answer = dict[str, Any]
Value = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Argument:
    """What a button is pressed with: one of `choices`, or whatever is typed; `usual` where nobody says."""

    name: str
    choices: tuple[Value, ...] = ()
    usual: Value | None = None

    @property
    def left_out(self) -> Value | None:
        return self.choices[0] if self.usual is None and self.choices else self.usual


@dataclass(frozen=True, slots=True)
class Button:
    name: str
    what: str
    press: Callable[[Request], Answer | None]
    """Gets every argument, those left out as usual."""
    arguments: tuple[Argument, ...] = ()


class Buttons:
    """All buttons of one device; `owner` as in "a rating pad"."""

    def __init__(self, owner: str, *buttons: Button) -> None:
        self._owner = owner
        self._by_name = {button.name: button for button in buttons}

    def __iter__(self) -> Iterator[Button]:
        return iter(self._by_name.values())

    def press(self, request: Request) -> Answer:
        """Raises ValueError with a sentence for a button that is not there, and for what it cannot be pressed with."""
        name = str(request.get("do"))
        button = self._by_name.get(name)
        if button is None:
            raise ValueError(f"{self._owner} has no button {name!r}; it has {', '.join(self._by_name)}")
        return button.press(_whole(button, request)) or {}

    def told(self) -> Answer:
        """Each button in words, by name."""
        return {button.name: " ".join([button.what, *map(_told, button.arguments)]) for button in self}


def switch(name: str, what: str, turn: Callable[[bool], None]) -> Button:
    """A fault that lasts until it is turned off."""
    return Button(name, what, lambda request: turn(request["on"]), (Argument("on", (True, False)),))


def typed(word: str) -> Value:
    """A value as a person types it."""
    if word.lower() in {"true", "false"}:
        return word.lower() == "true"
    try:
        return int(word)
    except ValueError:
        return word


def _whole(button: Button, given: Request) -> Request:
    known = {argument.name: argument for argument in button.arguments}
    whole = {name: given.get(name, argument.left_out) for name, argument in known.items()}
    for name, value in whole.items():
        choices = known[name].choices
        if choices and value not in choices:
            raise ValueError(f"{name} is one of {', '.join(map(str, choices))}, not {value!r}")
        if value is None:
            raise ValueError(f"{button.name} needs {name}")
    return whole


def _told(argument: Argument) -> str:
    values = "|".join(map(str, argument.choices)) or ("…" if argument.usual is None else str(argument.usual))
    return f"{argument.name}={values}"
