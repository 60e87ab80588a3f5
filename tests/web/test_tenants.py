"""Nobody's data seen by another store: every route there is, walked as Bo while Ada's store is full."""

from collections.abc import Iterator

import pytest
from werkzeug.routing import Rule

from tests.web.stage import ADA, BO, Web, fill

SECRETS_OF_ADA = ("PO-118", "Ada", "ada.example", "MUG", "Stoneware", "token-of-ada", "store_inventory is missing")
VALUES = {
    "action": "cancel",
    "item": "77",
    "order": "101",
    "order_id": "101",
    "store": "ada",
    "shipment_id": "1",
    "scope": "store",
    "name": "admin.css",
    "token": "x",
    "cart": "0" * 32,
}
SAYS_NOTHING = {"storefront.order_dates"}
"""Answers the same empty list for every cart it does not know."""
PUBLIC = {
    "order_page.ask_for_link",
    "order_page.send_link",
    "storefront.cart_choice",
    "static",
    "health.live",
    "health.ready",
    "health.metrics",
    "api.describe",
}

OWN = {
    "api.list_policies",
    "api.list_shipments",
    "api.list_items",
    "api.delete_policy",
    "api.list_suppliers",
    "api.supplier_record",
    "api.save_supplier",
    "api.get_allocation",
    "api.save_allocation",
    "api.list_choices",
}
"""With a key of its own, every store may ask for these; it gets what is its own."""


def calls(web: Web) -> Iterator[tuple[Rule, str, str]]:
    for rule in web.app.url_map.iter_rules():
        path = rule.rule
        for name in rule.arguments:
            path = path.replace(f"<{name}>", VALUES.get(name, "1"))
            for kind in ("store", "id", "path"):
                path = path.replace(f"<{kind}:{name}>", VALUES.get(name, "1"))
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule, method, path


def the_state_of_ada(web: Web) -> list[object]:
    with web.plugin.units(ADA) as work:
        return [
            work.tenant(),
            work.policies.all(),
            work.shipments.all(),
            web.plugin.queries.items_past_zero(ADA),
            web.plugin.queries.parked(ADA),
        ]


@pytest.mark.parametrize("way", ["nobody", "session", "ticket", "cookie", "key"])
def test_no_route_shows_or_changes_another_store(web: Web, way: str) -> None:
    fill(web.plugin, ADA)
    web.plugin.directory.save_user(ADA, web.plugin.directory.user(ADA, 24654))  # type: ignore[arg-type]
    before = the_state_of_ada(web)
    headers = {
        "session": {"Authorization": f"Bearer {web.token(BO)}"},
        "cookie": {"Cookie": f"backorder_session={web.token(BO)}"},
        "key": web.api_key(BO),
    }.get(way, {})
    query = {"t": web.ticket(BO)} if way == "ticket" else {}
    seen = {}
    for rule, method, path in calls(web):
        answer = web.client().open(
            path, method=method, headers=headers, query_string=query, json={} if method != "GET" else None
        )
        seen[rule.endpoint, method] = answer.status_code
        leaked = [secret for secret in SECRETS_OF_ADA if secret in answer.text]
        assert rule.endpoint in PUBLIC or leaked == [], f"{method} {path} shows {leaked}"
    assert the_state_of_ada(web) == before
    opened = {endpoint for (endpoint, _), status in seen.items() if status < 400} - PUBLIC - SAYS_NOTHING
    assert opened <= (OWN if way == "key" else set())
    assert len(seen) > 25


def test_the_walk_would_notice_an_open_door(web: Web) -> None:
    """As Ada herself, the same walk does see her store."""
    fill(web.plugin, ADA)
    headers = {"Authorization": f"Bearer {web.token(ADA)}"}
    page = "".join(
        web.client().get(f"/app/ada/{path}", headers=headers).text for path in ("", "activity", "activity/parked")
    )
    assert [secret for secret in SECRETS_OF_ADA if secret in page] == [
        "PO-118",
        "Ada",
        "MUG",
        "Stoneware",
        "store_inventory is missing",
    ]
