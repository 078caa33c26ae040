"""Every attack that the hall must bear has a test, and every address of the server somebody who may ask it."""

import re
from pathlib import Path
from typing import Any

from starlette.routing import Mount, Route

from server.entrypoints.table import ENDPOINTS, OPEN_TO_ALL
from server.entrypoints.who_may import MATRIX

TESTS = Path(__file__).parents[1]
ATTACKS = {
    3: "ticket flooding through the API or the broker",
    4: "a call in another counter's name",
    7: "a pad that pretends to be another",
    8: "old messages sent again",
    9: "poisoned retained messages",
    10: "a client id taken over",
    11: "reading everything by a wildcard",
    12: "huge, deep, doubled, undecodable bodies and messages",
    13: "printer commands within texts",
    15: "forged, copied and old tickets",
    16: "priority without right",
    18: "personal data in logs, files, messages",
    19: "scripts within texts that pages show",
    20: "words of databases, paths and spreadsheets",
    21: "a stolen counter session",
    22: "history changed by hand",
    24: "passwords known from the start, open doors",
    25: "a clock that is moved",
}
MARK = re.compile(r"mark\.attack\(([\d, ]+)\)")
BESIDE_THE_TABLE = {
    "/api/v1/branches/{branch}/events": "events-hall",
    "/metrics": "metrics",
    "/healthz": "open",
    "/api/v1/openapi.json": "open",
    "/theme.css": "open",
    "/static": "open",
    "/display/chengdong": "events-hall",
    "/board/chengdong": "events-board",
    "/t/{token}": "open",
    "/t/{token}/code.svg": "open",
}
"""Row of the matrix that the handler asks for; `open`: tells nothing of the hall."""


def test_every_attack_has_a_test() -> None:
    files = [file for file in TESTS.rglob("test_*.py") if file != Path(__file__)]
    marked = {
        int(number) for file in files for found in MARK.findall(file.read_text("utf-8")) for number in found.split(",")
    }
    assert {f"{number}: {told}" for number, told in ATTACKS.items() if number not in marked} == set()


def test_every_address_has_a_row_of_who_may(served: Any) -> None:
    routes = served.server.web.app._app.routes
    assert all(isinstance(route, Route | Mount) for route in routes)
    table = {endpoint.path: endpoint.row for endpoint in ENDPOINTS}
    assert {route.path for route in routes} == table.keys() | BESIDE_THE_TABLE.keys()
    rows = {endpoint.row for endpoint in ENDPOINTS} | set(BESIDE_THE_TABLE.values())
    assert rows - OPEN_TO_ALL - {"open"} <= MATRIX.keys()
