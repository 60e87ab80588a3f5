"""Which policy wins, what its limits come to, and what it refuses."""

import pytest

from plugin.domain.errors import DomainError
from plugin.domain.ids import CategoryId, ItemId
from plugin.domain.policy import LEAD_TIME_PRESETS, BackorderPolicy, GoodsKind, LeadTime, PolicyBook, Scope, ScopeKind
from plugin.domain.stock import UNLIMITED_UNITS
from tests.builders import DEFAULT, MUG, MUG_BLUE, SECOND, a_policy

CUPS, GIFTS = CategoryId(23), CategoryId(8)


@pytest.mark.parametrize(
    ("scopes", "item", "winner"),
    [
        (["store"], MUG_BLUE, "store"),
        (["store", "category:23"], MUG_BLUE, "category:23"),
        (["store", "category:23", "category:8"], MUG_BLUE, "category:8"),
        (["store", "category:23", "product:77"], MUG_BLUE, "product:77"),
        (["store", "category:23", "product:77", "variant:105"], MUG_BLUE, "variant:105"),
        (["product:77", "variant:106"], MUG_BLUE, "product:77"),
        (["store", "variant:105"], MUG, "store"),
        (["product:78", "category:9"], MUG_BLUE, None),
        (["variant:77"], MUG, None),
        ([], MUG, None),
    ],
)
def test_the_most_specific_policy_wins(scopes: list[str], item: ItemId, winner: str | None) -> None:
    for order in (scopes, scopes[::-1]):
        book = PolicyBook.of(a_policy(scope=scope) for scope in order)
        found = book.policy_for(item, [CUPS, GIFTS])
        assert (str(found.scope) if found else None) == winner


def test_a_policy_wins_as_a_whole_even_where_it_is_off() -> None:
    book = PolicyBook.of([a_policy(scope="store", limit=50), a_policy(scope="product:77", enabled=False, limit=10)])
    found = book.policy_for(MUG, [])
    assert found is not None
    assert (found.enabled, found.effective_limit) == (False, 0)


@pytest.mark.parametrize(
    ("text", "kind", "target"),
    [
        ("store", ScopeKind.STORE, 0),
        (" Store ", ScopeKind.STORE, 0),
        ("category:23", ScopeKind.CATEGORY, 23),
        ("PRODUCT:77", ScopeKind.PRODUCT, 77),
        ("variant:105", ScopeKind.VARIANT, 105),
    ],
)
def test_a_scope_is_read_from_text_and_written_back(text: str, kind: ScopeKind, target: int) -> None:
    scope = Scope.parse(text)
    assert (scope.kind, scope.target) == (kind, target)
    assert Scope.parse(str(scope)) == scope


@pytest.mark.parametrize("text", ["", "shop", "product", "product:", "product:0", "product:-3", "product:x", "store:5"])
def test_a_scope_that_covers_nothing_is_refused_with_what_is_allowed(text: str) -> None:
    with pytest.raises(DomainError, match="allowed: store, category:23, product:77 or variant:105") as refusal:
        Scope.parse(text)
    assert (refusal.value.field, refusal.value.value) == ("scope", text)


def test_scopes_grow_more_specific_from_store_to_variant() -> None:
    assert [kind.specificity for kind in ScopeKind] == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("kind", "shortest", "longest"),
    [
        (GoodsKind.PERISHABLES, 2, 5),
        (GoodsKind.ELECTRONICS, 5, 10),
        (GoodsKind.APPAREL, 5, 10),
        (GoodsKind.FURNITURE, 10, 15),
        (GoodsKind.BULK_MANUFACTURING, 15, 20),
        (GoodsKind.HEAVY_EQUIPMENT, 20, 40),
    ],
)
def test_presets_give_a_lead_time_by_kind_of_goods(kind: GoodsKind, shortest: int, longest: int) -> None:
    assert LEAD_TIME_PRESETS[kind] == (shortest, longest)
    assert LeadTime(*LEAD_TIME_PRESETS[kind]).longest == longest


def test_every_kind_of_goods_has_a_preset() -> None:
    assert set(LEAD_TIME_PRESETS) == set(GoodsKind)


@pytest.mark.parametrize(
    ("policy", "by_location", "total"),
    [
        (a_policy(limit=5), {DEFAULT: 5}, 5),
        (a_policy(limit=None), {DEFAULT: UNLIMITED_UNITS}, None),
        (a_policy(limit=5, enabled=False), {DEFAULT: 0}, 0),
        (a_policy(limit=None, enabled=False), {DEFAULT: 0}, 0),
        (a_policy(limit=5, location_limits=[(SECOND, 3)]), {DEFAULT: 5, SECOND: 3}, 8),
        (a_policy(limit=5, location_limits=[(DEFAULT, 2)]), {DEFAULT: 2}, 2),
        (a_policy(limit=None, location_limits=[(DEFAULT, 2), (SECOND, 3)]), {DEFAULT: 2, SECOND: 3}, 5),
        (a_policy(limit=None, location_limits=[(SECOND, 3)]), {DEFAULT: UNLIMITED_UNITS, SECOND: 3}, None),
        (a_policy(limit=5, location_limits=[(SECOND, 3)], enabled=False), {DEFAULT: 0}, 0),
    ],
)
def test_limits_are_told_per_location_and_offered_in_total(
    policy: BackorderPolicy, by_location: dict[int, int], total: int | None
) -> None:
    assert policy.limits_by_location(DEFAULT) == by_location
    assert policy.total_limit(DEFAULT) == total


@pytest.mark.parametrize(
    ("wrong", "field", "sentence"),
    [
        ({"limit": -1}, "backorder_limit", "backorder_limit is -1; it cannot be negative"),
        ({"limit": 1_000_001}, "backorder_limit", "at most 1000000 is allowed"),
        ({"handling_days": -1}, "handling_days", "cannot be negative"),
        ({"handling_days": 1001}, "handling_days", "at most 1000 is allowed"),
        ({"location_limits": [(SECOND, -2)]}, "location_limits", "cannot be negative"),
        ({"location_limits": [(SECOND, 1_000_001)]}, "location_limits", "at most 1000000 is allowed"),
        ({"release_on": "2026-04-01"}, "release_on", "Only a pre-order has a release date"),
        ({"message": "x" * 201}, "message", "201 characters; at most 200"),
    ],
)
def test_a_policy_refuses_what_cannot_be_meant(wrong: dict[str, object], field: str, sentence: str) -> None:
    with pytest.raises(DomainError, match=sentence) as refusal:
        a_policy(**wrong)  # type: ignore[arg-type]
    assert refusal.value.field == field


@pytest.mark.parametrize(("shortest", "longest"), [(-1, 3), (5, 4), (1, 1001)])
def test_a_lead_time_goes_from_zero_to_a_thousand_days_and_forward(shortest: int, longest: int) -> None:
    with pytest.raises(DomainError) as refusal:
        LeadTime(shortest, longest)
    assert refusal.value.field == "lead_time_days"
