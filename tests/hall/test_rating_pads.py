"""Four pads of four makes in one hall: what becomes of every press, from the finger to the journal."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from server.adapters.accounts import Accounts
from server.adapters.database import open_engine
from server.adapters.journal import read_lines
from server.contract.acts import Login, OpenCounter
from server.demo.bench.hall import BenchHall, Ground, bench_hall
from server.demo.cut_hall import serve_next
from server.demo.simulated import Simulators
from server.demo.stage import MANAGER, Stage
from server.domain.events.ratings import RatingGiven, RatingIgnored
from server.domain.vocabulary import RatingFate, Role
from server.link.acts import HallClient, new_request_id
from server.mqtt_side import server_user
from server.settings import read_toml

Until = Callable[..., bool]
CONFIG = Path(__file__).parents[2] / "config"
COUNTERS = (1, 2, 3, 4)
SHORT_FRAME = {
    "header": "AA 55",
    "size": 5,
    "key_at": 2,
    "codes": [0x31, 0x32, 0x33, 0x34],
    "check": "xor",
    "tail": "0D",
    "invite": "AA 01",
    "dark": "AA 00",
}
PADS: dict[str, dict[str, Any]] = {
    "pad-1": {"driver": "framed", "address": 1, "serial": {"path": "serial/pad-1"}, "keys": [5, 3, 1]},
    "pad-2": SHORT_FRAME | {"driver": "short", "serial": {"path": "serial/pad-2"}, "keys": [5, 4, 2, 1]},
    "pad-3": {"driver": "hid", "input": {"path": "input/pad-3"}, "keys": [1, 2, 3, 4, 5]},
    "pad-4": {"driver": "mqtt", "at": "pad-4", "keys": [1, 3, 5]},
}
WITHOUT_LAMP = "pad-3"
SAYS_WHAT_IS_HELD = ("pad-1", "pad-3", "pad-4")
FIRST, SECOND, THIRD = ({name: pad["keys"][nth] for name, pad in PADS.items()} for nth in (0, 1, 2))
"""Score of each pad's keys from the left."""
SECONDS = 15
"""Of a window; nobody's hand takes so long here, however busy the machine is."""


def furnish(stage: Stage) -> None:
    """These pads in place of the house's own; the one on the network is enrolled under its own name."""
    settings, file = stage.settings, stage.home / "config" / "devices.toml"
    devices = {name: each for name, each in read_toml(file)["devices"].items() if each["kind"] == "ticket_printer"}
    for counter, (name, pad) in enumerate(PADS.items(), 1):
        devices[name] = {"kind": "rating_pad", "at": "station-1", "counter": counter} | pad
    devices["pad-4"]["hall"] = {"branch": settings.branch, "broker_port": settings.broker.port}
    file.write_text(tomli_w.dumps({"devices": devices}), encoding="utf-8")

    rules = read_toml(stage.home / "config" / "hall.toml")
    rules["rating"]["seconds"] = SECONDS
    (stage.home / "config" / "hall.toml").write_text(tomli_w.dumps(rules), encoding="utf-8")

    engine = open_engine(settings.database_url)
    accounts = Accounts(engine)
    accounts.open()
    token = accounts.put_machine("pad-4", Role.PAD)
    server_user(settings)[0].put_device("pad-4", token)
    engine.dispose()
    (settings.data_dir / "tokens").mkdir()
    (settings.data_dir / "tokens" / "pad-4").write_text(token, encoding="utf-8")


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BenchHall]:
    ground = Ground(CONFIG, tmp_path_factory.mktemp("pads"), quick=True)
    with bench_hall(ground, whole=True, past=furnish) as opened:
        yield opened


@pytest.fixture(scope="module")
def simulators(hall: BenchHall) -> Simulators:
    return Simulators(hall.stage.control_port)


@pytest.fixture(scope="module")
def manager(hall: BenchHall) -> Iterator[HallClient]:
    client = HallClient(hall.stage.url, hall.stage.settings.branch, "", timeout_s=30)
    client.login(Login(staff=MANAGER, secret=hall.stage.manager_password))
    yield client
    client.close()


@pytest.fixture
def clerks(hall: BenchHall) -> Iterator[dict[int, HallClient]]:
    """One at each of the four counters, which are open."""
    stage, clerks = hall.stage, {}
    with ExitStack() as stack:
        for badge in stage.badges[: len(COUNTERS)]:
            token = stage.tokens[f"counter-{badge.counter}"]
            clerk = HallClient(stage.url, stage.settings.branch, token, timeout_s=30)
            stack.callback(clerk.close)
            clerk.token = clerk.login(Login(staff=badge.staff, secret=badge.pin, counter=badge.counter)).token
            clerk.counter_act(badge.counter, "open", OpenCounter(request_id=new_request_id()))
            clerks[badge.counter] = clerk
        yield clerks


def journalled(hall: BenchHall) -> list[RatingGiven | RatingIgnored]:
    engine = open_engine(hall.stage.settings.database_url)
    with engine.connect() as connection:
        events = [line.recorded.event for line in read_lines(connection, hall.stage.settings.branch)]
    engine.dispose()
    return [event for event in events if isinstance(event, RatingGiven | RatingIgnored)]


def presses(hall: BenchHall) -> dict[RatingFate, dict[str, int]]:
    """By fate, the score of the one press at each pad."""
    told: dict[RatingFate, dict[str, int]] = {fate: {} for fate in RatingFate}
    for event in journalled(hall):
        fate = event.fate if isinstance(event, RatingIgnored) else RatingFate.ACCEPTED
        assert f"pad-{event.counter}" not in told[fate]
        told[fate][f"pad-{event.counter}"] = event.score
    return told


def state_of_pads(manager: HallClient) -> dict[str, tuple[str, str | None]]:
    """Health and alert of each, as the board shows them."""
    return {line.part: (line.health, line.alert) for line in manager.board().devices if line.part in PADS}


def test_of_four_makes_each_press_gets_its_score_and_its_fate(
    hall: BenchHall, simulators: Simulators, manager: HallClient, clerks: dict[int, HallClient], until: Until
) -> None:
    def lights() -> set[object]:
        return {simulators.ask(pad, "look")["light"] for pad in PADS if pad != WITHOUT_LAMP}

    assert until(lambda: state_of_pads(manager) == dict.fromkeys(PADS, ("ok", None)))

    # Before anybody was served a press is nobody's. (The same key again within 0.4 s would be taken for its bounce.)
    for pad in PADS:
        simulators.press(pad, 3)
    assert until(lambda: presses(hall)[RatingFate.UNMATCHED] == THIRD)

    # Each counter serves a customer and its pad asks, as far as it has a lamp. The first press counts, the second
    # is kept and does not.
    for (counter, clerk), pad in zip(clerks.items(), PADS, strict=True):
        hall.touch("pay", tag=pad)
        serve_next(clerk, counter)
        assert pad == WITHOUT_LAMP or until(lambda pad=pad: simulators.ask(pad, "look")["light"] == "invite")
        simulators.press(pad, 1)
        simulators.press(pad, 2)
    assert until(lambda: presses(hall)[RatingFate.ACCEPTED] == FIRST)
    assert until(lambda: presses(hall)[RatingFate.REPEATED] == SECOND)
    ratings = manager.board().ratings
    assert (ratings.n, ratings.by_score, ratings.unmatched) == (4, dict(Counter(FIRST.values())), 4)

    # When its seconds are over the window is shut: who presses now came late.
    assert until(lambda: lights() == {"off"})
    for pad in PADS:
        simulators.press(pad, 3)
    assert until(lambda: presses(hall)[RatingFate.LATE] == THIRD)
    assert (manager.board().ratings.n, manager.board().ratings.unmatched) == (4, 4)


def test_a_flood_and_a_stuck_key_stand_on_the_board_until_they_are_over(
    simulators: Simulators, manager: HallClient, until: Until
) -> None:
    well = dict.fromkeys(PADS, ("ok", None))
    assert until(lambda: state_of_pads(manager) == well)

    for pad in PADS:
        simulators.ask(pad, "flood")
    assert until(lambda: state_of_pads(manager) == dict.fromkeys(PADS, ("ok", "flood")))
    assert until(lambda: state_of_pads(manager) == well)

    for pad in SAYS_WHAT_IS_HELD:
        simulators.ask(pad, "stuck", key=2)
    assert until(lambda: state_of_pads(manager) == well | dict.fromkeys(SAYS_WHAT_IS_HELD, ("fault", "stuck-key")))
    for pad in SAYS_WHAT_IS_HELD:
        simulators.ask(pad, "mend")
    assert until(lambda: state_of_pads(manager) == well)


def test_a_pad_on_the_network_keeps_its_presses_while_it_is_cut_off(
    hall: BenchHall, simulators: Simulators, manager: HallClient, until: Until
) -> None:
    def told() -> int:
        return sum(press.source == "pad-4" for press in journalled(hall))

    assert until(lambda: simulators.ask("pad-4", "look")["unacknowledged"] == 0)
    before = told()
    simulators.ask("pad-4", "unplug")
    assert until(lambda: state_of_pads(manager)["pad-4"][0] == "lost")
    simulators.press("pad-4", 1)
    assert until(lambda: simulators.ask("pad-4", "look")["unacknowledged"] == 1)
    simulators.ask("pad-4", "restart")
    assert simulators.ask("pad-4", "look")["unacknowledged"] == 1

    simulators.ask("pad-4", "plug")

    assert until(lambda: state_of_pads(manager)["pad-4"] == ("ok", None))
    assert until(lambda: simulators.ask("pad-4", "look")["unacknowledged"] == 0)
    assert told() == before + 1
