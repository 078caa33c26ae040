"""What the home screens show: plain values in the customer's language, ready to be drawn."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from kiosk.texts import ENDONYMS, Texts
from kiosk.visit import Manner
from kiosk.waits import FORGET_AFTER_S, UNKNOWN, Kind, Wait, sentence, stale_sentence
from server.contract.views.hall import HallView, QueueView
from server.contract.views.services import ServicesView, ServiceView
from server.contract.words import CounterState

Shown = dict[str, object]
"""Values for one screen, by the names the screen uses."""

COLUMNS = 3
ELDER_TASKS = 5
CALLS = 3


@dataclass(frozen=True, slots=True)
class Picture:
    """The hall as this kiosk knows it now."""

    now: datetime
    """Hall time, UTC."""
    services: ServicesView | None = None
    hall: HallView | None = None
    waits: Mapping[str, Wait] | None = None
    """By service, already steadied."""
    fresh: bool = False
    """Heard from the server within the stale limit."""
    age_s: float = 0.0
    """Since the hall was last heard."""
    reader: bool = False
    """This kiosk reads codes that are held up to it."""
    printer: bool = True
    """Slips come out, as far as anybody knows."""

    @property
    def local(self) -> datetime:
        zone = self.services.timezone if self.services else "Asia/Shanghai"
        return self.now.astimezone(ZoneInfo(zone))

    @property
    def as_of(self) -> str:
        """Clock time of what is shown, for stale marks."""
        if self.hall is None or self.services is None:
            return ""
        return f"{self.hall.stamp.as_of.astimezone(ZoneInfo(self.services.timezone)):%H:%M}"

    @property
    def forgotten(self) -> bool:
        return not self.fresh and self.age_s > FORGET_AFTER_S

    @property
    def reception(self) -> int:
        return self.services.reception_counter if self.services else 1

    def service(self, service: str) -> ServiceView | None:
        return next((one for one in self.services.services if one.id == service), None) if self.services else None

    def queue(self, service: str) -> QueueView | None:
        return next((one for one in self.hall.queues if one.service == service), None) if self.hall else None

    @property
    def shut(self) -> bool:
        """The hall gives out no numbers now."""
        return self.fresh and self.hall is not None and not self.hall.issuing

    def is_open(self, service: str) -> bool:
        """As far as this kiosk knows; what it knew too long ago keeps nobody from taking a number."""
        queue = self.queue(service)
        return queue is None or queue.open or self.forgotten

    def wait(self, service: str) -> Wait:
        if self.forgotten or self.waits is None:
            return UNKNOWN
        return self.waits.get(service, UNKNOWN)

    def busy(self, service: str) -> bool:
        """Likely to wait longer than the target: the tile says so."""
        queue, wait = self.queue(service), self.wait(service)
        return self.fresh and queue is not None and wait.known and wait.likely * 60 > queue.target_s


def header(picture: Picture, texts: Texts) -> Shown:
    local = picture.local
    name = texts.of(picture.services.name) if picture.services else ""
    return {"hall": name, "time": f"{local:%H:%M}", "date": texts.date(local)}


def dock(manner: Manner, picture: Picture, texts: Texts, staff: str, voice: bool | None) -> Shown:
    """`staff` is `""`, `told` or `not_told`; `voice` is None where this kiosk cannot speak."""
    languages = [{"code": one.value, "name": ENDONYMS[one], "chosen": one is manner.language} for one in ENDONYMS]
    contrast = _act("contrast", texts("dock.contrast_off" if manner.contrast else "dock.contrast"), "contrast")
    mode = (
        _act("elder", texts("dock.standard"), "back") if manner.elder else _act("elder", texts("dock.elder"), "letters")
    )
    acts = [mode, contrast] if manner.elder else [mode, _staff_act(picture, texts, staff)]
    if voice is not None:
        acts.append(_act("read", texts("dock.hush" if voice else "dock.read"), "sound"))
    return {"languages": languages, "acts": acts, "staff": _staff_act(picture, texts, staff)}


def _act(act: str, label: str, icon: str, mark: str = "") -> Shown:
    return {"act": act, "label": label, "icon": icon, "mark": mark}


def _staff_act(picture: Picture, texts: Texts, staff: str) -> Shown:
    if staff == "told":
        return _act("staff", texts("dock.staff_told"), "tick", "asked")
    if staff == "not_told":
        return _act("staff", texts("dock.staff_not_told", counter=picture.reception), "warn", "asked")
    return _act("staff", texts("dock.staff"), "staff", "help")


def home(manner: Manner, picture: Picture, texts: Texts) -> Shown:
    return {
        "title": texts("home.title"),
        "sub": texts("home.sub"),
        "note": texts("home.note"),
        "checkin": texts("home.checkin"),
        "checkin_sub": texts("home.checkin_scan" if picture.reader else "home.checkin_sub", counter=picture.reception),
        "contrast": texts("dock.contrast_off" if manner.contrast else "dock.contrast"),
        "panel": panel(picture, texts),
        "groups": groups(picture, texts),
    }


def panel(picture: Picture, texts: Texts) -> Shown:
    """The panel under the greeting: the hall now, or what is wrong, what still holds and what to do."""
    if picture.services is None:
        return _notice("starting", texts("home.starting_title"), texts("home.starting_body"))
    if not picture.fresh:
        if picture.forgotten or picture.hall is None:
            return _notice("offline", texts("home.offline_title"), texts("home.offline_unknown"))
        return _notice("offline", texts("home.offline_title"), texts("home.offline_body", time=picture.as_of))
    hall = picture.hall
    if hall is None:
        return _notice("starting", texts("home.starting_title"), texts("home.starting_body"))
    if picture.shut:
        return _notice("closed", *shut_words(hall, texts))
    return _live(hall, texts)


def shut_words(hall: HallView, texts: Texts) -> tuple[str, str]:
    why = texts.of(hall.issuing_closed_why)
    return texts("home.closed_title"), texts("home.closed_body", why=why).strip()


def _notice(kind: str, title: str, body: str) -> Shown:
    return {"kind": kind, "title": title, "body": body, "label": "", "figure": "", "counters": "", "calls": []}


def _live(hall: HallView, texts: Texts) -> Shown:
    calls = [{"number": one.number, "where": texts("home.call", counter=one.counter)} for one in hall.calls[:CALLS]]
    counters = sum(one.state is CounterState.OPEN for one in hall.counters)
    return {
        "kind": "live",
        "label": texts("home.waiting_label") if hall.waiting else "",
        "figure": texts.count("home.waiting", hall.waiting),
        "counters": texts("home.counters", count=counters),
        "title": texts("home.calls" if calls else "home.no_calls"),
        "body": "",
        "calls": calls,
    }


def groups(picture: Picture, texts: Texts) -> list[Shown]:
    """The first screen's groups with their tiles; "more services" takes the first free place."""
    if picture.services is None:
        return []
    found: list[tuple[str, list[Shown]]] = []
    for group in picture.services.groups:
        tiles = [
            tile(one, picture, texts) for one in picture.services.services if one.group == group.id and not one.more
        ]
        if tiles:
            found.append((texts.of(group.name), tiles))
    hidden = sum(1 for one in picture.services.services if one.more)
    if hidden and found:
        place = next((tiles for _, tiles in found if len(tiles) % COLUMNS), found[-1][1])
        place.append(more_tile(texts("home.more"), texts("home.more_count", count=hidden)))
    return [{"title": title, "tiles": tiles} for title, tiles in found]


def more(manner: Manner, picture: Picture, texts: Texts) -> Shown:
    """The services that have no tile on the first screen."""
    if picture.services is None:
        hidden: list[ServiceView] = []
    elif manner.elder:
        first = {one.id for one in elder_tasks(picture.services)}
        hidden = [one for one in picture.services.services if one.id not in first]
    else:
        hidden = [one for one in picture.services.services if one.more]
    return {
        "title": texts("home.more_title"),
        "sub": texts("home.more_sub"),
        "note": texts("home.note"),
        "back": texts("service.back"),
        "panel": panel(picture, texts),
        "tiles": [tile(one, picture, texts) for one in hidden],
    }


def more_tile(name: str, text: str, icon: str = "") -> Shown:
    blank = {"figure": "", "unit": "", "stamp": "", "tag": "", "worded": ""}
    return {"id": "", "kind": "more", "name": name, "text": text, "icon": icon, **blank}


def tile(service: ServiceView, picture: Picture, texts: Texts) -> Shown:
    queue, wait = picture.queue(service.id), picture.wait(service.id)
    shown: Shown = {
        "id": service.id,
        "kind": "normal",
        "name": texts.of(service.name),
        "icon": service.icon,
        "figure": "",
        "unit": "",
        "text": "",
        "stamp": "",
        "tag": "",
        "worded": "",
    }
    if queue is not None and not picture.is_open(service.id):
        return {**shown, "kind": "closed", "text": texts.of(queue.closed_why) or texts("tile.closed")}
    if not picture.fresh and wait.known:
        return {**shown, "kind": "stale", "text": stale_sentence(wait, texts), "stamp": picture.as_of}
    if picture.busy(service.id):
        worded = "tile.busy_range" if wait.kind is Kind.RANGE else f"wait.{wait.kind.value}"
        shown = {
            **shown,
            "kind": "busy",
            "tag": texts("tile.busy"),
            "worded": texts(worded, low=wait.low, high=wait.high),
        }
    if wait.kind is Kind.RANGE:
        return {**shown, "figure": sentence(wait, texts), "unit": texts("wait.unit")}
    return {**shown, "text": sentence(wait, texts)}


def elder_tasks(services: ServicesView) -> list[ServiceView]:
    return [one for one in services.services if one.elder_name][:ELDER_TASKS]


def elder_home(picture: Picture, texts: Texts, speaking: bool) -> Shown:
    tiles: list[Shown] = []
    if picture.services is not None:
        tasks = elder_tasks(picture.services)
        tiles = [elder_tile(one, picture, texts) for one in tasks]
        rest = len(picture.services.services) - len(tasks)
        if rest:
            tiles.append(more_tile(texts("elder.other"), texts("elder.other_count", count=rest), "dots"))
    return {
        "title": texts("elder.title"),
        "sub": texts("elder.sub"),
        "speaking": texts("elder.speaking") if speaking else "",
        "panel": panel(picture, texts),
        "tiles": tiles,
        "help": texts("elder.help"),
    }


def elder_tile(service: ServiceView, picture: Picture, texts: Texts) -> Shown:
    queue, wait = picture.queue(service.id), picture.wait(service.id)
    shown = {**tile(service, picture, texts), "name": texts.of(service.elder_name), "figure": "", "unit": ""}
    if shown["kind"] == "closed":
        why = texts.of(queue.closed_why) if queue else ""
        return {**shown, "text": why or texts("elder.closed")}
    if shown["kind"] == "stale":
        return shown
    return {**shown, "text": sentence(wait, texts, "elder")}
