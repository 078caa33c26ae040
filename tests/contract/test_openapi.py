"""The OpenAPI document held against the running server: what it promises, the server keeps, whatever is sent."""

from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from server.domain.vocabulary import Role

SECRET = "a secret of some length"
EXAMPLES = 12
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.fixture(scope="module")
def document(served: Any) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"{served.url}/api/v1/openapi.json", trust_env=False).json()
    return found


@pytest.fixture(scope="module")
def hall_schema(served: Any, document: dict[str, Any]) -> Any:
    """Without the ways in, whose secrets are slow to check, and the stream, which does not end."""
    schema = schemathesis.openapi.from_dict(document)
    schema.config.update(base_url=served.url)
    return schema.exclude(path_regex="/(login|logout|enrol|events)$")


@pytest.fixture(scope="module")
def credentials(served: Any) -> dict[str, dict[str, str]]:
    """By role: the headers of one who may."""
    cookies: dict[str, dict[str, str]] = {}
    for role in (Role.MANAGER, Role.AUDITOR):
        served.server.accounts.put_person(f"{role}-1", role, SECRET)
        with httpx.Client(trust_env=False) as http:
            answer = http.post(f"{served.url}/api/v1/login", json={"staff": f"{role}-1", "secret": SECRET})
        cookies[role.value] = {"Cookie": f"hall_session={answer.cookies['hall_session']}", "Origin": served.url}
    return {
        "clerk": {"Authorization": f"Bearer {served.clerk(1).token}"},
        "kiosk": {"Authorization": f"Bearer {served.machine(Role.KIOSK, 'kiosk-1').token}"},
        "station": {"Authorization": f"Bearer {served.machine(Role.STATION, 'station-1').token}"},
        **cookies,
    }


def test_server_keeps_what_the_document_promises(hall_schema: Any, credentials: dict[str, dict[str, str]]) -> None:
    operations = [found.ok() for found in hall_schema.get_all_operations()]
    assert len(operations) > 25
    for operation in operations:
        roles = operation.definition.raw["x-roles"]
        role = next(role for role in ("clerk", "kiosk", "station", "manager", "auditor") if role in roles)
        _try(operation, credentials[role])


def _try(operation: Any, headers: dict[str, str]) -> None:
    @given(operation.as_strategy())
    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck), database=None)
    def hold(case: Any) -> None:
        path = dict(case.path_parameters or {}) | {"branch": "chengdong"}
        if "counter" in path:
            path["counter"] = 1
        case.path_parameters = path
        case.call_and_validate(headers=headers, checks=CHECKS)

    hold()


def test_every_operation_names_who_may(document: dict[str, Any]) -> None:
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    assert len({operation["operationId"] for operation in operations}) == len(operations)
    open_to_all = {operation["operationId"] for operation in operations if "security" not in operation}
    assert open_to_all == {"login", "enrol"}
