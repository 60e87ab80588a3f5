"""The life of an app in a store: install, token, re-authorization, load, uninstall, removed users."""

from urllib.parse import parse_qs, urlsplit

import jwt
import pytest

from plugin.sandbox import login
from plugin.sandbox.actions.refusals import NotThere, Refused
from tests.sandbox.core import Receiver, Shop

REDIRECT = "http://127.0.0.1:8000/auth"


@pytest.fixture
def shop():
    return Shop()


def begin(shop):
    """Follow the install button and answer what the app's callback would read."""
    answer = shop.client.get("/app/sandbox-client/install")
    assert answer.status_code == 302
    parts = urlsplit(answer.headers["Location"])
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == REDIRECT
    return {name: values[0] for name, values in parse_qs(parts.query).items()}


def exchange(shop, good_code, **changes):
    body = {
        "client_id": shop.world.app.id,
        "client_secret": shop.world.app.secret,
        "code": good_code,
        "context": "stores/harborpine",
        "scope": "store_v2_orders",
        "grant_type": "authorization_code",
        "redirect_uri": REDIRECT,
        **changes,
    }
    return shop.client.post("/oauth2/token", json=body)


def test_an_install_ends_with_a_token_for_this_store(shop):
    query = begin(shop)
    assert query["context"] == "stores/harborpine"
    assert query["scope"].split() == list(shop.world.app.scopes)
    answer = exchange(shop, query["code"])
    assert answer.status_code == 200
    assert (answer.json["context"], answer.json["owner"]["email"]) == (
        "stores/harborpine",
        "owner@harborandpine.example",
    )
    assert answer.json["account_uuid"] == query["account_uuid"]
    assert shop.api("GET", "/v2/store", token=answer.json["access_token"]).json["id"] == "harborpine"
    assert list(shop.store.installations) == ["sandbox-client"]


def test_a_form_is_as_good_as_json(shop):
    body = {
        "client_id": shop.world.app.id,
        "client_secret": shop.world.app.secret,
        "code": begin(shop)["code"],
        "grant_type": "authorization_code",
        "redirect_uri": REDIRECT,
    }
    assert shop.client.post("/oauth2/token", data=body).status_code == 200


def test_a_code_works_once(shop):
    code = begin(shop)["code"]
    first = exchange(shop, code)
    second = exchange(shop, code)
    assert (first.status_code, second.status_code, second.json) == (200, 400, {"error": "invalid_grant"})
    assert shop.api("GET", "/v2/time", token=first.json["access_token"]).status_code == 200


@pytest.mark.parametrize(
    ("change", "status", "error"),
    [
        ({"redirect_uri": f"{REDIRECT}/"}, 400, "redirect_uri_mismatch"),
        ({"client_secret": "guess"}, 401, "invalid_client"),
        ({"client_id": "nobody"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"code": "guess"}, 400, "invalid_grant"),
    ],
)
def test_a_wrong_exchange_installs_nothing_and_leaves_the_code_good(shop, change, status, error):
    code = begin(shop)["code"]
    answer = exchange(shop, code, **change)
    assert (answer.status_code, answer.json) == (status, {"error": error})
    assert shop.store.installations == {}
    assert exchange(shop, code).status_code == 200


def test_an_old_code_is_worthless(shop):
    code = begin(shop)["code"]
    shop.world.clock.move(601)
    assert exchange(shop, code).status_code == 400


@pytest.mark.parametrize(("switch", "body"), [("empty", b""), ("html", b"<html><body>Bad request</body></html>")])
def test_the_body_of_a_refused_exchange_is_a_switch(shop, switch, body):
    shop.switch(token_error_body=switch)
    assert exchange(shop, "guess").data == body


def test_a_new_authorization_kills_the_old_token(shop):
    old = exchange(shop, begin(shop)["code"]).json["access_token"]
    code = begin(shop)["code"]
    assert shop.api("GET", "/v2/time", token=old).status_code == 200
    new = exchange(shop, code).json["access_token"]
    assert shop.api("GET", "/v2/time", token=old).status_code == 401
    assert shop.api("GET", "/v2/time", token=new).status_code == 200


def load_token(shop, **how):
    url = login.load_url(shop.world, shop.store, **how)
    assert url.startswith("http://127.0.0.1:8000/load?")
    return parse_qs(urlsplit(url).query)["signed_payload_jwt"][0]


def decode(shop, token, **how):
    return jwt.decode(
        token, shop.world.app.secret, **{"algorithms": ["HS256"], "audience": shop.world.app.id, "leeway": 5, **how}
    )


def test_a_load_carries_who_clicked_and_where_to_go(shop):
    claims = decode(shop, load_token(shop, user_id=9876543, path="/orders/106"))
    assert (claims["sub"], claims["iss"], claims["url"]) == ("stores/harborpine", "bc", "/orders/106")
    assert claims["user"] == {"id": 9876543, "email": "sam@harborandpine.example", "locale": "en-US"}
    assert claims["owner"] == {"id": 7654321, "email": "owner@harborandpine.example"}
    assert (claims["iat"] - claims["nbf"], claims["exp"] - claims["iat"]) == (5, 86_400)
    assert claims["channel_id"] is None


def test_the_published_payload_vector():
    claims = {
        "aud": "client_abc",
        "iss": "bc",
        "iat": 1659031626,
        "nbf": 1659031621,
        "exp": 1659118026,
        "jti": "c5f0bcf5-a504-4ae6-8dcc-0e40eaa5a070",
        "sub": "stores/z4zn3wo",
        "user": {"id": 9876543, "email": "authorized_user@example.com", "locale": "en-US"},
        "owner": {"id": 7654321, "email": "owner@example.com"},
        "url": "/",
        "channel_id": None,
    }
    secret = "f0rg3d-cl13nt-s3cret-0123456789abcdefghijklmnopqrstuvwxyzABCD"
    head, _, signature = login.sign(claims, secret, "HS256").split(".")
    assert (head, signature) == ("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9", "boFlyTIgp6bJBIUEbBErzDL6r4YYxEYAx3PHRWIWlJ0")


@pytest.mark.parametrize(
    ("switches", "problem"),
    [
        ({"jwt_audience": "wrong"}, jwt.InvalidAudienceError),
        ({"jwt_algorithm": "HS512"}, jwt.InvalidAlgorithmError),
        ({"jwt_algorithm": "none"}, jwt.InvalidAlgorithmError),
        ({"jwt_ahead_seconds": 60}, jwt.ImmatureSignatureError),
        ({"jwt_age_hours": 25}, jwt.ExpiredSignatureError),
    ],
    ids=str,
)
def test_a_payload_can_be_wrong_in_every_way(shop, switches, problem):
    shop.switch(**switches)
    with pytest.raises(problem):
        decode(shop, load_token(shop))


def test_nobody_loads_who_is_not_there(shop):
    with pytest.raises(NotThere):
        login.load_url(shop.world, shop.store, user_id=1)
    assert shop.client.get("/app/nobody/install").status_code == 404
    assert shop.client.get("/app/sandbox-client/install?store=nowhere").status_code == 404


def test_an_uninstall_takes_hooks_scripts_and_token_and_tells_the_app(shop):
    app = Receiver()
    shop.world.app.app_url = app.url
    for scope in ("store/order/created", "store/order/updated"):
        shop.api("POST", "/v3/hooks", {"scope": scope, "destination": "http://127.0.0.1:9/"})
    script = {"name": "Dates", "kind": "src", "src": "https://app.example/dates.js"}
    shop.api("POST", "/v3/content/scripts", {**script, "auto_uninstall": True})
    shop.api("POST", "/v3/content/scripts", {**script, "name": "Stays"})
    field = {"permission_set": "app_only", "namespace": "n", "key": "k", "value": "v"}
    shop.api("POST", "/v3/catalog/products/111/metafields", field)
    try:
        assert login.uninstall(shop.world, shop.store) is True
        path = app.posts[0][0]["path"]
    finally:
        app.stop()
    assert path.startswith("/uninstall?signed_payload_jwt=")
    assert shop.store.hooks == {}
    assert [script.name for script in shop.store.scripts.values()] == ["Stays"]
    assert len(shop.store.metafields) == 1
    assert shop.api("GET", "/v2/time").status_code == 401


def test_an_uninstall_may_go_unheard(shop):
    shop.switch(uninstall_callback=False)
    assert login.uninstall(shop.world, shop.store) is False
    assert shop.api("GET", "/v2/time").status_code == 401


def test_only_the_owner_uninstalls(shop):
    with pytest.raises(Refused):
        login.uninstall(shop.world, shop.store, user_id=9876543)
    assert shop.api("GET", "/v2/time").status_code == 200


def test_a_removed_user_is_told_to_the_app(shop):
    app = Receiver()
    shop.world.app.app_url = app.url
    try:
        assert login.remove_user(shop.world, shop.store, 9876543) is True
        query = parse_qs(urlsplit(app.posts[0][0]["path"]).query)
    finally:
        app.stop()
    assert decode(shop, query["signed_payload_jwt"][0])["user"]["id"] == 9876543


def test_scripts_belong_to_their_app_and_checkout_needs_a_scope(shop):
    path = "/v3/content/scripts"
    script = {"name": "Dates", "kind": "src", "src": "https://app.example/dates.js", "consent_category": "functional"}
    made = shop.api("POST", path, script)
    assert (made.status_code, made.json["data"]["location"], made.json["data"]["api_client_id"]) == (
        200,
        "footer",
        "sandbox-client",
    )
    uuid = made.json["data"]["uuid"]
    assert shop.api("PUT", f"{path}/{uuid}", {"enabled": False}).json["data"]["enabled"] is False
    for wrong in (
        {"name": "Dates \N{EM DASH} new"},
        {"html": "<script></script>"},
        {"kind": "script_tag"},
        {"visibility": "checkout"},
        {"location": "middle"},
        {"integrity_hashes": ["x"] * 6},
    ):
        assert shop.api("POST", path, {**script, **wrong}).status_code == 422
    for number in range(9):
        assert shop.api("POST", path, {**script, "name": f"n{number}"}).status_code == 200
    assert shop.api("POST", path, script).status_code == 422
    assert shop.api("DELETE", f"{path}/{uuid}").status_code == 204
    assert shop.api("GET", f"{path}/{uuid}").status_code == 404
