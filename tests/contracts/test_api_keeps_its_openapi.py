"""Our REST API is asked by its own description: every answer is one it promises, whatever is sent. A few examples each."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from plugin.web import api as api_module
from plugin.web.rate_limit import Rate
from plugin.web.substitutes_api import api
from tests.web.conftest import *  # noqa: F403  — its fixtures
from tests.web.stage import ADA, Web, fill

CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance, status_code_conformance]
A_FEW = settings(
    max_examples=6,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
THERE = {"scope": "store", "shipment_id": 1, "order_id": 101, "item": "77:105", "name": "Acme", "choice_id": 1}
"""What random ids hardly ever hit: things the store has."""
assert api is api_module.api
NAMES = sorted(operation.name for operation in api_module.OPERATIONS)


@pytest.fixture
def described(web: Web, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, dict[str, str]]:
    monkeypatch.setattr(api_module, "PER_KEY", Rate(times=100_000, per_seconds=60))
    fill(web.plugin, ADA)
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", web.app), web.api_key()


@pytest.mark.parametrize("name", NAMES)
def test_every_answer_is_one_the_description_promises(described: Any, name: str) -> None:
    schema, key = described
    operation = schema.find_operation_by_id(name)

    @A_FEW
    @given(case=operation.as_strategy())
    def ask(case: Any) -> None:
        case.call_and_validate(headers=key, checks=CHECKS)
        if case.path_parameters:
            case.path_parameters = {name: THERE[name] for name in case.path_parameters}
            case.call_and_validate(headers=key, checks=CHECKS)

    ask()


def test_the_description_is_of_version_3_1_and_names_every_operation(described: Any) -> None:
    schema, _ = described
    assert schema.raw_schema["openapi"] == "3.1.0"
    named = [method["operationId"] for path in schema.raw_schema["paths"].values() for method in path.values()]
    assert sorted(named) == NAMES
