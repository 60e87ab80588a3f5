"""The OpenAPI 3.1 document, made from the very operations and models api.py serves, so that it cannot lag behind."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from plugin.web.api_models import LARGEST_ID, Problem

REFERENCE = "#/components/schemas/{model}"
ALWAYS = (HTTPStatus.UNAUTHORIZED, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
PARAMETER = re.compile(r"<(?:(?P<kind>\w+):)?(?P<name>\w+)>")


@dataclass(frozen=True, slots=True)
class Query:
    """A parameter after the question mark, by its JSON schema."""

    name: str
    schema: Mapping[str, Any]
    description: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path. `path` in Flask's notation, below the API's root."""

    name: str
    method: str
    path: str
    summary: str
    takes: type[BaseModel] | None = None
    gives: type[BaseModel] | None = None
    statuses: tuple[HTTPStatus, ...] = (HTTPStatus.OK,)
    problems: tuple[HTTPStatus, ...] = ()
    queries: tuple[Query, ...] = field(default=())


def document(operations: Sequence[Operation], *, title: str, version: str, server: str) -> dict[str, Any]:
    models = {model for each in operations for model in (each.takes, each.gives) if model} | {Problem}
    ordered = sorted(models, key=lambda model: model.__name__)
    _, schemas = models_json_schema([(model, "validation") for model in ordered], ref_template=REFERENCE)
    paths: dict[str, dict[str, Any]] = {}
    for each in operations:
        paths.setdefault(PARAMETER.sub(r"{\g<name>}", each.path), {})[each.method.lower()] = _described(each)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": title,
            "version": version,
            "description": "Policies, incoming shipments and items of one store. Each key belongs to one store.",
        },
        "servers": [{"url": server}],
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "description": "`backorder api-keys add`"}},
            "schemas": schemas["$defs"],
        },
    }


def _described(operation: Operation) -> dict[str, Any]:
    parameters = [*_path_parameters(operation.path), *(_query_parameter(query) for query in operation.queries)]
    return {
        "operationId": operation.name,
        "summary": operation.summary,
        **({"parameters": parameters} if parameters else {}),
        **({"requestBody": {"required": True, "content": _content(operation.takes)}} if operation.takes else {}),
        "responses": {**_successes(operation), **_problems(operation)},
    }


def _path_parameters(path: str) -> list[dict[str, Any]]:
    kinds = {"id": {"type": "integer", "minimum": 0, "maximum": LARGEST_ID}}
    return [
        {
            "name": found["name"],
            "in": "path",
            "required": True,
            "schema": kinds.get(found["kind"] or "", {"type": "string", "pattern": "^[^/]+$"}),
        }
        for found in PARAMETER.finditer(path)
    ]


def _query_parameter(query: Query) -> dict[str, Any]:
    return {
        "name": query.name,
        "in": "query",
        "required": False,
        "schema": dict(query.schema),
        "description": query.description,
    }


def _successes(operation: Operation) -> dict[str, Any]:
    return {
        str(status.value): {
            "description": status.phrase,
            **({"content": _content(operation.gives)} if operation.gives else {}),
        }
        for status in operation.statuses
    }


def _problems(operation: Operation) -> dict[str, Any]:
    content = {"application/problem+json": {"schema": {"$ref": REFERENCE.format(model=Problem.__name__)}}}
    wrong_body = (
        (HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.UNSUPPORTED_MEDIA_TYPE, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        if operation.takes
        else ()
    )
    statuses = dict.fromkeys([*operation.problems, *wrong_body, *ALWAYS])
    return {str(status.value): {"description": status.phrase, "content": content} for status in sorted(statuses)}


def _content(model: type[BaseModel] | None) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": REFERENCE.format(model=model.__name__)}}} if model else {}
