"""The merchant's control panel: install, open in a frame from another site, uninstall, and see what the app wrote."""

from urllib.parse import parse_qs, urlsplit

import jwt
import pytest

from plugin.sandbox.actions.buying import Wanted, place_order
from plugin.sandbox.actions.statuses import write_notes
from plugin.sandbox.catalog import Metafield
from plugin.sandbox.config import SandboxConfig
from plugin.sandbox.people import Installation
from plugin.sandbox.server import create_sandbox
from tests.sandbox.page import read

BASE = "/manage/harborpine"
OWNER, SAM = 7654321, 9876543


@pytest.fixture
def sandbox():
    return create_sandbox(config=SandboxConfig(seed="small", app_url="http://127.0.0.1:9"))


@pytest.fixture
def store(sandbox):
    return sandbox.world.first_store


@pytest.fixture
def browser(sandbox):
    return sandbox.app.test_client()


@pytest.fixture
def installed(sandbox, store):
    client = sandbox.config.client_id
    store.installations[client] = Installation(client_id=client, installed_at=sandbox.world.now())
    sandbox.world.issue_token(store)
    return client


def frame(browser, path):
    return urlsplit(read(browser.get(f"{BASE}{path}").text).one("iframe#app-frame")["src"])


def claims(sandbox, url):
    token = parse_qs(url.query)["signed_payload_jwt"][0]
    config = sandbox.config
    return jwt.decode(token, config.client_secret, algorithms=["HS256"], audience=config.client_id)


def test_the_bare_address_leads_to_the_first_store(browser):
    assert browser.get("/manage/").headers["Location"] == f"{BASE}/"


def test_the_app_is_got_from_the_marketplace_after_reading_what_it_may_do(browser, sandbox):
    apps = read(browser.get(f"{BASE}/apps").text)
    about = f"{BASE}/apps/{sandbox.config.client_id}/about"
    assert about in [link["href"] for link in apps.all("a")]
    page = read(browser.get(about).text)
    assert "Read and change orders" in page.text
    assert page.one("#confirm-install")["href"] == f"{BASE}/apps/{sandbox.config.client_id}/install"


def test_installing_opens_the_auth_callback_with_a_one_time_code(browser, sandbox):
    url = frame(browser, f"/apps/{sandbox.config.client_id}/install")
    query = parse_qs(url.query)
    assert f"{url.scheme}://{url.netloc}{url.path}" == "http://127.0.0.1:9/auth"
    assert query["context"] == ["stores/harborpine"]
    assert sandbox.world.codes[query["code"][0]].user_id == OWNER


def test_only_the_owner_installs(browser, sandbox):
    browser.post(f"{BASE}/user", data={"user_id": str(SAM)})
    answer = browser.get(f"{BASE}/apps/{sandbox.config.client_id}/install")
    assert answer.status_code == 303
    assert "may+not+install+apps" in answer.headers["Location"]
    assert not sandbox.world.codes


def test_the_installed_app_opens_in_a_frame_with_a_signed_payload(browser, sandbox, installed):
    told = claims(sandbox, frame(browser, f"/apps/{installed}"))
    assert (told["iss"], told["sub"], told["user"]["id"]) == ("bc", "stores/harborpine", OWNER)
    assert told["url"] == "/"


def test_another_user_opens_the_app_as_themselves(browser, sandbox, installed):
    browser.post(f"{BASE}/user", data={"user_id": str(SAM)})
    told = claims(sandbox, frame(browser, f"/apps/{installed}"))
    assert (told["user"]["id"], told["owner"]["id"]) == (SAM, OWNER)


def test_a_deep_link_travels_in_the_payload(browser, sandbox, installed):
    assert claims(sandbox, frame(browser, f"/apps/{installed}?path=/orders/106"))["url"] == "/orders/106"


def test_an_app_that_is_not_installed_is_offered_instead(browser, sandbox):
    client = sandbox.config.client_id
    assert browser.get(f"{BASE}/apps/{client}").headers["Location"] == f"{BASE}/apps/{client}/about"


def test_uninstalling_kills_the_token_even_when_the_app_does_not_answer(browser, sandbox, store, installed):
    answer = browser.post(f"{BASE}/apps/{installed}/uninstall")
    assert "was+not+told" in answer.headers["Location"]
    assert (store.installations, sandbox.world.tokens) == ({}, {})


def test_a_plain_user_may_not_uninstall(browser, sandbox, store, installed):
    browser.post(f"{BASE}/user", data={"user_id": str(SAM)})
    answer = browser.post(f"{BASE}/apps/{installed}/uninstall")
    assert "may+not+uninstall+apps" in answer.headers["Location"]
    assert installed in store.installations
    assert len(sandbox.world.tokens) == 1


def test_a_user_loses_access_to_the_app(browser, store, installed):
    store.installations[installed].users.add(SAM)
    browser.post(f"{BASE}/apps/{installed}/remove-user", data={"user_id": str(SAM)})
    assert store.installations[installed].users == set()


def test_the_order_page_shows_staff_notes_and_what_apps_wrote(browser, sandbox, store):
    order = place_order(sandbox.world, store, [Wanted(product_id=111)])
    write_notes(sandbox.world, store, order.id, staff_notes="[Backorder]\nShips <4 March>")
    now = sandbox.world.now()
    field = {"resource_type": "order", "resource_id": order.id, "namespace": "backorder", "key": "promise"}
    store.add_metafield(
        Metafield(
            id=1,
            client_id="sandbox-client",
            value='{"from":"2027-03-04"}',
            permission_set="app_only",
            description="",
            created_at=now,
            modified_at=now,
            **field,
        )
    )
    page = read(browser.get(f"{BASE}/orders/{order.id}").text)
    assert page.one('[data-test="staff-notes"]').text == "[Backorder] Ships <4 March>"
    assert page.one('[data-metafield="backorder.promise"]').text == '{"from":"2027-03-04"}'


def test_the_product_list_shows_stock_and_the_availability_text(browser, store):
    store.products[111].availability_description = "Ships 4 March"
    rows = read(browser.get(f"{BASE}/products?search=red mug").text).all("tbody tr")
    assert len(rows) == 1
    assert "MUG-RED" in rows[0].text
    assert "Ships 4 March" in rows[0].text


def test_orders_are_found_by_number_name_and_address(browser, sandbox, store):
    order = place_order(sandbox.world, store, [Wanted(product_id=111)], customer_id=2)
    for wanted in (str(order.id), store.customers[2].address.last_name, store.customers[2].email):
        page = read(browser.get(f"{BASE}/orders?search={wanted}").text)
        assert [link["href"] for link in page.all("td a")] == [f"{BASE}/orders/{order.id}"]
    assert not read(browser.get(f"{BASE}/orders?search=nobody").text).has("td a")


@pytest.mark.parametrize("path", ["/orders/99", "/apps/unknown", "/apps/unknown/install"])
def test_what_is_not_there_is_404(browser, path):
    assert browser.get(f"{BASE}{path}").status_code == 404
    assert browser.get("/manage/elsewhere/").status_code == 404
