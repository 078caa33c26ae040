"""The OpenAPI document, made from the table of endpoints and the matrix; nothing of it is written by hand."""

import re
from typing import Any

from pydantic.json_schema import models_json_schema

from server.contract.common import Body, View
from server.contract.views.answers import ProblemView, TicketView
from server.contract.views.board import BoardView
from server.contract.views.desk import DeskView
from server.contract.views.hall import HallView
from server.entrypoints.problems import MEDIA_TYPE
from server.entrypoints.table import BRANCH, ENDPOINTS, OPEN_TO_ALL, Endpoint
from server.entrypoints.who_may import MATRIX

_PARAMETERS: dict[str, dict[str, Any]] = {
    "branch": {"type": "string", "pattern": "^[a-z0-9-]{1,32}$"},
    "counter": {"type": "integer", "minimum": 0, "maximum": 9999},
    "ticket": {"type": "string", "pattern": "^[0-7][0-9A-HJKMNP-TV-Z]{25}$"},
    "leg": {"type": "integer", "minimum": 0, "maximum": 9999},
    "after": {"type": "integer", "minimum": 0, "maximum": 999_999_999_999_999},
}
_PROBLEMS = {
    "401": "Unknown caller",
    "403": "The caller's role may not do this",
    "404": "Unknown branch, ticket, counter, service or window",
    "409": "The hall refuses; `code` says why and nothing was changed",
    "413": "Body over 64 KiB",
    "415": "Body is not application/json",
    "422": "Malformed body, bad value, or a request id used before with another body",
    "429": "Too many at once",
    "500": "This request alone failed",
    "503": "busy, not-owner, unavailable or outcome-unknown",
}
_OF_GET = ("401", "403", "404", "503")


def document(version: str) -> dict[str, Any]:
    models: list[type[Body] | type[View]] = [ProblemView, HallView, BoardView, DeskView, TicketView]
    models += [each.body for each in ENDPOINTS if each.body] + [each.answer for each in ENDPOINTS if each.answer]
    schemas = _schemas(models)
    paths: dict[str, Any] = {}
    for endpoint in ENDPOINTS:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint)
    paths[f"{BRANCH}/events"] = {"get": _events()}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Powerhall",
            "version": version,
            "description": "One branch's hall: tickets, counters, ratings.",
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "hall_session"},
            },
        },
    }


def _schemas(models: list[type[Body] | type[View]]) -> dict[str, Any]:
    kinds = [(model, "validation" if issubclass(model, Body) else "serialization") for model in dict.fromkeys(models)]
    _, made = models_json_schema(kinds, ref_template="#/components/schemas/{model}")  # type: ignore[arg-type]  # its literal of modes
    found: dict[str, Any] = made.get("$defs", {})
    return found


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": endpoint.row,
        "summary": endpoint.summary,
        "parameters": [
            *(_parameter(name) for name in re.findall(r"{(\w+)}", endpoint.path)),
            *(_query(name) for name in endpoint.query),
        ],
        "responses": _responses(endpoint),
    }
    if endpoint.row not in OPEN_TO_ALL:
        operation["security"] = [{"bearer": []}, {"session": []}]
        operation["x-roles"] = sorted(MATRIX[endpoint.row])
    if endpoint.body is not None:
        schema = {"$ref": f"#/components/schemas/{endpoint.body.__name__}"}
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    return operation


def _parameter(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": _PARAMETERS[name]}


def _query(name: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": _PARAMETERS[name]}


def _responses(endpoint: Endpoint) -> dict[str, Any]:
    problem = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemView"}}}
    possible = _PROBLEMS if endpoint.body is not None else (*_OF_GET, "422") if endpoint.query else _OF_GET
    told = {status: text for status, text in _PROBLEMS.items() if status in possible}
    responses: dict[str, Any] = {status: {"description": text, "content": problem} for status, text in told.items()}
    done: dict[str, Any] = {"description": "Done"}
    if endpoint.answer is not None:
        schema = {"$ref": f"#/components/schemas/{endpoint.answer.__name__}"}
        done["content"] = {"application/json": {"schema": schema}}
    return {str(endpoint.status): done, **responses}


def _events() -> dict[str, Any]:
    def query(name: str, schema: dict[str, Any], *, required: bool = False) -> dict[str, Any]:
        return {"name": name, "in": "query", "required": required, "schema": schema}

    problem = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemView"}}}
    return {
        "operationId": "events",
        "summary": "A living view: `snapshot` events carry it whole, at most 4 a second; a `beat` every 5 s",
        "parameters": [
            _parameter("branch"),
            query("view", {"enum": ["hall", "board", "desk", "ticket"]}, required=True),
            query("counter", _PARAMETERS["counter"]),
            query("ticket", _PARAMETERS["ticket"]),
        ],
        "security": [{"bearer": []}, {"session": []}],
        "responses": {
            "200": {"description": "Open until one side ends it", "content": {"text/event-stream": {}}},
            **{status: {"description": _PROBLEMS[status], "content": problem} for status in (*_OF_GET, "422", "429")},
        },
    }
