"""BigCommerce's four callbacks: codes, signed payloads, deep links, reinstalls; and everything that pretends to be one."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import responses
from werkzeug.test import TestResponse

from plugin.domain.ids import TenantId
from plugin.domain.store import ConnectionState
from tests.web.stage import ADA, BO, CLIENT_ID, CLIENT_SECRET, NOW, USER, Web

TOKEN_ADDRESS = "https://login.bigcommerce.com/oauth2/token"
NEW = TenantId("newshop")


def claims(**changed: Any) -> dict[str, Any]:
    now = int(NOW.timestamp())
    return {
        "aud": CLIENT_ID,
        "iss": "bc",
        "iat": now,
        "nbf": now - 5,
        "exp": now + 86_400,
        "jti": "c5f0bcf5-a504-4ae6-8dcc-0e40eaa5a070",
        "sub": "stores/ada",
        "user": {"id": USER, "email": "someone@ada.example", "locale": "en-US"},
        "owner": {"id": 7, "email": "owner@ada.example"},
        "url": "/",
        "channel_id": None,
    } | changed


def signed(secret: str = CLIENT_SECRET, algorithm: str = "HS256", **changed: Any) -> str:
    return jwt.encode(claims(**changed), secret, algorithm=algorithm)


def call(web: Web, name: str, payload: str) -> TestResponse:
    return web.client().get(f"/{name}", query_string={"signed_payload_jwt": payload})


def granted(store: TenantId = NEW, **changed: Any) -> dict[str, Any]:
    return {
        "access_token": "fresh-token",
        "scope": "store_v2_orders store_inventory",
        "user": {"id": USER, "username": "m@example.com", "email": "m@example.com"},
        "owner": {"id": USER, "username": "m@example.com", "email": "m@example.com"},
        "context": f"stores/{store}",
        "account_uuid": "12345678-90ab-cdef-1234-567890abcdef",
    } | changed


def authorize(web: Web, store: TenantId = NEW, **query: str) -> TestResponse:
    given = {"code": "one-time", "scope": "store_v2_orders store_inventory", "context": f"stores/{store}"}
    return web.client().get("/auth", query_string={**given, **query})


@pytest.fixture
def login() -> Any:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as login:
        yield login


# ------------------------------------------------------------------------------------------------------- auth


def test_an_install_exchanges_the_code_and_shows_the_set_up(web: Web, login: responses.RequestsMock) -> None:
    login.post(TOKEN_ADDRESS, json=granted())
    page = authorize(web)
    assert page.status_code == 200
    assert "Setting up your store" in page.text
    sent = json.loads(login.calls[0].request.body or b"")
    assert sent["redirect_uri"] == "https://backorder.example.com/auth"
    assert (sent["code"], sent["grant_type"], sent["client_id"]) == ("one-time", "authorization_code", CLIENT_ID)
    tenant = web.plugin.directory.find(NEW)
    assert tenant is not None
    assert (tenant.state, tenant.setup_step) == (ConnectionState.INSTALLING, "waiting")
    assert web.plugin.directory.access_token(NEW) == "fresh-token"


def test_the_page_of_an_install_renews_itself_without_script_or_cookie(web: Web, login: responses.RequestsMock) -> None:
    login.post(TOKEN_ADDRESS, json=granted())
    page = authorize(web)
    refresh = page.text.partition('http-equiv="refresh" content="3;url=')[2].partition('"')[0]
    assert refresh.startswith("/app/newshop/?t=")
    assert web.client().get(refresh).status_code == 200
    cookie = page.headers["Set-Cookie"]
    for part in ("Secure", "HttpOnly", "SameSite=None", "Partitioned", "Path=/app/newshop/"):
        assert part in cookie


def test_the_store_is_the_one_the_answer_names(web: Web, login: responses.RequestsMock) -> None:
    login.post(TOKEN_ADDRESS, json=granted(NEW))
    authorize(web, context="stores/ada")
    assert web.plugin.directory.find(NEW) is not None
    assert web.plugin.directory.access_token(ADA) == "token-of-ada"


def test_an_authorization_anew_replaces_the_token_and_keeps_what_the_store_has(
    web: Web, login: responses.RequestsMock
) -> None:
    login.post(TOKEN_ADDRESS, json=granted(ADA))
    for _ in range(2):
        assert authorize(web, ADA).status_code == 200
    tenant = web.plugin.directory.find(ADA)
    assert tenant is not None
    assert (tenant.profile.name, tenant.state) == ("Ada", ConnectionState.INSTALLING)
    assert web.plugin.directory.access_token(ADA) == "fresh-token"


@pytest.mark.parametrize("body", [json.dumps({"error": "invalid_grant"}), "", "<html>no</html>"])
def test_a_used_up_code_installs_nothing_and_says_what_to_do(
    web: Web, login: responses.RequestsMock, body: str
) -> None:
    login.post(TOKEN_ADDRESS, status=400, body=body)
    page = authorize(web)
    assert page.status_code == 400
    assert "could not be installed" in page.text
    assert web.plugin.directory.find(NEW) is None


def test_a_login_host_that_is_away_asks_to_try_again(web: Web, login: responses.RequestsMock) -> None:
    login.post(TOKEN_ADDRESS, status=503)
    page = authorize(web)
    assert (page.status_code, web.plugin.directory.find(NEW)) == (503, None)
    assert int(page.headers["Retry-After"]) >= 1


@pytest.mark.parametrize("missing", ["code", "scope", "context"])
def test_an_incomplete_call_asks_nobody(web: Web, login: responses.RequestsMock, missing: str) -> None:
    page = authorize(web, **{missing: ""})
    assert (page.status_code, len(login.calls)) == (422, 0)
    assert missing in page.text


def test_an_install_from_outside_ends_at_the_platform(web: Web, login: responses.RequestsMock) -> None:
    login.post(TOKEN_ADDRESS, json=granted())
    page = authorize(web, external_install="true")
    assert page.status_code == 303
    assert page.headers["Location"] == f"https://login.bigcommerce.com/app/{CLIENT_ID}/install/succeeded"


def test_a_failed_install_from_outside_says_so_there(web: Web, login: responses.RequestsMock) -> None:
    login.post(TOKEN_ADDRESS, status=400)
    page = authorize(web, external_install="true")
    assert page.headers["Location"] == f"https://login.bigcommerce.com/app/{CLIENT_ID}/install/failed"


@pytest.mark.parametrize("context", ["stores/x; script-src *", "stores/<script>", "a" * 3000, "stores/a\r\nX-Evil: 1"])
def test_a_hostile_context_changes_no_header(web: Web, login: responses.RequestsMock, context: str) -> None:
    login.post(TOKEN_ADDRESS, status=400)
    page = authorize(web, context=context)
    assert page.status_code in {400, 422}
    assert page.headers["Content-Security-Policy"].count(";") == 8
    assert "X-Evil" not in page.headers
    assert "<script>" not in page.text


# ------------------------------------------------------------------------------------------------------- load


def test_a_load_signs_in_and_goes_to_the_first_page(web: Web) -> None:
    answer = call(web, "load", signed())
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/app/ada/?t=")
    assert web.client().get(answer.headers["Location"]).status_code == 200
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "Partitioned" in answer.headers["Set-Cookie"]


def test_a_load_from_a_user_never_seen_provisions_them(web: Web) -> None:
    answer = call(web, "load", signed(user={"id": 99, "email": "new@ada.example", "locale": "de"}))
    user = web.plugin.directory.user(ADA, 99)
    assert user is not None
    assert (user.email, user.locale, user.is_owner) == ("new@ada.example", "de", False)
    assert web.client().get(answer.headers["Location"]).status_code == 200


def test_the_owner_is_known_as_one(web: Web) -> None:
    call(web, "load", signed(user={"id": 7, "email": "owner@ada.example", "locale": "en"}))
    owner = web.plugin.directory.user(ADA, 7)
    assert owner is not None
    assert owner.is_owner


def test_a_reload_of_the_iframe_works_again(web: Web) -> None:
    payload = signed()
    assert [call(web, "load", payload).status_code for _ in range(2)] == [303, 303]


@pytest.mark.parametrize(
    ("path", "page"),
    [
        ("/", "/app/ada/"),
        ("/leave", "/app/ada/leave"),
        ("", "/app/ada/"),
        ("/orders/106/expected-dates", "/app/ada/orders/106/expected-dates"),
        ("/products/77/supply", "/app/ada/products/77/supply"),
        ("/orders/106/nothing", "/app/ada/"),
        ("https://evil.example/", "/app/ada/"),
        ("//evil.example/", "/app/ada/"),
        ("/\\evil.example", "/app/ada/"),
        ("/../bo/", "/app/ada/"),
        ("/..%2f..%2fbo/", "/app/ada/"),
        ("/leave?next=//evil.example", "/app/ada/leave"),
        ("javascript:alert(1)", "/app/ada/"),
        ("/leave\r\nX-Evil: 1", "/app/ada/"),
        ("/" + "a" * 5000, "/app/ada/"),
    ],
)
def test_a_deep_link_chooses_a_page_of_ours_or_the_first(web: Web, path: str, page: str) -> None:
    answer = call(web, "load", signed(url=path))
    where = urlsplit(answer.headers["Location"])
    assert (answer.status_code, where.netloc, where.path) == (303, "", page)
    assert list(parse_qs(where.query)) == ["t"]
    assert "X-Evil" not in answer.headers


now = int(NOW.timestamp())
FORGERIES: dict[str, Callable[[], str]] = {
    "other secret": lambda: signed(secret="x" * 40),
    "no algorithm": lambda: jwt.encode(claims(), "", algorithm="none"),
    "other algorithm": lambda: signed(algorithm="HS512"),
    "another app's": lambda: signed(aud="another-app"),
    "another issuer": lambda: signed(iss="evil"),
    "too old": lambda: signed(exp=now - 120, iat=now - 90_000),
    "far in the future": lambda: signed(iat=now + 600, nbf=now + 600),
    "no store": lambda: signed(sub="ada"),
    "a path as store": lambda: signed(sub="stores/../bo"),
    "no user": lambda: signed(user=None),
    "a text as user": lambda: signed(user={"id": "x", "email": ""}),
    "no end": lambda: jwt.encode({k: v for k, v in claims().items() if k != "exp"}, CLIENT_SECRET),
    "no token": lambda: "x",
    "dots": lambda: "..",
    "cut off": lambda: signed()[:-10],
    "huge": lambda: signed() + "A" * 20_000,
}


@pytest.mark.parametrize("callback", ["load", "uninstall", "remove_user"])
@pytest.mark.parametrize("forgery", FORGERIES)
@pytest.mark.filterwarnings("ignore:.*:jwt.warnings.InsecureKeyLengthWarning")
def test_a_forged_payload_opens_and_changes_nothing(web: Web, callback: str, forgery: str) -> None:
    answer = call(web, callback, FORGERIES[forgery]())
    assert answer.status_code in {401, 422}
    assert "Set-Cookie" not in answer.headers
    assert "Location" not in answer.headers
    tenant = web.plugin.directory.find(ADA)
    assert tenant is not None
    assert tenant.state is ConnectionState.CONNECTED
    assert web.plugin.directory.user(ADA, USER) is not None


@pytest.mark.parametrize("ahead", [-59, -10, 0, 10, 59])
def test_a_host_clock_that_is_a_little_off_lets_people_in(web: Web, ahead: int) -> None:
    payload = signed(iat=now + ahead, nbf=now + ahead, exp=now + ahead + 86_400)
    assert call(web, "load", payload).status_code == 303


def test_a_clock_that_was_moved_moves_what_counts_as_now(make_web: Callable[..., Web], tmp_path: Path) -> None:
    """A simulated shop signs with the time it was moved to."""
    ten_days = 10 * 86_400
    (tmp_path / "clock").write_text(str(ten_days))
    web = make_web(clock_file=tmp_path / "clock")
    moved = {"iat": now + ten_days, "nbf": now + ten_days, "exp": now + ten_days + 86_400}
    assert call(web, "load", signed(**moved)).status_code == 303
    assert call(web, "load", signed()).status_code == 401


def test_a_payload_of_23_hours_ago_is_still_good(web: Web) -> None:
    assert call(web, "load", signed(iat=now - 82_800, nbf=now - 82_800, exp=now + 3600)).status_code == 303


def test_a_load_for_a_store_that_never_installed_says_so(web: Web) -> None:
    answer = call(web, "load", signed(sub="stores/stranger"))
    assert answer.status_code == 401
    assert "not installed in this store" in answer.text


def test_a_disconnected_store_can_still_be_looked_at(web: Web) -> None:
    with web.plugin.units(ADA) as work:
        work.save_tenant(replace(work.tenant(), state=ConnectionState.DISCONNECTED))
        work.commit()
    page = web.client().get(call(web, "load", signed()).headers["Location"])
    assert page.status_code == 200
    assert "This store is disconnected" in page.text


# ------------------------------------------------------------------------------------------ uninstall, remove


def states(web: Web) -> list[ConnectionState]:
    return [web.plugin.directory.find(store).state for store in (ADA, BO)]  # type: ignore[union-attr]


def by_owner() -> str:
    return signed(user=claims()["owner"])


def test_an_uninstall_ends_the_store_and_no_other(web: Web) -> None:
    assert call(web, "uninstall", by_owner()).status_code == 200
    assert states(web) == [ConnectionState.UNINSTALLED, ConnectionState.CONNECTED]
    assert call(web, "load", signed()).status_code == 401


@pytest.mark.parametrize(
    ("status", "state"),
    [(401, ConnectionState.UNINSTALLED), (200, ConnectionState.CONNECTED), (503, ConnectionState.CONNECTED)],
)
def test_a_users_payload_uninstalls_only_with_a_dead_token(
    web: Web, login: responses.RequestsMock, status: int, state: ConnectionState
) -> None:
    address = f"{web.plugin.settings.api_url}/stores/{ADA}/v2/time"
    login.get(address, json={"time": 1790000000} if status == 200 else {}, status=status)
    assert call(web, "uninstall", signed()).status_code == 200
    assert states(web) == [state, ConnectionState.CONNECTED]


def test_an_uninstall_of_a_store_nobody_knows_is_fine(web: Web) -> None:
    assert call(web, "uninstall", signed(sub="stores/stranger")).status_code == 200


def test_a_reinstall_after_an_uninstall_keeps_what_was_there(web: Web, login: responses.RequestsMock) -> None:
    login.post(TOKEN_ADDRESS, json=granted(ADA))
    call(web, "uninstall", by_owner())
    assert authorize(web, ADA).status_code == 200
    assert call(web, "load", signed()).status_code == 303
    with web.plugin.units(ADA) as work:
        assert len(work.items.products([77])) == 1  # type: ignore[list-item]


def test_a_removed_user_is_gone_from_that_store_only(web: Web) -> None:
    ada, bo = web.ticket(ADA), web.ticket(BO)
    assert call(web, "remove_user", signed()).status_code == 200
    assert web.client().get(f"/app/ada/?t={ada}").status_code == 401
    assert web.client().get(f"/app/bo/?t={bo}").status_code == 200


def test_removing_a_user_who_never_came_is_fine(web: Web) -> None:
    payload = signed(user={"id": 4711, "email": "", "locale": ""})
    assert call(web, "remove_user", payload).status_code == 200


def test_the_panels_of_the_manifest_lead_to_pages_of_ours(web: Web) -> None:
    found = [(panel.model, panel.url.replace("${id}", "77")) for panel in web.plugin.manifest.panels]
    assert [model for model, _ in found] == ["ORDERS", "PRODUCTS"]
    for _, path in found:
        where = urlsplit(call(web, "load", signed(url=path)).headers["Location"])
        assert where.path == f"/app/ada{path}"
