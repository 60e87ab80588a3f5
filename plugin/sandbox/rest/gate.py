"""Every REST call comes through here: token, quota, planted faults, scope, the resource's answer, headers, log.

A resource module declares its routes with `route`; `blueprint` mounts them all.
"""

import json
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, current_app, request

from plugin.sandbox.actions.refusals import NotThere, OutOfStock, Refused
from plugin.sandbox.faults import Fault
from plugin.sandbox.journal import BODY_LIMIT, ApiCall
from plugin.sandbox.people import Token
from plugin.sandbox.quota import QuotaState
from plugin.sandbox.rest.envelope import Answer
from plugin.sandbox.rest.refusal import ApiRefusal, not_found, v2_refusal, v3_refusal
from plugin.sandbox.store import Store
from plugin.sandbox.world import World

HTML = "<html><head><title>502 Bad Gateway</title></head><body><center><h1>Sorry</h1></center></body></html>"
DROPPED = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One admitted request. `args` are the query's first values; `ids` the numbers or words of the path."""

    world: World
    store: Store
    client_id: str
    version: str
    method: str
    args: dict[str, str]
    query: str
    ids: dict[str, Any]
    raw: bytes

    def body(self) -> Any:
        """The JSON body; 400 where it is none."""
        try:
            return json.loads(self.raw or b"null")
        except ValueError:
            if self.version == "v2":
                raise v2_refusal(400, "The request body could not be parsed.") from None
            body = {"status": 400, "title": "Input is invalid", "type": "", "detail": "Syntax error"}
            raise ApiRefusal(400, body) from None

    def object(self) -> dict[str, Any]:
        body = self.body()
        if not isinstance(body, dict):
            raise self.refusal(422, "JSON data is missing or invalid")
        return body

    def array(self) -> list[dict[str, Any]]:
        body = self.body()
        if not isinstance(body, list) or not all(isinstance(each, dict) for each in body):
            raise self.refusal(422, "JSON data is missing or invalid")
        return body

    def refusal(self, status: int, text: str) -> ApiRefusal:
        return v2_refusal(status, text) if self.version == "v2" else v3_refusal(status, text)

    def not_found(self) -> ApiRefusal:
        return not_found(self.version)


Resource = Callable[[Call], Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """`scopes`: any one of them opens it; none means every token may."""

    method: str
    rule: str
    scopes: tuple[str, ...]
    answer: Resource


ROUTES: list[Route] = []


def route(method: str, rule: str, *, scopes: tuple[str, ...] = ()) -> Callable[[Resource], Resource]:
    """Declare that a function answers `/v2/...` or `/v3/...`."""

    def declare(answer: Resource) -> Resource:
        ROUTES.append(Route(method=method, rule=rule, scopes=scopes, answer=answer))
        return answer

    return declare


def mount() -> Blueprint:
    blueprint = Blueprint("rest", __name__)
    for number, each in enumerate(ROUTES):
        blueprint.add_url_rule(
            f"/stores/<store_hash>{each.rule}", f"{number}", view_for(each), methods=[each.method], strict_slashes=False
        )
    return blueprint


def view_for(each: Route) -> Callable[..., Response]:
    def view(store_hash: str, **ids: Any) -> Response:
        return Passage(each, store_hash, ids).go()

    return view


class Passage:
    """One request on its way through the gate."""

    def __init__(self, each: Route, store_hash: str, ids: dict[str, Any]) -> None:
        world = current_app.extensions["sandbox"].world
        assert isinstance(world, World)
        self.world = world
        self.route = each
        self.store_hash = store_hash
        self.ids = ids
        self.version = each.rule[1:3]
        self.token: Token | None = None
        self.quota = QuotaState(quota=0, left=0, reset_ms=0)
        self.fault: Fault | None = None
        self.started = time.perf_counter()

    def go(self) -> Response:
        try:
            self.token = self.who_calls()
            self.spend()
            answer = self.with_faults()
        except ApiRefusal as refusal:
            answer = Answer(refusal.status, refusal.body, {"Content-Type": refusal.content_type})
        return self.finish(answer)

    def who_calls(self) -> Token:
        token = self.world.tokens.get(request.headers.get("X-Auth-Token", ""))
        if token is None or token.store_hash != self.store_hash:
            if self.version == "v2":
                raise v2_refusal(401, "Unauthorized")
            raise ApiRefusal(401, {"status": 401, "title": "Unauthorized", "type": "", "errors": {}})
        return token

    def spend(self) -> None:
        with self.world.lock:
            self.quota = self.world.quotas[self.store_hash].spend(
                self.world.clock.timestamp(), others_per_second=self.world.switches.other_apps_calls_per_second
            )
        if self.quota.exceeded:
            raise self.throttled()

    def throttled(self) -> ApiRefusal:
        shape = self.world.switches.throttle_body
        if shape == "html":
            return ApiRefusal(429, HTML, content_type="text/html")
        if shape == "empty":
            return ApiRefusal(429, None)
        if self.version == "v2":
            return v2_refusal(429, "You have exceeded the rate limit.")
        return ApiRefusal(429, {"status": 429, "title": "Your request is rate limited.", "type": ""})

    def with_faults(self) -> Answer:
        fault = self.fault = self.world.faults.next_for(request.method, request.path)
        if fault is None:
            return self.ask()
        if fault.kind == "slow":
            self.world.stopping.wait(fault.seconds)
            return self.ask()
        if fault.when == "after":
            self.ask()
        return self.spoiled(fault)

    def spoiled(self, fault: Fault) -> Answer:
        if fault.kind == "throttle":
            if not fault.headers:
                self.quota = QuotaState(quota=-1, left=0, reset_ms=0)
            raise self.throttled()
        if fault.kind == "garbage":
            return Answer(200, HTML, {"Content-Type": "text/html"})
        if fault.kind == "drop":
            self.world.stopping.wait(fault.seconds)
            return Answer(DROPPED)
        if fault.body == "json":
            raise (
                v2_refusal(fault.status, "Something went wrong.")
                if self.version == "v2"
                else v3_refusal(fault.status, "Something went wrong.")
            )
        return Answer(fault.status, HTML if fault.body == "html" else None, {"Content-Type": "text/html"})

    def ask(self) -> Answer:
        assert self.token is not None
        if self.route.scopes and not self.token.scopes.intersection(self.route.scopes):
            text = f"You don't have a required scope to access the endpoint: {' or '.join(self.route.scopes)}"
            raise v2_refusal(403, text) if self.version == "v2" else v3_refusal(403, text)
        call = Call(
            world=self.world,
            store=self.world.stores[self.store_hash],
            client_id=self.token.client_id,
            version=self.version,
            method=request.method,
            args=request.args.to_dict(),
            query=request.query_string.decode(),
            ids=self.ids,
            raw=request.get_data(),
        )
        with self.world.acting():
            try:
                return self.route.answer(call)
            except OutOfStock as shortage:
                raise oversold(self.world, shortage) from shortage
            except NotThere as problem:
                raise not_found(self.version, str(problem)) from problem
            except Refused as problem:
                raise call.refusal(400 if self.version == "v2" else 422, str(problem)) from problem

    def finish(self, answer: Answer) -> Response:
        if answer.body is None or isinstance(answer.body, str):
            text = answer.body or ""
        else:
            text = json.dumps(answer.body, separators=(",", ":"))
        response = Response(text, status=answer.status or 200, mimetype="application/json")
        response.headers.update(answer.headers)
        if self.quota.quota > 0:
            response.headers.update(self.quota.headers())
            if self.quota.exceeded or answer.status == 429:
                response.headers["X-Retry-After"] = str(max(1, self.quota.reset_ms // 1000))
        self.note(answer, text)
        if answer.status == DROPPED:
            drop_connection()
        return response

    def note(self, answer: Answer, text: str) -> None:
        world = self.world
        call = ApiCall(
            at=world.clock.timestamp(),
            store_hash=self.store_hash,
            client_id=self.token.client_id if self.token else "",
            method=request.method,
            path=request.path.removeprefix(f"/stores/{self.store_hash}"),
            query=request.query_string.decode(),
            status=answer.status,
            milliseconds=(time.perf_counter() - self.started) * 1000,
            quota_left=self.quota.left,
            quota=self.quota.quota,
            request_body=request.get_data(as_text=True)[:BODY_LIMIT],
            response_body=text[:BODY_LIMIT],
            fault=self.fault.kind if self.fault else "",
        )
        world.api_calls.add(call, rule=self.route.rule)


def oversold(world: World, shortage: OutOfStock) -> ApiRefusal:
    message = "Quantities of one or more products are out of stock or did not meet quantity requirements."
    if world.switches.oversell_body == "plain":
        return v2_refusal(409, message)
    errors = [
        {
            "type": "OutOfStock",
            "message": f"Insufficient stock of variant(id: {each.variant_id}), available stock: {each.available}, "
            f"available quantity for backorder: {each.available_for_backorder}. order(id: ), channel(id: 1), "
            f"location(id: {each.location_id}).",
            "variant_id": each.variant_id,
            "location_id": each.location_id,
            "available_quantity": each.available,
            "available_quantity_for_backorder": each.available_for_backorder,
        }
        for each in shortage.shortages
    ]
    return v2_refusal(409, message, details={"errors": errors})


def drop_connection() -> None:
    """Hang up without an answer: the client cannot know what happened."""
    line = request.environ.get("werkzeug.socket")
    if isinstance(line, socket.socket):
        line.shutdown(socket.SHUT_RDWR)
