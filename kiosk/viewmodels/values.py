"""Small values that more than one screen binds to."""

import math

from kiosk.pages import Shown as Values
from kiosk.texts import Texts
from kiosk.theme import Theme
from kiosk.visit import ASKING_S, Home, Manner, NotFound, Shown, Step
from server.contract.words import Language


def page_name(step: Step, manner: Manner, has_ticket: bool) -> str:
    """Which screen the step is drawn on."""
    match step:
        case Home(more=True):
            return "more"
        case Home():
            return "elder" if manner.elder else "home"
        case Shown() if has_ticket:
            return "ticket"
        case NotFound():
            return "notice"
        case _:
            return "service"


def still_values(left_s: float | None, texts: Texts) -> Values:
    """The question whether anybody is there; `left_s` is None while it is not asked."""
    if left_s is None:
        return {"asking": False, "title": "", "sub": "", "yes": "", "left": 1.0}
    return {
        "asking": True,
        "title": texts("dock.still_title"),
        "sub": texts("dock.still_sub", seconds=math.ceil(left_s)),
        "yes": texts("dock.still_yes"),
        "left": round(left_s / ASKING_S, 2),
    }


def manner_values(manner: Manner, theme: Theme) -> Values:
    return {
        "language": manner.language.value,
        "long": manner.language is not Language.ZH,
        "elder": manner.elder,
        "contrast": manner.contrast,
        "colours": dict(theme.contrast if manner.contrast else theme.usual),
        "font": theme.font,
    }
