"""What a slip of paper is made of; a driver lays it out for its printer."""

from dataclasses import dataclass
from typing import Literal

from server.contract.words import Language

Align = Literal["left", "center", "right"]

BODY, TITLE, FIGURE, NUMBER = 1, 2, 3, 8
"""Sizes of a line: body text, the service's name, the promise's figures, the ticket's number."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text; `size` is 1 (body) to 8 (the number), a text too long for the paper is wrapped."""

    text: str
    size: int = BODY
    bold: bool = False
    align: Align = "left"


@dataclass(frozen=True, slots=True)
class Columns:
    """Words at both edges of one line."""

    left: str
    right: str
    bold: bool = False
    size: int = BODY


@dataclass(frozen=True, slots=True)
class Rule:
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Qr:
    """A QR code with words to it: the first of `beside` is its heading."""

    data: str
    beside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Framed:
    """A box around the promise."""

    lines: tuple[Line | Columns, ...]


@dataclass(frozen=True, slots=True)
class TickBoxes:
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Feed:
    lines: int = 1


Element = Line | Columns | Rule | Qr | Framed | TickBoxes | Feed


@dataclass(frozen=True, slots=True)
class Sheet:
    """One slip of paper from top to cut."""

    elements: tuple[Element, ...]
    language: Language
    copy_mark: str = ""
    """Set on a reprint, in the sheet's language; printed at the top right."""
