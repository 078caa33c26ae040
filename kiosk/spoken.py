"""What the kiosk says when asked to read its screen: the screen's own words, so that they can be heard."""

import re
from typing import cast

from kiosk.pages import Shown
from kiosk.texts import Texts
from server.contract.sentences import words_of

NUMBER = re.compile(r"\b([A-Z])(\d{3,})\b")
RANGE = re.compile(r"(\d[\d:]*)–(\d[\d:]*)")
SEEN_ONLY = re.compile(r"\s*[·/]\s*")


def screen(page: str, shown: Shown, texts: Texts) -> str:
    """Whole sentences in the order they are seen, a line each."""
    match page:
        case "service":
            lines = _service(shown)
        case "ticket":
            lines = _ticket(shown)
        case "notice":
            lines = _named(shown, "title", "body")
        case _:
            lines = [*_named(shown, "title", "sub"), *_panel(shown), *(_tile(one) for one in _tiles(shown))]
    return "\n".join(audible(line, texts) for line in lines if line)


def audible(line: str, texts: Texts) -> str:
    """Numbers letter by letter and digit by digit, ranges with the word that the eye reads into the dash."""
    letters = words_of(texts.language, ())

    def spelled(found: re.Match[str]) -> str:
        return f"{letters[found[1].lower()]}, {' '.join(letters[digit] for digit in found[2])}"

    line = RANGE.sub(lambda found: texts("spoken.range", low=found[1], high=found[2]), line)
    return SEEN_ONLY.sub(", ", NUMBER.sub(spelled, line)).replace("~", "")


def _service(shown: Shown) -> list[str]:
    if not shown:
        return []
    trouble, wait = _part(shown, "trouble"), _part(shown, "wait")
    if trouble["body"]:
        return [*_named(shown, "title"), *_named(trouble, "title", "body")]
    documents = cast("list[Shown]", shown["documents"])
    papers = [
        *_named(shown, "documents_title" if documents else "no_documents"),
        *(str(one["name"]) for one in documents),
    ]
    return [*_named(shown, "title"), *_named(wait, "label"), _wait(wait), *_named(wait, "why"), *papers]


def _ticket(shown: Shown) -> list[str]:
    wait, slip = _part(shown, "wait"), _part(shown, "print")
    told = [*_named(shown, "yours", "number"), *_named(slip, "title", "sub"), *_named(shown, "label"), _wait(wait)]
    return [*told, str(wait.get("note", "")), *_named(shown, "next")]


def _panel(shown: Shown) -> list[str]:
    """What is wrong; how many wait and who is called changes too fast to be told."""
    panel = _part(shown, "panel")
    return [] if panel["kind"] == "live" else _named(panel, "title", "body")


def _tiles(shown: Shown) -> list[Shown]:
    groups = cast("list[Shown]", shown.get("groups", [shown]))
    return [tile for group in groups for tile in cast("list[Shown]", group["tiles"])]


def _tile(shown: Shown) -> str:
    return ", ".join(part for part in (str(shown["name"]), _wait(shown), str(shown["text"])) if part)


def _wait(shown: Shown) -> str:
    """A range with its unit, or the phrase in its place."""
    return " ".join(str(shown[part]) for part in ("figure", "unit", "phrase") if shown.get(part))


def _part(shown: Shown, name: str) -> Shown:
    return cast("Shown", shown[name])


def _named(shown: Shown, *names: str) -> list[str]:
    return [str(shown[name]) for name in names]
