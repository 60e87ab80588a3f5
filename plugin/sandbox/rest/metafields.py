"""The rules of metafields: who sees and writes them, what they may hold, and batches that may half succeed.

Every client sees its own; another client's `app_only` fields do not exist for it. Routes: `metafield_routes`.
"""

from collections.abc import Callable
from typing import Any

from plugin.sandbox.catalog import Metafield
from plugin.sandbox.events import metafield_event
from plugin.sandbox.rest.envelope import (
    Answer,
    id_list,
    iso8601,
    read_date,
    refuse_unknown_filters,
    word_list,
)
from plugin.sandbox.rest.gate import Call
from plugin.sandbox.rest.refusal import TYPE, ApiRefusal, missing, v3_error, v3_refusal

PERMISSIONS = ("app_only", "read", "write", "read_and_sf_access", "write_and_sf_access")
WRITABLE_BY_OTHERS = ("write", "write_and_sf_access")
PER_RESOURCE = 250
LONGEST = {"namespace": 64, "key": 64, "value": 65_535}
FILTERS = (
    "page", "limit", "key", "key:in", "namespace", "namespace:in", "include_fields", "date_modified:min",
    "date_modified:max", "resource_id:in", "direction", "before", "after", "date_created:min", "date_created:max",
)  # fmt: skip


def metafield_json(field: Metafield) -> dict[str, Any]:
    return {
        "id": field.id,
        "permission_set": field.permission_set,
        "namespace": field.namespace,
        "key": field.key,
        "value": field.value,
        "description": field.description,
        "resource_type": field.resource_type,
        "resource_id": field.resource_id,
        "owner_client_id": field.client_id,
        "date_created": iso8601(field.created_at),
        "date_modified": iso8601(field.modified_at),
    }


def sees(call: Call, field: Metafield) -> bool:
    return field.client_id == call.client_id or field.permission_set != "app_only"


def may_write(call: Call, field: Metafield) -> bool:
    return field.client_id == call.client_id or field.permission_set in WRITABLE_BY_OTHERS


def by_id(call: Call, kind: str, number: Any) -> Metafield:
    field = call.store.metafields.get(number) if isinstance(number, int) else None
    if field is None or field.resource_type != kind or not sees(call, field):
        raise v3_refusal(404, f"Metafield {number} was not found.")
    return field


def filtered(call: Call, fields: list[Metafield]) -> list[Metafield]:
    refuse_unknown_filters(call.args, call.query, FILTERS)
    args = call.args
    keys = word_list(args, "key:in") or word_list(args, "key")
    namespaces = word_list(args, "namespace:in") or word_list(args, "namespace")
    resources = id_list(args, "resource_id:in")
    since = read_date(args["date_modified:min"]) if "date_modified:min" in args else None
    until = read_date(args["date_modified:max"]) if "date_modified:max" in args else None
    return [
        field
        for field in fields
        if (keys is None or field.key in keys)
        and (namespaces is None or field.namespace in namespaces)
        and (resources is None or field.resource_id in resources)
        and (since is None or field.modified_at >= since)
        and (until is None or field.modified_at <= until)
    ]


def check_field(sent: dict[str, Any], *, complete: bool) -> None:
    for name, longest in LONGEST.items():
        value = sent.get(name)
        if value is None and not complete:
            continue
        if not isinstance(value, str) or not 1 <= len(value) <= longest:
            raise missing(name, f"{name} must be a string of 1 to {longest} characters.")
    permission = sent.get("permission_set")
    if (complete or permission is not None) and permission not in PERMISSIONS:
        raise missing("permission_set", f"permission_set must be one of {', '.join(PERMISSIONS)}.")
    if len(str(sent.get("description") or "")) > 255:
        raise missing("description", "description must not be longer than 255 characters.")


def create(call: Call, kind: str, resource_id: int, sent: dict[str, Any]) -> Metafield:
    check_field(sent, complete=True)
    store = call.store
    mine = [
        field
        for field in store.metafields_of.get((kind, resource_id), {}).values()
        if field.client_id == call.client_id
    ]
    if any((field.namespace, field.key) == (sent["namespace"], sent["key"]) for field in mine):
        raise v3_refusal(409, "The metafield with such namespace and key already exists for this resource.")
    if len(mine) >= PER_RESOURCE:
        raise v3_refusal(422, f"A resource cannot have more than {PER_RESOURCE} metafields per client.")
    now = call.world.now()
    field = Metafield(
        id=store.next_id("metafield"),
        client_id=call.client_id,
        resource_type=kind,
        resource_id=resource_id,
        namespace=sent["namespace"],
        key=sent["key"],
        value=sent["value"],
        permission_set=sent["permission_set"],
        description=str(sent.get("description") or ""),
        created_at=now,
        modified_at=now,
    )
    store.add_metafield(field)
    tell(call, field, "created")
    return field


def change(call: Call, field: Metafield, sent: dict[str, Any]) -> Metafield:
    if not may_write(call, field):
        raise v3_refusal(403, "Only the owner may change this metafield.")
    check_field(sent, complete=False)
    for name in ("value", "permission_set", "description", "key", "namespace"):
        if sent.get(name) is not None:
            setattr(field, name, sent[name])
    field.modified_at = call.world.now()
    tell(call, field, "updated")
    return field


def remove(call: Call, field: Metafield) -> None:
    if not may_write(call, field):
        raise v3_refusal(403, "Only the owner may delete this metafield.")
    call.store.drop_metafield(field)
    tell(call, field, "deleted")


def tell(call: Call, field: Metafield, name: str) -> None:
    metafield_event(
        call.world,
        call.store,
        kind=field.resource_type,
        metafield_id=field.id,
        resource_id=field.resource_id,
        name=name,
    )


def in_batch(sent: list[dict[str, Any]], one: Callable[[dict[str, Any]], Any]) -> Answer:
    """Each row for itself. If any fails the answer is 422, and the others are written all the same."""
    done: list[Any] = []
    errors: list[dict[str, Any]] = []
    for number, row in enumerate(sent):
        try:
            done.append(one(row))
        except ApiRefusal as refusal:
            errors.append(failed_row(refusal, number))
    meta = {"total": len(sent), "success": len(done), "failed": len(errors)}
    body = {"data": done, "errors": errors, "meta": meta}
    return Answer(422 if errors else 200, body)


def failed_row(refusal: ApiRefusal, number: int) -> dict[str, Any]:
    title = refusal.body.get("title", "") if isinstance(refusal.body, dict) else ""
    details = (refusal.body.get("errors") if isinstance(refusal.body, dict) else None) or {"error": title}
    row = v3_error(
        422, "Bulk operation has failed", errors={f"{number}.{name}": text for name, text in details.items()}
    )
    return {**row, "type": TYPE}
