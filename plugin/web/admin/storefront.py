"""The shop's own pages: what they say and where, with a preview that follows every key, and our script put back."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from flask import Response, make_response, render_template, request

from plugin.domain.saying import said
from plugin.domain.store import StorefrontSettings, WaitlistPlace
from plugin.services.page_scripts import ScriptState
from plugin.services.storefront import words_of
from plugin.web.admin.door import admin
from plugin.web.admin.forms import BLANK, Form, done, done_words, shows_again
from plugin.web.admin.speech import marked, speech
from plugin.web.admin.storefront_preview import PLACES, preview_of
from plugin.web.admin.words import Badge, badge_words
from plugin.web.current import plugin, tenant, tenant_id
from plugin.web.reading import bad

DONE = {
    "saved": marked("Saved. Your pages follow within a minute."),
    "script": marked("Asked for. The script stands on your pages again in a minute."),
}
SCRIPT_BADGES: dict[ScriptState, Badge] = {
    ScriptState.OFF: (marked("Switched off"), ""),
    ScriptState.IN_PLACE: (marked("On your pages"), "success"),
    ScriptState.ON_ITS_WAY: (marked("On its way"), "primary"),
    ScriptState.MISSING: (marked("Deleted in the Script Manager"), "warning"),
    ScriptState.DISABLED: (marked("Switched off in the Script Manager"), "warning"),
}
TAKEN_AWAY = {ScriptState.MISSING, ScriptState.DISABLED}
GROUPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        marked("Product page"): (
            "ships",
            "unknown",
            "in_stock",
            "in_stock_unknown",
            "mixed",
            "mixed_unknown",
            "preorder",
            "preorder_day",
            "preorder_unknown",
            "button_backorder",
            "button_preorder",
            "left",
            "most",
        ),
        marked("Parts of a quantity"): ("now", "part", "part_unknown", "list"),
        marked("Cart and order"): (
            "ships_now",
            "parts",
            "parts_unknown",
            "dates",
            "dates_unknown",
            "whole",
            "whole_unknown",
            "sending",
            "together",
            "as_ready",
            "your_order",
        ),
        marked("Waitlist"): ("tell_me", "once", "email", "quantity", "send", "close", "asked", "failed"),
    }
)
WORD = "word."
OWN_PLACE = "other"


@admin.get("/storefront")
def storefront(form: Form = BLANK) -> Response:
    """`form` has what was typed and is not saved."""
    settings, language = tenant().settings.storefront, chosen_language()
    shown = wanted(settings, language) if form.values else settings
    state = plugin().page_scripts.state(tenant_id())
    page = render_template(
        "admin/storefront.html",
        form=form,
        settings=shown,
        language=language,
        languages=known_languages(settings, language),
        groups=word_groups(shown, language),
        places=PLACES,
        is_own_place=shown.place not in dict(PLACES),
        preview=preview_of(shown, language),
        script=badge_words(SCRIPT_BADGES[state]),
        is_taken_away=state in TAKEN_AWAY,
        feed_url=f"{plugin().settings.base_url}/store/{tenant_id()}/feed.csv",
        done_words=done_words(DONE),
    )
    return make_response(page)


@admin.post("/storefront")
@shows_again(storefront)
def storefront_save() -> Response:
    """Save what was filled in; without scripts, `show` only shows the preview."""
    language = chosen_language()
    settings = wanted(tenant().settings.storefront, language)
    if "show" in request.form:
        return storefront(form=Form(request.form.to_dict()))
    plugin().page_scripts.decide(tenant_id(), settings)
    return done("storefront", "saved", language=language)


@admin.post("/storefront/preview")
def storefront_preview() -> Response:
    """The preview of what is being typed; nothing is saved."""
    language = chosen_language()
    shown = wanted(tenant().settings.storefront, language)
    return make_response(render_template("admin/_storefront_preview.html", preview=preview_of(shown, language)))


@admin.post("/storefront/script")
def put_script_back() -> Response:
    """Only on the merchant's word: they may have removed it on purpose."""
    plugin().page_scripts.ask(tenant_id(), "place_script")
    endpoint = "storefront" if request.form.get("back") == "storefront" else "home"
    return done(endpoint, "script")


def chosen_language() -> str:
    """The language whose words are looked at: the one typed or chosen, else the store's own."""
    asked = request.values.get("another", "").strip() or request.values.get("language", "").strip()
    return plugin().wording.page_language(asked or tenant().profile.language)


def known_languages(settings: StorefrontSettings, here: str) -> list[tuple[str, str]]:
    """Ours, the store's, those the merchant has words for, and the one that is looked at; by name."""
    own = plugin().wording.page_language(tenant().profile.language)
    known = {*plugin().wording.languages, own, here, *settings.words}
    return sorted(((each, speech().name_of(each)) for each in known), key=lambda named: named[1].casefold())


def wanted(before: StorefrontSettings, language: str) -> StorefrontSettings:
    """The settings as the form has them; the words of other languages stay. Raises BadInput."""
    form = request.form
    place = form.get("place", "")
    if (waitlist := form.get("waitlist", "")) not in {*WaitlistPlace}:
        raise bad(
            "waitlist",
            waitlist,
            said(
                "waitlist is %(waitlist)r; allowed: %(allowed)s.",
                waitlist=waitlist[:40],
                allowed=", ".join(WaitlistPlace),
            ),
        )
    return replace(
        before,
        enabled=form.get("enabled") == "yes",
        waitlist=WaitlistPlace(waitlist),
        offers_sending=form.get("offers_sending") == "yes",
        structured_data=form.get("structured_data") == "yes",
        feed=form.get("feed") == "yes",
        place=form.get("own_place", "").strip() if place == OWN_PLACE else place,
        words=with_words(before, language),
    )


def with_words(before: StorefrontSettings, language: str) -> dict[str, dict[str, str]]:
    """What was left empty says ours again."""
    typed = {name.removeprefix(WORD): text.strip() for name, text in request.form.items() if name.startswith(WORD)}
    words = {**{each: dict(texts) for each, texts in before.words.items()}, language: typed}
    filled = {each: {name: text for name, text in texts.items() if text} for each, texts in words.items()}
    return {each: texts for each, texts in filled.items() if texts}


def word_groups(settings: StorefrontSettings, language: str) -> list[dict[str, object]]:
    """Each text with ours and, where there is one, the merchant's own."""
    ours = words_of(replace(settings, words={}), language, plugin().wording)
    own = settings.words.get(language, {})
    return [
        {
            "title": title,
            "words": [{"name": name, "ours": both(ours[name]), "own": own.get(name, "")} for name in names],
        }
        for title, names in GROUPS.items()
    ]


def both(text: str | Sequence[str]) -> str:
    """A text with a form for one and a form for more, as one line."""
    return text if isinstance(text, str) else " / ".join(text)
