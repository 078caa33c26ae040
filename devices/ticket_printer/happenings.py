"""Commands that do more to a printer than put ink on paper; pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cut:
    """The blade goes down; `feeds`: the printer brings the paper to the blade by itself."""

    feeds: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """GS r: the host wants to hear when everything before was handled."""

    n: int


@dataclass(frozen=True, slots=True)
class Speak:
    """GS a: status is wanted unasked of all that `n` names."""

    n: int


@dataclass(frozen=True, slots=True)
class Present:
    """GS e: the presenter holds the slip out, draws it in, or says whether one is there."""

    n: int


@dataclass(frozen=True, slots=True)
class Reset:
    """ESC @: looks and modes are as after power on."""


Happening = Cut | Asked | Speak | Present | Reset

PRESENT, RETRACT, SAY_WHETHER_OUT = 0x20, 0x02, 0x06
_PRESENT_LENGTHS = {0x03: 4, PRESENT: 5}
HEADS = frozenset({b"\x1dV", b"\x1dr", b"\x1da", b"\x1de", b"\x1b@"})


def read(data: bytes) -> tuple[int, Happening]:
    """What `data`, which begins with one of HEADS, asks for, and its length; more than there is: a rest is missing."""
    kind = data[2] if len(data) > 2 else 0
    match data[:2]:
        case b"\x1b@":
            return 2, Reset()
        case b"\x1dV":
            feeds = data[2:3] in (b"A", b"B")
            return 4 if feeds else 3, Cut(feeds)
        case b"\x1dr":
            return 3, Asked(kind)
        case b"\x1da":
            return 3, Speak(kind)
        case _:
            return _PRESENT_LENGTHS.get(kind, 3), Present(kind)
