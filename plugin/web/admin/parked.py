"""What was put aside after an error, and once more; and reading the store again when it looks wrong."""

from flask import Response, request

from plugin.services.queries import ParkedThing
from plugin.web.admin.door import admin, app_url
from plugin.web.current import plugin, tenant_id
from plugin.web.headers import go_to
from plugin.web.reading import bad

LONGEST_KEY = 200


@admin.post("/read-again")
def read_again() -> Response:
    plugin().reconcile.ask(tenant_id())
    return go_to(app_url("home", done="resync"))


@admin.post("/try-again")
def try_again() -> Response:
    thing, key = request.form.get("thing", ""), request.form.get("key", "")[:LONGEST_KEY]
    if thing not in set(ParkedThing):
        raise bad("thing", thing, f"thing is {thing[:40]!r}; allowed: {', '.join(ParkedThing)}.")
    plugin().parking.try_again(tenant_id(), ParkedThing(thing), key)
    return go_to(app_url("home", done="again"))
