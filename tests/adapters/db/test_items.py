"""The catalog comes back as saved, and what a plan said stays when the catalog is saved again."""

from dataclasses import replace
from datetime import date

from plugin.domain.changes import Availability
from plugin.domain.ids import ItemId, ProductId
from plugin.domain.item import ProductTexts, Tracking
from plugin.domain.policy import PolicyLabel, Scope
from tests.adapters.db.conftest import a_product, an_item_plan, an_offer

SHIRT = a_product(88, name="Shirt", sku="SHIRT", tracking=Tracking.VARIANT, categories=(23, 5), variants=(105, 106))


def test_a_product_comes_back_with_its_variants_in_order_and_its_texts(work):
    product = replace(SHIRT, variants=SHIRT.variants[::-1], texts=ProductTexts("Soon", "preorder", date(2026, 4, 1)))
    with work() as unit:
        unit.items.save_products([product, a_product()])
    with work() as unit:
        assert unit.items.products([88, 77, 999]) == {88: product, 77: a_product()}


def test_an_item_is_a_variant_or_a_product_counted_as_a_whole(work):
    with work() as unit:
        unit.items.save_products([SHIRT, a_product(categories=(5,))])
        facts = unit.items.facts(["88:105", "77", "88"])
    assert sorted(facts) == ["77", "88:105"]
    shirt = facts[ItemId("88:105")]
    assert (shirt.product_id, shirt.name, shirt.label, shirt.sku) == (88, "Shirt", "Variant 105", "SHIRT-105")
    assert (shirt.categories, shirt.is_tracked, shirt.availability) == ((23, 5), True, Availability.PLAIN)


def test_saving_the_catalog_again_keeps_what_was_planned(work):
    with work() as unit:
        unit.items.save_products([SHIRT])
        unit.items.save_plans([an_item_plan("88:105")])
    with work() as unit:
        unit.items.save_products([replace(SHIRT, name="Blue shirt")])
    with work() as unit:
        facts = unit.items.facts(["88:105"])["88:105"]
        assert (facts.name, facts.availability) == ("Blue shirt", Availability.BACKORDER)
        assert unit.items.offers(["88:105", "88:106"]) == {"88:105": an_offer()}


def test_a_variant_or_category_the_product_no_longer_has_is_forgotten(work):
    with work() as unit:
        unit.items.save_products([SHIRT])
    with work() as unit:
        unit.items.save_products([replace(SHIRT, variants=SHIRT.variants[:1], categories=(5,))])
    with work() as unit:
        assert sorted(unit.items.facts(["88:105", "88:106"])) == ["88:105"]
        assert unit.items.ids_in_scope(Scope.parse("category:23")) == []
        assert [v.variant_id for v in unit.items.products([88])[ProductId(88)].variants] == [105]


def test_a_product_counted_another_way_changes_its_items(work):
    with work() as unit:
        unit.items.save_products([SHIRT])
        unit.items.save_products([replace(SHIRT, tracking=Tracking.PRODUCT)])
        assert sorted(unit.items.facts(["88", "88:105"])) == ["88"]


def test_a_large_scope_is_walked_by_id_some_at_a_time(work):
    """In the order of characters, whatever a language makes of colons: nothing is left out between two steps."""
    with work() as unit:
        unit.items.save_products([replace(SHIRT, product_id=ProductId(10)), a_product(105), a_product(9)])
        first = unit.items.ids_in_scope(Scope.parse("store"), limit=2)
        rest = unit.items.ids_in_scope(Scope.parse("store"), after=first[-1], limit=9)
    assert (first, rest) == (["105", "10:105"], ["10:106", "9"])


def test_a_scope_covers_its_items_in_order(work):
    with work() as unit:
        unit.items.save_products([SHIRT, a_product(categories=(5,)), a_product(9, sku="PEN")])
        covered = {
            scope: unit.items.ids_in_scope(Scope.parse(scope))
            for scope in ("store", "category:5", "product:88", "variant:106", "variant:77")
        }
    assert covered == {
        "store": ["77", "88:105", "88:106", "9"],
        "category:5": ["77", "88:105", "88:106"],
        "product:88": ["88:105", "88:106"],
        "variant:106": ["88:106"],
        "variant:77": [],
    }


def test_items_past_zero_are_those_not_plain_or_still_owing(work):
    plain = an_offer(Availability.PLAIN)
    with work() as unit:
        unit.items.save_products([a_product(1, sku="A"), a_product(2, sku="B"), a_product(3, sku="C"), a_product(4)])
        unit.items.save_plans(
            [
                an_item_plan("1", owed=0),
                an_item_plan("2", offer=plain, owed=2),
                an_item_plan("3", offer=plain, owed=0),
            ]
        )
        assert unit.items.ids_past_zero() == ["1", "2"]
        unit.items.save_plans([an_item_plan("1", offer=plain, owed=0)])
        assert unit.items.ids_past_zero() == ["2"]


def test_an_item_is_found_by_its_sku(work):
    with work() as unit:
        unit.items.save_products([SHIRT, a_product()])
        assert unit.items.id_by_sku(["SHIRT-106", "MUG", "SHIRT", "nothing"]) == {"SHIRT-106": "88:106", "MUG": "77"}


def test_a_forgotten_product_takes_its_items_along(work):
    with work() as unit:
        unit.items.save_products([SHIRT, a_product()])
        unit.items.forget_products([88])
        assert unit.items.products([88, 77]) == {77: a_product()}
        assert unit.items.ids_in_scope(Scope.parse("store")) == ["77"]


def test_an_offer_comes_back_whole(work):
    offer = replace(an_offer(left=None), label=PolicyLabel.PREORDER, next_part=None)
    with work() as unit:
        unit.items.save_products([a_product()])
        unit.items.save_plans([an_item_plan("77", offer=offer)])
        assert unit.items.offers(["77"]) == {"77": offer}


def test_five_thousand_items_are_read_and_saved_in_a_few_statements(work, statements):
    products = [a_product(number, sku=f"SKU-{number}", categories=(1, 2)) for number in range(1, 5001)]
    with work() as unit:
        unit.items.save_products(products)
        unit.items.save_plans([an_item_plan(str(number)) for number in range(1, 5001)])
    saved = statements.count()
    with work() as unit:
        assert len(unit.items.facts([ItemId(str(number)) for number in range(1, 5001)], lock=True)) == 5000
    assert (saved, statements.count() - saved) == (25, 5)
