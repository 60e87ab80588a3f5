"""The simulated shop's panels: an app's own only, two for each model, gone with the app, offered in the control panel."""

import pytest

from plugin.sandbox import login
from plugin.sandbox.actions.buying import Wanted, place_order
from plugin.sandbox.people import Address
from tests.sandbox.core import RED_MUG, Shop

LIST = "query { store { appExtensions { edges { node { id url } } } } }"
CREATE = "mutation { appExtension { createAppExtension(input: $input) { appExtension { id } } } }"
DELETE = "mutation { appExtension { deleteAppExtension(input: $input) { deletedAppExtensionId } } }"
DATES = {
    "context": "PANEL",
    "model": "ORDERS",
    "url": "/orders/${id}/dates",
    "label": {"defaultValue": "Dates", "locales": []},
}


GUEST = Address(first_name="Jan", last_name="Kok", email="jan@example.test")


@pytest.fixture
def shop():
    return Shop()


def ask(shop, query, sent=None):
    return shop.api("POST", "/graphql", {"query": query, "variables": {"input": sent} if sent else {}}).json


def listed(shop):
    return [edge["node"] for edge in ask(shop, LIST)["data"]["store"]["appExtensions"]["edges"]]


def test_only_what_the_query_names_is_answered(shop):
    made = ask(shop, CREATE, DATES)["data"]["appExtension"]["createAppExtension"]["appExtension"]
    assert made == {"id": "bc/store/appExtension/1"}
    assert listed(shop) == [{"id": made["id"], "url": DATES["url"]}]


def test_a_third_one_beside_orders_is_refused(shop):
    for _ in range(2):
        ask(shop, CREATE, DATES)
    assert "at most 2" in ask(shop, CREATE, DATES)["errors"][0]["message"]
    assert len(listed(shop)) == 2


@pytest.mark.parametrize(
    "wrong", [{"model": "CARTS"}, {"context": "TAB"}, {"url": "/" + "x" * 255}, {"label": {"defaultValue": ""}}]
)
def test_what_is_wrong_is_refused_and_nothing_is_made(shop, wrong):
    assert ask(shop, CREATE, DATES | wrong)["errors"]
    assert listed(shop) == []


def test_one_that_is_gone_cannot_be_deleted_again(shop):
    number = ask(shop, CREATE, DATES)["data"]["appExtension"]["createAppExtension"]["appExtension"]["id"]
    deleted = ask(shop, DELETE, {"id": number})["data"]["appExtension"]["deleteAppExtension"]
    assert deleted == {"deletedAppExtensionId": number}
    assert ask(shop, DELETE, {"id": number})["errors"]


def test_without_the_scope_it_is_forbidden(shop):
    token = shop.world.issue_token(shop.store, scopes=("store_v2_orders",)).value
    assert shop.api("POST", "/graphql", {"query": LIST}, token=token).status_code == 403


def test_the_control_panel_offers_it_beside_the_order_until_the_app_is_gone(shop):
    shop.switch(uninstall_callback=False)
    ask(shop, CREATE, DATES)
    order = place_order(shop.world, shop.store, [Wanted(product_id=RED_MUG)], guest=GUEST).id
    page = f"/manage/{shop.store.hash}/orders/{order}"
    address = f"path=%2Forders%2F{order}%2Fdates"
    assert address in shop.client.get(page).text
    login.uninstall(shop.world, shop.store)
    assert address not in shop.client.get(page).text
