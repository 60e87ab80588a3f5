"""Every request of a full story is one the platform's own OpenAPI files allow.

The story runs against the sandbox; the files stand beside the clone where they are at hand, and are not part of it.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from openapi_schema_validator import OAS30Validator

from plugin.adapters.bigcommerce.client import BigCommerceClient, Connections, RawAnswer
from plugin.adapters.bigcommerce.hooks import WantedHooks
from plugin.adapters.bigcommerce.store import BigCommerceStore
from plugin.domain.ids import ItemId, LocationId, OrderId, OrderLineId, ProductId, TenantId, VariantId
from plugin.domain.item import ProductTexts
from plugin.domain.stock import StockMove
from plugin.manifest import load
from plugin.sandbox.actions.buying import Wanted, place_order
from plugin.sandbox.config import SandboxConfig
from plugin.sandbox.people import Address
from plugin.sandbox.server import Sandbox, create_sandbox
from plugin.services.ports.shop import BackorderLimit, Metafield, MetafieldOwner, PageScript, RefundRequest, TrialOrder

BOOKS = Path(__file__).parents[3] / "shared" / "openapi"
FILES = {
    "v2": ("orders.v2.oas2.yml", "store_information.v2.yml"),
    "v3": (
        "orders.v3.yml",
        "products_catalog.v3.yml",
        "product-variants_catalog.v3.yml",
        "inventory.v3.yml",
        "locations.v3.yml",
        "settings.v3.yml",
        "webhooks.v3.yml",
        "customers.v3.yml",
        "channels.v3.yml",
        "scripts.v3.yml",
    ),
}
UNDOCUMENTED = {"resource_id:in"}
"""Tried first, given up when refused: the files only hint at it."""
FIRST = LocationId(1)

pytestmark = pytest.mark.skipif(not BOOKS.is_dir(), reason="the platform's OpenAPI files are not on this machine")


@dataclass(frozen=True)
class Sent:
    method: str
    path: str
    query: dict[str, Any]
    body: Any

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass
class RecordingConnections(Connections):
    """Sends for real and remembers what was sent, below the store."""

    sent: list[Sent] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def send(self, method, url, *, query=None, json_body=None, token="") -> RawAnswer:
        path = urlsplit(url).path.split("/", 3)[3]
        self.sent.append(Sent(method, f"/{path}", dict(query or {}), json.loads(json.dumps(json_body))))
        return super().send(method, url, query=query, json_body=json_body, token=token)


@cache
def book(name: str) -> dict[str, Any]:
    # The loader in C, where there is one: the files are large.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load((BOOKS / name).read_text(encoding="utf-8"), Loader=loader)


def resolved(document: dict[str, Any], value: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in value:
        node: Any = document
        for part in value["$ref"].removeprefix("#/").split("/"):
            node = node[part.replace("~1", "/").replace("~0", "~")]
        value = node
    return value


def operations(sent: Sent) -> Iterator[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]]:
    """The document, path and operation a request belongs to; a literal path goes before one with a placeholder."""
    version, _, path = sent.path.removeprefix("/").partition("/")
    for name in FILES[version]:
        document = book(name)
        for template in sorted(document["paths"], key=lambda each: each.count("{")):
            pattern = re.sub(r"\\\{[^}]+\\\}", "[^/]+", re.escape(template))
            if re.fullmatch(pattern, f"/{path}") and sent.method.lower() in document["paths"][template]:
                yield document, document["paths"][template], document["paths"][template][sent.method.lower()]
                return


def problems(sent: Sent) -> list[str]:
    found = next(operations(sent), None)
    if found is None:
        return ["no such operation"]
    document, path, operation = found
    return [*query_problems(sent, document, path, operation), *body_problems(sent, document, operation)]


def query_problems(sent: Sent, document, path, operation) -> Iterator[str]:
    parameters = [resolved(document, each) for each in (*operation.get("parameters", []), *path.get("parameters", []))]
    known = {each["name"]: each for each in parameters if each["in"] == "query"}
    yield from (f"unknown parameter {name}" for name in set(sent.query) - set(known) - UNDOCUMENTED)
    yield from (f"{name} is missing" for name, each in known.items() if each.get("required") and name not in sent.query)
    for name in set(sent.query) & set(known):
        schema = resolved(document, known[name].get("schema", {}))
        # Comma lists are declared as one integer in several files.
        values = (
            str(sent.query[name]).split(",") if schema.get("type") == "array" or ":in" in name else [sent.query[name]]
        )
        inner = resolved(document, schema.get("items", {})) if schema.get("type") == "array" else schema
        if name == "sort":
            # The direction stands in the text, not in the list of values.
            values = [str(value).partition(":")[0] for value in values]
        if "enum" in inner:
            yield from (f"{name}={value} is not allowed" for value in values if value not in inner["enum"])
        if inner.get("type") in {"integer", "number"}:
            yield from (f"{name}={value} is no number" for value in values if not str(value).isdigit())
        if "maximum" in inner and int(values[0]) > inner["maximum"]:
            yield f"{name}={values[0]} is above {inner['maximum']}"


def body_problems(sent: Sent, document, operation) -> Iterator[str]:
    wanted = operation.get("requestBody")
    if sent.body is None:
        if wanted and resolved(document, wanted).get("required"):
            yield "the body is missing"
        return
    if wanted is None:
        yield "no body is allowed"
        return
    content = resolved(document, wanted)["content"]
    schema = {**content["application/json"]["schema"], "components": document["components"]}
    for error in OAS30Validator(schema).iter_errors(without_native_fields(sent.body)):
        if error.validator == "oneOf" and list(error.absolute_path)[-1:] == ["identity"] and len(error.instance) == 1:
            # "Exactly one of" is meant, but nothing is required there, so every alternative fits.
            continue
        yield f"{'.'.join(map(str, error.absolute_path))}: {error.message[:200]}"


def without_native_fields(body: Any) -> Any:
    """The files do not know native backorders: rows that move only the owed units have no quantity there."""
    if isinstance(body, dict) and "items" in body:
        rows = [
            {**row, "quantity": row.get("quantity", row["qty_backordered"])} if "qty_backordered" in row else row
            for row in body["items"]
        ]
        return {**body, "items": rows}
    return body


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    sandbox = create_sandbox(config=SandboxConfig(store_hash="ada1", seed="full", plan_quota=100_000))
    sandbox.start()
    yield sandbox
    sandbox.stop()


@pytest.fixture(scope="module")
def story(sandbox) -> list[Sent]:
    """Everything a store is ever asked, once: install, orders, stock, publications, leaving."""
    world, theirs = sandbox.world, sandbox.world.first_store
    connections = RecordingConnections()
    client = BigCommerceClient(
        connections, api_url=sandbox.url, tenant_id=TenantId("ada1"), access_token=world.issue_token(theirs).value
    )
    hooks = WantedHooks("http://127.0.0.1:9/webhooks", "secret", tuple(scope.name for scope in load().webhooks.scopes))
    store = BigCommerceStore(client, hooks)
    buyer = Address(first_name="Jan", last_name="Meier", email="jan@example.test", country_iso2="DE")
    lines = [Wanted(product_id=0, name=f"Line {number}", price=1) for number in range(60)]
    orders = [OrderId(place_order(world, theirs, lines, guest=buyer).id) for _ in range(3)]
    tell_the_story(store, orders, [ProductId(each) for each in theirs.products], theirs)
    return connections.sent


def tell_the_story(store: BigCommerceStore, orders, products, theirs) -> None:
    store.profile(), store.inventory_settings(), store.default_location()
    store.has_native_backorders(), store.server_time(), store.keep_hooks()
    list(store.all_products()), list(store.all_stock()), list(store.open_orders())
    store.products(products)
    store.orders(orders), store.orders(orders[:1])
    placed = store.orders(orders[:1])[0].placed_at
    list(store.orders_modified_since(placed))
    simple = next(product for product in theirs.products.values() if not product.has_options)
    varied = next(product for product in theirs.products.values() if product.has_options)
    whole, variant = ItemId(f"{simple.id}"), ItemId(f"{varied.id}:{varied.variants[0].id}")
    store.stock([whole, variant])
    move = {"location_id": FIRST, "virtual_units": 0, "reason": "A story."}
    store.adjust_stock([StockMove(item_id=whole, quantity=2, backordered=1, **move)])
    store.adjust_stock([StockMove(item_id=variant, quantity=0, backordered=1, **move)])
    theirs.cells[simple.id, 0].clear()
    store.adjust_stock([StockMove(item_id=whole, quantity=2, backordered=0, **move)])
    store.set_backorder_limits([BackorderLimit(whole, FIRST, 3), BackorderLimit(variant, FIRST, 3)])
    for texts in (ProductTexts("Soon", "preorder", date(2026, 3, 9), "From %%DATE%%"), ProductTexts()):
        store.write_product_texts(dict.fromkeys(products, texts))
    owners = {
        MetafieldOwner.PRODUCT: products,
        MetafieldOwner.VARIANT: list(theirs.variants)[:5],
        MetafieldOwner.ORDER: orders,
    }
    for owner, ids in owners.items():
        first = store.write_metafields(owner, [Metafield(each, "one") for each in ids])
        store.write_metafields(owner, [Metafield(each, "two", remote) for each, remote in first.written.items()])
        store.write_metafields(owner, [Metafield(each, "three") for each in ids])
        store.delete_metafields(owner, [remote for remote in first.written.values() if remote])
    store.write_staff_notes(orders[0], store.staff_notes(orders[0]) + "Ships soon.")
    store.customer_groups(list(theirs.customers))
    pay_back(store, theirs, orders[0])
    trial = TrialOrder("backorder-test-1", ProductId(varied.id), VariantId(varied.variants[0].id), "me@example.test")
    store.cancel_order(store.place_trial_order(trial))
    script = PageScript(
        1, "storefront", "Dates", "Ship dates", "https://app.example/a.js", "", "head", "async", "functional"
    )
    store.keep_page_script(script), store.keep_page_script(replace(script, url="https://app.example/b.js"))
    store.remove_page_script(store.storefront_channels()[0], "storefront")
    for hook in theirs.hooks.values():
        hook.is_active = False
    store.keep_hooks()
    store.delete_hooks()


def pay_back(store: BigCommerceStore, theirs, order: OrderId) -> None:
    """Quoted, made, and looked for again; the second one with what shipping cost."""
    first, second, *_ = (OrderLineId(line.id) for line in theirs.orders[order].lines)
    requests = [RefundRequest(order_id=order, units={first: 1}, marker="[Backorder 1]", with_shipping=False)]
    requests += [RefundRequest(order_id=order, units={second: 1}, marker="[Backorder 2]", with_shipping=True)]
    for request in requests:
        store.refund_quote(request), store.refund(request), store.refund(request)


def test_every_request_of_the_story_is_allowed(story):
    wrong = {f"{sent}: {problem}" for sent in story for problem in problems(sent)}
    assert not wrong, "\n".join(sorted(wrong))


def test_the_story_uses_every_kind_of_request_the_store_makes(story):
    kinds = {re.sub(r"/(\d+|[0-9a-f]{8}-[0-9a-f-]{27})(?=/|$)", "/{id}", str(sent)) for sent in story}
    assert kinds == {
        "GET /v2/store",
        "GET /v2/time",
        "GET /v2/orders",
        "POST /v2/orders",
        "GET /v2/orders/{id}",
        "GET /v2/orders/{id}/products",
        "PUT /v2/orders/{id}",
        "GET /v3/settings/inventory",
        "GET /v3/inventory/locations",
        "GET /v3/inventory/items",
        "POST /v3/inventory/adjustments/relative",
        "PUT /v3/inventory/adjustments/absolute",
        "PUT /v3/inventory/locations/{id}/items",
        "GET /v3/catalog/products",
        "PUT /v3/catalog/products",
        *(
            f"{method} /v3/{kind}/metafields"
            for method in ("GET", "POST", "PUT", "DELETE")
            for kind in ("orders", "catalog/products", "catalog/variants")
        ),
        "GET /v3/customers",
        "GET /v3/channels",
        "GET /v3/content/scripts",
        "POST /v3/content/scripts",
        "PUT /v3/content/scripts/{id}",
        "DELETE /v3/content/scripts/{id}",
        "GET /v3/orders/{id}/payment_actions/refunds",
        "POST /v3/orders/{id}/payment_actions/refunds",
        "POST /v3/orders/{id}/payment_actions/refund_quotes",
        "GET /v3/hooks",
        "POST /v3/hooks",
        "PUT /v3/hooks/{id}",
        "DELETE /v3/hooks/{id}",
    }


@pytest.mark.parametrize(
    ("sent", "problem"),
    [
        (Sent("GET", "/v3/nothing", {}, None), "no such operation"),
        (Sent("DELETE", "/v3/catalog/products", {"page": 1, "nonsense": 1}, None), "unknown parameter nonsense"),
        (Sent("GET", "/v3/catalog/products", {"limit": 251}, None), "limit=251 is above 250"),
        (Sent("GET", "/v3/catalog/products", {"include": "variants,wishes"}, None), "include=wishes is not allowed"),
        (Sent("GET", "/v2/orders", {"min_id": "many"}, None), "min_id=many is no number"),
        (Sent("POST", "/v3/hooks", {}, {"scope": "store/order/created"}), ": 'destination' is a required property"),
    ],
)
def test_the_check_itself_finds_a_wrong_request(sent, problem):
    assert problem in problems(sent)
