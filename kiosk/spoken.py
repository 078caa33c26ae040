"""What the kiosk says when asked to read its screen."""

from kiosk import pages
from kiosk.found_pages import notice_page, spoken_lines
from kiosk.pages import Picture
from kiosk.texts import Texts
from kiosk.visit import Chosen, NotFound, Shown, Step
from kiosk.visit_pages import Told
from kiosk.waits import sentence


def screen(step: Step, held: Told | None, picture: Picture, texts: Texts) -> str:
    """Whole sentences in the order they are seen; numbers digit by digit."""
    if isinstance(step, NotFound):
        notice = notice_page(step.why, 0.0, picture, texts)
        lines = [str(notice["title"]), str(notice["body"])]
    elif isinstance(step, Shown) and held is not None and held.scanned and held.ticket is not None:
        lines = spoken_lines(held.ticket, picture, texts, checked_in=held.checked_in)
    elif isinstance(step, Shown) and held is not None:
        number = " ".join(held.number)
        lines = [texts("ticket.yours"), number, texts("ticket.next", number=number)]
    elif isinstance(step, Chosen):
        service = picture.service(step.service)
        lines = [texts.of(service.name) if service else "", texts("service.wait_label")]
        lines.append(sentence(picture.wait(step.service), texts, "elder"))
        if service is not None:
            lines.append(texts("service.documents") if service.documents else texts("service.no_documents"))
            lines += [texts.of(one.name) for one in service.documents]
    else:
        lines = [texts("elder.title"), texts("elder.sub")]
        if picture.services is not None:
            lines += [texts.of(one.elder_name) for one in pages.elder_tasks(picture.services)]
    return "\n".join(line for line in lines if line)
