"""What the counter's view-models need of the world; `HallClient` and `Bridge` of the link are the real ones."""

from collections.abc import Callable
from typing import Protocol, TypeVar

from server.contract.acts import Login, PutInteraction
from server.contract.common import Body
from server.contract.views.answers import InteractionView, SessionView
from server.contract.views.desk import DeskView
from server.contract.views.services import ServicesView

T = TypeVar("T")


class Hall(Protocol):
    """The server as a counter asks it; every call blocks and raises HallAway or ActRefused."""

    token: str

    def services(self) -> ServicesView: ...

    def desk(self, counter: int) -> DeskView: ...

    def counter_act(self, counter: int, act: str, body: Body) -> DeskView: ...

    def put_interaction(self, ticket: str, leg: int, body: PutInteraction) -> InteractionView: ...

    def login(self, body: Login) -> SessionView: ...

    def logout(self) -> None: ...


class Worker(Protocol):
    """Does blocking work elsewhere and tells the outcome on the Qt thread."""

    def run(self, work: Callable[[], T], done: Callable[[T], None], failed: Callable[[Exception], None]) -> None: ...
