"""The front page with its doors, and what every desk shows: the clock and the way to the other desks."""

from typing import Any

from flask import Blueprint, render_template

from plugin.sandbox.pages.here import the_mailbox, the_world

blueprint = Blueprint("sandbox_start", __name__)


@blueprint.app_context_processor
def desk_context() -> dict[str, Any]:
    world = the_world()
    return {
        "desk": {
            "now": world.now(),
            "panel_url": world.panel_url,
            "public_url": world.public_url,
            "stores": list(world.stores.values()),
        }
    }


@blueprint.get("/")
def start() -> str:
    world = the_world()
    with world.acting():
        store = world.first_store
        counts = {
            "products": len(store.products),
            "orders": len(store.orders),
            "mails": len(the_mailbox().messages()),
            "calls": world.api_calls.total,
            "installed": world.app.id in store.installations,
        }
    return render_template("desk/start.html", counts=counts, store=store, app=world.app)
