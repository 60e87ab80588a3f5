"""The log tells each webhook and each API call with everything that went out and came back."""

import pytest

from plugin.sandbox.actions.buying import Wanted, place_order
from plugin.sandbox.config import SandboxConfig
from plugin.sandbox.journal import ApiCall
from plugin.sandbox.server import create_sandbox
from plugin.sandbox.webhooks.hook import Attempt, Hook
from tests.sandbox.page import read


@pytest.fixture
def sandbox():
    made = create_sandbox(config=SandboxConfig(seed="small"))
    store = made.world.first_store
    store.hooks[7] = Hook(
        id=7,
        client_id=made.config.client_id,
        store_hash=store.hash,
        scope="store/order/created",
        destination="http://127.0.0.1:9/webhooks",
        created_at=0,
        updated_at=0,
        works_from=0,
        last_event_at=made.world.clock.timestamp(),
        headers={"X-App-Hook-Token": "s3cret"},
    )
    return made


@pytest.fixture
def browser(sandbox):
    return sandbox.app.test_client()


@pytest.fixture
def delivery(sandbox):
    place_order(sandbox.world, sandbox.world.first_store, [Wanted(product_id=111)])
    (planned,) = sandbox.world.webhooks.deliveries
    return planned


def a_call(**changes):
    values = {
        "id": 1,
        "at": 1_800_000_000.0,
        "store_hash": "harborpine",
        "client_id": "sandbox-client",
        "method": "PUT",
        "path": "/stores/harborpine/v3/inventory/adjustments/absolute",
        "query": "",
        "status": 200,
        "milliseconds": 3.21,
        "quota_left": 449,
        "quota": 450,
        "request_body": '{"items":[]}',
        "response_body": '{"transaction_id":"t1"}',
        "fault": "",
    }
    return ApiCall(**(values | changes))


def test_a_delivery_stands_in_the_log_with_its_state(browser, delivery):
    delivery.state = "retrying"
    page = read(browser.get("/sandbox/log").text)
    row = page.one("tbody tr")
    assert "store/order/created" in row.text
    assert row.one(".badge--warn").text == "retrying"


def test_the_log_is_filtered_by_scope(browser, delivery):
    assert read(browser.get("/sandbox/log?scope=order").text).has("tbody tr")
    assert not read(browser.get("/sandbox/log?scope=shipment").text).has("tbody tr")


def test_one_delivery_shows_payload_headers_and_every_answer(browser, delivery):
    delivery.attempts.append(Attempt(at=1_800_000_000.0, status=503, error="", milliseconds=12.4))
    delivery.attempts.append(Attempt(at=1_800_000_060.0, status=None, error="ConnectTimeout", milliseconds=10_000))
    shown = read(browser.get(f"/sandbox/log/webhooks/{delivery.id}").text)
    facts = dict(zip([n.text for n in shown.all("dt")], [n.text for n in shown.all("dd")], strict=True))
    assert facts["webhook-id"] == delivery.message_id
    assert facts["webhook-signature"].startswith("v1,")
    assert facts["X-App-Hook-Token"] == "s3cret"
    assert '"producer": "stores/harborpine"' in shown.one("pre").text
    assert [row.all("td")[1].text for row in shown.all("tbody tr")] == ["503", "ConnectTimeout"]


def test_a_delivery_can_be_sent_once_more(browser, sandbox, delivery):
    browser.post("/sandbox/act/redeliver", data={"delivery": str(delivery.id)})
    first, again = sandbox.world.webhooks.deliveries
    assert (again.event, again.message_id, again.is_extra) == (first.event, first.message_id, True)
    gone = browser.post("/sandbox/act/redeliver", data={"delivery": "999"}).headers["Location"]
    assert "There+is+no+delivery+999+any+more." in gone


def test_api_calls_show_their_quota_and_bodies(browser, sandbox):
    sandbox.world.api_calls.add(a_call(), rule="/v3/inventory/adjustments/absolute")
    row = read(browser.get("/sandbox/log/calls").text).all("tbody tr")[0]
    assert "PUT /stores/harborpine/v3/inventory/adjustments/absolute" in row.text
    assert "449/450" in row.text
    sent, answered = read(browser.get("/sandbox/log/calls/1").text).all("pre")
    assert (sent.text, answered.text) == ('{ "items": [] }', '{ "transaction_id": "t1" }')


@pytest.mark.parametrize(("status", "kind"), [(201, "good"), (404, "warn"), (429, "warn"), (500, "bad"), (0, "bad")])
def test_a_status_is_told_by_color_too(browser, sandbox, status, kind):
    sandbox.world.api_calls.add(a_call(status=status), rule="/x")
    badge = read(browser.get("/sandbox/log/calls").text).one(f".badge--{kind}")
    assert badge.text == (str(status) if status else "dropped")


@pytest.mark.parametrize("path", ["/sandbox/log", "/sandbox/log/calls"])
def test_an_empty_log_says_what_will_come(browser, path):
    assert read(browser.get(path).text).has(".empty")


@pytest.mark.parametrize("path", ["/sandbox/log/webhooks/999", "/sandbox/log/calls/999"])
def test_what_was_forgotten_is_404(browser, path):
    assert browser.get(path).status_code == 404
