"""Setup: four short steps after the install, each of which can be left and taken up again; what is done stays ticked."""

from dataclasses import dataclass, replace
from functools import partial

from flask import Response, make_response, render_template, request

from plugin.domain.policy import BackorderPolicy, LeadTime, Scope, ScopeKind
from plugin.domain.store import SETUP_STEPS, Role, StoreSettings
from plugin.services.sender_check import RecordState, checked_selector
from plugin.web.admin import fields
from plugin.web.admin.door import admin, needs
from plugin.web.admin.forms import BLANK, Form, Said, done, done_words, shows_again
from plugin.web.admin.settings.rules import address_or_nothing
from plugin.web.admin.settings.selling import MODES, choices_of, limit_warning, set_mode
from plugin.web.admin.settings.store import LONGEST_ADDRESS, facts
from plugin.web.admin.setup_trial_words import trial_page
from plugin.web.admin.speech import gettext, marked
from plugin.web.admin.words import Badge, badge_words
from plugin.web.current import plugin, tenant, tenant_id

STEPS: dict[str, str] = {
    "facts": marked("Check what your store says about itself"),
    "selling": marked("Choose how to sell past zero"),
    "policy": marked("Make the first policy"),
    "sender": marked("Say who writes to shoppers"),
}
DONE: dict[str, Said] = {
    "facts": marked("Step 1 is done."),
    "selling": marked("Step 2 is done. Levels and limits are written to your store now."),
    "policy": marked("Step 3 is done. Product pages follow within a minute."),
    "sender": marked("Step 4 is done."),
    "trial": marked("The test order is placed. What comes of it shows below."),
    "trial_cancelled": marked("Your store was asked to cancel the test order."),
}
RECORD_BADGES: dict[RecordState, Badge] = {
    RecordState.FOUND: (marked("Found"), "success"),
    RecordState.MISSING: (marked("Missing"), "danger"),
    RecordState.UNKNOWN: (marked("Nobody answered"), "warning"),
    RecordState.UNASKED: (marked("Not checked yet"), ""),
}
MOST_LIMIT = 1_000_000
LONGEST_LEAD = 1000
FIRST_POLICY = BackorderPolicy(Scope(ScopeKind.STORE), enabled=True, backorder_limit=10, lead_time=LeadTime(5, 10))
"""What the step proposes where the store has no policy of its own yet."""


@dataclass(frozen=True, slots=True)
class Step:
    name: str
    number: int
    title: str
    is_done: bool
    is_open: bool


def steps(opened: str) -> list[Step]:
    ticked = tenant().settings.setup_done
    open_step = opened if opened in SETUP_STEPS else next((each for each in SETUP_STEPS if each not in ticked), "")
    return [
        Step(name, number, gettext(STEPS[name]), is_done=name in ticked, is_open=name == open_step)
        for number, name in enumerate(SETUP_STEPS, 1)
    ]


@admin.get("/setup")
def setup(form: Form = BLANK, opened: str = "", *, checks: bool = False) -> Response:
    policy = store_policy()
    shown = steps(opened or request.args.get("step", ""))
    check, selector = plugin().sender_check, tenant().settings.dkim_selector
    records = check.check(selector) if checks else check.records(selector)
    page = render_template(
        "admin/setup.html",
        steps=shown,
        left=sum(not step.is_done for step in shown),
        form=form,
        done_words=done_words(DONE),
        facts=facts(),
        choices=choices_of(tenant()),
        policy=policy,
        preview=plugin().policy_preview.of(tenant(), policy),
        records=[(each, badge_words(RECORD_BADGES[each.state])) for each in records],
        mail_from=plugin().settings.mail_from,
        usual_sender=tenant().profile.name,
        trial=trial_page(),
        limit_warning=limit_warning(),
    )
    return make_response(page)


def store_policy() -> BackorderPolicy:
    """The store's own comes first in the list."""
    first = next(iter(plugin().queries.policies(tenant_id(), limit=1)), None)
    return first if first and first.scope.kind is ScopeKind.STORE else FIRST_POLICY


@admin.get("/setup/preview")
def setup_preview() -> Response:
    """What product pages would say with the numbers in the form, saved or not; what is no number counts as none."""
    limit, lead_from, lead_to = (typed(name) for name in ("backorder_limit", "lead_from", "lead_to"))
    lead = None if lead_from is None or lead_to is None else LeadTime(lead_from, max(lead_from, lead_to))
    policy = replace(store_policy(), backorder_limit=limit, lead_time=lead)
    page = render_template("admin/setup_preview.html", preview=plugin().policy_preview.of(tenant(), policy))
    return make_response(page)


def typed(name: str) -> int | None:
    text = request.args.get(name, "").strip()
    return (
        min(int(text), LONGEST_LEAD) if text.isascii() and text.isdigit() and len(text) <= fields.MOST_DIGITS else None
    )


@admin.post("/setup/facts")
@shows_again(partial(setup, opened="facts"))
def setup_facts() -> Response:
    given = fields.text("postal_address", longest=LONGEST_ADDRESS)
    # The store's own follows the store; only another one is kept.
    address = "" if given.split() == tenant().profile.postal_address.split() else given
    plugin().store_settings.change(tenant_id(), lambda settings: replace(settings, postal_address=address))
    return tick("facts")


@admin.post("/setup/selling")
@needs(Role.OWNER)
@shows_again(partial(setup, opened="selling"))
def setup_selling() -> Response:
    set_mode(fields.one_of("mode", MODES))
    return tick("selling")


@admin.post("/setup/policy")
@shows_again(partial(setup, opened="policy"))
def setup_policy() -> Response:
    lead_from = fields.whole("lead_from", least=0, most=LONGEST_LEAD)
    lead_to = fields.whole("lead_to", least=lead_from, most=LONGEST_LEAD)
    policy = replace(
        store_policy(),
        enabled=fields.one_of("enabled", ("yes", "no")) == "yes",
        backorder_limit=fields.whole_or_none("backorder_limit", least=0, most=MOST_LIMIT),
        lead_time=LeadTime(lead_from, lead_to),
    )
    plugin().policies.save(tenant_id(), [policy])
    return tick("policy")


@admin.post("/setup/sender")
@shows_again(partial(setup, opened="sender"))
def setup_sender() -> Response:
    name, reply_to = fields.text("sender_name", longest=80), address_or_nothing("reply_to")
    selector = checked_selector(request.form.get("dkim_selector", ""))

    def with_sender(settings: StoreSettings) -> StoreSettings:
        return replace(settings, sender_name=name, reply_to=reply_to, dkim_selector=selector)

    plugin().store_settings.change(tenant_id(), with_sender)
    return tick("sender")


@admin.post("/setup/dns")
def setup_check_sender() -> Response:
    """Asks the DNS and shows the page; nothing is changed."""
    return setup(opened="sender", checks=True)


def tick(step: str) -> Response:
    plugin().store_settings.tick(tenant_id(), step)
    return done("setup", step)
