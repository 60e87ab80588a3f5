"""Panels beside the control panel's own pages: put there once, corrected, taken away, and what a refusal says."""

import json
from dataclasses import replace

import pytest
import responses

from plugin.adapters.bigcommerce.extensions import keep_panel, page_panels, remove_panel
from plugin.services.errors import GiveUp
from plugin.services.ports.shop import PagePanel
from tests.adapters.bigcommerce.conftest import BASE

URL = f"{BASE}/graphql"
ORDERS = PagePanel("ORDERS", "Expected ship dates", "/orders/${id}/expected-dates")
PRODUCTS = PagePanel("PRODUCTS", "Policy and supply", "/products/${id}/supply")
LABEL = {"defaultValue": "Policy and supply", "locales": []}


def there(*nodes):
    edges = [
        {"node": {"id": number, "url": panel.url, "model": panel.model, "label": {"defaultValue": panel.label}}}
        for number, panel in nodes
    ]
    return {"data": {"store": {"appExtensions": {"edges": edges}}}}


def asked(api):
    """The input of each mutation, after the list was read."""
    return [json.loads(call.request.body)["variables"]["input"] for call in api.calls[1:]]


def test_one_that_is_missing_is_added(api, shop):
    api.post(URL, json=there(("bc/store/appExtension/1", ORDERS)))
    api.post(URL, json={"data": {"appExtension": {"createAppExtension": {"appExtension": {"id": "2"}}}}})
    keep_panel(shop.client, PRODUCTS)
    assert asked(api) == [{"context": "PANEL", "model": "PRODUCTS", "url": PRODUCTS.url, "label": LABEL}]


def test_one_that_is_there_stays_as_it_is(api, shop):
    api.post(URL, json=there(("1", ORDERS), ("2", PRODUCTS)))
    keep_panel(shop.client, PRODUCTS)
    assert asked(api) == []


def test_an_older_label_is_corrected(api, shop):
    api.post(URL, json=there(("1", ORDERS), ("2", replace(PRODUCTS, label="Supply"))))
    api.post(URL, json={"data": {"appExtension": {"updateAppExtension": {"appExtension": {"id": "2"}}}}})
    keep_panel(shop.client, PRODUCTS)
    assert asked(api) == [{"id": "2", "data": {"label": LABEL}}]


def test_only_the_one_that_is_named_is_taken_away(api, shop):
    api.post(URL, json=there(("1", ORDERS), ("2", PRODUCTS)))
    api.post(URL, json={"data": {}})
    remove_panel(shop.client, ORDERS.url)
    assert asked(api) == [{"id": "1"}]


def test_creating_is_not_repeated_when_the_answer_is_lost(api, shop):
    api.post(URL, json=there())
    api.post(URL, body=responses.ConnectionError("gone"))
    with pytest.raises(Exception, match="connection was lost"):
        keep_panel(shop.client, ORDERS)
    assert len(api.calls) == 2


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"errors": [{"message": "Too many extensions."}]}, "The store refused the panels: Too many extensions."),
        ({"data": None}, "The store refused the panels: it gave no reason."),
        (["nonsense"], "The store refused the panels: it gave no reason."),
        ({"data": {"store": None}}, "The store's answer does not list app extensions."),
        ({"data": {"store": {"appExtensions": {"edges": [{}]}}}}, "The store's answer does not list app extensions."),
    ],
)
def test_a_refusal_is_said_in_words(api, shop, answer, said):
    api.post(URL, json=answer)
    with pytest.raises(GiveUp) as refusal:
        page_panels(shop.client)
    assert refusal.value.explanation == said
