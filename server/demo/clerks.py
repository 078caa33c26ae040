"""The crowd's clerks: each opens a counter and works like a person, through the contract alone."""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from server.contract.acts import (
    Act,
    CounterAct,
    CurrentAct,
    FinishCustomer,
    HoldCustomer,
    Interaction,
    Login,
    NextCustomer,
    OpenCounter,
    PauseCounter,
    TransferCustomer,
)
from server.contract.views.desk import CurrentView, DeskView
from server.contract.words import CounterState, CustomerClass, HoldReason, Language, Outcome, PauseReason, TicketState
from server.demo.badges import Badge
from server.demo.history import History, Walk
from server.demo.pace import Pace
from server.demo.plan import Customer
from server.link.acts import HallClient, new_request_id
from server.link.errors import ActRefused, HallAway

log = structlog.get_logger()

WALK_S = (12.0, 30.0)
"""From the seat to the counter, hall seconds."""
LOOK_AGAIN_S = 8.0
RETRY_MACHINE_S = 0.2
PRESS_MACHINE_S = 0.5
"""A clerk lets the customer reach the pad before calling the next: what the wires need, at any speed."""
KEY_SHARE = 0.5
"""Of the calls and starts at a counter with a call pad, those that its keys do."""
KEY_MACHINE_S = 4.0
"""A key that has done nothing by then is lost; the clerk turns to the screen."""
LOOK_MACHINE_S = 0.1
PAUSE_SHARE = 0.03
PAUSE_S = 300.0

VISITOR = Customer("visitor", 0.0, "", CustomerClass.NORMAL, Language.ZH, 180.0, None, None)


@dataclass(frozen=True, slots=True)
class Hall:
    """What a clerk knows of the hall beside the server: the people in it and how they press."""

    history: History
    pace: Pace
    press: Callable[[int, int], None]
    """Counter, score -> the customer's finger on that counter's pad."""
    transfer_to: Callable[[str], str | None]
    """Service -> another service that some counter of the hall serves."""
    call_pads: frozenset[int] = frozenset()
    """Counters that have one."""
    press_key: Callable[[int, str], None] = lambda _counter, _key: None
    """Counter, key -> the clerk's finger on that counter's call pad."""
    visitors: bool = False
    """Somebody at the kiosk's window may take numbers that the plan does not know."""


class Clerk(threading.Thread):
    """One clerk's day, until the hall's stop."""

    def __init__(self, badge: Badge, client: HallClient, hall: Hall, seed: int) -> None:
        super().__init__(name=f"clerk-{badge.staff}", daemon=True)
        self._badge = badge
        self._client = client
        self._machine_token = client.token
        self._hall = hall
        self._dice = random.Random(seed)
        self._desk: DeskView | None = None

    def run(self) -> None:
        if not self._sign_in():
            return
        while not self._hall.pace.stop.is_set():
            try:
                self._one_customer()
            except ActRefused as refused:
                self._look_again(refused)

    def _sign_in(self) -> bool:
        while not self._hall.pace.stop.is_set():
            try:
                self._client.token = self._machine_token
                session = self._client.login(
                    Login(staff=self._badge.staff, secret=self._badge.pin, counter=self._badge.counter)
                )
                self._client.token = session.token
                self._take_place()
                return True
            except HallAway:
                self._hall.pace.stop.wait(RETRY_MACHINE_S)
            except ActRefused as refused:
                self._hall.history.problem(f"clerk {self._badge.staff} cannot sign in: {refused.problem.detail}")
                return False
        return False

    def _take_place(self) -> None:
        """A pause locks the session, so coming back from one begins with signing in."""
        state = self._client.desk(self._badge.counter).state
        if state is CounterState.CLOSED:
            self._act("open", OpenCounter(request_id=new_request_id()))
        elif state is CounterState.PAUSED:
            self._act("resume", CounterAct(request_id=new_request_id()))

    def _act(self, act: str, body: Act) -> DeskView:
        """Ask until answered, always with the same request id. Raises ActRefused, or HallAway when the demo stops."""
        while True:
            try:
                self._desk = self._client.counter_act(self._badge.counter, act, body)
                return self._desk
            except HallAway:
                if self._hall.pace.stop.wait(RETRY_MACHINE_S):
                    raise SystemExit from None

    def _look_again(self, refused: ActRefused) -> None:
        """After a refusal the present view decides what to do next."""
        if refused.problem.status == 401 and not self._sign_in():
            raise SystemExit
        if refused.problem.code != "nobody-waiting":
            log.info("a clerk was refused", counter=self._badge.counter, code=refused.problem.code)
        self._hall.pace.rest(LOOK_AGAIN_S)
        while not self._hall.pace.stop.is_set():
            try:
                self._desk = self._client.desk(self._badge.counter)
                return
            except HallAway:
                self._hall.pace.stop.wait(RETRY_MACHINE_S)
            except ActRefused:
                if not self._sign_in():
                    raise SystemExit from None

    def _one_customer(self) -> None:
        current = self._desk.current if self._desk else None
        if current is None:
            current = self._call()
        if current is None:
            self._hall.pace.rest(LOOK_AGAIN_S)
            return
        walk = self._hall.history.holder(current.ticket, current.number, timeout_s=10.0)
        if walk is None and self._hall.visitors:
            self._serve(current, Walk(VISITOR))
            return
        if walk is None:
            self._hall.history.problem(f"{current.number} was called but nobody holds it")
            self._give_up(current, None)
            return
        with self._hall.history.changed:
            walk.called_at.append(self._badge.counter)
        if walk.gone_at_s is not None and self._hall.pace.hall_s() > walk.gone_at_s:
            self._give_up(current, walk)
        else:
            self._serve(current, walk)

    def _call(self) -> CurrentView | None:
        desk = self._by_key("call", lambda desk: bool(desk.waiting), lambda desk: desk.current is not None)
        return (desk or self._act("next", NextCustomer(request_id=new_request_id(), expect=None))).current

    def _start(self, ticket: str) -> None:
        def serving(desk: DeskView) -> bool:
            return desk.current is not None and desk.current.state is TicketState.SERVING

        if self._by_key("start", lambda _desk: True, serving) is None:
            self._act("start", CurrentAct(request_id=new_request_id(), ticket=ticket))

    def _by_key(
        self, key: str, useful: Callable[[DeskView], bool], done: Callable[[DeskView], bool]
    ) -> DeskView | None:
        """The desk once a key of the call pad has done it; None where there is no pad or it did nothing."""
        hall, counter = self._hall, self._badge.counter
        if counter not in hall.call_pads or self._dice.random() > KEY_SHARE or not useful(self._seen()):
            return None
        hall.press_key(counter, key)
        until = time.monotonic() + KEY_MACHINE_S
        while time.monotonic() < until and not hall.pace.stop.wait(LOOK_MACHINE_S):
            if done(desk := self._seen()):
                self._desk = desk
                return desk
        return None

    def _seen(self) -> DeskView:
        """The desk as it is now. Raises ActRefused, or SystemExit when the demo stops."""
        while True:
            try:
                return self._client.desk(self._badge.counter)
            except HallAway:
                if self._hall.pace.stop.wait(RETRY_MACHINE_S):
                    raise SystemExit from None

    def _serve(self, current: CurrentView, walk: Walk) -> None:
        pace, customer = self._hall.pace, walk.customer
        if current.state is TicketState.CALLED:
            pace.rest(self._dice.uniform(*WALK_S))
            self._start(current.ticket)
        self._hall.history.begin_service(walk, self._badge.counter)
        if customer.hold and current.leg == 1 and "held" not in walk.ended:
            self._hold(current, walk)
            return
        elsewhere = self._hall.transfer_to(current.service) if customer.transfer and current.leg == 1 else None
        if elsewhere is not None:
            self._transfer(current, walk, elsewhere)
            return
        pace.rest(customer.handle_s)
        record = Interaction(service_done=current.service, outcome=Outcome.DONE)
        self._hall.history.end_service(walk, "finished")
        self._act("finish", FinishCustomer(request_id=new_request_id(), ticket=current.ticket, record=record))
        if customer.score is not None:
            self._hall.press(self._badge.counter, customer.score)
            walk.pressed = customer.score
        pace.rest(max(self._dice.uniform(15, 40), PRESS_MACHINE_S * pace.speed))
        if self._dice.random() < PAUSE_SHARE:
            self._rest_a_little()

    def _hold(self, current: CurrentView, walk: Walk) -> None:
        self._hall.pace.rest(walk.customer.handle_s / 3)
        self._hall.history.end_service(walk, "held")
        body = HoldCustomer(
            request_id=new_request_id(), ticket=current.ticket, reason=HoldReason.FORM, minutes=5, note="正在填申请表"
        )
        self._act("hold", body)

    def _transfer(self, current: CurrentView, walk: Walk, service: str) -> None:
        self._hall.pace.rest(walk.customer.handle_s / 2)
        self._hall.history.end_service(walk, "transferred")
        body = TransferCustomer(
            request_id=new_request_id(), ticket=current.ticket, service=service, note="资料已核，请接着办"
        )
        self._act("transfer", body)

    def _give_up(self, current: CurrentView, walk: Walk | None) -> None:
        self._hall.pace.rest(50)
        self._act("recall", CurrentAct(request_id=new_request_id(), ticket=current.ticket))
        self._hall.pace.rest(60)
        self._act("no-show", CurrentAct(request_id=new_request_id(), ticket=current.ticket))
        if walk is not None:
            self._hall.history.end_service(walk, "no_show")

    def _rest_a_little(self) -> None:
        self._act("pause", PauseCounter(request_id=new_request_id(), reason=PauseReason.BREAK))
        self._hall.pace.rest(PAUSE_S)
        if not self._sign_in():
            raise SystemExit
        self._act("resume", CounterAct(request_id=new_request_id()))
