"""The code becomes a token; the signed payload becomes claims, or nothing."""

import json
import warnings
from datetime import UTC, datetime, timedelta

import jwt
import pytest
import requests
import responses
import time_machine

from plugin.adapters.bigcommerce.client import Connections
from plugin.adapters.bigcommerce.oauth import AppIdentity, NotAuthentic, exchange_code, read_signed_payload
from plugin.adapters.clock import SystemClock
from plugin.services.errors import GiveUp, RetryLater
from plugin.services.ports.directory import AppUser

SECRET = "f0rg3d-cl13nt-s3cret-0123456789abcdefghijklmnopqrstuvwxyzABCD"
CLIENT = "client_abc"
PUBLISHED = (
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJhdWQiOiJjbGllbnRfYWJjIiwiaXNzIjoiYmMiLCJpYXQiOjE2NTkwMzE2MjYsIm5iZiI6MTY1"
    "OTAzMTYyMSwiZXhwIjoxNjU5MTE4MDI2LCJqdGkiOiJjNWYwYmNmNS1hNTA0LTRhZTYtOGRjYy0wZTQwZWFhNWEwNzAiLCJzdWIiOiJzdG9yZXMvejR6"
    "bjN3byIsInVzZXIiOnsiaWQiOjk4NzY1NDMsImVtYWlsIjoiYXV0aG9yaXplZF91c2VyQGV4YW1wbGUuY29tIiwibG9jYWxlIjoiZW4tVVMifSwib3du"
    "ZXIiOnsiaWQiOjc2NTQzMjEsImVtYWlsIjoib3duZXJAZXhhbXBsZS5jb20ifSwidXJsIjoiLyIsImNoYW5uZWxfaWQiOm51bGx9.boFlyTIgp6bJBIU"
    "EbBErzDL6r4YYxEYAx3PHRWIWlJ0"
)
ISSUED = datetime.fromtimestamp(1659031626, tz=UTC)
APP = AppIdentity(CLIENT, SECRET, "https://app.example.test/auth", "https://login.example.test")
TOKEN_URL = "https://login.example.test/oauth2/token"


@pytest.fixture(autouse=True)
def at_the_moment_of_issue():
    with time_machine.travel(ISSUED, tick=False):
        yield


def claims(**changes):
    now = int(ISSUED.timestamp())
    return {
        "aud": CLIENT,
        "iss": "bc",
        "iat": now,
        "nbf": now - 5,
        "exp": now + 86_400,
        "jti": "one",
        "sub": "stores/z4zn3wo",
        "user": {"id": 9, "email": "staff@example.test", "locale": "de"},
        "owner": {"id": 7, "email": "owner@example.test"},
        "url": "/orders/106/expected-date",
        "channel_id": None,
        **changes,
    }


def signed(payload, *, secret=SECRET, algorithm="HS256"):
    with warnings.catch_warnings():
        # The published secret is a little short for HS512.
        warnings.simplefilter("ignore", jwt.warnings.InsecureKeyLengthWarning)
        return jwt.encode(payload, secret, algorithm=algorithm)


def read(token):
    return read_signed_payload(token, client_id=CLIENT, client_secret=SECRET, now=SystemClock().now())


def test_the_published_payload_is_read():
    payload = read(PUBLISHED)
    assert payload.tenant_id == "z4zn3wo"
    assert payload.user == AppUser(9876543, "authorized_user@example.com", "en-US", is_owner=False)
    assert (payload.owner_id, payload.path, payload.channel_id) == (7654321, "/", None)
    assert payload.payload_id == "c5f0bcf5-a504-4ae6-8dcc-0e40eaa5a070"


def test_the_owner_is_known_by_the_same_id():
    assert read(signed(claims(user={"id": 7, "email": "owner@example.test"}))).user.is_owner is True


@pytest.mark.parametrize(
    "token",
    [
        "",
        "a.b.c",
        PUBLISHED[:-2] + "xx",
        signed(claims(), secret=SECRET + "!"),
        signed(claims(), algorithm="HS512"),
        jwt.encode(claims(), None, algorithm="none"),
        signed(claims(aud="somebody-else")),
        signed(claims(iss="not-bc")),
        signed(claims(exp=int(ISSUED.timestamp()) - 61)),
        signed(claims(iat=int(ISSUED.timestamp()) + 61)),
        signed(claims(nbf=int(ISSUED.timestamp()) + 61)),
        *(
            signed({k: v for k, v in claims().items() if k != gone})
            for gone in ("aud", "iss", "exp", "iat", "sub", "user")
        ),
        signed(claims(sub="stores/../admin")),
        signed(claims(sub="users/9")),
        signed(claims(user={"id": "nine"})),
    ],
)
def test_a_payload_that_is_not_ours_is_refused(token):
    with pytest.raises(NotAuthentic):
        read(token)


@pytest.mark.parametrize("seconds", [-59, 0, 59])
def test_clocks_may_differ_by_a_minute(seconds):
    now = int(ISSUED.timestamp())
    assert read(signed(claims(iat=now + seconds, nbf=now + seconds))).tenant_id == "z4zn3wo"


def test_a_payload_holds_for_a_day_and_not_longer():
    token = signed(claims())
    with time_machine.travel(ISSUED + timedelta(hours=24, seconds=59), tick=False):
        assert read(token).tenant_id == "z4zn3wo"
    with time_machine.travel(ISSUED + timedelta(hours=24, seconds=61), tick=False), pytest.raises(NotAuthentic):
        read(token)


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("/orders/106/expected-date", "/orders/106/expected-date"),
        ("/products?tab=1", "/products?tab=1"),
        ("", "/"),
        (None, "/"),
        ("https://evil.test/", "/"),
        ("//evil.test/", "/"),
        ("/\\evil.test/", "/"),
        ("javascript:alert(1)", "/"),
        ("/a/../../admin", "/"),
        ("/a/%2e%2e/admin", "/"),
        ("/a\r\nSet-Cookie: x", "/"),
        ("/" + "a" * 2000, "/"),
        ("/[", "/["),
        ("//[", "/"),
    ],
)
def test_a_deep_link_stays_with_us(url, path):
    assert read(signed(claims(url=url))).path == path


def answered(api, status=200, **changes):
    body = {
        "access_token": "token-of-ada",
        "scope": "store_v2_default store_v2_orders",
        "user": {"id": 9, "username": "staff@example.test", "email": "staff@example.test"},
        "owner": {"id": 7, "username": "owner@example.test", "email": "owner@example.test"},
        "context": "stores/ada1",
        "account_uuid": "12345678-90ab",
        **changes,
    }
    api.add(responses.POST, TOKEN_URL, status=status, json=body)


def exchange():
    return exchange_code(Connections(), APP, code="once", scope="store_v2_default", context="stores/bo22")


def test_a_code_becomes_a_grant_of_the_store_the_answer_names(api):
    answered(api)
    grant = exchange()
    assert (grant.tenant_id, grant.access_token) == ("ada1", "token-of-ada")
    assert grant.scopes == ("store_v2_default", "store_v2_orders")
    assert grant.user == AppUser(9, "staff@example.test", "", is_owner=False)
    assert json.loads(api.calls[0].request.body) == {
        "client_id": CLIENT,
        "client_secret": SECRET,
        "code": "once",
        "context": "stores/bo22",
        "scope": "store_v2_default",
        "grant_type": "authorization_code",
        "redirect_uri": "https://app.example.test/auth",
    }
    assert "X-Auth-Token" not in api.calls[0].request.headers


def test_older_answers_name_no_owner_and_the_installer_is_one(api):
    answered(api, owner=None)
    assert exchange().user.is_owner is True


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
@pytest.mark.parametrize("body", [b"", b"<html>no</html>", b'{"error": "invalid_grant"}'])
def test_a_code_that_is_refused_will_never_do(api, status, body):
    api.add(responses.POST, TOKEN_URL, status=status, body=body)
    with pytest.raises(GiveUp) as caught:
        exchange()
    assert caught.value.reason == "rejected"
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("trouble", [{"status": 503, "body": b""}, {"body": requests.ReadTimeout()}])
def test_a_login_server_that_is_away_is_asked_later(api, trouble):
    api.add(responses.POST, TOKEN_URL, **trouble)
    with pytest.raises(RetryLater):
        exchange()


@pytest.mark.parametrize(
    "changes",
    [{"access_token": ""}, {"access_token": "a\r\nb"}, {"context": "stores/../x"}, {"context": None}, {"user": None}],
)
def test_an_answer_that_makes_no_sense_installs_nobody(api, changes):
    answered(api, **changes)
    with pytest.raises(GiveUp):
        exchange()


def test_the_secret_never_travels_in_the_clear(api):
    clear = AppIdentity(CLIENT, SECRET, "https://app.example.test/auth", "http://login.example.test")
    with pytest.raises(GiveUp, match="not https"):
        exchange_code(Connections(), clear, code="once", scope="", context="stores/ada1")
