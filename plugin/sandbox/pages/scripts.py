"""Scripts that apps registered, as a storefront page carries them: filtered, cached, and run through the theme engine.

A change becomes visible once the cache of 20 seconds is over, as in real life; the panel can empty it.
"""

import re
from dataclasses import dataclass

from flask import current_app, request
from markupsafe import Markup, escape

from plugin.sandbox.pages.here import the_store, the_world
from plugin.sandbox.store import Store
from plugin.sandbox.storefront import Script

CACHE_SECONDS = 20
TOKEN_EXPRESSION = "settings.storefront_api.token"  # noqa: S105  — a name, no secret
STOREFRONT_TOKEN = "sandbox-storefront-token"  # noqa: S105  — opens nothing
STOREFRONT_CHANNEL = 1
HANDLEBARS = re.compile(r"\{\{\{?(.*?)\}?\}\}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Snapshot:
    taken_at: float
    scripts: tuple[Script, ...]


def forget_cached(store_hash: str) -> None:
    _cache().pop(store_hash, None)


def rendered(*, location: str, page: str, stencil: bool = True) -> list[Markup]:
    """The tags for `head` or `footer` of a page: `storefront`, `checkout` or `order_confirmation`."""
    return [
        _tag(script, stencil=stencil)
        for script in _current()
        if script.enabled
        and script.location == location
        and script.channel_id == STOREFRONT_CHANNEL
        and script.visibility in (page, "all_pages")
        and is_allowed(script.consent_category)
    ]


def has_cookie_banner(store: Store) -> bool:
    channel = store.channels.get(STOREFRONT_CHANNEL)
    return bool(channel and channel.settings.get("cookie_banner"))


def set_cookie_banner(store: Store, *, shown: bool) -> None:
    channel = store.channels.get(STOREFRONT_CHANNEL)
    if channel:
        channel.settings["cookie_banner"] = shown


def asks_consent() -> bool:
    return has_cookie_banner(the_store()) and "consent" not in request.cookies


def is_allowed(category: str) -> bool:
    """With a cookie banner, unnamed scripts never run and others wait for a yes; essential ones always run."""
    if not has_cookie_banner(the_store()) or category == "essential":
        return True
    return category != "unknown" and request.cookies.get("consent") == "all"


def through_handlebars(html: str) -> str:
    """The theme engine replaces the one expression it knows and turns any other pair of braces into nothing."""
    return HANDLEBARS.sub(
        lambda found: STOREFRONT_TOKEN if found.group(1).strip() == TOKEN_EXPRESSION else "",
        html,
    )


def _current() -> tuple[Script, ...]:
    now, store = the_world().clock.timestamp(), the_store()
    known = _cache().get(store.hash)
    if known is None or not 0 <= now - known.taken_at < CACHE_SECONDS:
        known = Snapshot(now, tuple(store.scripts.values()))
        _cache()[store.hash] = known
    return known.scripts


def _cache() -> dict[str, Snapshot]:
    cache: dict[str, Snapshot] = current_app.extensions.setdefault("sandbox_script_cache", {})
    return cache


def _tag(script: Script, *, stencil: bool) -> Markup:
    if script.kind == "script_tag":
        # An app's own markup is put on the page as it is: that is what the platform sells.
        return Markup(through_handlebars(script.html) if stencil else script.html)  # noqa: S704  — see above
    when = {"async": " async", "defer": " defer"}.get(script.load_method, "")
    hashes = " ".join(script.integrity_hashes)
    guard = Markup(' integrity="{}" crossorigin="anonymous"').format(hashes) if hashes else ""
    return Markup('<script src="{}"{}{}></script>').format(escape(script.src), Markup(when), guard)  # noqa: S704  — `when` is ours
