"""The product pages: every item can be found, in pages, along an index, with the policy that counts for it."""

import pytest
from sqlalchemy import text

from plugin.adapters.db.product_queries import SqlProductQueries
from plugin.adapters.db.search_words import asked_words, folded, words_of
from plugin.domain.changes import Availability
from plugin.domain.item import Tracking
from plugin.domain.policy import Scope
from plugin.services.products import Category, ProductFilter
from tests.adapters.db.conftest import ADA, BO, a_product, an_item_plan, an_offer
from tests.builders import a_policy

SHIRT = a_product(88, name="Harbor T-Shirt", sku="TEE", tracking=Tracking.VARIANT, variants=(105, 106), categories=(5,))


@pytest.fixture
def queries(engine, directory):
    return SqlProductQueries(engine)


@pytest.fixture
def catalog(work):
    with work() as unit:
        unit.items.save_products(
            [
                SHIRT,
                a_product(7, name="Blue mug", sku="MUG-BLUE", categories=(5, 6)),
                a_product(8, name="Mug of mugs", sku="M-8"),
                a_product(9, name="Ängström Pen", sku="PEN", tracking=Tracking.NONE),
            ]
        )
        unit.items.save_plans(
            [an_item_plan("7", owed=2), an_item_plan("8", offer=an_offer(Availability.CLOSED, left=0))]
        )
        unit.items.name_categories({5: "Kitchen", 6: "Blue things", 99: "Empty"})


def ids(rows):
    return [row.item.item_id for row in rows]


def walked(queries, which, *, limit=2):
    """All pages one after the other."""
    found, after = [], None
    while page := queries.items(ADA, which, after=after, limit=limit):
        found.append(ids(page))
        after = page[-1].place
    return found


def test_every_item_is_listed_once_in_pages(queries, catalog):
    assert walked(queries, ProductFilter()) == [["7", "8"], ["88:105", "88:106"], ["9"]]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("mug", [["7", "8"]]),
        ("MUG bl", [["7"]]),
        ("t-shirt", [["88:105", "88:106"]]),
        ("tee-105", [["88:105"]]),
        ("angst", [["9"]]),
        ("mugx", []),
        ("%", []),
        ("variant 106", [["88:106"]]),
    ],
)
def test_items_are_found_by_the_beginnings_of_words(queries, catalog, asked, found):
    assert walked(queries, ProductFilter(text=asked)) == found


def test_an_item_found_by_two_of_its_words_is_listed_once_in_pages_of_one(queries, catalog):
    assert walked(queries, ProductFilter(text="m"), limit=1) == [["8"], ["7"]]


@pytest.mark.parametrize(
    ("scope", "found"),
    [
        ("category:5", [["7"], ["88:105"], ["88:106"]]),
        ("product:88", [["88:105"], ["88:106"]]),
        ("variant:106", [["88:106"]]),
        ("category:99", []),
    ],
)
def test_a_scope_lists_what_lies_in_it(queries, catalog, scope, found):
    assert walked(queries, ProductFilter(scope=Scope.parse(scope)), limit=1) == found


def test_a_state_lists_the_items_in_it(queries, catalog):
    assert walked(queries, ProductFilter(availability=Availability.CLOSED)) == [["8"]]
    assert queries.counts(ADA)[Availability.PLAIN] == 3
    assert queries.counts(ADA)[Availability.BACKORDER] == 1


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (ProductFilter(text="m", availability=Availability.CLOSED), ["8"]),
        (ProductFilter(text="mug m-8"), ["8"]),
        (ProductFilter(text="mug tee"), []),
        (ProductFilter(scope=Scope.parse("category:5"), availability=Availability.PLAIN), ["88:105", "88:106"]),
        (ProductFilter(scope=Scope.parse("category:5"), availability=Availability.CLOSED), []),
    ],
)
def test_where_little_fits_a_page_looks_at_some_items_and_says_where_to_go_on(
    queries, catalog, monkeypatch, wanted, found
):
    assert [item for page in walked(queries, wanted) for item in page] == found
    monkeypatch.setattr("plugin.adapters.db.product_queries.MOST_LOOKED_AT", 1)
    assert [item for page in walked(queries, wanted, limit=1) for item in page] == found
    looks, after = [], None
    while not looks or after:
        look = queries.look(ADA, wanted, after=after, limit=9)
        after = look.go_on
        looks.append(ids(look.rows))
    assert [item for page in looks for item in page] == found
    assert len(looks) > 1


def test_a_renamed_product_is_found_by_its_new_words_only(queries, catalog, work):
    with work() as unit:
        unit.items.save_products([a_product(7, name="Blue cup", sku="CUP")])
    assert walked(queries, ProductFilter(text="mug")) == [["8"]]
    assert walked(queries, ProductFilter(text="cup")) == [["7"]]
    with work() as unit:
        unit.items.forget_products([8])
    assert walked(queries, ProductFilter(text="mug")) == []


def test_an_item_shows_every_scope_it_lies_in_and_which_one_counts(queries, catalog, work):
    with work() as unit:
        for scope in ("store", "category:6", "category:5"):
            unit.policies.save(a_policy(scope=scope))
    detail = queries.detail(ADA, "7")
    steps = [(str(step.scope), step.name, step.policy is not None, step.counts) for step in detail.steps]
    assert steps == [
        ("product:7", "Blue mug", False, False),
        ("category:5", "Kitchen", True, True),
        ("category:6", "Blue things", True, False),
        ("store", "", True, False),
    ]
    assert detail.row.scope == Scope.parse("category:5")
    assert queries.detail(ADA, "77") is None
    assert queries.detail(BO, "7") is None


def test_policies_and_categories_carry_their_names(queries, catalog, work):
    with work() as unit:
        for scope in ("variant:106", "product:7", "category:5", "store"):
            unit.policies.save(a_policy(scope=scope))
    assert [row.name for row in queries.policies(ADA)] == ["", "Kitchen", "Blue mug", "Harbor T-Shirt, Variant 106"]
    assert queries.categories(ADA) == (Category(6, "Blue things"), Category(5, "Kitchen"))
    assert queries.policy(ADA, Scope.parse("category:5")) == a_policy(scope="category:5")
    assert queries.policy(ADA, Scope.parse("category:6")) is None


def test_words_are_folded_to_plain_letters():
    assert words_of(["Größe-7 Öl", "T-Shirt"]) == ["grosse7", "grosse", "7", "ol", "tshirt", "t", "shirt"]
    assert folded("Жук") == "u436u443u43a"
    assert asked_words("blue  T-Shirt %") == ["tshirt", "blue"]


PLANS = {
    "by key": ("SELECT item_id FROM items WHERE tenant_id = 'ada' AND item_id > '5' ORDER BY item_id LIMIT 9", "items"),
    "by state": (
        "SELECT item_id FROM items WHERE tenant_id = 'ada' AND availability = 'closed' AND item_id > '5' ORDER BY item_id LIMIT 9",
        "ix_items_availability",
    ),
    "by word": (
        "SELECT item_id FROM item_words WHERE tenant_id = 'ada' AND word BETWEEN 'mug' AND 'mugzzz' AND (word, item_id) > ('mug', '5') ORDER BY word, item_id LIMIT 9",
        "item_words",
    ),
    "sold lately": (
        "SELECT quantity FROM order_lines WHERE tenant_id = 'ada' AND item_id = '5' AND queue_time >= '2026-01-01'",
        "ix_order_lines_sold",
    ),
}


@pytest.mark.parametrize("name", PLANS)
def test_pages_come_along_an_index_and_are_never_sorted(engine, name):
    query, index = PLANS[name]
    is_sqlite = engine.dialect.name == "sqlite"
    with engine.begin() as connection:
        if not is_sqlite:
            connection.execute(text("SET LOCAL enable_seqscan = off"))
            connection.execute(text("SET LOCAL enable_bitmapscan = off"))
        plan = str(connection.execute(text(f"EXPLAIN {'QUERY PLAN ' if is_sqlite else ''}{query}")).all())
    assert index in plan
    assert "SCAN" not in plan
    assert "Sort" not in plan
    assert "TEMP B-TREE" not in plan
