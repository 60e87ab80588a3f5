"""Which sandbox, which store, which shopper: what every page asks before anything else."""

from typing import Protocol, cast

from flask import abort, current_app, g, request

from plugin.sandbox.config import SandboxConfig
from plugin.sandbox.mailbox import Mailbox
from plugin.sandbox.people import Customer
from plugin.sandbox.store import Store
from plugin.sandbox.world import World

THEMES = ("6.21", "6.19", "custom")


class Running(Protocol):
    """The sandbox that serves this request."""

    world: World
    mailbox: Mailbox
    config: SandboxConfig


def running() -> Running:
    return cast("Running", current_app.extensions["sandbox"])


def the_world() -> World:
    return running().world


def the_mailbox() -> Mailbox:
    return running().mailbox


def the_store() -> Store:
    """The store named in the path; for bare paths such as `/api/storefront`, the one whose pages the browser is on."""
    if "store" not in g:
        g.store = _store_of_browser()
    return cast("Store", g.store)


def enter_store(store_hash: str) -> None:
    """Make the store of the path the one of this request, or answer 404."""
    store = the_world().stores.get(store_hash)
    if store is None:
        abort(404)
    g.store = store


def _store_of_browser() -> Store:
    stores = the_world().stores
    came_from = (request.referrer or "").partition("/shop/")[2].partition("/")[0]
    remembered = request.cookies.get("sandbox_store", "")
    return stores.get(came_from) or stores.get(remembered) or the_world().first_store


def root() -> str:
    """Where the storefront of this store begins."""
    return f"/shop/{the_store().hash}"


def the_customer() -> Customer | None:
    number = request.cookies.get(f"customer_{the_store().hash}", "")
    return the_store().customers.get(int(number)) if number.isdigit() else None


def the_theme() -> str:
    """What the shopper asked for, else what the world's switch says."""
    wished = request.args.get("theme") or request.cookies.get("theme", "")
    return wished if wished in THEMES else str(the_world().switches.theme)


def cart_cookie() -> str:
    return f"cart_{the_store().hash}"


def local_path(wished: str | None, *, otherwise: str) -> str:
    """A path of this very site; anything that could lead elsewhere is replaced."""
    if wished and wished.startswith("/") and not wished.startswith(("//", "/\\")):
        return wished
    return otherwise
