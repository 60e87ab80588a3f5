"""How an operation of the control API is declared: method, path, what it takes. The same words check and document it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Response, current_app, request

from plugin.sandbox.actions.refusals import NotThere, OutOfStock, Refused
from plugin.sandbox.faults import FaultError
from plugin.sandbox.store import Store
from plugin.sandbox.switches import SwitchError
from plugin.sandbox.world import World

PREFIX = "/sandbox/api"
KINDS: dict[str, tuple[type, ...]] = {
    "integer": (int,),
    "number": (int, float),
    "string": (str,),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}


@dataclass(frozen=True, slots=True)
class Field:
    """One member of a request body."""

    kind: str
    doc: str = ""
    required: bool = False


class BadRequest(Exception):
    """The request says something this API does not understand: which field, and what is allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """A checked request: the world, the store of the path where there is one, path values, body, query."""

    world: World
    store: Store
    ids: dict[str, Any]
    body: dict[str, Any]
    query: dict[str, str]

    def number(self, name: str, default: int) -> int:
        """A whole number from the query."""
        text = self.query.get(name, str(default))
        if not text.lstrip("-").isdigit():
            raise BadRequest(f"{name} must be a whole number, not {text!r}.")
        return int(text)


Doing = Callable[[Act], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    method: str
    path: str
    summary: str
    body: dict[str, Field]
    query: dict[str, str]
    doing: Doing
    status: int = 200


OPERATIONS: list[Operation] = []


def operation(
    method: str,
    path: str,
    summary: str,
    *,
    body: dict[str, Field] | None = None,
    query: dict[str, str] | None = None,
    status: int = 200,
) -> Callable[[Doing], Doing]:
    def declare(doing: Doing) -> Doing:
        OPERATIONS.append(
            Operation(
                method=method,
                path=path,
                summary=summary,
                body=body or {},
                query=query or {},
                doing=doing,
                status=status,
            )
        )
        return doing

    return declare


def view_for(each: Operation) -> Callable[..., Response]:
    def view(**ids: Any) -> Response:
        try:
            return answer(each.status, each.doing(read_act(each, ids)))
        except OutOfStock as shortage:
            return answer(409, {"error": str(shortage), "shortages": [show(row) for row in shortage.shortages]})
        except NotThere as problem:
            return answer(404, {"error": str(problem)})
        except (Refused, SwitchError, FaultError, BadRequest) as problem:
            return answer(422, {"error": str(problem)})

    return view


def show(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__slots__}


def answer(status: int, body: Any) -> Response:
    return Response(json.dumps(body, separators=(",", ":")), status=status, mimetype="application/json")


def read_act(each: Operation, ids: dict[str, Any]) -> Act:
    world = current_app.extensions["sandbox"].world
    assert isinstance(world, World)
    store_hash = ids.pop("store_hash", None)
    if store_hash is not None and store_hash not in world.stores:
        raise NotThere(f"There is no store {store_hash}. Known: {', '.join(world.stores)}.")
    store = world.stores[store_hash] if store_hash is not None else world.first_store
    unknown = set(request.args) - set(each.query)
    if unknown:
        raise BadRequest(f"There is no parameter {min(unknown)!r}. Known: {', '.join(each.query) or 'none'}.")
    body = read_body(each.body)
    return Act(world=world, store=store, ids=ids, body=body, query=request.args.to_dict())


def read_body(known: dict[str, Field]) -> dict[str, Any]:
    """The JSON object, with every member known, of its kind, and the required ones there."""
    raw = request.get_data()
    sent = request.get_json(silent=True, force=True) if raw else {}
    if not isinstance(sent, dict):
        raise BadRequest("The body must be a JSON object.")
    for name, value in sent.items():
        if "*" not in known and name not in known:
            raise BadRequest(f"There is no {name!r} here. Known: {', '.join(known) or 'nothing'}.")
        if name in known and value is not None:
            check_kind(name, value, known[name].kind)
    missing = [name for name, each in known.items() if each.required and sent.get(name) is None]
    if missing:
        raise BadRequest(f"{missing[0]!r} is missing.")
    return {name: value for name, value in sent.items() if value is not None or "*" in known}


def check_kind(name: str, value: Any, kind: str) -> None:
    if not isinstance(value, KINDS[kind]) or (kind in ("integer", "number") and isinstance(value, bool)):
        raise BadRequest(f"{name!r} must be of type {kind}, not {value!r}.")
