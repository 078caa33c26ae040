"""The pages for browsers: hall display, manager's board, a ticket's own page on a phone, rendered from the views."""

import tomllib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cache, partial
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined, select_autoescape
from jinja2.loaders import PackageLoader
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from server.application.callers import Caller
from server.application.front import Front
from server.domain.vocabulary import Language
from server.entrypoints.display_voice import DisplayVoice
from server.entrypoints.problems import Problem
from server.entrypoints.sessions import Sessions
from server.entrypoints.streams import Hub
from server.entrypoints.who_may import MATRIX, Door

WEB = files("server.entrypoints") / "web"
DISPLAY_COOKIE_S = 10 * 365 * 24 * 3600
"""A display is enrolled once and stays so until it is revoked."""
AGAIN_S = 5
SHORTER = {"zh": Language.ZH, "en": Language.EN, "vi": Language.VI, "ru": Language.RU}
OWN_NAMES = {"zh": "中文", "en": "English", "vi": "Tiếng Việt", "ru": "Русский"}
"""Each language in its own words, in the order of every screen."""


@cache
def sentences(language: Language) -> Mapping[str, str]:
    """The pages' texts in one language, by key."""
    table: dict[str, str] = tomllib.loads((WEB / "translations" / f"{language.value}.toml").read_text("utf-8"))
    return table


def theme_css(theme: Mapping[str, Any]) -> str:
    """The tokens of `theme.toml` as CSS variables."""
    light = "".join(f"--{name}:{value};" for name, value in theme["colour"].items())
    contrast = "".join(f"--{name}:{value};" for name, value in theme.get("high-contrast", {}).items())
    return f":root{{{light}}}\n.hc{{{contrast}}}\n"


def language_of(request: Request) -> Language:
    """Asked for in the address, else what the browser prefers, else Chinese."""
    wanted = [request.query_params.get("lang", "")]
    wanted += [part.partition(";")[0].strip() for part in request.headers.get("accept-language", "").split(",")]
    for word in wanted:
        if (found := SHORTER.get(word[:2].lower())) is not None:
            return found
    return Language.ZH


class Pages:
    """Made at start from the branch's theme; asks the door who may see which page."""

    def __init__(
        self, front: Front, door: Door, sessions: Sessions, theme_file: Path, voice: DisplayVoice | None
    ) -> None:
        self._voice = voice
        self._front = front
        self._door = door
        self._sessions = sessions
        self._theme = theme_css(tomllib.loads(theme_file.read_text("utf-8")))
        self._templates = Environment(
            loader=PackageLoader("server.entrypoints", "web/templates"),
            autoescape=select_autoescape(["html"]),
            undefined=StrictUndefined,
        )

    async def theme(self, _request: Request) -> Response:
        return Response(self._theme, media_type="text/css", headers={"Cache-Control": "max-age=300"})

    async def display(self, request: Request) -> Response:
        """A display that is not enrolled yet is asked for its code; numbers only, no person signs in."""
        caller = self._may(request, "events-hall")
        if caller is None:
            return self._page(request, "enrol.html", status=401, problem="")
        speaks = self._voice is not None and self._voice.speaks_at(caller)
        language = self._hall_language(request)
        return self._page(
            request,
            "display.html",
            language=language,
            groups=self._groups(),
            return_minutes=self._front.keeper.hall.rules.return_within_s // 60,
            voice=speaks,
        )

    async def enrol_display(self, request: Request) -> Response:
        """The code and the display's id, from the form of `display`."""
        self._door.check_origin(request)
        async with request.form(max_files=0, max_fields=4) as form:
            code, device = str(form.get("code", "")), str(form.get("device", ""))
        try:
            token = await self._sessions.enrol_page(request, code, device)
        except Problem as later:
            return self._page(request, "enrol.html", status=later.status, problem="enrol.later")
        if token is None:
            return self._page(request, "enrol.html", status=403, problem="enrol.refused")
        response = RedirectResponse(f"{request.url.path}?{request.url.query}", 303)
        self._sessions.set_cookie(response, token, max_age_s=DISPLAY_COOKIE_S)
        return response

    async def board(self, request: Request) -> Response:
        if self._may(request, "events-board") is None:
            return self._page(request, "login.html", status=401)
        return self._page(request, "board.html", groups=self._groups())

    async def ticket(self, request: Request) -> Response:
        """The page alone tells nothing; its script asks for the ticket with the capability of the address."""
        return self._page(
            request,
            "phone.html",
            language=self._ticket_language(request),
            groups=self._groups(),
            return_minutes=self._front.keeper.hall.rules.return_within_s // 60,
            reception=self._front.facts.reception_counter,
            code=f"{request.url.path}/code.svg" if self._front.capabilities.public_url else "",
        )

    async def code(self, request: Request) -> Response:
        """The ticket's own address as a picture, to be held up to a kiosk's reader."""
        import qrcode
        from qrcode.image.svg import SvgPathImage

        ticket = self._front.capabilities.ticket_of(request.path_params["token"])
        url = self._front.capabilities.url(ticket) if ticket else None
        if url is None:
            raise Problem("not-found", "no such ticket")
        picture = qrcode.make(url, image_factory=SvgPathImage, border=4).to_string()
        return Response(picture, media_type="image/svg+xml", headers={"Cache-Control": "no-store"})

    def _may(self, request: Request, row: str) -> Caller | None:
        caller = self._door.caller_or_none(request)
        return caller if caller is not None and caller.role in MATRIX[row] else None

    def _hall_language(self, request: Request) -> Language:
        """A display speaks to everybody: its language is set in the address, not by its browser."""
        return SHORTER.get(request.query_params.get("lang", "")[:2].lower(), Language.ZH)

    def _ticket_language(self, request: Request) -> Language:
        """Asked for in the address, else chosen when the number was taken, else the browser's."""
        ticket = self._front.capabilities.ticket_of(request.path_params["token"])
        live = None if ticket is None else self._front.keeper.hall.live.get(ticket)
        if live is None or request.query_params.get("lang"):
            return language_of(request)
        return live.visit.language

    def _groups(self) -> list[dict[str, Any]]:
        facts = self._front.facts
        return [
            {
                "id": group.id,
                "name": group.name,
                "services": [
                    service.model_dump(mode="json", include={"id", "name", "documents", "handle_target_minutes"})
                    for service in facts.services
                    if service.group == group.id
                ],
            }
            for group in facts.groups
        ]

    def _page(
        self, request: Request, template: str, status: int = 200, language: Language | None = None, **facts: object
    ) -> HTMLResponse:
        spoken = language or language_of(request)
        words = sentences(spoken)
        html = self._templates.get_template(template).render(
            language=spoken.value,
            shorter=OWN_NAMES.items(),
            words=dict(words),
            say=words.__getitem__,
            branch=self._front.facts.branch,
            hall_name=self._front.facts.name.get(spoken) or self._front.facts.name[Language.ZH],
            timezone=self._front.keeper.hall.rules.timezone,
            **facts,
        )
        return HTMLResponse(html, status, headers={"Cache-Control": "no-store"})


def pages(
    theme_file: Path, voice: Callable[[Front, Door], DisplayVoice] | None = None
) -> Callable[[Front, Door, Hub, Sessions], Sequence[BaseRoute]]:
    """The routes of the pages, for `create_app`; `voice`: that of the displays, where they have one."""

    def routes(front: Front, door: Door, _hub: Hub, sessions: Sessions) -> Sequence[BaseRoute]:
        speaker = voice(front, door) if voice else None
        made = Pages(front, door, sessions, theme_file, speaker)
        here = front.facts.branch
        return [
            *([_get(f"/display/{here}/calls/{{seq:int}}.wav", speaker.call)] if speaker else []),
            Route("/theme.css", made.theme, methods=["GET"]),
            Mount("/static", StaticFiles(directory=str(WEB / "static"))),
            _get(f"/display/{here}", partial(_when_kept, front, made.display)),
            Route(f"/display/{here}", made.enrol_display, methods=["POST"]),
            _get(f"/board/{here}", partial(_when_kept, front, made.board)),
            _get("/t/{token}", partial(_when_kept, front, made.ticket)),
            _get("/t/{token}/code.svg", made.code),
        ]

    return routes


async def _when_kept(front: Front, page: Callable[[Request], Awaitable[Response]], request: Request) -> Response:
    """A browser that meets a server which does not keep the branch asks again by itself: nobody stands at a display."""
    if front.ready():
        return await page(request)
    response = Problem("not-owner", retry_after_s=1).response()
    response.headers["Refresh"] = str(AGAIN_S)
    return response


def _get(path: str, handler: Callable[[Request], Awaitable[Response]]) -> Route:
    return Route(path, handler, methods=["GET"])
