"""Our webhooks: created once, woken, repaired, refused where a store does not know them, deleted when we leave."""

import json

import pytest
import responses

from plugin.services.errors import AccessRevoked
from plugin.services.ports.shop import HookReport
from tests.adapters.bigcommerce.conftest import BASE, WANTED_HOOKS

HOOKS = f"{BASE}/v3/hooks"
CREATED, LIMIT = WANTED_HOOKS.scopes
HEADERS = {"X-Backorder-Hook": "second-factor-of-ada"}


def a_hook(scope=CREATED, **changes):
    hook = {"id": 1, "scope": scope, "destination": WANTED_HOOKS.destination, "is_active": True, "headers": HEADERS}
    return {**hook, **changes}


def listed(api, *hooks):
    api.add(responses.GET, HOOKS, json={"data": list(hooks), "meta": {}})


def test_missing_hooks_are_created_with_the_second_factor(api, shop):
    listed(api)
    api.add(responses.POST, HOOKS, json={"data": a_hook()})
    assert shop.store.keep_hooks() == HookReport(created=(CREATED, LIMIT))
    assert json.loads(api.calls[1].request.body) == {
        "scope": CREATED,
        "destination": "http://127.0.0.1:9/webhooks",
        "is_active": True,
        "headers": HEADERS,
    }


def test_hooks_that_are_there_cost_one_call(api, shop):
    listed(api, a_hook(), a_hook(LIMIT, id=2))
    report = shop.store.keep_hooks()
    assert (report, report.lost_events) == (HookReport(), False)
    assert len(shop.calls) == 1


def test_a_hook_that_was_switched_off_is_woken(api, shop):
    listed(api, a_hook(is_active=False), a_hook(LIMIT, id=2))
    api.add(responses.PUT, f"{HOOKS}/1", json={"data": a_hook()})
    report = shop.store.keep_hooks()
    assert (report, report.lost_events) == (HookReport(reactivated=(CREATED,)), True)
    assert json.loads(api.calls[1].request.body) == {"is_active": True, "headers": HEADERS}


@pytest.mark.parametrize("headers", [None, [], {}, {"X-Backorder-Hook": "an older one"}])
def test_a_hook_with_another_second_factor_is_repaired_and_lost_nothing(api, shop, headers):
    listed(api, a_hook(headers=headers), a_hook(LIMIT, id=2))
    api.add(responses.PUT, f"{HOOKS}/1", json={"data": a_hook()})
    assert shop.store.keep_hooks() == HookReport()
    assert len(shop.calls) == 2


def test_a_hook_to_another_address_is_not_ours(api, shop):
    listed(api, a_hook(destination="https://elsewhere.test/"), a_hook(LIMIT, id=2))
    api.add(responses.POST, HOOKS, json=a_hook())
    assert shop.store.keep_hooks().created == (CREATED,)


@pytest.mark.parametrize(
    ("status", "title"),
    [(409, "Conflict"), (422, "A hook with this destination already exists"), (422, "Duplicate hook")],
)
def test_a_duplicate_is_there_already(api, shop, status, title):
    listed(api)
    api.add(responses.POST, HOOKS, status=status, json={"status": status, "title": title})
    assert shop.store.keep_hooks() == HookReport()


def test_a_refused_scope_is_told_unless_it_was_optional(api, shop):
    listed(api)
    api.add(responses.POST, HOOKS, status=422, json={"status": 422, "title": "Unknown scope"})
    assert shop.store.keep_hooks() == HookReport(refused=(CREATED,))


def test_a_hook_that_vanished_between_list_and_repair_is_created(api, shop):
    listed(api, a_hook(is_active=False), a_hook(LIMIT, id=2))
    api.add(responses.PUT, f"{HOOKS}/1", status=404, json={"status": 404, "title": "Webhook with id [1] not found"})
    api.add(responses.POST, HOOKS, json={"data": a_hook()})
    assert shop.store.keep_hooks() == HookReport(created=(CREATED,))


def test_a_dead_token_is_said_and_nothing_is_counted_as_refused(api, shop):
    listed(api)
    api.add(responses.POST, HOOKS, status=401, json={"status": 401, "title": "Unauthorized"})
    with pytest.raises(AccessRevoked):
        shop.store.keep_hooks()


def test_leaving_deletes_every_hook_of_the_app(api, shop):
    listed(api, a_hook(id=1), a_hook(LIMIT, id=2, destination="https://older.test/"))
    api.add(responses.DELETE, f"{HOOKS}/1", json={"data": a_hook()})
    api.add(responses.DELETE, f"{HOOKS}/2", status=404, json={"status": 404, "title": "not found"})
    shop.store.delete_hooks()
    assert shop.lines == ["GET /v3/hooks", "DELETE /v3/hooks/1", "DELETE /v3/hooks/2"]
