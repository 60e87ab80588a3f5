"""One call: what is sent, what each status becomes, and when it is sent again."""

from datetime import timedelta

import pytest
import requests
import responses
from urllib3.exceptions import MaxRetryError, NewConnectionError

from plugin.adapters.bigcommerce.client import BigCommerceClient, Call, Connections
from plugin.domain.ids import TenantId
from plugin.services.errors import AccessRevoked, GiveUp, RetryLater
from tests.adapters.bigcommerce.conftest import API, BASE, STORE, counted

READ = Call(method="GET", path="/v3/catalog/products", query={"id:in": "1,2"})
REPEATABLE_WRITE = Call(method="PUT", path="/v3/catalog/products", json=[{"id": 1}])
RISKY_WRITE = Call(method="POST", path="/v3/inventory/adjustments/relative", json={"items": []}, is_repeatable=False)

V3_REFUSAL = {"status": 422, "title": "Bad field", "type": "https://x.test", "errors": {"items.0.name": "is missing"}}


def answer(api, call, **how):
    api.add(call.method, BASE + call.path, **how)


def test_a_call_carries_token_name_and_body(api, shop):
    answer(api, REPEATABLE_WRITE, json={"data": [], "meta": {}})
    shop.client.call(REPEATABLE_WRITE)
    request = api.calls[0].request
    assert request.headers["X-Auth-Token"] == "token-of-ada"
    assert request.headers["Accept"] == "application/json"
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["User-Agent"].startswith("Backorder")
    assert request.body == b'[{"id":1}]'


def test_every_call_is_counted_with_its_status(api, shop):
    answer(api, READ, status=404, json={"status": 404, "title": "Gone"})
    with pytest.raises(GiveUp):
        shop.client.call(READ)
    (called,) = shop.calls
    assert (called.tenant_id, called.method, called.path, called.status) == (STORE, "GET", READ.path, 404)


@pytest.mark.parametrize("status", [200, 201, 202, 207])
def test_every_success_is_an_answer(api, shop, status):
    answer(api, READ, status=status, json={"data": [{"id": 7}], "meta": {}})
    got = shop.client.call(READ)
    assert (got.status, got.rows, got.is_success) == (status, [{"id": 7}], True)


def test_no_content_is_the_empty_list_of_v2(api, shop):
    answer(api, READ, status=204, body=b"")
    assert shop.client.call(READ).rows == []


def test_a_v2_list_is_bare(api, shop):
    answer(api, READ, json=[{"id": 7}])
    assert shop.client.call(READ).rows == [{"id": 7}]


def test_json_is_read_whatever_the_content_type_says(api, shop):
    answer(api, READ, body=b'{"data": [{"id": 1}]}', content_type="application/problem+json")
    assert shop.client.call(READ).rows == [{"id": 1}]


def test_a_page_of_html_with_status_200_is_no_answer(api, shop):
    answer(api, READ, body="<html>Maintenance</html>", content_type="text/html")
    with pytest.raises(GiveUp) as caught:
        shop.client.call(READ)
    assert caught.value.reason == "rejected"


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (400, "rejected"),
        (403, "configuration"),
        (404, "gone"),
        (405, "rejected"),
        (406, "rejected"),
        (409, "rejected"),
        (413, "rejected"),
        (415, "rejected"),
        (422, "rejected"),
        (301, "rejected"),
        (501, "internal"),
        (507, "configuration"),
    ],
)
def test_a_refusal_is_given_up_for_a_reason(api, shop, status, reason):
    answer(api, READ, status=status, json={"status": status, "title": "No."})
    with pytest.raises(GiveUp) as caught:
        shop.client.call(READ)
    assert caught.value.reason == reason
    assert "GET /v3/catalog/products" in caught.value.explanation
    assert "No." in caught.value.explanation
    assert len(shop.calls) == 1


def test_an_invalid_token_means_access_was_revoked(api, shop):
    answer(api, READ, status=401, json={"status": 401, "title": "Unauthorized"})
    with pytest.raises(AccessRevoked):
        shop.client.call(READ)


@pytest.mark.parametrize("status", [408, 423, 429, 499, 500, 502, 503, 504, 520])
@pytest.mark.parametrize("body", [b"", b"<html>oops</html>", b'{"title": "busy"}'])
def test_trouble_of_the_moment_is_tried_later(api, shop, status, body):
    answer(api, READ, status=status, body=body)
    with pytest.raises(RetryLater) as caught:
        shop.client.call(READ)
    assert caught.value.outcome_unknown is False
    assert len(shop.calls) == 1


@pytest.mark.parametrize(
    ("status", "unknown"), [(500, True), (502, True), (503, True), (504, True), (499, True), (429, False), (423, False)]
)
def test_a_write_that_may_have_worked_says_so(api, shop, status, unknown):
    answer(api, RISKY_WRITE, status=status, body=b"")
    with pytest.raises(RetryLater) as caught:
        shop.client.call(RISKY_WRITE)
    assert caught.value.outcome_unknown is unknown


@pytest.mark.parametrize(
    ("headers", "after"),
    [
        ({"X-Rate-Limit-Time-Reset-Ms": "15000", "X-Rate-Limit-Requests-Left": "35"}, timedelta(seconds=15)),
        ({"x-rate-limit-time-reset-ms": "1500"}, timedelta(seconds=1.5)),
        ({"X-Retry-After": "12", "X-Rate-Limit-Time-Reset-Ms": "1500"}, timedelta(seconds=12)),
        ({"X-Rate-Limit-Time-Reset-Ms": "99999999999"}, timedelta(hours=1)),
        ({"X-Rate-Limit-Time-Reset-Ms": "soon"}, None),
        ({"X-Rate-Limit-Time-Reset-Ms": "-5"}, None),
        ({"X-Rate-Limit-Time-Reset-Ms": "nan"}, None),
        ({}, None),
    ],
)
def test_a_throttled_call_waits_as_long_as_it_is_told(api, shop, headers, after):
    answer(api, READ, status=429, headers=headers, body=b"")
    with pytest.raises(RetryLater) as caught:
        shop.client.call(READ)
    assert caught.value.after == after


def test_a_store_in_trouble_is_not_waited_for_by_the_quota_s_window(api, shop):
    answer(api, READ, status=503, headers={"X-Rate-Limit-Time-Reset-Ms": "15000"}, body=b"")
    with pytest.raises(RetryLater) as caught:
        shop.client.call(READ)
    assert caught.value.after is None


@pytest.mark.parametrize("status", [404, 409, 422])
def test_a_status_the_caller_accepts_comes_back_as_an_answer(api, shop, status):
    call = Call(method="POST", path="/v3/x", json=[], accepts=frozenset({status}))
    answer(api, call, status=status, json=V3_REFUSAL)
    got = shop.client.call(call)
    assert (got.status, got.is_success, got.body) == (status, False, V3_REFUSAL)


def lost(reason=None):
    if reason == "refused":
        return requests.ConnectionError(MaxRetryError(None, "/", NewConnectionError(None, "refused")))
    return requests.ConnectionError("reset by peer")


def test_a_lost_connection_is_tried_once_more_when_that_is_safe(api, shop):
    answer(api, REPEATABLE_WRITE, body=lost())
    answer(api, REPEATABLE_WRITE, json={"data": [{"id": 1}]})
    assert shop.client.call(REPEATABLE_WRITE).rows == [{"id": 1}]
    assert [call.status for call in shop.calls] == [0, 200]


def test_a_connection_lost_twice_is_tried_later(api, shop):
    answer(api, READ, body=lost())
    answer(api, READ, body=lost())
    with pytest.raises(RetryLater) as caught:
        shop.client.call(READ)
    assert caught.value.outcome_unknown is False
    assert len(shop.calls) == 2


@pytest.mark.parametrize(
    ("trouble", "unknown"),
    [
        (lost(), True),
        (requests.ReadTimeout(), True),
        (requests.exceptions.ChunkedEncodingError(), True),
        (requests.ConnectTimeout(), False),
        (lost("refused"), False),
    ],
)
def test_a_risky_write_is_sent_once_and_knows_whether_it_was_seen(api, shop, trouble, unknown):
    answer(api, RISKY_WRITE, body=trouble)
    with pytest.raises(RetryLater) as caught:
        shop.client.call(RISKY_WRITE)
    assert caught.value.outcome_unknown is unknown
    assert len(shop.calls) == 1


def test_a_timeout_is_not_waited_for_twice(api, shop):
    answer(api, READ, body=requests.ReadTimeout())
    with pytest.raises(RetryLater):
        shop.client.call(READ)
    assert len(shop.calls) == 1


@pytest.mark.parametrize("url", ["http://api.example.test", "ftp://api.example.test", "//api.example.test"])
def test_a_token_never_travels_in_the_clear(url):
    with pytest.raises(GiveUp, match="not https"):
        counted(url, STORE, "token")


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "http://localhost:9", "http://[::1]:9", "https://x.test/"])
def test_this_machine_may_be_called_without_tls(url):
    assert isinstance(counted(url, STORE, "token").client, BigCommerceClient)


@pytest.mark.parametrize("name", ["", "../admin", "a/b", "a?b", "ä"])
def test_a_store_hash_cannot_bend_the_address(name):
    with pytest.raises(GiveUp, match="store hash"):
        counted(API, TenantId(name), "token")


def test_a_token_that_is_no_header_is_our_own_trouble(api):
    answer(api, READ, json={})
    with pytest.raises(GiveUp) as caught:
        counted(API, STORE, "line\nbreak").client.call(READ)
    assert caught.value.reason == "internal"


def test_cookies_are_never_kept(api, shop):
    answer(api, READ, json={}, headers={"Set-Cookie": "session=of-ada; Path=/"})
    shop.client.call(READ)
    shop.client.call(READ)
    assert "Cookie" not in api.calls[1].request.headers


def test_a_redirect_is_not_followed(api, shop):
    answer(api, READ, status=301, headers={"Location": "https://elsewhere.test/"})
    with pytest.raises(GiveUp):
        shop.client.call(READ)
    assert len(api.calls) == 1


def test_all_stores_share_one_session():
    connections = Connections()
    assert connections._open_session() is connections._open_session()


def test_the_quota_is_asked_before_and_told_after(api):
    seen = []

    class Book:
        def take(self, store, *, is_urgent):
            seen.append(("take", store, is_urgent))

        def learn(self, store, headers, *, was_refused):
            seen.append(("learn", headers["X-Rate-Limit-Requests-Left"], was_refused))

    answer(api, READ, status=429, headers={"X-Rate-Limit-Requests-Left": "35"})
    with pytest.raises(RetryLater):
        counted(API, STORE, "token", quota=Book()).client.call(READ)
    assert seen == [("take", STORE, False), ("learn", "35", True)]


def test_no_call_is_made_without_quota(api):
    class Spent:
        def take(self, store, *, is_urgent):
            raise RetryLater("spent", after=timedelta(seconds=4))

        def learn(self, store, headers, *, was_refused):
            raise AssertionError

    shop = counted(API, STORE, "token", quota=Spent())
    with pytest.raises(RetryLater):
        shop.client.call(READ)
    assert shop.calls == []
    assert len(api.calls) == 0


def test_the_list_says_whether_another_page_follows(api, shop):
    pagination = {"current_page": 1, "total_pages": 2}
    answer(api, READ, json={"data": [], "meta": {"pagination": pagination}})
    assert shop.client.call(READ).has_next_page is True
    api.replace(responses.GET, BASE + READ.path, json={"data": [], "meta": {}})
    assert shop.client.call(READ).has_next_page is False
