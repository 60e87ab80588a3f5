"""What the shop's pages would say: the script's words filled with a made-up product, for the preview of the settings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from plugin.domain.calendar import DateWindow
from plugin.domain.order import Sending
from plugin.domain.store import StorefrontSettings, WaitlistPlace
from plugin.services.storefront import spoken_language, words_of
from plugin.web.admin.speech import gettext, marked
from plugin.web.current import plugin, tenant

Words = Mapping[str, str | Sequence[str]]
PLACES = (
    ("", marked("By itself: where your theme says how much is in stock")),
    (".productView-title", marked("Below the name")),
    (".productView-price", marked("Below the price")),
    ("#add-to-cart-wrapper", marked("Below the button")),
)
"""Elements of the stock theme that other themes have kept; any other selector may be typed."""
POSITIONS = {".productView-title": "title", ".productView-price": "price", "#add-to-cart-wrapper": "button"}


@dataclass(frozen=True, slots=True)
class Situation:
    """What a shopper meets: the sentence, what stands beside the quantity, and the button."""

    title: str
    sentence: str
    hint: str
    button: str
    beside: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    is_on: bool
    language: str
    position: str
    situations: tuple[Situation, ...]
    apart: tuple[str, str] | None
    """A line of the cart and its note where each item ships when it is ready."""
    sending: tuple[str, ...]
    """The question of a mixed cart and its answers; empty where it is not asked."""
    together: tuple[str, str] | None
    """The same where the shopper, or the shop for everybody, wants the order sent at once."""
    waitlist: tuple[str, ...]


def preview_of(settings: StorefrontSettings, language: str) -> Preview:
    with_these = replace(tenant(), settings=replace(tenant().settings, storefront=settings))
    spoken = spoken_language(with_these, language, plugin().wording)
    words = words_of(settings, spoken, plugin().wording)
    soon = plugin().clock.now().date() + timedelta(days=14)
    days = plugin().wording.page_window(DateWindow(soon, soon + timedelta(days=7)), spoken)
    part, whole = (filled(words["part"], count, count=count, window=days) for count in (2, 3))
    line = filled(words["list"], 2, first=filled(words["ships_now"], 1, count=1), rest=part)
    at_once, asks = tenant().settings.allocation.sending is Sending.TOGETHER, settings.offers_sending
    return Preview(
        is_on=settings.enabled,
        language=spoken,
        position=POSITIONS.get(settings.place, "other" if settings.place else "stock"),
        situations=situations(settings, words, days),
        apart=(line, filled(words["parts"], 2, window=days)) if asks or not at_once else None,
        sending=tuple(filled(words[name], 1) for name in ("sending", "together", "as_ready")) if asks else (),
        together=(whole, filled(words["whole"], 1, window=days)) if asks or at_once else None,
        waitlist=tuple(filled(words[name], 1) for name in ("tell_me", "once", "email", "quantity", "send", "close"))
        if settings.waitlist is not WaitlistPlace.OFF
        else (),
    )


def situations(settings: StorefrontSettings, words: Words, days: str) -> tuple[Situation, ...]:
    add, sold_out = gettext("Add to Cart"), gettext("Sold out")
    tell_me = filled(words["tell_me"], 1)
    beside = tell_me if settings.waitlist is WaitlistPlace.ALWAYS else ""
    mixed = filled(words["mixed"], 2, now=1, count=2, window=days)
    closed = sold_out if settings.waitlist is WaitlistPlace.OFF else tell_me
    backorder, preorder = filled(words["button_backorder"], 1), filled(words["button_preorder"], 1)
    left = filled(words["left"], 2, count=2)
    return (
        Situation(gettext("None on hand"), filled(words["ships"], 1, window=days), left, backorder, beside),
        Situation(gettext("1 on hand, 3 wanted"), mixed, "", add),
        Situation(gettext("1 on hand"), filled(words["in_stock"], 1, window=days), "", add),
        Situation(gettext("Before the release"), filled(words["preorder"], 1, window=days), "", preorder, beside),
        Situation(gettext("No date known"), filled(words["unknown"], 1), "", backorder, beside),
        Situation(gettext("Limit reached"), "", "", closed),
    )


def filled(text: str | Sequence[str], quantity: int, **gaps: object) -> str:
    """The script's own rule: a text for one or for more, gaps filled."""
    form = text if isinstance(text, str) else text[0 if quantity == 1 else 1]
    for name, value in gaps.items():
        form = form.replace(f"{{{name}}}", str(value))
    return form
