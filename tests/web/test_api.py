"""The ERP's REST API: keys, policies, shipments, items; what is refused and how; its description."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from werkzeug.test import TestResponse

from plugin.web import api as api_module
from plugin.web.rate_limit import Rate
from tests.web.stage import ADA, BO, Web, fill

POLICY = {
    "enabled": True,
    "backorder_limit": 5,
    "reserve": 0,
    "lead_time_days": {"shortest": 5, "longest": 10},
    "handling_days": 2,
    "label": "backorder",
    "release_on": None,
    "message": "Ships {date}",
    "location_limits": [{"location_id": 2, "limit": 3}],
}
SHIPMENT = {
    "supplier": "Acme",
    "reference": "PO-118",
    "eta": {"earliest": "2026-03-16", "latest": "2026-03-20"},
    "eta_source": "supplier confirmed",
    "lines": [{"sku": "MUG-BLUE", "quantity": 40}, {"item": "77:106", "quantity": 2}],
}


class Erp:
    def __init__(self, web: Web, store: Any = ADA) -> None:
        self._client = web.client()
        self.headers = web.api_key(store)

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        data = body if isinstance(body, bytes) else None if body is None else json.dumps(body)
        given = {**self.headers, "Content-Type": "application/json", **headers}
        return self._client.open(f"/api/v1{path}", method=method, data=data, headers=given)


@pytest.fixture
def erp(web: Web) -> Erp:
    return Erp(web)


# ------------------------------------------------------------------------------------------------------- keys


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Bearer x", "Bearer bo_ada_wrong", "Basic YTpi", "bo_ada_x", "Bearer " + "a" * 9000],
)
def test_without_a_key_nothing_is_said(web: Web, header: str) -> None:
    answer = web.client().get("/api/v1/policies", headers={"Authorization": header})
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert answer.mimetype == "application/problem+json"


def test_a_session_of_the_merchant_is_no_key(web: Web) -> None:
    answer = web.client().get("/api/v1/policies", headers={"Authorization": f"Bearer {web.token()}"})
    assert answer.status_code == 401


def test_a_revoked_key_is_refused(web: Web, erp: Erp) -> None:
    assert erp("GET", "/policies").status_code == 200
    web.plugin.directory.revoke_api_key(ADA, "erp 3")
    assert erp("GET", "/policies").status_code == 401


def test_an_uninstalled_stores_key_is_refused(web: Web, erp: Erp) -> None:
    web.plugin.tenants.uninstall(ADA)
    assert erp("GET", "/policies").status_code == 401


def test_guessing_keys_is_slowed_down(web: Web) -> None:
    client, headers = web.client(), {"Authorization": "Bearer bo_ada_guess"}
    statuses = [client.get("/api/v1/policies", headers=headers).status_code for _ in range(32)]
    assert statuses == [401] * 30 + [429] * 2


def test_a_key_that_asks_too_often_is_told_when_to_come_back(erp: Erp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_module, "PER_KEY", Rate(times=2, per_seconds=60))
    answers = [erp("GET", "/policies") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 1 <= int(answers[2].headers["Retry-After"]) <= 30


# --------------------------------------------------------------------------------------------------- policies


def test_a_policy_is_saved_read_and_deleted(web: Web, erp: Erp) -> None:
    saved = erp("PUT", "/policies/product:77", POLICY)
    assert (saved.status_code, saved.json) == (200, {**POLICY, "scope": "product:77"})
    assert erp("GET", "/policies/product:77").json == saved.json
    assert erp("GET", "/policies").json == {"policies": [saved.json], "next": None}
    assert [erp("DELETE", "/policies/product:77").status_code for _ in range(2)] == [204, 204]
    assert erp("GET", "/policies/product:77").status_code == 404
    assert web.plugin.policies.all(ADA) == []


def test_an_unlimited_preorder_goes_there_and_back(erp: Erp) -> None:
    preorder = {
        "enabled": True,
        "backorder_limit": "unlimited",
        "label": "preorder",
        "release_on": "2026-04-01",
        "lead_time_days": None,
    }
    answer = erp("PUT", "/policies/variant:105", preorder)
    assert answer.status_code == 200
    assert answer.json is not None
    assert (answer.json["backorder_limit"], answer.json["release_on"]) == ("unlimited", "2026-04-01")


def test_many_policies_are_saved_all_or_none(web: Web, erp: Erp) -> None:
    good, bad = {**POLICY, "scope": "store"}, {**POLICY, "scope": "category:0"}
    assert erp("PUT", "/policies", {"policies": [good, bad]}).status_code == 422
    assert web.plugin.policies.all(ADA) == []
    assert erp("PUT", "/policies", {"policies": [good, {**POLICY, "scope": "category:23"}]}).status_code == 200
    assert [str(policy.scope) for policy in web.plugin.policies.all(ADA)] == ["store", "category:23"]


def test_policies_come_in_pages(erp: Erp) -> None:
    many = [{**POLICY, "scope": f"product:{number}"} for number in range(1, 6)]
    assert erp("PUT", "/policies", {"policies": many}).status_code == 200
    seen, after = [], ""
    while True:
        page = erp("GET", f"/policies?limit=2&after={after}").json
        assert page is not None
        seen.append([policy["scope"] for policy in page["policies"]])
        if page["next"] is None:
            break
        after = page["next"]
    assert seen == [["product:1", "product:2"], ["product:3", "product:4"], ["product:5"]]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"backorder_limit": -1}, "backorder_limit"),
        ({"backorder_limit": "5"}, "backorder_limit"),
        ({"backorder_limit": 10**9}, "backorder_limit"),
        ({"enabled": "yes"}, "enabled"),
        ({"enabled": None}, "enabled"),
        ({"handling_days": 1.5}, "handling_days"),
        ({"label": "presell"}, "label"),
        ({"lead_time_days": {"shortest": 9, "longest": 3}}, "lead_time_days"),
        ({"lead_time_days": {"shortest": 3}}, "lead_time_days.longest"),
        ({"release_on": "2026-04-01"}, "release_on"),
        ({"release_on": "soon", "label": "preorder"}, "release_on"),
        ({"message": "x" * 201}, "message"),
        ({"limit": 3}, "limit"),
    ],
)
def test_what_cannot_be_saved_is_named_with_its_value(web: Web, erp: Erp, changed: Any, field: str) -> None:
    answer = erp("PUT", "/policies/store", {**POLICY, **changed})
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    assert answer.json is not None
    assert any(error["field"].startswith(field) for error in answer.json["errors"])
    assert all(error["message"] and "value" in error for error in answer.json["errors"])
    assert web.plugin.policies.all(ADA) == []


@pytest.mark.parametrize("scope", ["all", "product", "product:0", "product:-1", "store:1", "product:x", "variant:1:2"])
def test_a_scope_that_is_none_is_refused(erp: Erp, scope: str) -> None:
    for method, body in (("GET", None), ("PUT", POLICY), ("DELETE", None)):
        assert erp(method, f"/policies/{scope}", body).status_code == 422


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"null", b"[]", b'"x"', b"\xff", b"[" * 5000, b'{"enabled": NaN}', b'{"enabled": tru'],
    ids=["empty", "cut", "null", "list", "text", "bytes", "deep", "nan", "half"],
)
def test_hostile_bodies_are_refused_in_words(erp: Erp, body: bytes) -> None:
    answer = erp("PUT", "/policies/store", body)
    assert answer.status_code == 422
    assert answer.json is not None
    assert answer.json["errors"]


def test_other_content_and_too_much_content_are_refused(erp: Erp) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert erp("PUT", "/policies/store", b"enabled=1", **form).status_code == 415
    assert erp("PUT", "/policies/store", b"x" * (1024 * 1024 + 1)).status_code == 413


# -------------------------------------------------------------------------------------------------- shipments


def test_a_shipment_is_announced_by_sku_or_item(erp: Erp) -> None:
    answer = erp("POST", "/shipments", SHIPMENT)
    assert answer.status_code == 201
    assert answer.json == {
        "id": 1,
        "supplier": "Acme",
        "reference": "PO-118",
        "eta": {"earliest": "2026-03-16", "latest": "2026-03-20"},
        "eta_source": "supplier confirmed",
        "location_id": 1,
        "state": "announced",
        "lines": [
            {"item": "77:105", "quantity": 40, "received": 0, "location_id": 1},
            {"item": "77:106", "quantity": 2, "received": 0, "location_id": 1},
        ],
    }
    assert erp("GET", "/shipments/1").json == answer.json


def test_the_same_announcement_again_changes_nothing(erp: Erp) -> None:
    first, second = erp("POST", "/shipments", SHIPMENT), erp("POST", "/shipments", SHIPMENT)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json == second.json
    assert len(erp("GET", "/shipments").json["shipments"]) == 1  # type: ignore[index]


def test_a_known_reference_that_says_something_else_is_a_conflict(erp: Erp) -> None:
    erp("POST", "/shipments", SHIPMENT)
    other_day = {**SHIPMENT, "eta": {"earliest": "2026-05-01", "latest": "2026-05-01"}}
    other_units = {**SHIPMENT, "lines": [{"item": "77:106", "quantity": 3}]}
    for changed in (other_day, other_units):
        answer = erp("POST", "/shipments", changed)
        assert answer.status_code == 409
        assert "shipment 1" in answer.json["detail"]  # type: ignore[index]
    assert erp("GET", "/shipments/1").json["eta"] == SHIPMENT["eta"]  # type: ignore[index]


def test_a_shipment_is_moved_received_in_part_and_closed(erp: Erp) -> None:
    erp("POST", "/shipments", SHIPMENT)
    moved = erp("PATCH", "/shipments/1", {"eta": None, "source": "supplier by phone"})
    assert (moved.status_code, moved.json["eta"]) == (200, None)  # type: ignore[index]
    part = erp("POST", "/shipments/1/receive", {"lines": [{"item": "77:105", "quantity": 37}]})
    assert part.json["state"] == "received_in_part"  # type: ignore[index]
    assert part.json["lines"][0]["received"] == 37  # type: ignore[index]
    short = erp("POST", "/shipments/1/receive", {"lines": [], "closes": True})
    assert short.json["state"] == "short"  # type: ignore[index]
    again = erp("POST", "/shipments/1/receive", {})
    assert (again.status_code, again.json["errors"][0]["field"]) == (422, "state")  # type: ignore[index]


def test_all_that_is_outstanding_is_received_at_once(erp: Erp) -> None:
    erp("POST", "/shipments", SHIPMENT)
    done = erp("POST", "/shipments/1/receive", {})
    assert done.json["state"] == "received"  # type: ignore[index]
    assert [line["received"] for line in done.json["lines"]] == [40, 2]  # type: ignore[index]


def test_a_cancelled_shipment_is_no_longer_open(erp: Erp) -> None:
    erp("POST", "/shipments", SHIPMENT)
    erp("POST", "/shipments", {**SHIPMENT, "reference": "PO-119"})
    assert erp("POST", "/shipments/1/cancel").json["state"] == "cancelled"  # type: ignore[index]
    still_open = erp("GET", "/shipments?state=open").json
    assert [each["reference"] for each in still_open["shipments"]] == ["PO-119"]  # type: ignore[index]


def test_shipments_come_in_pages(erp: Erp) -> None:
    for number in range(5):
        erp("POST", "/shipments", {**SHIPMENT, "reference": f"PO-{number}"})
    first = erp("GET", "/shipments?limit=3").json
    assert first is not None
    rest = erp("GET", f"/shipments?limit=3&after={first['next']}").json
    assert rest is not None
    assert [len(first["shipments"]), len(rest["shipments"]), rest["next"]] == [3, 2, None]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"lines": []}, "lines"),
        ({"lines": [{"sku": "NOPE", "quantity": 1}]}, "lines"),
        ({"lines": [{"item": "99", "quantity": 1}]}, "lines"),
        ({"lines": [{"quantity": 1}]}, "lines.0"),
        ({"lines": [{"item": "77:105", "sku": "MUG-BLUE", "quantity": 1}]}, "lines.0"),
        ({"lines": [{"item": "77:105", "quantity": 0}]}, "lines.0.quantity"),
        ({"lines": [{"item": "77:105", "quantity": 1}, {"sku": "MUG-BLUE", "quantity": 1}]}, "lines"),
        ({"lines": [{"item": "'; drop table items; --", "quantity": 1}]}, "lines.0.item"),
        ({"reference": ""}, "reference"),
        ({"reference": "   "}, "reference"),
        ({"reference": "PO\x00118"}, "reference"),
        ({"lines": [{"sku": "MUG\x00", "quantity": 1}]}, "lines.0.sku"),
        ({"eta": {"earliest": "2026-03-20", "latest": "2026-03-16"}}, "latest"),
        ({"eta": {"earliest": "2026-02-30", "latest": "2026-03-16"}}, "eta.earliest"),
        ({"eta": "2026-03-16"}, "eta"),
        ({"location_id": 0}, "location_id"),
        ({"supplier": None}, "supplier"),
    ],
)
def test_a_shipment_that_cannot_be_is_refused(erp: Erp, changed: Any, field: str) -> None:
    answer = erp("POST", "/shipments", {**SHIPMENT, **changed})
    assert answer.status_code == 422, answer.json
    assert answer.json is not None
    assert any(error["field"].startswith(field) for error in answer.json["errors"]), answer.json
    assert erp("GET", "/shipments").json == {"shipments": [], "next": None}


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=251", "limit=x", "after=-1", "after=٣", "state=closed", "limit=1e3", "after=1%00"]
)
def test_questions_that_make_no_sense_are_refused(erp: Erp, query: str) -> None:
    answer = erp("GET", f"/shipments?{query}")
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, query.partition("=")[0])  # type: ignore[index]


@pytest.mark.parametrize("path", ["/shipments/9", "/shipments/99999999999999999999", "/shipments/x", "/nothing"])
def test_what_is_not_there_is_404_in_json(erp: Erp, path: str) -> None:
    answer = erp("GET", path)
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


# ------------------------------------------------------------------------------------------------------ items


def test_items_past_zero_are_listed_with_their_numbers(web: Web, erp: Erp) -> None:
    fill(web.plugin, ADA)
    page = erp("GET", "/items?limit=1").json
    assert page is not None
    assert page == {
        "items": [
            {
                "item": "77:105",
                "sku": "MUG-BLUE",
                "name": "Stoneware mug, Blue",
                "on_hand": 0,
                "owed": 5,
                "limit": 8,
                "left": 3,
                "ships": {"earliest": "2026-03-09", "latest": "2026-03-16"},
                "state": "backorder",
            }
        ],
        "next": "77:105",
    }
    rest = erp("GET", "/items?after=77:105").json
    assert rest is not None
    assert [item["item"] for item in rest["items"]] == ["77:106"]


def test_another_store_sees_none_of_it(web: Web, erp: Erp) -> None:
    fill(web.plugin, ADA)
    erp("POST", "/shipments", SHIPMENT)
    theirs = Erp(web, BO)
    assert theirs("GET", "/items").json == {"items": [], "next": None}
    assert theirs("GET", "/policies").json == {"policies": [], "next": None}
    assert theirs("GET", "/shipments").json == {"shipments": [], "next": None}
    for method, path, body in (
        ("GET", "/shipments/1", None),
        ("PATCH", "/shipments/1", {"eta": None, "source": "me"}),
        ("POST", "/shipments/1/receive", {}),
        ("POST", "/shipments/1/cancel", None),
    ):
        assert theirs(method, path, body).status_code == 404
    assert erp("GET", "/shipments/1").json["state"] == "announced"  # type: ignore[index]


# ------------------------------------------------------------------------------------------------ description


def test_the_description_is_public_whole_and_openapi_3_1(web: Web) -> None:
    from openapi_core import OpenAPI

    answer = web.client().get("/api/v1/openapi.json")
    assert answer.status_code == 200
    document = answer.json
    assert document is not None
    assert document["openapi"] == "3.1.0"
    OpenAPI.from_dict(document)
    served = {
        (rule.rule.removeprefix("/api/v1").replace("id:", "").replace("<", "{").replace(">", "}"), method.lower())
        for rule in web.app.url_map.iter_rules()
        if rule.endpoint.startswith("api.") and rule.endpoint != "api.describe"
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert {(path, method) for path, methods in document["paths"].items() for method in methods} == served


def test_answers_are_as_described(web: Web, erp: Erp) -> None:
    fill(web.plugin, ADA)
    document = web.client().get("/api/v1/openapi.json").json
    assert document is not None
    asked = [
        ("PUT", "/policies", "/policies", {"policies": [{**POLICY, "scope": "store"}]}),
        ("PUT", "/policies/store", "/policies/{scope}", POLICY),
        ("PUT", "/policies/store", "/policies/{scope}", {**POLICY, "enabled": 3}),
        ("GET", "/policies/store", "/policies/{scope}", None),
        ("GET", "/policies/nonsense", "/policies/{scope}", None),
        ("GET", "/policies", "/policies", None),
        ("POST", "/shipments", "/shipments", {**SHIPMENT, "reference": "PO-2"}),
        ("POST", "/shipments", "/shipments", {**SHIPMENT, "reference": "PO-2"}),
        ("GET", "/shipments", "/shipments", None),
        ("GET", "/shipments/77", "/shipments/{shipment_id}", None),
        ("GET", "/items", "/items", None),
    ]
    for method, path, template, sent in asked:
        answer = erp(method, path, sent)
        described = document["paths"][template][method.lower()]["responses"][str(answer.status_code)]
        schema = described["content"][answer.mimetype]["schema"]
        Draft202012Validator({**schema, "components": document["components"]}).validate(answer.json)
