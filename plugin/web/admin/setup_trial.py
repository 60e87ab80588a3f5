"""Setup, where the store is a sandbox: a test order in one click, and its cancellation. Its words: setup_trial_words.py."""

from functools import partial

from flask import Response, g

from plugin.web.admin.door import admin
from plugin.web.admin.forms import done, shows_again
from plugin.web.admin.settings.rules import address_or_nothing
from plugin.web.admin.setup import setup
from plugin.web.current import plugin, tenant, tenant_id


@admin.post("/setup/trial")
@shows_again(partial(setup, opened="trial"))
def setup_trial() -> Response:
    """The service refuses in a live store, whoever asks."""
    email = address_or_nothing("trial_email") or g.user.email or tenant().profile.owner_email
    plugin().trial_orders.place(tenant_id(), email=email)
    return done("setup", "trial", step="trial")


@admin.post("/setup/trial/cancel")
@shows_again(partial(setup, opened="trial"))
def setup_trial_cancel() -> Response:
    plugin().trial_orders.cancel(tenant_id())
    return done("setup", "trial_cancelled", step="trial")
