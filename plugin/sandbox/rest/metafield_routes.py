"""Metafields of orders, products and variants: one by one under the resource, and in batches."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from plugin.sandbox.catalog import Metafield
from plugin.sandbox.rest.envelope import Answer, v3_list, v3_one
from plugin.sandbox.rest.gate import Call, route
from plugin.sandbox.rest.metafields import by_id, change, create, filtered, in_batch, metafield_json, remove, sees
from plugin.sandbox.rest.refusal import missing, v3_refusal
from plugin.sandbox.store import Store


@dataclass(frozen=True, slots=True)
class Kind:
    """Where metafields of one resource live, and which scopes open them."""

    name: str
    one: str
    batch: str
    id_name: str
    exists: Callable[[Store, int], bool]
    read: tuple[str, ...]
    write: tuple[str, ...]


KINDS = (
    Kind(
        "order",
        "/v3/orders/<int:order_id>/metafields",
        "/v3/orders/metafields",
        "order_id",
        lambda store, resource_id: resource_id in store.orders,
        ("store_v2_orders", "store_v2_orders_read_only"),
        ("store_v2_orders",),
    ),
    Kind(
        "product",
        "/v3/catalog/products/<int:product_id>/metafields",
        "/v3/catalog/products/metafields",
        "product_id",
        lambda store, resource_id: resource_id in store.products,
        ("store_v2_products", "store_v2_products_read_only"),
        ("store_v2_products",),
    ),
    Kind(
        "variant",
        "/v3/catalog/products/<int:product_id>/variants/<int:variant_id>/metafields",
        "/v3/catalog/variants/metafields",
        "variant_id",
        lambda store, resource_id: resource_id in store.variants,
        ("store_v2_products", "store_v2_products_read_only"),
        ("store_v2_products",),
    ),
)


class Metafields:
    """The answers for one kind of resource."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind

    def declare(self) -> None:
        kind, one = self.kind, f"{self.kind.one}/<int:metafield_id>"
        route("GET", kind.one, scopes=kind.read)(self.list_fields)
        route("POST", kind.one, scopes=kind.write)(self.create_field)
        route("GET", one, scopes=kind.read)(self.read_field)
        route("PUT", one, scopes=kind.write)(self.put_field)
        route("DELETE", one, scopes=kind.write)(self.delete_field)
        route("GET", kind.batch, scopes=kind.read)(self.list_all)
        route("POST", kind.batch, scopes=kind.write)(self.create_all)
        route("PUT", kind.batch, scopes=kind.write)(self.put_all)
        route("DELETE", kind.batch, scopes=kind.write)(self.delete_all)

    def resource_id(self, call: Call) -> int:
        number: int = call.ids[self.kind.id_name]
        if not self.kind.exists(call.store, number):
            raise call.not_found()
        return number

    def visible(self, call: Call) -> list[Metafield]:
        owned = call.store.metafields_of.get((self.kind.name, self.resource_id(call)), {})
        return [field for field in owned.values() if sees(call, field)]

    def the_field(self, call: Call) -> Metafield:
        for field in self.visible(call):
            if field.id == call.ids["metafield_id"]:
                return field
        raise call.not_found()

    def list_fields(self, call: Call) -> Answer:
        return v3_list(call.args, filtered(call, self.visible(call)), metafield_json)

    def create_field(self, call: Call) -> Answer:
        return v3_one(metafield_json(create(call, self.kind.name, self.resource_id(call), call.object())))

    def read_field(self, call: Call) -> Answer:
        return v3_one(metafield_json(self.the_field(call)))

    def put_field(self, call: Call) -> Answer:
        return v3_one(metafield_json(change(call, self.the_field(call), call.object())))

    def delete_field(self, call: Call) -> Answer:
        remove(call, self.the_field(call))
        return Answer(204)

    def list_all(self, call: Call) -> Answer:
        fields = [each for each in call.store.metafields.values() if each.resource_type == self.kind.name]
        return v3_list(call.args, filtered(call, [each for each in fields if sees(call, each)]), metafield_json)

    def create_all(self, call: Call) -> Answer:
        def one(sent: dict[str, Any]) -> dict[str, Any]:
            number = sent.get("resource_id")
            if not isinstance(number, int) or not self.kind.exists(call.store, number):
                raise v3_refusal(422, f"The resource {number} does not exist.", errors={"resource_id": "not found"})
            return metafield_json(create(call, self.kind.name, number, sent))

        return in_batch(call.array(), one)

    def put_all(self, call: Call) -> Answer:
        def one(sent: dict[str, Any]) -> dict[str, Any]:
            return metafield_json(change(call, by_id(call, self.kind.name, sent.get("id")), sent))

        return in_batch(call.array(), one)

    def delete_all(self, call: Call) -> Answer:
        def one(sent: dict[str, Any]) -> int:
            field = by_id(call, self.kind.name, sent["id"])
            remove(call, field)
            return field.id

        numbers = call.body()
        if not isinstance(numbers, list):
            raise missing("ids")
        return in_batch([{"id": number} for number in numbers], one)


for each_kind in KINDS:
    Metafields(each_kind).declare()
