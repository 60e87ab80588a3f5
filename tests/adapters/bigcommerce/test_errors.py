"""Every shape a refusal comes in says what is wrong; a shape nobody has seen says nothing and breaks nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.adapters.bigcommerce.errors import LONGEST_EXPLANATION, explanation_of, parsed

TYPE = "https://developer.bigcommerce.com/api-docs/getting-started/api-status-codes"
SHAPES = {
    "v2 list": ([{"status": 404, "message": "The resource was not found."}], "The resource was not found."),
    "v2 oversell": (
        [{"status": 409, "message": "Out.", "details": {"errors": [{"type": "OutOfStock", "message": "Only 10."}]}}],
        "Out.; Only 10.",
    ),
    "v3 fields": (
        {"status": 422, "title": "Invalid.", "type": TYPE, "errors": {"name": "is blank"}},
        "Invalid.; name: is blank",
    ),
    "v3 without fields": ({"status": 409, "title": "Conflict.", "type": TYPE, "errors": {}}, "Conflict."),
    "v3 with a list": (
        {"status": 422, "title": "Invalid.", "errors": ["first", {"title": "second"}]},
        "Invalid.; first; second",
    ),
    "v3 detail": (
        {"status": 400, "title": "Input is invalid", "type": TYPE, "detail": "Syntax error"},
        "Input is invalid; Syntax error",
    ),
    "too large": ({"errors": {}, "status": 413, "title": "At most 10.", "type": "/x"}, "At most 10."),
    "variants": (
        {"batch_errors": [{"status": 422, "title": "Bad variant.", "errors": {"sku": "taken"}}]},
        "Bad variant.; sku: taken",
    ),
    "metafields": (
        {
            "data": [{"id": 1, "value": "x"}],
            "errors": [{"status": 422, "title": "Bulk operation has failed"}],
            "meta": {},
        },
        "Bulk operation has failed",
    ),
    "partly saved": (
        {"data": {"id": 1}, "errors": {"status": 500, "title": "Stock not saved."}, "meta": {}},
        "Stock not saved.",
    ),
    "refund": ({"data": [{"order_id": 1, "status": 503, "error": "Tax service gone away"}]}, "Tax service gone away"),
    "oauth": ({"error": "invalid_grant", "error_description": "Used."}, "invalid_grant; Used."),
    "nothing": (None, ""),
    "a word": ("oops", ""),
}


@pytest.mark.parametrize(("body", "said"), SHAPES.values(), ids=SHAPES)
def test_each_documented_shape_is_understood(body, said):
    assert explanation_of(body) == said


def test_a_long_explanation_is_cut():
    assert len(explanation_of({"title": "x" * 10_000})) == LONGEST_EXPLANATION


@pytest.mark.parametrize("raw", [b"", b"<html>", b"\xff\xfe", b"[" * 100_000, b"{"])
def test_what_is_not_json_is_nothing(raw):
    assert parsed(raw) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["title", "errors", "data", "message", "details", "x"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(JSON)
def test_no_body_breaks_the_reading(body):
    assert isinstance(explanation_of(body), str)
