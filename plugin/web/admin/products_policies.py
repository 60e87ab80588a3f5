"""Policies: the list, one for each scope, many items at once; and what saving would change, said before it is saved."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from flask import Response, make_response, render_template, request
from werkzeug.exceptions import NotFound as NoSuchPage

from plugin.domain.errors import DomainError
from plugin.domain.ids import ItemId, LocationId, product_of, variant_of
from plugin.domain.policy import BackorderPolicy, LeadTime, PolicyLabel, Scope, ScopeKind
from plugin.domain.saying import said
from plugin.services.policy_effects import PolicyChange
from plugin.services.spreadsheet import day, whole_number
from plugin.web.admin.door import admin, app_url
from plugin.web.admin.forms import BLANK, Form, done, done_words, shows_again
from plugin.web.admin.lists import page_of, wish
from plugin.web.admin.products import DONE, category_scope, known_scope
from plugin.web.admin.products_words import (
    TONES,
    EffectWords,
    effect_words,
    label_words,
    lead_words,
    limit_words,
    scope_words,
)
from plugin.web.admin.speech import gettext
from plugin.web.current import plugin, tenant_id
from plugin.web.headers import go_to
from plugin.web.reading import ITEM, bad

UNLIMITED, SUPPLY, NUMBER = "unlimited", "supply", "number"
MOST_ITEMS = 50
FIELDS = (
    "backorder_limit",
    "reserve",
    "lead_shortest",
    "lead_longest",
    "handling_days",
    "release_on",
    "message",
    "location_limits",
)
PREFILLED = ("backorder_limit", "lead_shortest", "lead_longest")


@admin.get("/products/policies")
def products_policies() -> Response:
    wanted = wish("products_policies")
    rows = plugin().product_queries.policies(tenant_id(), after=known_scope(wanted.after), limit=wanted.limit)
    categories = plugin().product_queries.categories(tenant_id())
    options = [("store", scope_words(Scope(ScopeKind.STORE)))]
    options += [
        (str(scope), scope_words(scope, each.name))
        for each in categories
        if (scope := category_scope(each.category_id))
    ]
    return make_response(
        render_template(
            "admin/products/policies.html",
            wish=wanted,
            page=page_of(rows, wanted, lambda row: row.policy.scope),
            options=options,
            say={"scope": scope_words, "limit": limit_words, "lead": lead_words, "label": label_words},
            done_words=done_words(DONE),
        )
    )


@admin.get("/products/policies/open")
def products_policy_open() -> Response:
    """From the choice of a scope to its page."""
    return go_to(app_url("products_policy", scope=str(the_scope(request.args.get("scope", "")))))


@admin.get("/products/policy/<path:scope>")
def products_policy(scope: str, form: Form = BLANK, effect: EffectWords | None = None) -> Response:
    asked = the_scope(scope)
    known = plugin().product_queries.policy(tenant_id(), asked)
    values = {**form_values(known or inherited(asked)), **prefilled()}
    return make_response(
        render_template(
            "admin/products/policy.html",
            scope=scope,
            title=scope_words(asked, plugin().product_queries.names(tenant_id(), [asked]).get(asked, "")),
            is_known=known is not None,
            is_store=asked.kind is ScopeKind.STORE,
            form=form if form.values else Form(values),
            fields=FIELDS,
            effect=effect,
            turns={turn: (gettext(words), tone) for turn, (words, tone) in TONES.items()},
            done_words=done_words(DONE),
        )
    )


@admin.post("/products/policy/<path:scope>")
@shows_again(products_policy)
def products_policy_save(scope: str) -> Response:
    """Save it; or only say what saving would change."""
    asked = the_scope(scope)
    policy = policy_from(request.form, base_for(asked))
    if request.form.get("deed") == "preview":
        effect = plugin().policy_effects.ask(tenant_id(), PolicyChange((policy,)))
        return products_policy(scope, form=Form(request.form.to_dict()), effect=effect_words(effect))
    plugin().policies.save(tenant_id(), [policy])
    return done("products_policy", "saved", scope=scope)


@admin.post("/products/policy/<path:scope>/remove")
def products_policy_remove(scope: str) -> Response:
    plugin().policies.delete(tenant_id(), the_scope(scope))
    return done("products_policies", "removed")


@admin.post("/products/chosen")
def products_chosen(form: Form = BLANK, effect: EffectWords | None = None) -> Response:
    """The form for the ticked items; nothing is changed yet."""
    items = chosen_items()
    rows = [detail.row for item in items if (detail := plugin().product_queries.detail(tenant_id(), item))]
    if not rows:
        return done("products", "")
    first = plugin().product_queries.policy(tenant_id(), rows[0].scope) if rows[0].scope else None
    return make_response(
        render_template(
            "admin/products/chosen.html",
            rows=rows,
            items=",".join(items),
            form=form if form.values else Form(form_values(first or inherited(Scope(ScopeKind.STORE)))),
            fields=FIELDS,
            effect=effect,
            turns={turn: (gettext(words), tone) for turn, (words, tone) in TONES.items()},
        )
    )


@admin.post("/products/chosen/save")
@shows_again(products_chosen)
def products_chosen_save() -> Response:
    """Give each ticked item a policy of its own, or take its own away."""
    scopes = [own_scope(item) for item in chosen_items()]
    if request.form.get("follow"):
        change = PolicyChange(removed=tuple(scopes))
    else:
        base = policy_from(request.form, inherited(Scope(ScopeKind.STORE)))
        change = PolicyChange(tuple(replace(base, scope=scope) for scope in scopes))
    if request.form.get("deed") == "preview":
        effect = effect_words(plugin().policy_effects.ask(tenant_id(), change))
        return products_chosen(form=Form(request.form.to_dict()), effect=effect)
    for scope in change.removed:
        plugin().policies.delete(tenant_id(), scope)
    if change.saved:
        plugin().policies.save(tenant_id(), change.saved)
    return done("products", "followed" if change.removed else "bulk")


def the_scope(text: str) -> Scope:
    scope = known_scope(text)
    if scope is None:
        raise NoSuchPage
    return scope


def own_scope(item: ItemId) -> Scope:
    variant = variant_of(item)
    return Scope(ScopeKind.VARIANT, variant) if variant else Scope(ScopeKind.PRODUCT, product_of(item))


def chosen_items() -> list[ItemId]:
    """Ticked in the list, or carried along by the form."""
    named = [*request.form.getlist("id"), *request.form.get("items", "").split(",")]
    return [ItemId(name) for name in dict.fromkeys(named) if ITEM.fullmatch(name)][:MOST_ITEMS]


def inherited(scope: Scope) -> BackorderPolicy:
    """What a new policy begins with."""
    return BackorderPolicy(scope=scope, enabled=True, backorder_limit=0)


def base_for(scope: Scope) -> BackorderPolicy:
    return plugin().product_queries.policy(tenant_id(), scope) or inherited(scope)


def prefilled() -> dict[str, str]:
    """A suggestion that was followed here."""
    given = {name: request.args[name] for name in PREFILLED if request.args.get(name, "").isdigit()}
    return {**given, "limit_kind": NUMBER} if "backorder_limit" in given else given


def form_values(policy: BackorderPolicy) -> dict[str, str]:
    kind = SUPPLY if policy.covers_supply else UNLIMITED if policy.backorder_limit is None else NUMBER
    return {
        "enabled": "yes" if policy.enabled else "no",
        "limit_kind": kind,
        "backorder_limit": str(policy.backorder_limit or 0),
        "reserve": str(policy.reserve),
        "lead_shortest": str(policy.lead_time.shortest) if policy.lead_time else "",
        "lead_longest": str(policy.lead_time.longest) if policy.lead_time else "",
        "handling_days": str(policy.handling_days),
        "label": policy.label.value,
        "release_on": policy.release_on.isoformat() if policy.release_on else "",
        "message": policy.message,
        "location_limits": "\n".join(f"{location}: {limit}" for location, limit in policy.location_limits),
    }


def policy_from(form: Mapping[str, str], base: BackorderPolicy) -> BackorderPolicy:
    """The form as a policy; what it has no fields for stays as it is. Raises DomainError, BadInput."""
    label = form.get("label", PolicyLabel.BACKORDER.value)
    if label not in set(PolicyLabel):
        raise bad(
            "label",
            label,
            said("label is %(label)r; allowed: %(allowed)s.", label=label[:40], allowed=", ".join(PolicyLabel)),
        )
    kind = form.get("limit_kind", NUMBER)
    changed: dict[str, Any] = {
        "enabled": form.get("enabled") == "yes",
        "covers_supply": kind == SUPPLY,
        "reserve": read(form, "reserve", whole, "0") if kind == SUPPLY else 0,
        "backorder_limit": None
        if kind == UNLIMITED
        else 0
        if kind == SUPPLY
        else read(form, "backorder_limit", whole, "0"),
        "lead_time": lead_time_from(form),
        "handling_days": read(form, "handling_days", whole, "0"),
        "label": PolicyLabel(label),
        "release_on": release_day(form) if label == PolicyLabel.PREORDER else None,
        "message": form.get("message", "").strip(),
    }
    if "location_limits" in form:
        changed["location_limits"] = location_limits_from(form["location_limits"])
    return replace(base, **changed)


def location_limits_from(text: str) -> tuple[tuple[LocationId, int], ...]:
    """One location a line: its number and its limit, such as `2: 10`."""
    limits: dict[LocationId, int] = {}
    for line in filter(str.strip, text.splitlines()):
        location, _, limit = line.partition(":")
        number = whole_number(location.strip(), field="location_limits")
        limits[LocationId(number)] = whole_number(limit.strip(), field="location_limits")
    return tuple(sorted(limits.items()))


def read(form: Mapping[str, str], name: str, translate: Callable[..., int], empty: str) -> int:
    return translate(form.get(name, "").strip() or empty, field=name)


def whole(text: str, *, field: str) -> int:
    return whole_number(text, field=field)


def lead_time_from(form: Mapping[str, str]) -> LeadTime | None:
    first, last = (form.get(name, "").strip() for name in ("lead_shortest", "lead_longest"))
    if not first and not last:
        return None
    shortest = whole_number(first or last, field="lead_shortest")
    longest = whole_number(last or first, field="lead_longest")
    try:
        return LeadTime(shortest, longest)
    except DomainError as error:
        raise DomainError(error.said, field="lead_longest", value=longest) from error


def release_day(form: Mapping[str, str]) -> date | None:
    text = form.get("release_on", "").strip()
    return day(text, field="release_on") if text else None
