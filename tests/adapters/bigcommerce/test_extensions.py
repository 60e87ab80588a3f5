"""Panels beside the control panel's own pages: put there once, taken away, and what a refusal says."""

import json

import pytest
import responses

from plugin.adapters.bigcommerce.client import Connections
from plugin.adapters.bigcommerce.extensions import AppExtensions, PagePanel
from plugin.adapters.bigcommerce.store import BigCommerceStores
from plugin.domain.ids import TenantId
from plugin.services.errors import GiveUp

URL = "https://api.example/stores/ada/graphql"
ORDERS = PagePanel("ORDERS", "Expected ship dates", "/orders/${id}/expected-dates")
PRODUCTS = PagePanel("PRODUCTS", "Policy and supply", "/products/${id}/supply")


class Tokens:
    def access_token(self, tenant):
        return f"token-of-{tenant}"


@pytest.fixture
def extensions():
    stores = BigCommerceStores(
        directory=Tokens(),
        connections=Connections(),
        api_url="https://api.example",
        hook_destination="",
        hook_scopes=(),
    )
    return AppExtensions(stores, [ORDERS, PRODUCTS])


def there(*nodes):
    edges = [{"node": {"id": number, "url": panel.url, "model": panel.model}} for number, panel in nodes]
    return {"data": {"store": {"appExtensions": {"edges": edges}}}}


def asked(api):
    """The input of each mutation, after the list was read."""
    return [json.loads(call.request.body)["variables"]["input"] for call in api.calls[1:]]


def test_what_is_missing_is_added_and_what_is_there_stays(extensions):
    with responses.RequestsMock() as api:
        api.post(URL, json=there(("bc/store/appExtension/1", ORDERS)))
        api.post(URL, json={"data": {"appExtension": {"createAppExtension": {"appExtension": {"id": "2"}}}}})
        assert extensions.keep(TenantId("ada")) == 1
        assert asked(api) == [
            {
                "context": "PANEL",
                "model": "PRODUCTS",
                "url": "/products/${id}/supply",
                "label": {"defaultValue": "Policy and supply", "locales": []},
            }
        ]


def test_a_second_time_nothing_is_added(extensions):
    with responses.RequestsMock() as api:
        api.post(URL, json=there(("1", ORDERS), ("2", PRODUCTS)))
        assert extensions.keep(TenantId("ada")) == 0
        assert asked(api) == []


def test_a_panel_of_an_older_version_makes_room(extensions):
    with responses.RequestsMock() as api:
        api.post(URL, json=there(("1", ORDERS), ("2", PRODUCTS), ("3", PagePanel("ORDERS", "Old", "/old"))))
        api.post(URL, json={"data": {}})
        assert extensions.keep(TenantId("ada")) == 0
        assert asked(api) == [{"id": "3"}]


def test_all_of_ours_are_taken_away(extensions):
    with responses.RequestsMock() as api:
        api.post(URL, json=there(("1", ORDERS), ("2", PRODUCTS)))
        api.post(URL, json={"data": {}})
        assert extensions.remove(TenantId("ada")) == 2
        assert asked(api) == [{"id": "1"}, {"id": "2"}]


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
def test_a_refusal_is_said_in_words(extensions, answer, said):
    with responses.RequestsMock() as api:
        api.post(URL, json=answer)
        with pytest.raises(GiveUp) as refusal:
            extensions.keep(TenantId("ada"))
    assert refusal.value.explanation == said
