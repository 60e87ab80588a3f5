"""What is stored is what comes back, whatever text is in it, and across two versions of the app."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.adapters.db.codec import cleaned, decode, encode, to_text
from plugin.domain.calendar import DateWindow
from plugin.domain.item import ProductTexts
from plugin.domain.order import InventorySettings
from plugin.domain.plan import Offer
from plugin.domain.policy import BackorderPolicy
from plugin.domain.promise import Promise
from plugin.domain.reading import Suspicion
from plugin.domain.stock import SellingMode
from plugin.domain.store import StoreProfile, StoreSettings
from tests.adapters.db.conftest import a_window_part, an_offer
from tests.builders import a_policy

words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
days = st.dates(date(2020, 1, 1), date(2999, 12, 31))
moments = st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
units = st.integers(1, 10**6)


windows = st.tuples(days, days).map(sorted).map(lambda pair: DateWindow(*pair))
parts = st.builds(
    lambda part, window, count, source: replace(
        part, units=count, window=window, basis=replace(part.basis, source=source, arrival=window)
    ),
    st.just(a_window_part()),
    st.none() | windows,
    units,
    words,
)
promises = st.lists(parts, max_size=4).map(tuple).map(Promise)
offers = st.builds(
    lambda offer, part, left, message: replace(offer, next_part=part, available_for_backorder=left, message=message),
    st.just(an_offer()),
    st.none() | parts,
    st.none() | units,
    words,
)
policies = st.builds(
    lambda limit, message, limits: replace(
        a_policy(scope="variant:105", limit=limit, message=message), location_limits=tuple(limits)
    ),
    st.none() | units,
    words,
    st.lists(st.tuples(units, units), max_size=3),
)
CASES = {
    Promise: promises,
    Offer: offers,
    BackorderPolicy: policies,
    Suspicion: st.builds(Suspicion, st.integers(-(10**9), 10**9), moments, st.booleans()),
    ProductTexts: st.builds(ProductTexts, words, words, st.none() | days, words),
    StoreProfile: st.builds(StoreProfile, *[words] * 9, st.integers(1, 9)),
    StoreSettings: st.builds(
        StoreSettings,
        mode_override=st.none() | st.sampled_from(SellingMode),
        cut_off=st.times(),
        extra_holidays=st.lists(days, max_size=3).map(tuple),
        sender_name=words,
        postal_address=words,
    ),
    InventorySettings: st.from_type(InventorySettings),
}


@pytest.mark.parametrize("kind", CASES, ids=lambda kind: kind.__name__)
def test_a_value_comes_back_as_it_was(kind):
    @given(CASES[kind])
    def comes_back(value):
        text = encode(kind, value)
        assert decode(kind, text) == value
        assert text.encode("utf-8")

    comes_back()


def test_a_field_of_a_newer_version_is_ignored_and_a_missing_one_gets_its_default():
    assert decode(ProductTexts, '{"availability_description": "Soon", "colour": "blue"}') == ProductTexts("Soon")


def test_text_no_database_takes_is_made_harmless():
    assert decode(ProductTexts, encode(ProductTexts, ProductTexts("half \ud83d of a smile"))) == ProductTexts(
        "half ? of a smile"
    )
    assert cleaned("a\0b\ud800c") == "ab?c"


def test_equal_values_have_equal_texts():
    assert to_text({"b": (1, 2), "a": None}) == to_text({"a": None, "b": [1, 2]}) == '{"a":null,"b":[1,2]}'


@given(st.text())
def test_cleaned_text_can_always_be_stored(text):
    assert "\0" not in cleaned(text)
    cleaned(text).encode("utf-8")
    assert json.loads(to_text({"text": text}))["text"] == text.encode("utf-8", "replace").decode("utf-8")
