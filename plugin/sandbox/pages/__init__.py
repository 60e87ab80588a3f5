"""Pages people look at: the shop, the world's panel, the inbox and the merchant's control panel. `server` mounts them."""

from flask import Blueprint

from plugin.sandbox.pages import inbox, log, manage, operations, panel, remote, shop, start

assets = Blueprint(
    "sandbox_assets", __name__, static_folder="../static", static_url_path="/assets", template_folder="../templates"
)


API = operations
"""Importing it declares its operations; the control blueprint mounts them."""


def blueprints() -> list[Blueprint]:
    return [
        assets,
        start.blueprint,
        shop.doors,
        shop.blueprint,
        remote.blueprint,
        inbox.blueprint,
        panel.blueprint,
        log.blueprint,
        manage.doors,
        manage.blueprint,
    ]
