"""How the product pages say scopes, policies, effects and suggestions."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from plugin.domain.policy import BackorderPolicy, LeadTime, PolicyLabel, Scope, ScopeKind
from plugin.domain.suggestion import LeadTimeSuggestion, LimitSuggestion, Missing, NotEnoughData
from plugin.services.policy_effects import PolicyEffect, Turn
from plugin.services.suggestions import Suggested
from plugin.web.admin.speech import day, gettext, marked, ngettext, number

KINDS: Mapping[ScopeKind, str] = {
    ScopeKind.STORE: marked("Store"),
    ScopeKind.CATEGORY: marked("Category"),
    ScopeKind.PRODUCT: marked("Product"),
    ScopeKind.VARIANT: marked("Variant"),
}
TURNS: Mapping[Turn, Callable[[int], str]] = {
    Turn.BUYABLE: lambda n: ngettext("would make %(count)s item buyable", "would make %(count)s items buyable", n),
    Turn.CLOSED: lambda n: ngettext(
        "would stop the sale of %(count)s item", "would stop the sale of %(count)s items", n
    ),
    Turn.MORE: lambda n: ngettext("would sell more of %(count)s item", "would sell more of %(count)s items", n),
    Turn.FEWER: lambda n: ngettext("would sell less of %(count)s item", "would sell less of %(count)s items", n),
    Turn.DATE: lambda n: ngettext(
        "would show another date for %(count)s item", "would show other dates for %(count)s items", n
    ),
    Turn.WORDS: lambda n: ngettext(
        "would show other words for %(count)s item", "would show other words for %(count)s items", n
    ),
}
TONES: Mapping[Turn, tuple[str, str]] = {
    Turn.BUYABLE: (marked("Buyable"), "success"),
    Turn.CLOSED: (marked("No longer buyable"), "danger"),
    Turn.MORE: (marked("More"), "success"),
    Turn.FEWER: (marked("Fewer"), "warning"),
    Turn.DATE: (marked("Other date"), "primary"),
    Turn.WORDS: (marked("Other words"), ""),
}


def scope_words(scope: Scope | None, name: str = "") -> str:
    """Say `Category: Kitchen`, `Store`, or that there is none."""
    if scope is None:
        return gettext("No policy")
    kind = gettext(KINDS[scope.kind])
    if scope.kind is ScopeKind.STORE:
        return kind
    return f"{kind}: {name}" if name else f"{kind} {scope.target}"


def limit_words(policy: BackorderPolicy) -> str:
    if not policy.enabled:
        return gettext("Not sold past zero")
    if policy.covers_supply:
        reserve = number(policy.reserve)
        return (
            gettext("What supply covers, less %(units)s", units=reserve)
            if policy.reserve
            else gettext("What supply covers")
        )
    if policy.backorder_limit is None:
        return gettext("Unlimited")
    return ngettext("Up to %(count)s unit", "Up to %(count)s units", policy.backorder_limit)


def lead_words(lead_time: LeadTime | None) -> str:
    if lead_time is None:
        return gettext("Not said")
    if lead_time.shortest == lead_time.longest:
        return ngettext("%(count)s working day", "%(count)s working days", lead_time.longest)
    return gettext("%(first)s to %(last)s working days", first=lead_time.shortest, last=lead_time.longest)


def label_words(policy: BackorderPolicy) -> str:
    if policy.label is PolicyLabel.BACKORDER:
        return gettext("Backorder")
    if policy.release_on is None:
        return gettext("Pre-order")
    return gettext("Pre-order, released %(day)s", day=day(policy.release_on))


def policy_facts(policy: BackorderPolicy) -> list[tuple[str, str]]:
    """What a policy says, value by value."""
    handling = ngettext("%(count)s working day", "%(count)s working days", policy.handling_days)
    return [
        (gettext("Limit"), limit_words(policy)),
        (gettext("Lead time"), lead_words(policy.lead_time)),
        (gettext("Handling time"), handling),
        (gettext("Label"), label_words(policy)),
        (gettext("Own words"), policy.message or gettext("None")),
    ]


@dataclass(frozen=True, slots=True)
class EffectWords:
    """The answer before one saves: sentences, and the items it is about."""

    sentences: list[str]
    looked_at: str
    effect: PolicyEffect


def effect_words(effect: PolicyEffect) -> EffectWords:
    sentences = [say(count) for turn, say in TURNS.items() if (count := effect.count(turn))]
    if effect.promises_moved:
        sentences.append(
            ngettext(
                "would move the promise of %(count)s waiting order line",
                "would move the promises of %(count)s waiting order lines",
                effect.promises_moved,
            )
        )
    return EffectWords(sentences, _looked_at(effect), effect)


def _looked_at(effect: PolicyEffect) -> str:
    if not effect.covered:
        return gettext("No item lies in this scope yet.")
    if effect.is_complete:
        return ngettext("%(count)s item looked at.", "%(count)s items looked at.", effect.covered)
    looked_at, covered = number(effect.looked_at), number(effect.covered)
    return gettext(
        "The first %(looked_at)s of %(covered)s items looked at; the rest follow the same rule.",
        looked_at=looked_at,
        covered=covered,
    )


@dataclass(frozen=True, slots=True)
class SuggestionWords:
    """`value` empty: there is not enough data, and `reason` says what is missing."""

    title: str
    value: str
    reason: str
    wanted: Mapping[str, str]
    """Fields of the policy form this would fill in."""


def suggestion_words(found: Suggested) -> list[SuggestionWords]:
    return [_limit_suggestion(found.limit), _lead_suggestion(found.lead_time)]


def _limit_suggestion(found: LimitSuggestion | NotEnoughData) -> SuggestionWords:
    title = gettext("Limit")
    if isinstance(found, NotEnoughData):
        return SuggestionWords(title, "", _missing(found), {})
    value = gettext("%(low)s to %(high)s units", low=number(found.low), high=number(found.high))
    reason = gettext(
        "In %(weeks)s weeks %(sold)s units were sold: %(usual)s in a usual week, %(strong)s in a strong one. "
        "Until goods ordered today arrive (%(lead)s), shoppers would order about that many.",
        weeks=found.weeks,
        sold=number(found.sold),
        usual=number(found.usual_week),
        strong=number(found.strong_week),
        lead=lead_words(found.lead_time),
    )
    return SuggestionWords(title, value, reason, {"backorder_limit": str(found.high)})


def _lead_suggestion(found: LeadTimeSuggestion | NotEnoughData) -> SuggestionWords:
    title = gettext("Lead time")
    if isinstance(found, NotEnoughData):
        return SuggestionWords(title, "", _missing(found), {})
    about = {"count": found.deliveries, "supplier": found.supplier}
    whose = (
        gettext("Of its last %(count)s deliveries four of five took no longer.", **about)
        if found.is_for_item
        else gettext("It has few deliveries of its own; these are %(count)s of %(supplier)s.", **about)
    )
    reason = gettext("Counted in working days, from the announcement until the last unit was here.")
    wanted = {"lead_shortest": str(found.lead_time.shortest), "lead_longest": str(found.lead_time.longest)}
    return SuggestionWords(title, lead_words(found.lead_time), f"{whose} {reason}", wanted)


def _missing(found: NotEnoughData) -> str:
    have, needed = number(found.have), number(found.needed)
    match found.missing:
        case Missing.WEEKS:
            return gettext(
                "Not enough data: %(have)s of %(needed)s full weeks since the store was connected.",
                have=have,
                needed=needed,
            )
        case Missing.SALES:
            return gettext(
                "Not enough data: it was sold in %(have)s weeks; %(needed)s are needed.", have=have, needed=needed
            )
        case Missing.LEAD_TIME:
            return gettext(
                "Not enough data: nobody knows yet how long goods take. Enter a lead time, or receive five deliveries."
            )
        case _:
            return gettext("Not enough data: %(have)s of %(needed)s deliveries received.", have=have, needed=needed)
