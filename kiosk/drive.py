"""The kiosk without a window: touches come as JSON lines and get their numbers and paper as at the window."""

import json
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Self

import structlog
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from kiosk.pages import Picture
from kiosk.scanning import NotScanned, ScanDesk
from kiosk.taking import NoNumber, NumberDesk
from kiosk.texts import Texts
from kiosk.visit_pages import Told
from server.contract.acts import IssueTicket
from server.contract.views.services import ServicesView
from server.contract.words import CustomerClass, Language

log = structlog.get_logger()

REMEMBERED = 1000
"""Answers kept, so that a touch asked again with its tag is not a second touch."""


class Touch(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    services: list[str] = Field(min_length=1, max_length=5)
    customer_class: CustomerClass = CustomerClass.NORMAL
    language: Language = Language.ZH


Tag = Annotated[str, Field(max_length=48, pattern=r"^[A-Za-z0-9_.:-]*$")]


class Line(BaseModel):
    """A first touch, or the touch that prints the slip of an earlier one again."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    touch: Touch | None = None
    again: Tag = ""
    """The tag of the first touch."""
    tag: Tag = ""

    @model_validator(mode="after")
    def _one_wish(self) -> Self:
        if (self.touch is None) == (not self.again):
            raise ValueError("needs exactly one of touch, again")
        return self


class Answer(BaseModel):
    tag: str
    ticket: str = ""
    """Empty for an offline number until the hall adopts it."""
    number: str = ""
    printed: str = ""
    """printed, unconfirmed or failed."""
    offline: bool = False
    error: str = ""


@dataclass(slots=True)
class Drive:
    desk: NumberDesk
    scans: ScanDesk
    device: str
    services: Callable[[], ServicesView | None]
    new_request_id: Callable[[], str]
    now: Callable[[], datetime]
    """Hall time."""
    _held: OrderedDict[str, "_Held"] = field(default_factory=OrderedDict)
    """By tag: what the newest customers hold."""

    def run(self, lines: Iterable[str], answer: Callable[[str], None]) -> None:
        """Answers each line with one line, until there are no more."""
        answered: OrderedDict[str, str] = OrderedDict()
        for text in lines:
            if not text.strip():
                continue
            try:
                line = Line.model_validate_json(text)
            except ValidationError as cause:
                answer(_malformed(text, cause))
                continue
            told = answered.get(line.tag)
            if told is None:
                result = self.touch(line.tag, line.touch) if line.touch else self.again(line)
                told = result.model_dump_json()
                if line.tag and not result.error:
                    answered[line.tag] = told
            answer(told)
            if len(answered) > REMEMBERED:
                answered.popitem(last=False)

    def scan(self, text: str) -> None:
        """A code was held up: it checks in who was expected; what a screen would show goes to the log."""
        services = self.services()
        try:
            held = self.scans.show(text, services.public_url if services else None)
        except NotScanned as no:
            log.info("a code shows no ticket", why=no.why.value)
        else:
            log.info("a code was held up", number=held.number, checked_in=held.checked_in)

    def touch(self, tag: str, touch: Touch) -> Answer:
        """One customer from the first touch to the paper."""
        request = IssueTicket(
            request_id=f"{self.device}.touch.{tag}" if tag else self.new_request_id(),
            services=touch.services,
            customer_class=touch.customer_class,
            language=touch.language,
        )
        try:
            held = self.desk.take(request)
        except NoNumber as no:
            return Answer(tag=tag, error=no.code)
        self._held[tag] = _Held(held, touch.language)
        if len(self._held) > REMEMBERED:
            self._held.popitem(last=False)
        return self._printed(tag, self._held[tag])

    def again(self, line: Line) -> Answer:
        """The slip once more, marked as a copy."""
        holder = self._held.get(line.again)
        if holder is None:
            return Answer(tag=line.tag, error="unknown-tag")
        holder.copies += 1
        holder.told = self.desk.reprinted(holder.told)
        return self._printed(line.tag, holder)

    def _printed(self, tag: str, holder: "_Held") -> Answer:
        held, picture = holder.told, Picture(self.now(), self.services())
        printed = self.desk.print(held, picture, Texts(holder.language), held.copies(holder.copies))
        ticket = held.ticket.id if held.ticket else ""
        return Answer(tag=tag, ticket=ticket, number=held.number, printed=printed.value, offline=held.offline)


@dataclass(slots=True)
class _Held:
    told: Told
    language: Language
    copies: int = 0


def _malformed(text: str, cause: ValidationError) -> str:
    first = cause.errors(include_url=False)[0]
    try:
        tag = str(json.loads(text).get("tag", ""))
    except (ValueError, AttributeError):
        tag = ""
    return Answer(tag=tag, error=f"malformed: {'.'.join(map(str, first['loc']))} {first['msg']}").model_dump_json()
