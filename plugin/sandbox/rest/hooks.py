"""`/v3/hooks`: an app's own hooks, ten per scope, one per scope and destination; and the health report of delivery."""

from typing import Any
from urllib.parse import urlsplit

from plugin.sandbox.rest.envelope import Answer, refuse_unknown_filters, v3_list, v3_one
from plugin.sandbox.rest.gate import Call, route
from plugin.sandbox.rest.refusal import ApiRefusal, missing, v3_refusal
from plugin.sandbox.webhooks.hook import Hook
from plugin.sandbox.webhooks.rules import HOOKS_PER_SCOPE, is_backorder_scope, is_scope, retire_idle

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def hook_json(hook: Hook) -> dict[str, Any]:
    return {
        "id": hook.id,
        "client_id": hook.client_id,
        "store_hash": hook.store_hash,
        "scope": hook.scope,
        "destination": hook.destination,
        "headers": hook.headers,
        "is_active": hook.is_active,
        "created_at": hook.created_at,
        "updated_at": hook.updated_at,
    }


def own_hooks(call: Call) -> list[Hook]:
    retire_idle(call.store, call.world.clock.timestamp())
    return [hook for hook in call.store.hooks.values() if hook.client_id == call.client_id]


def the_hook(call: Call) -> Hook:
    for hook in own_hooks(call):
        if hook.id == call.ids["hook_id"]:
            return hook
    raise v3_refusal(404, f"Webhook with id [{call.ids['hook_id']}] not found")


@route("GET", "/v3/hooks")
def list_hooks(call: Call) -> Answer:
    refuse_unknown_filters(call.args, call.query, ("page", "limit", "is_active", "scope", "destination"))
    hooks = own_hooks(call)
    if "is_active" in call.args:
        wanted = call.args["is_active"].lower() in ("true", "1")
        hooks = [hook for hook in hooks if hook.is_active == wanted]
    for name in ("scope", "destination"):
        if name in call.args:
            hooks = [hook for hook in hooks if getattr(hook, name) == call.args[name]]
    return v3_list(call.args, hooks, hook_json)


@route("GET", "/v3/hooks/<int:hook_id>")
def read_hook(call: Call) -> Answer:
    return v3_one(hook_json(the_hook(call)))


def check_hook(call: Call, body: dict[str, Any], *, itself: Hook | None = None) -> None:
    """Types, scope, destination, then the two limits."""
    for name in ("scope", "destination"):
        if not isinstance(body.get(name), str) or not body[name]:
            raise missing(name)
    headers = body.get("headers")
    if headers is not None and not is_text_map(headers):
        raise missing("headers", "error.expected.jsobject")
    if not isinstance(body.get("is_active", True), bool):
        raise missing("is_active", "error.expected.jsboolean")
    check_scope(call, body["scope"])
    check_destination(body["destination"])
    others = [hook for hook in own_hooks(call) if hook.scope == body["scope"] and hook is not itself]
    if any(hook.destination == body["destination"] for hook in others):
        raise v3_refusal(
            call.world.switches.hook_duplicate_status, "A webhook with this scope and destination already exists."
        )
    if len(others) >= HOOKS_PER_SCOPE:
        title = f"The limit of {HOOKS_PER_SCOPE} webhooks for this scope is reached."
        raise v3_refusal(call.world.switches.hook_limit_status, title)


def is_text_map(headers: Any) -> bool:
    return isinstance(headers, dict) and all(isinstance(value, str) for value in headers.values())


def check_scope(call: Call, scope: str) -> None:
    if is_scope(scope):
        return
    by_switch = {"by_store": call.store.native_backorders, "accepted": True, "refused": False}
    if is_backorder_scope(scope) and by_switch[call.world.switches.backorder_scope]:
        return
    raise v3_refusal(422, "JSON data is missing or invalid", errors={"scope": f"error.invalid.scope {scope}"})


def check_destination(destination: str) -> None:
    """HTTPS on port 443; a machine's own address may be plain, or nothing could be tried out."""
    parts = urlsplit(destination)
    try:
        port = parts.port
    except ValueError:
        port = -1
    secure = parts.scheme == "https" and port in (None, 443)
    local = parts.scheme == "http" and parts.hostname in LOOPBACK and port != -1
    if not parts.hostname or not (secure or local):
        text = "Destination must be an HTTPS address on port 443."
        raise v3_refusal(422, "JSON data is missing or invalid", errors={"destination": text})


@route("POST", "/v3/hooks")
def create_hook(call: Call) -> Answer:
    body = call.object()
    check_hook(call, body)
    now = call.world.clock.timestamp()
    hook = Hook(
        id=call.store.next_id("hook", 20_000_001),
        client_id=call.client_id,
        store_hash=call.store.hash,
        scope=body["scope"],
        destination=body["destination"],
        headers=body.get("headers"),
        is_active=body.get("is_active", True),
        created_at=int(now),
        updated_at=int(now),
        works_from=now + call.world.switches.hook_activation_seconds,
        last_event_at=now,
    )
    call.store.hooks[hook.id] = hook
    shown = hook_json(hook)
    return Answer(200, shown) if call.world.switches.hook_answer == "unwrapped" else v3_one(shown)


@route("PUT", "/v3/hooks/<int:hook_id>")
def put_hook(call: Call) -> Answer:
    hook, body = the_hook(call), call.object()
    sent: dict[str, Any] = {
        name: body[name] for name in ("scope", "destination", "is_active", "headers") if name in body
    }
    if not sent:
        raise missing("scope")
    check_hook(call, {**hook_json(hook), **sent}, itself=hook)
    now = call.world.clock.timestamp()
    if sent.get("is_active") and not hook.is_active:
        hook.deactivated, hook.last_event_at = False, now
    for name, value in sent.items():
        setattr(hook, name, value)
    hook.updated_at = int(now)
    return v3_one(hook_json(hook))


@route("DELETE", "/v3/hooks/<int:hook_id>")
def delete_hook(call: Call) -> Answer:
    """Answers 200 with what was deleted."""
    hook = the_hook(call)
    del call.store.hooks[hook.id]
    return v3_one(hook_json(hook))


@route("GET", "/v3/hooks/admin")
def read_health(call: Call) -> Answer:
    now = call.world.clock.timestamp()
    hooks = own_hooks(call)
    if "is_active" in call.args:
        hooks = [hook for hook in hooks if hook.is_active == (call.args["is_active"].lower() == "true")]
    blocked = [
        {**each, "reasons": [{"failure_description": "Too many failed deliveries", "count": 1, "timestamp": int(now)}]}
        for each in call.world.webhooks.blocklist.blocked(now)
        if each["client_id"] == call.client_id
    ]
    body = {
        "emails": call.store.hook_emails.get(call.client_id, []),
        "hooks_list": [{**hook_json(hook), "status": status_of(hook)} for hook in hooks],
        "blocked_domains": blocked,
    }
    return v3_one(body)


def status_of(hook: Hook) -> str:
    if hook.is_active:
        return "active"
    return "deactivated" if hook.deactivated else "inactive"


@route("PUT", "/v3/hooks/admin")
def put_health_mails(call: Call) -> Answer:
    emails = call.object().get("emails")
    if not isinstance(emails, list) or not all(isinstance(each, str) and "@" in each for each in emails):
        raise ApiRefusal(422, missing("emails").body)
    call.store.hook_emails[call.client_id] = emails
    return Answer(204)
