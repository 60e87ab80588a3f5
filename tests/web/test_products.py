"""Products and policies: every item with where its values come from, and what saving would change, said before it is saved."""

import re
from dataclasses import replace

import pytest
from werkzeug.test import TestResponse

from plugin.domain.ids import CategoryId, ProductId
from plugin.domain.item import Product, ProductTexts, Tracking
from plugin.domain.policy import LeadTime, PolicyLabel, Scope
from plugin.domain.store import Role
from plugin.services.ports.directory import AppUser
from tests.builders import a_policy
from tests.web.stage import ADA, Web, fill

BLUE, RED = "77:105", "77:106"


def get(web: Web, path: str, status: int = 200) -> str:
    answer = web.client().get(f"/app/ada/{path}{'&' if '?' in path else '?'}t={web.ticket()}")
    assert answer.status_code == status
    return answer.text


def post(web: Web, path: str, **fields: object) -> TestResponse:
    return web.client().post(f"/app/ada/{path}", data={"session": web.token(), **fields})


def words(page: str) -> str:
    """The page as read aloud: text only, spaces collapsed."""
    return " ".join(re.sub(r"<[^>]+>", " ", page.split("<main", 1)[-1]).split())


def policy_of(web: Web, scope: str) -> object:
    return web.plugin.product_queries.policy(ADA, Scope.parse(scope))


FORM = {
    "enabled": "yes",
    "limit_kind": "number",
    "backorder_limit": "12",
    "reserve": "0",
    "lead_shortest": "5",
    "lead_longest": "10",
    "handling_days": "0",
    "label": "backorder",
    "deed": "save",
}


def test_every_item_is_listed_with_its_numbers_and_where_they_come_from(web: Web) -> None:
    fill(web.plugin, ADA)
    web.plugin.policies.save(ADA, [a_policy(scope="variant:106", limit=4, lead_time=LeadTime(5, 10))])
    text = words(get(web, "products"))
    assert "Stoneware mug, Blue MUG-BLUE On backorder 0 5 8 3 9–16 Mar 2026 Store" in text
    assert "Stoneware mug, Red MUG-RED On backorder 0 3 4 5 9–16 Mar 2026 Its own" in text


def test_an_empty_catalog_and_an_empty_search_say_different_things(web: Web) -> None:
    assert "Nothing fits these filters." in words(get(web, "products?q=nonsense"))
    with web.plugin.units(ADA) as work:
        work.items.forget_products([ProductId(77)])
        work.commit()
    assert "No products yet." in words(get(web, "products"))


def test_items_are_found_by_word_state_and_scope(web: Web) -> None:
    fill(web.plugin, ADA)
    assert "MUG-BLUE" in words(get(web, "products?q=stone+blu"))
    assert "MUG-RED" not in words(get(web, "products?q=stone+blu"))
    assert "MUG-RED" in words(get(web, "products?state=backorder&scope=product:77"))
    assert "Nothing fits" in words(get(web, "products?state=closed"))


@pytest.mark.parametrize("query", ["scope=nonsense", "state=nonsense", "after=nonsense", "after=%27--", "q=%25"])
def test_nonsense_in_the_address_breaks_nothing(web: Web, query: str) -> None:
    fill(web.plugin, ADA)
    get(web, f"products?{query}")


def test_a_list_goes_on_where_its_page_ended(web: Web) -> None:
    texts = ProductTexts()
    many = [Product(ProductId(n), f"Cup {n}", f"CUP-{n}", Tracking.PRODUCT, (), (), texts) for n in range(100, 130)]
    with web.plugin.units(ADA) as work:
        work.items.save_products(many)
        work.commit()
    first = get(web, "products?q=cup")
    (address,) = re.findall(r'href="/app/ada/(products\?[^"]*after=[^"]*)" rel="next"', first)
    second = get(web, address.replace("&amp;", "&").partition("&t=")[0])
    skus = [re.findall(r"CUP-\d+", page) for page in (first, second)]
    assert (len(set(skus[0])), len(set(skus[1])), set(skus[0]) & set(skus[1])) == (25, 5, set())


def test_an_item_shows_who_says_what(web: Web) -> None:
    fill(web.plugin, ADA)
    with web.plugin.units(ADA) as work:
        mug = work.items.products([ProductId(77)])[ProductId(77)]
        work.items.save_products([replace(mug, categories=(CategoryId(21),))])
        work.items.name_categories({CategoryId(21): "Kitchen"})
        work.commit()
    web.plugin.policies.save(ADA, [a_policy(scope="category:21", limit=6)])
    text = words(get(web, f"products/item/{BLUE}"))
    assert "Every value comes from Category: Kitchen" in text
    assert "Variant: Stoneware mug, Blue Says nothing Add" in text
    assert "Category: Kitchen Counts Up to 6 units Edit" in text
    assert "Store Up to 8 units Edit" in text
    assert "Limit Not enough data: 0 of 4 full weeks" in text
    assert "PO-118 16–20 Mar 2026 4" in text


@pytest.mark.parametrize(
    "path", ["products/item/999", "products/item/x", "products/policy/shop", "products/policy/product"]
)
def test_what_is_not_there_is_not_found(web: Web, path: str) -> None:
    get(web, path, 404)


def test_a_policy_says_what_it_would_change_before_it_is_saved(web: Web) -> None:
    fill(web.plugin, ADA)
    answer = post(web, "products/policy/store", **{**FORM, "backorder_limit": "20", "deed": "preview"})
    assert answer.status_code == 200
    assert "Would sell more of 2 items".lower() in words(answer.text).lower()
    assert "Stoneware mug, Blue More 3 15" in words(answer.text)
    assert 'value="20"' in answer.text
    assert policy_of(web, "store") == a_policy(limit=8, lead_time=LeadTime(5, 10))
    assert post(web, "products/policy/store", **{**FORM, "backorder_limit": "20"}).status_code == 303
    assert policy_of(web, "store") == a_policy(limit=20, lead_time=LeadTime(5, 10))


def test_every_kind_of_limit_can_be_entered(web: Web) -> None:
    post(web, "products/policy/product:77", **{**FORM, "limit_kind": "unlimited"})
    assert policy_of(web, "product:77").backorder_limit is None  # type: ignore[attr-defined]
    post(web, "products/policy/product:77", **{**FORM, "limit_kind": "supply", "reserve": "3"})
    saved = policy_of(web, "product:77")
    assert (saved.covers_supply, saved.reserve) == (True, 3)  # type: ignore[attr-defined]
    post(
        web, "products/policy/product:77", **{**FORM, "label": "preorder", "release_on": "2026-04-01", "enabled": "no"}
    )
    saved = policy_of(web, "product:77")
    assert (saved.label, str(saved.release_on), saved.enabled) == (PolicyLabel.PREORDER, "2026-04-01", False)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("backorder_limit", "-1", "write a whole number, zero or more"),
        ("backorder_limit", "9999999999", "at most 1000000 is allowed"),
        ("lead_longest", "2", "The lead time ends at 2 days, before it starts at 5."),
        ("handling_days", "soon", "write a whole number"),
        ("release_on", "soon", "write a day as 2026-03-09"),
        ("message", "x" * 201, "at most 200"),
    ],
)
def test_a_policy_that_cannot_be_comes_back_as_filled_in_with_its_fault(
    web: Web, field: str, value: str, said: str
) -> None:
    label = "preorder" if field == "release_on" else "backorder"
    answer = post(web, "products/policy/store", **{**FORM, "label": label, field: value})
    assert answer.status_code == 422
    assert f'id="{field}-fault"' in answer.text
    assert said in words(answer.text)
    assert policy_of(web, "store") is None


def test_a_suggestion_fills_in_the_form_and_saves_nothing(web: Web) -> None:
    page = get(web, "products/policy/variant:105?backorder_limit=18&lead_shortest=x")
    assert 'name="backorder_limit" type="number" value="18"' in page
    assert policy_of(web, "variant:105") is None


def test_ticked_items_get_a_policy_of_their_own_and_lose_it_again(web: Web) -> None:
    fill(web.plugin, ADA)
    page = post(web, "products/chosen", id=[BLUE, RED, "nonsense"]).text
    assert "Policy for 2 items" in words(page)
    assert 'name="items" value="77:105,77:106"' in page
    shown = post(
        web, "products/chosen/save", items=f"{BLUE},{RED}", **{**FORM, "backorder_limit": "5", "deed": "preview"}
    )
    assert "would stop the sale of 1 item" in words(shown.text)
    assert policy_of(web, "variant:105") is None
    assert post(web, "products/chosen/save", items=f"{BLUE},{RED}", **FORM).status_code == 303
    for scope in ("variant:105", "variant:106"):
        assert policy_of(web, scope) == a_policy(scope=scope, limit=12, lead_time=LeadTime(5, 10))
    assert post(web, "products/chosen/save", items=BLUE, follow="yes").status_code == 303
    assert policy_of(web, "variant:105") is None
    assert policy_of(web, "variant:106") is not None


def test_nothing_ticked_goes_back_to_the_list(web: Web) -> None:
    assert post(web, "products/chosen").status_code == 303


def test_policies_are_listed_and_removed(web: Web) -> None:
    assert "No policies yet" in words(get(web, "products/policies"))
    fill(web.plugin, ADA)
    assert "Store Up to 8 units 5 to 10 working days Backorder Show" in words(get(web, "products/policies"))
    assert post(web, "products/policy/store/remove").status_code == 303
    assert policy_of(web, "store") is None


def test_a_scope_is_opened_from_the_list_of_policies(web: Web) -> None:
    answer = web.client().get(f"/app/ada/products/policies/open?scope=category:21&t={web.ticket()}")
    assert answer.status_code == 303
    assert "/app/ada/products/policy/category:21" in answer.headers["Location"]


def test_names_from_the_shop_are_text_and_nothing_else(web: Web) -> None:
    with web.plugin.units(ADA) as work:
        mug = work.items.products([ProductId(77)])[ProductId(77)]
        work.items.save_products([replace(mug, name="<script>alert(1)</script>")])
        work.commit()
    for page in (get(web, "products"), get(web, f"products/item/{BLUE}")):
        assert "<script>alert" not in page


def test_who_may_only_look_sees_buttons_that_cannot_be_pressed(web: Web) -> None:
    web.plugin.directory.save_user(ADA, AppUser(9, "clerk@ada.example", "de", is_owner=False))
    web.plugin.directory.set_role(ADA, 9, Role.READ_ONLY)
    page = web.client().get(f"/app/ada/products/policy/store?t={web.ticket(user=9)}").text
    assert "Speichern" in page
    assert re.search(r'<button[^>]*value="save"[^>]*disabled', page)


def test_single_locations_have_limits_of_their_own(web: Web) -> None:
    post(web, "products/policy/product:77", **{**FORM, "location_limits": "3: 0\n2: 10\n"})
    assert web.plugin.product_queries.policy(ADA, Scope.parse("product:77")).location_limits == ((2, 10), (3, 0))
    assert "2: 10\n3: 0</textarea>" in get(web, "products/policy/product:77")
    refused = post(web, "products/policy/product:77", **{**FORM, "location_limits": "Shed: 4"})
    assert refused.status_code == 422
    assert "Shed: 4</textarea>" in refused.get_data(as_text=True)
