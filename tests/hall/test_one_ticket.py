"""The way of one ticket through the whole hall: touch, paper, call, display, service, press, board."""

import threading
from collections.abc import Callable

from server.adapters.database import open_engine
from server.adapters.verify import verify
from server.contract.acts import CurrentAct, Enrol, FinishCustomer, Interaction, Login, NextCustomer, OpenCounter
from server.contract.views.hall import HallView
from server.contract.words import Outcome
from server.demo.bench.hall import BenchHall
from server.demo.simulated import Simulators
from server.demo.stage import MANAGER
from server.link.acts import HallClient, new_request_id
from server.link.stream import ViewStream


class Display:
    """What the hall's screen has shown, newest last."""

    def __init__(self, client: HallClient) -> None:
        self._seen: list[HallView] = []
        self._changed = threading.Condition()
        self.stream = ViewStream(client, HallView, {"view": "hall"}, self._show, lambda _line: None)

    def _show(self, view: HallView) -> None:
        with self._changed:
            self._seen.append(view)
            self._changed.notify_all()

    def shows(self, wanted: Callable[[HallView], bool]) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: any(map(wanted, self._seen)), 30)


def test_from_a_touch_to_a_rated_visit(hall: BenchHall, until: Callable[[Callable[[], bool]], bool]) -> None:
    stage, simulators = hall.stage, Simulators(hall.stage.control_port)
    badge = stage.badges[0]
    clerk = HallClient(stage.url, stage.settings.branch, stage.tokens[f"counter-{badge.counter}"], timeout_s=10)
    screen = HallClient(stage.url, stage.settings.branch, "", timeout_s=10)
    manager = HallClient(stage.url, stage.settings.branch, "", timeout_s=10)
    screen.token = screen.enrol(Enrol(code=stage.display_code, device="display-1"))
    display = Display(screen)
    display.stream.start()
    try:
        # A customer touches a service: the number is committed, then printed.
        ticket = hall.touch("pay", tag="c1")
        assert (ticket["error"], ticket["offline"], ticket["printed"]) == ("", False, "printed")
        number = ticket["number"]
        (slip,) = simulators.slips("printer-1")
        assert number in slip.text
        assert "/t/" in slip.qr
        assert display.shows(lambda view: view.waiting == 1)

        # A clerk signs in and calls; every screen of the hall says so.
        clerk.token = clerk.login(Login(staff=badge.staff, secret=badge.pin, counter=badge.counter)).token
        clerk.counter_act(badge.counter, "open", OpenCounter(request_id=new_request_id()))
        desk = clerk.counter_act(badge.counter, "next", NextCustomer(request_id=new_request_id(), expect=None))
        assert desk.current is not None
        assert (desk.current.ticket, desk.current.number) == (ticket["ticket"], number)
        assert display.shows(lambda view: (number, badge.counter) in [(c.number, c.counter) for c in view.calls])

        # The customer is served; what was done is logged with the leg.
        now = CurrentAct(request_id=new_request_id(), ticket=desk.current.ticket)
        clerk.counter_act(badge.counter, "start", now)
        done = Interaction(service_done="pay", outcome=Outcome.DONE, note="two bills paid")
        finish = FinishCustomer(request_id=new_request_id(), ticket=desk.current.ticket, record=done)
        desk = clerk.counter_act(badge.counter, "finish", finish)
        assert desk.current is None
        assert desk.last_leg is not None

        # The pad invites; a finger presses; the manager's board counts it once.
        pad = f"pad-{badge.counter}"
        assert until(lambda: simulators.ask(pad, "look")["light"] == "invite")
        simulators.press(pad, 5)
        manager.login(Login(staff=MANAGER, secret=stage.manager_password))
        assert until(lambda: manager.board().ratings.n == 1)
        board = manager.board()
        assert board.ratings.by_score == {5: 1}
        assert (board.issued, board.called, board.finished, board.waiting) == (1, 1, 1, 0)
        assert until(lambda: simulators.ask(pad, "look")["light"] != "invite")
    finally:
        display.stream.stop()
        for client in (clerk, screen, manager):
            client.close()

    # And the journal tells the same story.
    engine = open_engine(stage.settings.database_url)
    assert verify(engine, stage.settings.branch) == []
    engine.dispose()
