"""Screen 4, Products and policies: every item with its numbers and the policy in force, and one item with where each value comes from."""

from flask import Response, make_response, render_template
from werkzeug.exceptions import NotFound as NoSuchPage

from plugin.domain.changes import Availability
from plugin.domain.errors import DomainError
from plugin.domain.ids import ItemId, product_of
from plugin.domain.policy import Scope, ScopeKind
from plugin.domain.substitute import MOST_SUBSTITUTES
from plugin.services.products import ProductDetail, ProductFilter, ProductPlace, ProductRow
from plugin.services.substitutes import name_of
from plugin.web.admin.door import admin
from plugin.web.admin.forms import BLANK, Form, Said, done_words
from plugin.web.admin.lists import Wish, page_of, wish
from plugin.web.admin.products_words import policy_facts, scope_words, suggestion_words
from plugin.web.admin.speech import gettext, marked
from plugin.web.admin.words import AVAILABILITY_BADGES, badge_words
from plugin.web.current import plugin, tenant_id
from plugin.web.reading import ITEM

DONE: dict[str, Said] = {
    "saved": marked("Saved. The items it covers are planned anew now; your store shows it in a moment."),
    "removed": marked("Removed. Its items follow the next wider policy now."),
    "bulk": marked("Saved for the items you chose. They are planned anew now."),
    "substitutes": marked("Saved. Shoppers who wait for it are offered these on the page of their order."),
    "followed": marked("The items you chose follow the wider policy again."),
}
STATES = (
    Availability.CLOSED,
    Availability.BACKORDER,
    Availability.PREORDER,
    Availability.IN_STOCK,
    Availability.PLAIN,
)
SIZES = ("25", "50")
"""No more: every ticked row is a part of the form."""
APART = "~"
MOST_CATEGORIES = 300
MOST_SIBLINGS = 100
NEW_ROWS = 2
"""Empty rows to fill in."""


@admin.get("/products")
def products() -> Response:
    wanted = wish("products", filters=("q", "state", "scope"), sizes=SIZES)
    look = plugin().product_queries.look(tenant_id(), filter_of(wanted), after=place_of(wanted), limit=wanted.limit)
    rows = look.rows
    scopes = [row.scope for row in rows if row.scope]
    names = plugin().product_queries.names(tenant_id(), scopes)
    return make_response(
        render_template(
            "admin/products/list.html",
            wish=wanted,
            page=page_of(
                rows,
                wanted,
                lambda row: place_text(row.place),
                go_on=place_text(look.go_on) if look.go_on else "",
            ),
            tabs=tabs_of(wanted),
            categories=categories_of(wanted),
            policy_of=lambda row: policy_words(row, names),
            badge_of=lambda row: badge_words(AVAILABILITY_BADGES[row.item.availability]),
            done_words=done_words(DONE),
        )
    )


def filter_of(wanted: Wish) -> ProductFilter:
    """What the address asks for; a state or scope nobody knows is not asked for."""
    state = wanted.get("state")
    return ProductFilter(
        text=wanted.get("q"),
        availability=Availability(state) if state in set(Availability) else None,
        scope=known_scope(wanted.get("scope")),
    )


def known_scope(text: str) -> Scope | None:
    try:
        return Scope.parse(text) if text else None
    except DomainError:
        return None


def place_text(place: ProductPlace) -> str:
    return f"{place.item_id}{APART}{place.before}"


def place_of(wanted: Wish) -> ProductPlace | None:
    item, _, before = wanted.after.partition(APART)
    return ProductPlace(ItemId(item), before) if ITEM.fullmatch(item) else None


def tabs_of(wanted: Wish) -> list[tuple[str, str, bool, int | None]]:
    counts, here = plugin().product_queries.counts(tenant_id()), wanted.get("state")
    every = (gettext("All"), wanted.address(state=""), here not in set(STATES), None)
    return [every] + [
        (badge_words(AVAILABILITY_BADGES[state])[0], wanted.address(state=state.value), here == state, counts[state])
        for state in STATES
    ]


def categories_of(wanted: Wish) -> list[tuple[str, str]]:
    """To filter by; the scope one came with stands among them, whatever it is."""
    known = plugin().product_queries.categories(tenant_id())[:MOST_CATEGORIES]
    options = [
        (str(scope), category.name or scope_words(scope))
        for category in known
        if (scope := category_scope(category.category_id))
    ]
    here = known_scope(wanted.get("scope"))
    if here and str(here) not in dict(options):
        name = plugin().product_queries.names(tenant_id(), [here]).get(here, "")
        options.insert(0, (str(here), scope_words(here, name)))
    return [("", gettext("All categories")), *options]


def category_scope(category_id: int) -> Scope:
    return Scope(ScopeKind.CATEGORY, category_id)


def policy_words(row: ProductRow, names: dict[Scope, str]) -> str:
    """Where the values come from: its own policy, or a wider one's name."""
    if row.scope is None:
        return scope_words(None)
    if row.scope.kind is ScopeKind.VARIANT or (row.scope.kind is ScopeKind.PRODUCT and not row.item.label):
        return gettext("Its own")
    return scope_words(row.scope, names.get(row.scope, ""))


@admin.get("/products/item/<path:item>")
def products_item(item: str, form: Form = BLANK) -> Response:
    detail = plugin().product_queries.detail(tenant_id(), ItemId(item)) if ITEM.fullmatch(item) else None
    if detail is None:
        raise NoSuchPage
    policy = next((step.policy for step in detail.steps if step.counts), None)
    suggested = plugin().suggestions.ask(tenant_id(), ItemId(item), known=policy.lead_time if policy else None)
    with plugin().units(tenant_id()) as work:
        coming = work.shipments.coming([ItemId(item)])
    return make_response(
        render_template(
            "admin/products/item.html",
            detail=detail,
            item=detail.row.item,
            state=badge_words(AVAILABILITY_BADGES[detail.row.item.availability]),
            steps=steps_of(detail),
            facts=policy_facts(policy) if policy else [],
            source=source_words(detail),
            own_scope=str(detail.steps[0].scope),
            suggestions=suggestion_words(suggested),
            coming=coming,
            substitutes=substitute_rows(ItemId(item)),
            siblings=siblings_of(ItemId(item)),
            form=form,
            fields=[f"item-{row}" for row in range(1, MOST_SUBSTITUTES + 1)],
            done_words=done_words(DONE),
        )
    )


def substitute_rows(item: ItemId) -> list[dict[str, str]]:
    """What is allowed now, with some rows to add more."""
    listed = plugin().substitutes.of_item(tenant_id(), item)
    rows = [
        {"item": facts.sku or str(each.item_id), "note": each.note, "name": name_of(facts)} for each, facts in listed
    ]
    return [*rows, *({"item": "", "note": "", "name": ""} for _ in range(NEW_ROWS))][:MOST_SUBSTITUTES]


def siblings_of(item: ItemId) -> list[tuple[str, str]]:
    """SKU and options of the same product's other variants: what is most often sent instead."""
    with plugin().units(tenant_id()) as work:
        products = work.items.products([product_of(item)])
    return [
        (product.sku_of(other) or str(other), f"{product.name}, {product.label_of(other)}")
        for product in products.values()
        for other in product.items[:MOST_SIBLINGS]
        if other != item
    ]


def steps_of(detail: ProductDetail) -> list[dict[str, object]]:
    """Every scope the item lies in, and which one counts."""
    return [
        {
            "scope": str(step.scope),
            "title": scope_words(step.scope, step.name),
            "says": policy_facts(step.policy)[0][1] if step.policy else gettext("Says nothing"),
            "counts": step.counts,
            "has_policy": step.policy is not None,
        }
        for step in detail.steps
    ]


def source_words(detail: ProductDetail) -> str:
    step = next((step for step in detail.steps if step.counts), None)
    return scope_words(step.scope, step.name) if step else scope_words(None)
