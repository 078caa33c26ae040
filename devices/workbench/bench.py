"""The far ends on a technician's table: which is looked at, what is pressed on it, what happened; draws nothing."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from devices.buttons import Answer, Argument, Button, Value, typed
from devices.entries import Device
from devices.farend import Machine

_REMEMBERED = 200
_QUIT = "q"
_CHOOSERS = "123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Happening:
    at: datetime
    device: str
    what: str
    wrong: bool = False


@dataclass(slots=True)
class Question:
    """A button that still needs to be told something."""

    button: Button
    open: list[Argument]
    told: dict[str, Value] = field(default_factory=dict)
    typing: str = field(init=False)

    def __post_init__(self) -> None:
        self._suggest()

    def tell(self, value: Value) -> None:
        self.told[self.open.pop(0).name] = value
        self._suggest()

    def _suggest(self) -> None:
        """A usual text is there to be kept or typed over."""
        self.typing = str(self.open[0].usual or "") if self.open else ""

    @property
    def choices(self) -> dict[str, Value]:
        """By the key that chooses it."""
        values = self.open[0].choices
        if all(len(str(value)) == 1 for value in values):
            return {str(value): value for value in values}
        return dict(zip(_CHOOSERS, values, strict=False))


class Workbench:
    """`now` is the clock on the wall; `entries` what devices.toml does not have yet, by device."""

    def __init__(
        self,
        devices: Sequence[Device],
        machines: Mapping[str, Machine],
        now: Callable[[], datetime],
        entries: Mapping[str, str],
    ) -> None:
        self.devices = tuple(devices)
        self._machines = machines
        self._now = now
        self.entries = entries
        self.chosen = 0
        self.scrolled = 0
        self.question: Question | None = None
        self.done = False
        self.happened: deque[Happening] = deque(maxlen=_REMEMBERED)
        self.seen: dict[str, Answer] = {device.name: machines[device.name].look() for device in devices}
        self._keys = {device.name: _keys(tuple(machines[device.name].buttons)) for device in devices}

    @property
    def device(self) -> Device:
        return self.devices[self.chosen]

    @property
    def keys(self) -> Mapping[str, Button]:
        """Of the chosen device: a letter for each button."""
        return self._keys[self.device.name]

    def look(self) -> None:
        """Sees how everything is now, and notes what has become different."""
        for name, before in self.seen.items():
            now = self.seen[name] = self._machines[name].look()
            if told := _changes(before, now):
                self.note(name, told, wrong=bool(now["faults"]) and now["faults"] != before["faults"])

    def note(self, device: str, what: str, *, wrong: bool = False) -> None:
        self.happened.append(Happening(self._now(), device, what, wrong))

    def walk(self, steps: int) -> None:
        if self.question is None:
            self.chosen = min(max(self.chosen + steps, 0), len(self.devices) - 1)
            self.scrolled = 0

    def scroll(self, rows: int) -> None:
        self.scrolled = max(self.scrolled + rows, 0)

    def back(self) -> None:
        self.question = None

    def rub_out(self) -> None:
        if self.question:
            self.question.typing = self.question.typing[:-1]

    def enter(self) -> None:
        if self.question and not self.question.choices:
            self._tell(typed(self.question.typing))

    def type(self, char: str) -> None:
        """A letter: of a button, of a choice, or of what is being typed."""
        if self.question is None:
            if char == _QUIT:
                self.done = True
            elif char in self.keys:
                self._begin(self.keys[char])
        elif not self.question.choices:
            self.question.typing += char
        elif char in self.question.choices:
            self._tell(self.question.choices[char])

    def _begin(self, button: Button) -> None:
        self.question = Question(button, [each for each in button.arguments if _is_asked(each)])
        self._press_if_told()

    def _tell(self, value: Value) -> None:
        assert self.question is not None
        self.question.tell(value)
        self._press_if_told()

    def _press_if_told(self) -> None:
        question = self.question
        if question is None or question.open:
            return
        self.question = None
        told = " ".join([question.button.name, *(f"{name}={value}" for name, value in question.told.items())])
        try:
            answer = self._machines[self.device.name].do({"do": question.button.name, **question.told})
        except (ValueError, TypeError, OSError) as cause:
            self.note(self.device.name, f"{told}: {cause}", wrong=True)
        else:
            self.note(self.device.name, " ".join([f"[{told}]", *([words(answer)] if answer else [])]))


def _is_asked(argument: Argument) -> bool:
    """How much noise or how many presses is as usual; which key, or what a code says, is a person's to tell."""
    return len(argument.choices) > 1 or argument.left_out is None or isinstance(argument.usual, str)


def _keys(buttons: Sequence[Button]) -> dict[str, Button]:
    """The first letter of each button's name that is still free."""
    keys: dict[str, Button] = {}
    for button in buttons:
        letters = [*button.name.lower(), *_CHOOSERS]
        free = next(letter for letter in letters if letter.isalnum() and letter != _QUIT and letter not in keys)
        keys[free] = button
    return keys


def _changes(before: Answer, now: Answer) -> str:
    """In words what is new, but for what takes more than a line."""
    new = {name: value for name, value in now.items() if value != before.get(name) and "\n" not in str(value)}
    faults = new.pop("faults", None)
    told = [f"{name} {words(value)}" for name, value in new.items()]
    if faults is not None:
        told = [*(faults or ["well again"]), *(each for each in told if each not in faults)]
    return ", ".join(told)


def words(value: object) -> str:
    """A fact as a person reads it."""
    match value:
        case bool():
            return "yes" if value else "no"
        case None | "":
            return "–"
        case dict():
            return ", ".join(f"{key} {words(each)}" for key, each in value.items())
        case list() | tuple():
            return ", ".join(map(words, value)) or "–"
        case _:
            return str(value)
