"""`/v3/inventory/locations`: where stock lies. Deleting one is not offered; a location is switched off instead."""

from typing import Any

from plugin.sandbox.rest.envelope import Answer, id_list, refuse_unknown_filters, v3_list, word_list, zulu
from plugin.sandbox.rest.gate import Call, route
from plugin.sandbox.rest.inventory import accepted
from plugin.sandbox.rest.refusal import inventory_refusal
from plugin.sandbox.stock import Location

READ = ("store_locations", "store_locations_read_only", "store_inventory", "store_inventory_read_only")
WRITE = ("store_locations", "store_inventory")
FILTERS = ("location_id:in", "location_code:in", "is_active", "is_default", "page", "limit", "type_id:in")


def location_json(location: Location) -> dict[str, Any]:
    return {
        "id": location.id,
        "code": location.code,
        "label": location.label,
        "description": "",
        "managed_by_external_source": False,
        "type_id": "PHYSICAL",
        "enabled": location.enabled,
        "storefront_visibility": True,
        "operating_hours": {},
        "special_hours": [],
        "time_zone": location.time_zone,
        "address": {
            "address1": "12 Market Street",
            "address2": "",
            "city": location.city,
            "state": "ME",
            "zip": "04101",
            "email": "stock@harborandpine.example",
            "phone": "",
            "country_code": "US",
            "geo_coordinates": {"latitude": 43.6591, "longitude": -70.2568},
        },
        "created_at": zulu(location.created_at),
        "updated_at": zulu(location.created_at),
    }


@route("GET", "/v3/inventory/locations", scopes=READ)
def list_locations(call: Call) -> Answer:
    refuse_unknown_filters(call.args, call.query, FILTERS)
    ids, codes = id_list(call.args, "location_id:in"), word_list(call.args, "location_code:in")
    rows = [
        each
        for each in call.store.locations.values()
        if (ids is None or each.id in ids) and (codes is None or each.code in codes)
    ]
    return v3_list(call.args, rows, location_json)


@route("POST", "/v3/inventory/locations", scopes=WRITE)
def create_locations(call: Call) -> Answer:
    rows = call.array()
    codes = {each.code for each in call.store.locations.values()}
    for row in rows:
        if not row.get("code") or not row.get("label") or row["code"] in codes:
            raise inventory_refusal(422, "Payload contains invalid fields", errors={"code": "missing or taken"})

    def apply() -> None:
        for row in rows:
            number = max(call.store.locations, default=0) + 1
            place = Location(id=number, code=row["code"], label=row["label"], created_at=call.world.now())
            place.enabled = bool(row.get("enabled", True))
            call.store.locations[number] = place
            call.world.emit(call.store, "store/inventory/location/created", {"location_id": number})

    return accepted(call, apply)


@route("PUT", "/v3/inventory/locations", scopes=WRITE)
def put_locations(call: Call) -> Answer:
    rows = call.array()
    for row in rows:
        if row.get("id") not in call.store.locations:
            raise inventory_refusal(422, "Payload contains invalid fields", errors={"id": "not found"})

    def apply() -> None:
        for row in rows:
            place = call.store.locations[row["id"]]
            place.label = str(row.get("label", place.label))
            place.enabled = bool(row.get("enabled", place.enabled))
            call.world.emit(call.store, "store/inventory/location/updated", {"location_id": place.id})

    return accepted(call, apply)
