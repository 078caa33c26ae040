"""Text in a terminal's cells, where a hanzi takes two and an accent none; pure."""

import unicodedata


def width(text: str) -> int:
    return sum(map(_cells, text))


def cut(text: str, cells: int) -> str:
    """At most so many cells; what was cut ends in an ellipsis."""
    text = "".join(char if char.isprintable() else " " for char in unicodedata.normalize("NFC", text))
    if width(text) <= cells:
        return text
    kept = ""
    for char in text:
        if width(kept) + _cells(char) > cells - 1:
            break
        kept += char
    return f"{kept}…"[: max(cells, 0)]


def fill(text: str, cells: int) -> str:
    """Exactly so many cells."""
    short = cut(text, cells)
    return short + " " * (cells - width(short))


def _cells(char: str) -> int:
    """Unicode Standard Annex 11: wide and fullwidth letters take two."""
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
