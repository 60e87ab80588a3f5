"""Mounts the declared operations, and writes the OpenAPI 3.1 document from the same declarations."""

import functools
import json
import re
from typing import Any

from flask import Blueprint, Response, current_app

from plugin.sandbox.control import acting, driving, managing, watching
from plugin.sandbox.control.operations import OPERATIONS, PREFIX, Field, Operation, view_for

SUBJECTS = (watching, acting, driving, managing)
PLACEHOLDER = re.compile(r"<(?:(int):)?(\w+)>")
ERROR = {"type": "object", "properties": {"error": {"type": "string"}}, "required": ["error"]}


@functools.cache
def blueprint_of_operations() -> Blueprint:
    blueprint = Blueprint("control", __name__)
    for number, each in enumerate(OPERATIONS):
        blueprint.add_url_rule(f"{PREFIX}{each.path}", f"{number}", view_for(each), methods=[each.method])
    blueprint.add_url_rule("/sandbox/openapi.json", "openapi", show_document)
    return blueprint


def show_document() -> Response:
    url = current_app.extensions["sandbox"].world.public_url
    return Response(json.dumps(document(url)), mimetype="application/json")


def document(url: str) -> dict[str, Any]:
    paths: dict[str, dict[str, Any]] = {}
    for each in OPERATIONS:
        path = PREFIX + PLACEHOLDER.sub(r"{\2}", each.path)
        paths.setdefault(path, {})[each.method.lower()] = describe(each)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Sandbox store",
            "version": "1",
            "description": "Be the world around an app: shopper, staff, warehouse, platform, and trouble.",
        },
        "servers": [{"url": url}],
        "paths": paths,
    }


def describe(each: Operation) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "operationId": each.doing.__name__,
        "summary": each.summary,
        "tags": [each.doing.__module__.rsplit(".", 1)[-1]],
        "parameters": [*path_parameters(each.path), *query_parameters(each.query)],
        "responses": responses(each),
    }
    if each.body:
        schema = body_schema(each.body)
        required = bool(schema.get("required"))
        shown["requestBody"] = {"required": required, "content": {"application/json": {"schema": schema}}}
    return shown


def path_parameters(path: str) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "integer" if kind else "string"}}
        for kind, name in PLACEHOLDER.findall(path)
    ]


def query_parameters(query: dict[str, str]) -> list[dict[str, Any]]:
    numbers = ("after", "limit")
    return [
        {
            "name": name,
            "in": "query",
            "description": doc,
            "schema": {"type": "integer" if name in numbers else "string"},
        }
        for name, doc in query.items()
    ]


def body_schema(body: dict[str, Field]) -> dict[str, Any]:
    if "*" in body:
        return {"type": "object", "additionalProperties": True, "description": body["*"].doc}
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {name: {"type": each.kind, "description": each.doc} for name, each in body.items()},
        "additionalProperties": False,
    }
    required = [name for name, each in body.items() if each.required]
    return {**schema, "required": required} if required else schema


def responses(each: Operation) -> dict[str, Any]:
    def content(schema: dict[str, Any]) -> dict[str, Any]:
        return {"application/json": {"schema": schema}}

    return {
        str(each.status): {"description": "Done.", "content": content({"type": "object"})},
        "404": {"description": "No such thing.", "content": content(ERROR)},
        "409": {"description": "Not enough stock.", "content": content(ERROR)},
        "422": {"description": "Not understood, or refused.", "content": content(ERROR)},
    }
