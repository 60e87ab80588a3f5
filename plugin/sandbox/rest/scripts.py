"""`/v3/content/scripts`: the scripts of one app on the storefront. Other apps' scripts do not exist for it."""

import uuid
from typing import Any

from plugin.sandbox.rest.envelope import Answer, id_list, refuse_unknown_filters, v3_list, v3_one, zulu
from plugin.sandbox.rest.gate import Call, route
from plugin.sandbox.rest.refusal import missing, v3_refusal
from plugin.sandbox.storefront import Script

READ = ("store_v2_content", "store_v2_content_read_only")
WRITE = ("store_v2_content",)
PER_APP, PER_CHANNEL = 10, 50
LONGEST_HTML = 65_536
CHOICES = {
    "kind": ("src", "script_tag"),
    "load_method": ("default", "async", "defer"),
    "location": ("head", "footer"),
    "visibility": ("storefront", "order_confirmation", "checkout", "all_pages"),
    "consent_category": ("essential", "functional", "analytics", "targeting", "unknown"),
}
FIELDS = (*CHOICES, "name", "description", "src", "html", "auto_uninstall", "enabled", "channel_id", "integrity_hashes")
FILTERS = ("page", "limit", "sort", "direction", "channel_id:in")


def script_json(script: Script) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "uuid": script.uuid,
        "api_client_id": script.client_id,
        "date_created": zulu(script.created_at),
        "date_modified": zulu(script.modified_at),
        "name": script.name,
        "description": script.description,
        "kind": script.kind,
        "load_method": script.load_method,
        "location": script.location,
        "visibility": script.visibility,
        "consent_category": script.consent_category,
        "auto_uninstall": script.auto_uninstall,
        "enabled": script.enabled,
        "channel_id": script.channel_id,
        "integrity_hashes": [{"hash": each} for each in script.integrity_hashes],
    }
    shown["src" if script.kind == "src" else "html"] = script.src if script.kind == "src" else script.html
    return shown


def own_scripts(call: Call) -> list[Script]:
    return [script for script in call.store.scripts.values() if script.client_id == call.client_id]


def the_script(call: Call) -> Script:
    for script in own_scripts(call):
        if script.uuid == call.ids["script_uuid"]:
            return script
    raise call.not_found()


def check_script(call: Call, sent: dict[str, Any]) -> None:
    """The whole script as it will be; names the field that is wrong."""
    name = sent.get("name")
    if not isinstance(name, str) or not 1 <= len(name) <= 255 or not name.isascii():
        raise missing("name", "name must be 1 to 255 ASCII characters")
    for field, options in CHOICES.items():
        if field in sent and sent[field] not in options:
            raise missing(field, f"{field} must be one of {', '.join(options)}")
    if sent.get("channel_id", 1) not in call.store.channels:
        raise missing("channel_id", "channel_id does not exist")
    hashes = sent.get("integrity_hashes") or []
    if not isinstance(hashes, list) or len(hashes) > 5:
        raise missing("integrity_hashes", "at most 5 integrity_hashes")
    check_source(sent)
    if sent.get("visibility") in ("checkout", "all_pages"):
        refuse_without_checkout(call)


def check_source(sent: dict[str, Any]) -> None:
    kind = sent.get("kind")
    if kind == "src":
        if not sent.get("src") or sent.get("html"):
            raise missing("src", "kind src needs src and no html")
    elif kind == "script_tag":
        html = sent.get("html")
        if not isinstance(html, str) or not html or len(html) > LONGEST_HTML or sent.get("src"):
            raise missing("html", f"kind script_tag needs html of at most {LONGEST_HTML} characters and no src")
        if sent.get("load_method", "default") != "default":
            raise missing("load_method", "load_method must be default for script_tag")
    else:
        raise missing("kind")


def refuse_without_checkout(call: Call) -> None:
    token = next(
        each
        for each in call.world.tokens.values()
        if each.client_id == call.client_id and each.store_hash == call.store.hash
    )
    if "store_content_checkout" not in token.scopes:
        raise v3_refusal(422, "You need Checkout content scope to use all_pages and checkout.")


@route("GET", "/v3/content/scripts", scopes=READ)
def list_scripts(call: Call) -> Answer:
    refuse_unknown_filters(call.args, call.query, FILTERS)
    channels = id_list(call.args, "channel_id:in")
    rows = [script for script in own_scripts(call) if channels is None or script.channel_id in channels]
    return v3_list(call.args, rows, script_json)


@route("POST", "/v3/content/scripts", scopes=WRITE)
def create_script(call: Call) -> Answer:
    body = call.object()
    check_script(call, body)
    mine = own_scripts(call)
    on_channel = [each for each in call.store.scripts.values() if each.channel_id == body.get("channel_id", 1)]
    if len(mine) >= PER_APP or len(on_channel) >= PER_CHANNEL:
        raise v3_refusal(422, f"No more than {PER_APP} scripts per app and {PER_CHANNEL} per channel.")
    now = call.world.now()
    script = Script(
        uuid=str(uuid.uuid4()),
        client_id=call.client_id,
        name=body["name"],
        kind=body["kind"],
        created_at=now,
        modified_at=now,
    )
    write_fields(script, body)
    call.store.scripts[script.uuid] = script
    return v3_one(script_json(script))


def write_fields(script: Script, body: dict[str, Any]) -> None:
    for name in FIELDS:
        if name in body and body[name] is not None:
            setattr(script, name, body[name])
    if "integrity_hashes" in body:
        sent = body["integrity_hashes"] or []
        script.integrity_hashes = [each["hash"] if isinstance(each, dict) else str(each) for each in sent]


@route("GET", "/v3/content/scripts/<script_uuid>", scopes=READ)
def read_script(call: Call) -> Answer:
    return v3_one(script_json(the_script(call)))


@route("PUT", "/v3/content/scripts/<script_uuid>", scopes=WRITE)
def put_script(call: Call) -> Answer:
    script, body = the_script(call), call.object()
    check_script(call, {**script_json(script), **body})
    write_fields(script, body)
    script.modified_at = call.world.now()
    return v3_one(script_json(script))


@route("DELETE", "/v3/content/scripts/<script_uuid>", scopes=WRITE)
def delete_script(call: Call) -> Answer:
    del call.store.scripts[the_script(call).uuid]
    return Answer(204)
