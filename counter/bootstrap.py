"""The real parts of a counter program, chosen in one place."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from counter.hall_clock import HallClock
from counter.keepsake import Keepsake
from counter.phrases import load_catalogue
from counter.settings import Settings
from counter.theme import load_theme
from counter.viewmodels.desk import DeskModel
from counter.viewmodels.sign_in import SignInModel
from counter.viewmodels.tools import Tools
from counter.widgets.program import Program
from server.contract.views.desk import DeskView
from server.contract.words import Language
from server.link.acts import HallClient, new_request_id
from server.link.outbox import Outbox
from server.link.qt import Bridge
from server.link.stream import ViewStream

T = TypeVar("T")


@dataclass(slots=True)
class Post:
    """One counter: its program, its line to the hall and its disk."""

    program: Program
    client: HallClient
    bridge: Bridge
    outbox: Outbox
    stream: ViewStream[DeskView]

    def start(self) -> None:
        self.program.show()

    def stop(self) -> None:
        self.stream.stop()
        self.program.close()
        self.bridge.close()
        self.outbox.close()
        self.client.close()


def build(settings: Settings) -> Post:
    """Builds everything; nothing is asked of the hall before the clerk signs in."""
    client = HallClient(settings.url, settings.branch, settings.token, ca_file=settings.ca_file)
    bridge = Bridge()
    folder = settings.data_dir / f"counter-{settings.counter}"
    outbox = Outbox(folder / "outbox.sqlite")
    tools = Tools(
        hall=client,
        worker=bridge,
        outbox=outbox,
        keepsake=Keepsake(folder / "draft.json"),
        clock=HallClock(time.monotonic, datetime.now(UTC), settings.speed),
        monotonic=time.monotonic,
        new_id=new_request_id,
    )
    model = DeskModel(settings.counter, dict(settings.keys), tools)
    signing = SignInModel(client, bridge, settings.counter, lambda: model.adoption.away.pending)
    stream = _stream(client, bridge, model, settings.counter)
    program = Program(
        load_theme(settings.config_dir / "theme.toml"),
        model,
        signing,
        {language: load_catalogue(language) for language in Language},
        settings.language,
        on_sign_in=lambda: _restart(stream),
        on_sign_out=stream.stop,
    )
    return Post(program, client, bridge, outbox, stream)


def _stream(client: HallClient, bridge: Bridge, model: DeskModel, counter: int) -> ViewStream[DeskView]:
    def to_model(take: Callable[[T], None], told: T) -> None:
        """What was told before the clerk signed out or anew is not of this clerk."""
        run = stream.runs_over
        bridge.call(lambda: take(told) if run == stream.runs_over else None)

    stream = ViewStream(
        client,
        DeskView,
        {"view": "desk", "counter": counter},
        lambda view: to_model(model.receive, view),
        lambda line: to_model(model.line_changed, line),
    )
    return stream


def _restart(stream: ViewStream[DeskView]) -> None:
    """The stream speaks for the person who has just signed in."""
    stream.stop()
    stream.start()
