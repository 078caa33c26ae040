"""The one table of HTTP endpoints: address, who may (by row of the matrix), body, answer and what runs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from server.application import calling, issuing, serving
from server.application.asking import Asked, Asking
from server.contract import acts
from server.contract.common import Body, View
from server.contract.journal import JournalPage
from server.contract.views.answers import EnrolledView, InteractionView, KeyView, RatingView, SessionView, TicketView
from server.contract.views.board import BoardView
from server.contract.views.desk import DeskView
from server.contract.views.hall import HallView
from server.contract.views.services import ServicesView
from server.domain.vocabulary import CounterNo, TicketId

BRANCH = "/api/v1/branches/{branch}"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`row`: of the matrix; also the operation's name in OpenAPI. No `body`: a GET. `query`: what may be asked by."""

    row: str
    method: str
    path: str
    summary: str
    answer: type[View] | None
    body: type[Body] | None = None
    status: int = 200
    query: tuple[str, ...] = ()


CounterUse = Callable[[Asking, CounterNo, Any], Asked]
TicketUse = Callable[[Asking, TicketId, Any], Asked]


@dataclass(frozen=True, slots=True)
class CounterEndpoint:
    act: str
    body: type[acts.Act]
    use: CounterUse
    summary: str

    @property
    def endpoint(self) -> Endpoint:
        path = f"{BRANCH}/counters/{{counter}}/{self.act}"
        return Endpoint(f"counter-{self.act}", "POST", path, self.summary, DeskView, self.body)


@dataclass(frozen=True, slots=True)
class TicketEndpoint:
    act: str
    body: type[acts.Act]
    use: TicketUse
    summary: str

    @property
    def endpoint(self) -> Endpoint:
        path = f"{BRANCH}/tickets/{{ticket}}/{self.act}"
        return Endpoint(self.act, "POST", path, self.summary, TicketView, self.body)


COUNTER_ACTS = (
    CounterEndpoint("open", acts.OpenCounter, calling.open_counter, "Open the counter"),
    CounterEndpoint("pause", acts.PauseCounter, calling.pause, "Pause with a reason"),
    CounterEndpoint("resume", acts.CounterAct, calling.resume, "Go on after a pause"),
    CounterEndpoint("close", acts.CounterAct, calling.close, "Close the counter"),
    CounterEndpoint("next", acts.NextCustomer, calling.next_customer, "Finish the present customer and call the next"),
    CounterEndpoint("call", acts.CallTicket, calling.call, "Call one ticket out of order, with a reason"),
    CounterEndpoint("recall", acts.CurrentAct, calling.recall, "Call the same number again"),
    CounterEndpoint("start", acts.CurrentAct, serving.start, "The customer has come"),
    CounterEndpoint("finish", acts.FinishCustomer, serving.finish, "Finish with the record of what was done"),
    CounterEndpoint("no-show", acts.CurrentAct, calling.no_show, "The customer has not come"),
    CounterEndpoint("revive", acts.ReviveTicket, calling.revive, "Bring a missed or held ticket back"),
    CounterEndpoint("hold", acts.HoldCustomer, serving.hold, "Park the customer for some minutes"),
    CounterEndpoint("return", acts.CurrentAct, calling.send_back, "Send the customer back to the queue unserved"),
    CounterEndpoint("transfer", acts.TransferCustomer, serving.transfer, "Hand over to a service, counter or clerk"),
    CounterEndpoint(
        "served-offline", acts.ServedOffline, serving.served_offline, "Adopt one served away from the server"
    ),
)

TICKET_ACTS = (
    TicketEndpoint("cancel", acts.TicketAct, issuing.cancel, "Give the place up"),
    TicketEndpoint("delay", acts.DelayTicket, issuing.delay, "Be called later, once"),
    TicketEndpoint("check-in", acts.TicketAct, issuing.check_in, "An expected customer has come"),
    TicketEndpoint("reprint", acts.TicketAct, issuing.reprint, "Print the slip again"),
    TicketEndpoint("class", acts.ChangeClass, issuing.change_class, "Give another class, with a reason"),
    TicketEndpoint("revive", acts.TicketAct, issuing.revive, "Bring a missed or held ticket back"),
)

ISSUE = Endpoint("issue", "POST", f"{BRANCH}/tickets", "Give out a number", TicketView, acts.IssueTicket, 201)
TICKET = Endpoint("ticket", "GET", f"{BRANCH}/tickets/{{ticket}}", "One ticket", TicketView)
KEY = Endpoint(
    "counter-key",
    "POST",
    f"{BRANCH}/counters/{{counter}}/key",
    "A key of the counter's call pad",
    KeyView,
    acts.PressKey,
)
INTERACTION = Endpoint(
    "interaction",
    "PUT",
    f"{BRANCH}/legs/{{ticket}}/{{leg}}/interaction",
    "Edit the record of a leg until the day closes",
    InteractionView,
    acts.PutInteraction,
)
RATE = Endpoint("rate", "POST", f"{BRANCH}/ratings", "Rate a finished visit", RatingView, acts.GiveRating)
SERVICES = Endpoint("services", "GET", f"{BRANCH}/services", "What the branch offers", ServicesView)
HALL = Endpoint("hall", "GET", f"{BRANCH}/hall", "What the hall may see: numbers only", HallView)
BOARD = Endpoint("board", "GET", f"{BRANCH}/board", "What the manager sees", BoardView)
DESK = Endpoint("desk", "GET", f"{BRANCH}/counters/{{counter}}/desk", "What the clerk sees", DeskView)
JOURNAL = Endpoint(
    "journal", "GET", f"{BRANCH}/journal", "The journal as stored, in pages", JournalPage, query=("after",)
)
LOGIN = Endpoint("login", "POST", "/api/v1/login", "Sign in", SessionView, acts.Login)
LOGOUT = Endpoint("logout", "POST", "/api/v1/logout", "End the session", None, None, 204)
ENROL = Endpoint(
    "enrol", "POST", "/api/v1/enrol", "Trade a one-time code for a machine's token", EnrolledView, acts.Enrol
)
OPEN_TO_ALL = frozenset({"login", "enrol"})

ENDPOINTS: tuple[Endpoint, ...] = (
    ISSUE,
    TICKET,
    *(each.endpoint for each in TICKET_ACTS),
    *(each.endpoint for each in COUNTER_ACTS),
    KEY,
    DESK,
    INTERACTION,
    RATE,
    SERVICES,
    HALL,
    BOARD,
    JOURNAL,
    LOGIN,
    LOGOUT,
    ENROL,
)
"""All but the event stream and the pages."""
