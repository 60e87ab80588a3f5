"""Genuine, stale, unsigned or forged; and envelopes that strangers may have written."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook

from plugin.adapters.bigcommerce.webhooks import (
    LARGEST_BODY,
    Signature,
    Verdict,
    _is_plain,
    carries_secret,
    check_signature,
    is_usual,
    open_envelope,
)

SECRET = "f0rg3d-cl13nt-s3cret-0123456789abcdefghijklmnopqrstuvwxyzABCD"
MESSAGE = "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W"
SENT = datetime.fromtimestamp(1751400000, tz=UTC)
BODY = (
    b'{"producer":"stores/abc123","hash":"3f9ea420af83450d7ef9f78b08c8af25b2213637","created_at":1751400000,'
    b'"store_id":"1025646","scope":"store/order/created","data":{"type":"order","id":250}}'
)
PUBLISHED = Signature(MESSAGE, "1751400000", "v1,gC8L8ANww9ojzMyNeVjMuRtF0k/nqdTE/FAv6VO3KPw=")
SAMPLES = Path(__file__).parents[4] / "shared" / "webhook-samples"


def judge(raw=BODY, signature=PUBLISHED, *, secret=SECRET, now=SENT, tolerance=300):
    return check_signature(raw, signature, client_secret=secret, now=now, tolerance=timedelta(seconds=tolerance))


def sign(raw, *, secret=SECRET, message=MESSAGE, timestamp="1751400000"):
    digest = hmac.new(secret.encode(), f"{message}.{timestamp}.".encode() + raw, hashlib.sha256).digest()
    return Signature(message, timestamp, f"v1,{base64.b64encode(digest).decode()}")


def test_the_published_signature_is_genuine():
    assert len(BODY) == 186
    assert judge() is Verdict.GENUINE


@given(raw=st.binary(max_size=200), secret=st.text(min_size=1, max_size=40))
def test_the_library_they_name_agrees(raw, secret):
    library = Webhook(base64.b64encode(secret.encode()).decode())
    header = library.sign(MESSAGE, SENT, raw.decode("latin-1"))
    ours = Signature(MESSAGE, "1751400000", header)
    assert judge(raw.decode("latin-1").encode(), ours, secret=secret) is Verdict.GENUINE


@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_within_the_window_it_is_genuine(seconds):
    assert judge(now=SENT + timedelta(seconds=seconds)) is Verdict.GENUINE


@pytest.mark.parametrize("seconds", [-301, 301, 86_400])
def test_a_right_signature_of_another_time_is_stale_not_forged(seconds):
    assert judge(now=SENT + timedelta(seconds=seconds)) is Verdict.STALE


@pytest.mark.parametrize(
    "changed",
    [
        {"raw": BODY + b" "},
        {"raw": BODY.replace(b"250", b"251")},
        {"secret": SECRET + "x"},
        {"secret": base64.b64encode(SECRET.encode()).decode()},
        {"signature": Signature(MESSAGE + "x", PUBLISHED.timestamp, PUBLISHED.signatures)},
        {"signature": Signature(MESSAGE, "1751400001", PUBLISHED.signatures)},
        {"signature": Signature(MESSAGE, PUBLISHED.timestamp, PUBLISHED.signatures.replace("v1", "v2"))},
        {"signature": Signature(MESSAGE, PUBLISHED.timestamp, "v1,")},
        {"signature": Signature(MESSAGE, PUBLISHED.timestamp, "v1,äöü")},
        {"signature": Signature(MESSAGE, PUBLISHED.timestamp, "gC8L8ANww9ojzMyNeVjMuRtF0k/nqdTE/FAv6VO3KPw=")},
        {"signature": sign(BODY, timestamp="soon")},
        {"signature": sign(BODY, timestamp="-1")},
        {"signature": sign(BODY, timestamp="9" * 30)},
        {"signature": sign(BODY, timestamp="1e9")},
    ],
)
def test_anything_changed_is_forged(changed):
    assert judge(**changed) is Verdict.FORGED


@pytest.mark.parametrize(
    "signature",
    [Signature(), Signature("", "1751400000", "v1,x"), Signature(MESSAGE, "", "v1,x"), Signature(MESSAGE, "1")],
)
def test_without_all_three_headers_it_is_unsigned(signature):
    assert judge(signature=signature) is Verdict.UNSIGNED


def test_one_of_several_signatures_is_enough():
    several = f"v1a,zzzz v1,{base64.b64encode(b'x' * 32).decode()} {PUBLISHED.signatures}"
    assert judge(signature=Signature(MESSAGE, PUBLISHED.timestamp, several)) is Verdict.GENUINE


@pytest.mark.parametrize(
    ("given_value", "expected", "same"),
    [
        ("s3", "s3", True),
        ("s4", "s3", False),
        (None, "s3", False),
        ("", "", False),
        ("ä", "ä", True),
        ("\u2603", "s", False),
    ],
)
def test_the_second_factor_is_compared_whole(given_value, expected, same):
    assert carries_secret(given_value, expected) is same


def raw_of(**changes):
    envelope = {**json.loads(BODY), **changes}
    return json.dumps({key: value for key, value in envelope.items() if value is not ...}).encode()


def test_an_envelope_is_opened():
    envelope = open_envelope(BODY)
    assert (envelope.tenant_id, envelope.topic, envelope.body) == ("abc123", "store/order/created", BODY.decode())


def test_unknown_keys_and_another_order_of_keys_do_not_matter():
    shuffled = json.dumps(dict(reversed(json.loads(BODY).items()))).encode()
    assert open_envelope(shuffled).dedupe_key == open_envelope(BODY).dedupe_key
    assert open_envelope(raw_of(new="thing")).tenant_id == "abc123"


def key(*, message="", **changes):
    return open_envelope(raw_of(**changes), message_id=message).dedupe_key


def test_the_same_delivery_has_the_same_key_and_any_other_has_not():
    keys = [
        key(),
        key(hash="0" * 40),
        key(created_at=1751400001),
        key(scope="store/order/updated"),
        key(data={"type": "order", "id": 251}),
        key(message="msg_1"),
        key(message="msg_2"),
    ]
    assert len(set(keys)) == len(keys)
    assert key(message="msg_1") == key(message="msg_1")


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"null",
        b'"text"',
        b"\xff\xfe\x00",
        b'{"producer":',
        b"NaN",
        raw_of(producer=...),
        raw_of(producer=7),
        raw_of(producer="stores/"),
        raw_of(producer="stores/../x"),
        raw_of(producer="stores/abc123/x"),
        raw_of(producer="stores/abc123\n"),
        raw_of(producer="shops/abc123"),
        raw_of(scope=...),
        raw_of(scope=["store/order/created"]),
        raw_of(scope="store/order/created; drop"),
        raw_of(scope="x" * 300),
        raw_of(data=...),
        raw_of(data=[1]),
        raw_of(data=None),
        raw_of(data={"id": 2**63}),
        raw_of(data={"id": 10**400}),
        raw_of(data={"id": -(2**63)}),
        BODY.replace(b"1751400000", b"-1.5e400"),
        raw_of(data={"text": "a\x00b"}),
        raw_of(data={"text": "\ud800"}),
        raw_of(data={"deep": json.loads("[" * 40 + "]" * 40)}),
        raw_of(data={"big": "x" * LARGEST_BODY}),
        BODY.replace(b"1751400000", b"Infinity"),
        BODY.replace(b"1751400000", b"1e999"),
        b"[" * 60_000,
        b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    ],
)
def test_a_hostile_envelope_is_not_opened(raw):
    assert open_envelope(raw) is None


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=20,
)


@given(st.binary(max_size=300))
@example(b"{}")
def test_no_bytes_break_the_opening(raw):
    open_envelope(raw)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(("producer", "scope", "data", "hash", "created_at"), VALUES)))
def test_no_types_break_the_opening_and_what_opens_can_be_stored(changes):
    envelope = open_envelope(json.dumps({**json.loads(BODY), **changes}).encode())
    if envelope is not None:
        assert envelope.tenant_id.isalnum()
        assert envelope.topic.startswith("store/")
        assert len(envelope.dedupe_key) == 42
        assert "\x00" not in json.dumps(json.loads(envelope.body))
        envelope.body.encode()


@given(VALUES)
@example({"a\x00": 1})
@example({"a": "\ud800"})
@example(json.loads("[" * 11 + "]" * 11))
@example(json.loads("[" * 12 + "]" * 12))
def test_whatever_looks_usual_can_be_stored(value):
    """The quick look may send too much to the slow one, never too little. Numbers are judged while they are read."""
    for text in (json.dumps(value), json.dumps(value, ensure_ascii=False, indent=1)):
        body = '{"data":' + text.encode("utf-8", "ignore").decode() + "}"
        assert _is_plain(json.loads(body)) or not is_usual(body)


def test_the_largest_numbers_that_can_be_stored_are():
    for number in (2**63 - 1, -(2**63) + 1, 1.7e308, -1e-300):
        assert open_envelope(raw_of(data={"n": number})) is not None


def test_a_real_event_needs_no_second_look():
    assert is_usual(BODY.decode())
    assert is_usual(raw_of(hash="1e45f0e9" * 5).decode())


def test_keys_of_later_seconds_come_after_those_of_earlier_ones():
    """Whatever the time is said to be, a key stays as long as it is."""
    keys = [key(created_at=second) for second in (9, 1751400000, 1751400001, 2**40 - 1)]
    assert keys == sorted(keys)
    assert {len(key(created_at=odd)) for odd in (-1, 2**40, "soon", None, 1.5, True)} == {42}


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the platform's samples are not on this machine")
def test_every_published_sample_is_opened():
    opened = []
    for path in sorted(SAMPLES.glob("*.json")):
        raw = path.read_bytes().replace(b"{store_hash}", b"abc123")
        if len(raw) > 1:
            assert open_envelope(raw) is not None, path.name
            opened.append(path.name)
    assert len(opened) >= 40
