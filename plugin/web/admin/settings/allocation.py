"""Settings, Allocation rules: who gets units first when there are not enough for everybody."""

from flask import Response, request

from plugin.domain.order import Sending
from plugin.domain.ranking import AllocationRules, GroupReserve, RankRule
from plugin.web.admin import fields
from plugin.web.admin.door import admin
from plugin.web.admin.forms import BLANK, Form, done, shows_again
from plugin.web.admin.settings.frame import show
from plugin.web.admin.speech import gettext
from plugin.web.admin.words import RULE_WORDS
from plugin.web.current import plugin, tenant, tenant_id

MOST_UNITS = 1_000_000
NO_RULE = "0"


@admin.get("/settings/allocation")
def settings_allocation(form: Form = BLANK) -> Response:
    rules = tenant().settings.allocation
    ranks = [
        (rule.value, gettext(name), gettext(means), form.value(rule.value, rank_of(rule, rules)))
        for rule, (name, means) in RULE_WORDS.items()
    ]
    places = [(NO_RULE, gettext("Not used")), *((str(n), str(n)) for n in range(1, len(RankRule) + 1))]
    sendings = [
        (Sending.AS_READY.value, gettext("Each item when it is ready"), ""),
        (Sending.TOGETHER.value, gettext("Everything of an order together"), ""),
    ]
    return show(
        "settings_allocation",
        form,
        rules=rules,
        reserve_lines=reserve_lines(rules),
        ranks=ranks,
        places=places,
        sendings=sendings,
    )


def rank_of(rule: RankRule, rules: AllocationRules) -> str:
    return str(rules.rules.index(rule) + 1) if rule in rules.rules else NO_RULE


@admin.post("/settings/allocation")
@shows_again(settings_allocation)
def settings_allocation_save() -> Response:
    plugin().allocation.save_rules(
        tenant_id(),
        AllocationRules(
            rules=chosen_rules(),
            group_order=groups(),
            reserves=reserves(),
            most_per_order=fields.whole_or_none("most_per_order", least=1, most=MOST_UNITS),
            most_per_customer=fields.whole_or_none("most_per_customer", least=1, most=MOST_UNITS),
            sending=Sending(fields.one_of("sending", tuple(each.value for each in Sending))),
        ),
    )
    return done("settings_allocation", "planned")


def chosen_rules() -> tuple[RankRule, ...]:
    """By the place each was given; where two have the same one, in the order of the page."""
    places = {rule: fields.whole(rule.value, least=0, most=len(RankRule)) for rule in RankRule}
    return tuple(sorted((rule for rule in RankRule if places[rule]), key=lambda rule: places[rule]))


def groups() -> tuple[int, ...]:
    words = fields.text("group_order").replace(",", " ").split()
    if not all(word.isascii() and word.isdigit() and len(word) <= fields.MOST_DIGITS for word in words):
        raise fields.wrong("group_order", request.form["group_order"], gettext("Write ids of groups, such as 3, 1."))
    return tuple(int(word) for word in words)


def reserves() -> tuple[GroupReserve, ...]:
    """One a line: `3: 10` keeps ten units of each item for group 3."""
    found = []
    for line in fields.text("reserves", longest=fields.LONGEST_LIST).splitlines():
        group, _, units = (part.strip() for part in line.partition(":"))
        if not (group.isascii() and group.isdigit() and units.isascii() and units.isdigit() and len(line) <= 20):
            message = gettext("%(line)s is no reserve; write group: units, such as 3: 10.", line=line[:20])
            raise fields.wrong("reserves", line, message)
        found.append(GroupReserve(int(group), int(units)))
    return tuple(found)


def reserve_lines(rules: AllocationRules) -> str:
    return "\n".join(f"{reserve.group}: {reserve.units}" for reserve in rules.reserves)
