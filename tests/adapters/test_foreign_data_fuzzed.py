"""Whatever comes in from outside is read, or refused in the one way its caller knows; nothing else is ever raised.

A hundred inputs each here; `./run test --hypothesis-profile=fuzz tests/adapters/test_foreign_data_fuzzed.py` tries 5,000.
"""

import base64
import hmac
import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from plugin.adapters.bigcommerce.events import BigCommerceEventReader
from plugin.adapters.bigcommerce.oauth import NotAuthentic, read_signed_payload
from plugin.adapters.bigcommerce.webhooks import Signature, Verdict, check_signature, open_envelope
from plugin.adapters.links import SignedLinks
from plugin.domain.errors import DomainError
from plugin.domain.ids import OrderId, TenantId
from plugin.services import spreadsheet
from plugin.services.errors import GiveUp

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CLIENT, SECRET = "client_abc", "f0rg3d-cl13nt-s3cret-0123456789abcdefghijklmnopqrstuvwxyzABCD"
LINKS = SignedLinks("https://backorder.example.com", ["the-new-key-of-32-characters-more"])
PURPOSES = ("waitlist/confirm", "waitlist/leave", "order")
TOPICS = st.sampled_from(
    [
        "store/order/created",
        "store/order/refund/created",
        "store/shipment/created",
        "store/product/updated",
        "store/sku/inventory/updated",
        "store/product/inventory/order/updated",
        "store/information/updated",
        "store/channel/1/inventory/product/stock_changed",
        "store/inventory/location/updated",
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
NAMES = ("id", "type", "inventory", "product_id", "variant_id", "order_id", "orderId", "sku", "value", "location_id")
DATA = st.dictionaries(st.sampled_from(NAMES), JSON | st.dictionaries(st.sampled_from(NAMES), JSON), max_size=6)
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "scope": TOPICS | JSON,
        "producer": st.just("stores/ada1234567") | JSON,
        "store_id": JSON,
        "data": DATA | JSON,
        "hash": st.text(max_size=40) | JSON,
        "created_at": st.integers() | JSON,
    },
)


@given(raw=st.binary(max_size=300) | FIELDS.map(lambda each: json.dumps(each).encode()), message=st.text(max_size=30))
def test_an_envelope_is_opened_or_it_is_none(raw: bytes, message: str) -> None:
    envelope = open_envelope(raw, message_id=message)
    if envelope is not None:
        assert (envelope.tenant_id, envelope.topic) != ("", "")


@given(topic=TOPICS | st.text(max_size=30), body=st.fixed_dictionaries({"data": DATA | JSON}))
def test_an_event_says_where_to_look_or_is_given_up(topic: str, body: dict[str, Any]) -> None:
    with suppress(GiveUp):
        hint = BigCommerceEventReader().read(topic, body)
        assert all(0 < order < 2**63 for order in hint.orders)


@given(raw=st.binary(max_size=100), parts=st.tuples(st.text(max_size=60), st.text(max_size=30), st.text(max_size=120)))
def test_no_signature_that_was_guessed_is_genuine(raw: bytes, parts: tuple[str, str, str]) -> None:
    verdict = check_signature(raw, Signature(*parts), client_secret=SECRET, now=NOW, tolerance=timedelta(minutes=5))
    assert verdict not in {Verdict.GENUINE, Verdict.STALE}


@given(
    purpose=st.sampled_from(PURPOSES),
    token=st.text(max_size=120),
    cut=st.integers(0, 80),
    put=st.characters(exclude_categories=["Cs"]),
)
def test_no_link_that_was_guessed_or_changed_opens_anything_else(purpose: str, token: str, cut: int, put: str) -> None:
    assert LINKS.read(purpose, token) is None
    right = LINKS.order_page(TenantId("ada1234567"), OrderId(101)).rpartition("/")[2]
    changed = right[:cut] + put + right[cut + 1 :]
    # What is no letter of its alphabet is passed over; then it is the same link.
    assert LINKS.read("order", changed) in {None, (TenantId("ada1234567"), 101)}
    assert LINKS.read("waitlist/leave", changed) is None


@given(
    data=st.binary(max_size=300)
    | st.text(max_size=300).map(lambda text: f"sku,quantity,eta\n{text}".encode("utf-8", "replace"))
)
def test_a_file_is_read_or_its_fault_is_named(data: bytes) -> None:
    with suppress(DomainError):
        rows = spreadsheet.read(data, columns=("sku", "quantity", "eta"), required=("sku",))
        for row in rows:
            with suppress(DomainError):
                spreadsheet.whole_number(row.cells.get("quantity", ""), field="quantity")
            with suppress(DomainError):
                spreadsheet.window(row.cells.get("eta", ""))


@example(cell=" =1+1")
@given(cell=st.text(max_size=40))
def test_no_cell_is_ever_a_formula(cell: str) -> None:
    assert spreadsheet.harmless(cell).lstrip()[:1] not in {"=", "+", "-", "@"}


CLAIMS = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(
        ("aud", "iss", "iat", "nbf", "exp", "jti", "sub", "user", "owner", "url", "channel_id"), JSON
    ),
)


def signed(claims: dict[str, Any], key: str) -> str:
    """A library would refuse some of these; whoever forges does not ask it."""
    parts = [json.dumps(part).encode() for part in ({"alg": "HS256", "typ": "JWT"}, claims)]
    words = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    seal = base64.urlsafe_b64encode(hmac.digest(key.encode(), words, "sha256")).rstrip(b"=")
    return b".".join((words, seal)).decode()


@given(token=st.text(max_size=200) | CLAIMS.map(lambda each: signed(each, "another-key-of-32-characters-or-so")))
def test_a_payload_nobody_signed_is_not_authentic(token: str) -> None:
    with pytest.raises(NotAuthentic):
        read_signed_payload(token, client_id=CLIENT, client_secret=SECRET, now=NOW)


@given(claims=CLAIMS)
def test_a_payload_that_was_signed_is_read_or_not_authentic(claims: dict[str, Any]) -> None:
    with suppress(NotAuthentic):
        read = read_signed_payload(signed(claims, SECRET), client_id=CLIENT, client_secret=SECRET, now=NOW)
        assert read.tenant_id
