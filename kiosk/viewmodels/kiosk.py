"""What the QML screens bind to: holds one visit, turns touches into its moves and shows what follows."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

from PySide6.QtCore import Property, QObject, QTimer, Signal, Slot

from kiosk import pages, spoken
from kiosk.found_pages import notice_page
from kiosk.pages import Picture
from kiosk.scanning import NotScanned
from kiosk.taking import NoNumber
from kiosk.texts import Texts
from kiosk.viewmodels.speech import Aloud, Voice, read_as
from kiosk.viewmodels.tools import Tools
from kiosk.viewmodels.values import manner_values, page_name, still_values
from kiosk.visit import Chosen, Issuing, NotFound, Obstacle, Printing, Shown, Unfound, Visit
from kiosk.visit_pages import Told, service_page, ticket_page
from kiosk.waits import Wait, steadied, told
from server.contract.acts import IssueTicket
from server.contract.views.hall import HallView
from server.contract.views.services import ServicesView
from server.contract.words import CustomerClass, Language

TICK_MS = 200
STAFF_ANSWER_S = 12.0
VARIANT: Any = "QVariant"
"""Qt's own name for what QML reads as an object."""
TEXT: Any = "QString"


class KioskModel(QObject):
    """Lives on the Qt thread; each property changes only when what it shows does."""

    page_changed = Signal()
    header_changed = Signal()
    dock_changed = Signal()
    home_changed = Signal()
    more_changed = Signal()
    elder_changed = Signal()
    service_changed = Signal()
    ticket_changed = Signal()
    notice_changed = Signal()
    still_changed = Signal()
    manner_changed = Signal()

    def __init__(self, tools: Tools, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tools = tools
        self._visit = Visit.fresh(tools.monotonic(), tools.usual)
        self._services: ServicesView | None = None
        self._hall: HallView | None = None
        self._waits: dict[str, Wait] = {}
        self._told: Told | None = None
        self._reading, self._printing = False, True
        self._staff = ""
        self._staff_until = 0.0
        self._shown: dict[str, object] = {}
        voice = Voice(tools.voice_program, self.refresh, self) if tools.voice_program else None
        self._aloud = Aloud(voice, self._words)
        self._timer = QTimer(self, interval=TICK_MS)
        self._timer.timeout.connect(self._tick)
        self.refresh()

    def start(self) -> None:
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()
        self._aloud.stop()

    # What the hall says; on the Qt thread.

    def hear_services(self, services: ServicesView) -> None:
        self._services = services
        self.refresh()

    def hear_hall(self, hall: HallView) -> None:
        self._hall = hall
        self._tools.hall_time.told(hall.stamp.as_of)
        self._waits = {
            one.service: steadied(self._waits.get(one.service), told(one.forecast, one.waiting)) for one in hall.queues
        }
        self.refresh()

    def hear_line(self, heard_at: float | None) -> None:
        self._tools.hall_time.heard(heard_at)
        self.refresh()

    def hear_reader(self, well: bool) -> None:
        """Whether a code held up would be read."""
        self._reading = well
        self.refresh()

    def hear_printer(self, well: bool) -> None:
        """Whether a slip would come out."""
        self._printing = well
        self.refresh()

    def scan(self, text: str) -> None:
        """A code was held up."""
        if self._visit.may_be_scanned:
            public_url = self._services.public_url if self._services else None
            self._tools.worker.run(lambda: self._tools.scans.show(text, public_url), self._found, self._not_found)

    # What the customer touches.

    @Slot(str)
    def choose(self, service: str) -> None:
        self._go(self._visit.choose(service, self._at) if service else self._visit.more(self._at))

    @Slot()
    def back(self) -> None:
        self._go(self._visit.back(self._at))

    @Slot()
    def touched(self) -> None:
        self._go(self._visit.touch(self._at))

    @Slot()
    def take(self) -> None:
        visit = self._visit.take(self._tools.new_request_id(), self._at)
        if isinstance(visit.step, Issuing) and not isinstance(self._visit.step, Issuing):
            self._issue(visit.step)
        self._go(visit)

    @Slot(str)
    def act(self, name: str) -> None:
        """A button that screens only pass on, by its name."""
        moves: dict[str, Callable[[], None]] = {
            "again": self._print_again,
            "contrast": lambda: self._go(self._visit.contrast(not self._visit.manner.contrast, self._at)),
            "done": lambda: self._go(self._visit.done(self._at)),
            "elder": lambda: self._go(self._visit.elder(not self._visit.manner.elder, self._at)),
            "read": self._read,
            "read_on": lambda: self._go(self._visit.read_on(self._at)),
            "staff": self._call_staff,
        }
        moves[name]()

    @Slot(str)
    def speak(self, language: str) -> None:
        self._go(self._visit.speak(Language(language), self._at))

    def _issue(self, step: Issuing) -> None:
        manner = self._visit.manner
        request = IssueTicket(
            request_id=step.request_id,
            services=[step.service],
            customer_class=CustomerClass.ELDER if manner.elder else CustomerClass.NORMAL,
            language=manner.language,
        )
        tools, picture, texts = self._tools, self._picture(), self._texts

        def work() -> None:
            held = tools.desk.take(request)
            tools.worker.call(lambda: self._issued(step.request_id, held))
            self._print(held, 0, picture, texts)

        tools.worker.run(work, lambda _: None, lambda error: self._refused(step.request_id, error))

    def _issued(self, request_id: str, held: Told) -> None:
        self._told = held
        self._go(self._visit.issued(request_id, held.number, self._at))

    def _refused(self, request_id: str, error: Exception) -> None:
        obstacle = error.obstacle if isinstance(error, NoNumber) else Obstacle.SEE_STAFF
        self._go(self._visit.refused(request_id, obstacle, self._at))

    def _found(self, held: Told) -> None:
        if held.ticket is not None and self._visit.may_be_scanned:
            self._told = held
            self._go(self._visit.found(held.service, held.number, held.ticket.language, self._at))

    def _not_found(self, error: Exception) -> None:
        self._go(self._visit.not_found(error.why if isinstance(error, NotScanned) else Unfound.AWAY, self._at))

    def _print(self, held: Told, copies: int, picture: Picture, texts: Texts) -> None:
        """From any thread: the printer does not wait for the screen to be drawn."""
        desk = self._tools.desk

        def work() -> tuple[Told, Printing]:
            renewed = desk.reprinted(held) if copies else held
            return renewed, desk.print(renewed, picture, texts, renewed.copies(copies))

        def done(result: tuple[Told, Printing]) -> None:
            if self._told is held:
                self._told = result[0]
            self._go(self._visit.printed(held.number, result[1], self._at))

        self._tools.worker.run(
            work, done, lambda _: self._go(self._visit.printed(held.number, Printing.FAILED, self._at))
        )

    def _print_again(self) -> None:
        before, visit = self._visit.step, self._visit.print_again(self._at)
        self._go(visit)
        if self._told is not None and isinstance(visit.step, Shown) and visit.step != before:
            self._print(self._told, visit.step.copies, self._picture(), self._texts)

    def _read(self) -> None:
        self._aloud.switch()
        self._go(self._visit.touch(self._at))

    def _words(self) -> tuple[str, Language]:
        page, texts = str(self._shown["page"]), self._texts
        return spoken.screen(page, cast("pages.Shown", self._shown[page]), texts), texts.language

    def _call_staff(self) -> None:
        def answered(told_somebody: bool) -> None:
            self._staff = "told" if told_somebody else "not_told"
            self._staff_until = self._at + STAFF_ANSWER_S
            self.refresh()

        self._tools.worker.run(self._tools.call_staff, answered, lambda _: answered(False))
        self._go(self._visit.touch(self._at))

    @property
    def _at(self) -> float:
        return self._tools.monotonic()

    @property
    def _texts(self) -> Texts:
        return Texts(self._visit.manner.language)

    def _tick(self) -> None:
        if self._staff and self._at > self._staff_until:
            self._staff = ""
        self._go(self._visit.tick(self._at))

    def _go(self, visit: Visit) -> None:
        before, self._visit = self._visit, visit
        if visit.untouched and not before.untouched:
            self._told, self._staff = None, ""
            self._aloud.next_customer()
        self.refresh()
        if read_as(visit) != read_as(before):
            self._aloud.turn_page(unasked=visit.manner.elder)

    def _picture(self) -> Picture:
        time = self._tools.hall_time
        hall, waits = self._hall, self._waits
        return Picture(time.now(), self._services, hall, waits, time.fresh, time.age_s, self._reading, self._printing)

    def refresh(self) -> None:
        """Shows what the hall's word, a touch or time alone has changed."""
        picture, texts, visit = self._picture(), self._texts, self._visit
        manner, step = visit.manner, visit.step
        self._show("manner", manner_values(manner, self._tools.theme))
        self._show("header", pages.header(picture, texts))
        speaking = self._aloud.speaking
        self._show("dock", pages.dock(manner, picture, texts, self._staff, speaking))
        if manner.elder:
            self._show("elder", pages.elder_home(picture, texts, bool(speaking)))
        else:
            self._show("home", pages.home(manner, picture, texts))
        self._show("more", pages.more(manner, picture, texts))
        if isinstance(step, Chosen | Issuing):
            obstacle = step.obstacle if isinstance(step, Chosen) else None
            self._show(
                "service", service_page(step.service, obstacle, isinstance(step, Issuing), manner.elder, picture, texts)
            )
        if isinstance(step, Shown) and self._told is not None:
            left = visit.ticket_left_s(self._at) or 0.0
            self._show("ticket", ticket_page(step, replace(self._told, number=step.number), left, picture, texts))
        if isinstance(step, NotFound):
            left = visit.ticket_left_s(self._at) or 0.0
            self._show("notice", notice_page(step.why, left, picture, texts))
        self._show("still", still_values(visit.asking_left_s(self._at), texts))
        self._show("page", page_name(step, manner, self._told is not None))

    def _show(self, name: str, values: object) -> None:
        if self._shown.get(name) != values:
            self._shown[name] = values
            getattr(self, f"{name}_changed").emit()

    def _value(self, name: str) -> object:
        return self._shown.get(name, {})

    page = Property(TEXT, lambda self: self._shown.get("page", "home"), notify=page_changed)
    header = Property(VARIANT, lambda self: self._value("header"), notify=header_changed)
    dock = Property(VARIANT, lambda self: self._value("dock"), notify=dock_changed)
    home = Property(VARIANT, lambda self: self._value("home"), notify=home_changed)
    more = Property(VARIANT, lambda self: self._value("more"), notify=more_changed)
    elder = Property(VARIANT, lambda self: self._value("elder"), notify=elder_changed)
    service = Property(VARIANT, lambda self: self._value("service"), notify=service_changed)
    ticket = Property(VARIANT, lambda self: self._value("ticket"), notify=ticket_changed)
    notice = Property(VARIANT, lambda self: self._value("notice"), notify=notice_changed)
    still = Property(VARIANT, lambda self: self._value("still"), notify=still_changed)
    manner = Property(VARIANT, lambda self: self._value("manner"), notify=manner_changed)
