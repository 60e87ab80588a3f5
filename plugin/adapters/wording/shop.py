"""The short texts a shop shows: the product page's sentence and the block for staff on an order. Implements `Wording`.

Themes print some of these texts raw, so they are plain words without any character that HTML gives a meaning.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache

from plugin.adapters.wording.catalogs import read_catalogs
from plugin.adapters.wording.language import Language, choose_language, page_language
from plugin.adapters.wording.storefront import Words, page_words, sentence, together
from plugin.domain.calendar import DateWindow
from plugin.domain.changes import Availability
from plugin.domain.order import Sending
from plugin.domain.plan import Offer
from plugin.domain.promise import Promise, PromisePart
from plugin.services.ports.system import Clock

LONGEST_TEXT = 255
LONGEST_NAME = 80
HARMLESS = str.maketrans({"<": "‹", ">": "›", '"': "”", "'": "’", "`": "’", "\\": "/"})
DATE_SLOT = "{date}"
JOINERS = "\u200c\u200d"
"""Invisible, and yet part of words in some scripts and of many emoji."""

_ENTITY = re.compile(r"&(?=[#\w])")


class BabelWording:
    """All languages of the catalogs. `clock` only decides whether a date needs its year."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        catalogs = read_catalogs()
        self.languages = tuple(catalogs)
        self.language = lru_cache(maxsize=256)(lambda locale: choose_language(locale, catalogs))
        self._page = lru_cache(maxsize=256)(lambda locale: page_language(locale, catalogs))

    def offer(self, offer: Offer, locale: str) -> str:
        return _shortened(self._sentence(offer, locale))

    def told(self, offer: Offer, quantity: int, locale: str) -> str:
        """What the page says to a buyer of so many; the storefront script makes the same sentence."""
        promise, language = offer.promise_for(quantity), self.language(locale)
        if (promise.ready and promise.later) or len(together(promise.later)) > 1:
            return _shortened(
                sentence(promise.ready, promise.later, lambda window: self._dates(window, language), language)
            )
        return self.offer(replace(offer, next_part=promise.later[0]) if promise.later else offer, locale)

    def page_words(self, locale: str) -> Mapping[str, Words]:
        """All words of the storefront script in a language, by name."""
        return page_words(self._page(locale))

    def page_language(self, locale: str) -> str:
        """The tag of a page's language, whether we have words for it or not."""
        return self._page(locale).tag

    def page_window(self, window: DateWindow, locale: str) -> str:
        """Days as that language writes them, even where the words are the merchant's own."""
        return self._dates(window, self._page(locale))

    def speaks(self, locale: str) -> bool:
        return self._page(locale).locale.language in self.languages

    def product(self, offers: Sequence[tuple[str, Offer]], locale: str) -> str:
        """Variants that say the same share a sentence; where all of it is too long, one sentence for the product."""
        labels: dict[str, list[str]] = {}
        for label, offer in offers:
            labels.setdefault(self._sentence(offer, locale), []).append(_plain(label)[:LONGEST_NAME])
        if len(labels) == 1:
            return _shortened(next(iter(labels)))
        text = " · ".join(f"{' / '.join(names)}: {sentence}" for sentence, names in labels.items() if sentence)
        return text if len(text) <= LONGEST_TEXT else self._over_all([offer for _, offer in offers], locale)

    def window(self, window: DateWindow, locale: str) -> str:
        return self.language(locale).window(window, today=self._today)

    def order_note(self, lines: Sequence[tuple[str, Promise]], locale: str, *, sending: Sending | None = None) -> str:
        gettext = self.language(locale).gettext
        wishes = {
            None: [],
            Sending.TOGETHER: [gettext("The shopper wants everything sent together.")],
            Sending.AS_READY: [gettext("The shopper wants each item sent when it is ready.")],
        }
        return "\n".join([*(self._note_line(name, promise, locale) for name, promise in lines), *wishes[sending]])

    @property
    def _today(self) -> date:
        return self._clock.now().date()

    def _sentence(self, offer: Offer, locale: str) -> str:
        language, part = self.language(locale), offer.next_part
        if part is None:
            return ""
        match offer.availability:
            case Availability.IN_STOCK:
                return self._further_units(part, language)
            case Availability.PREORDER:
                return self._merchants_own(offer, language) or self._preorder(part, language)
            case Availability.BACKORDER:
                return self._merchants_own(offer, language) or self._backorder(part, language)
            case Availability.PLAIN | Availability.CLOSED:
                return ""

    def _merchants_own(self, offer: Offer, language: Language) -> str:
        """The merchant's message with the date in it; empty where it wants a date and there is none."""
        message = _plain(offer.message)
        if DATE_SLOT not in message:
            return message
        window = offer.next_part.window if offer.next_part else None
        return message.replace(DATE_SLOT, self._dates(window, language)) if window else ""

    def _further_units(self, part: PromisePart, language: Language) -> str:
        if part.window is None:
            return language.gettext("In stock. For further units we will tell you the date.")
        return language.gettext("In stock. Further units ship %(window)s.", window=self._dates(part.window, language))

    def _preorder(self, part: PromisePart, language: Language) -> str:
        if part.window is None:
            return language.gettext("Pre-order; we will tell you the date")
        dates = self._dates(part.window, language)
        if part.window.earliest == part.window.latest:
            return language.gettext("Pre-order, ships from %(day)s", day=dates)
        return language.gettext("Pre-order, ships %(window)s", window=dates)

    def _backorder(self, part: PromisePart, language: Language) -> str:
        if part.window is None:
            return language.gettext("On backorder; we will tell you the date")
        return language.gettext("Ships %(window)s", window=self._dates(part.window, language))

    def _over_all(self, offers: Sequence[Offer], locale: str) -> str:
        language = self.language(locale)
        parts = [offer.next_part for offer in offers if offer.next_part and self._sentence(offer, locale)]
        windows = [part.window for part in parts if part.window]
        if not windows or len(windows) < len(parts):
            return language.gettext("The ship date depends on the option you choose")
        whole = DateWindow(min(w.earliest for w in windows), max(w.latest for w in windows))
        dates = self._dates(whole, language)
        return language.gettext("Ships %(window)s, depending on the option you choose", window=dates)

    def _note_line(self, name: str, promise: Promise, locale: str) -> str:
        language = self.language(locale)
        parts = [language.gettext("%(count)s ready to ship", count=promise.ready)] if promise.ready else []
        parts.extend(self._note_part(part, language) for part in promise.later)
        return f"{_plain(name)[:LONGEST_NAME]}: {', '.join(parts) or '–'}"

    def _note_part(self, part: PromisePart, language: Language) -> str:
        if part.window is None:
            return language.ngettext(
                "%(count)s on backorder, no date yet", "%(count)s on backorder, no date yet", part.units
            )
        dates = self._dates(part.window, language)
        text = language.ngettext("%(count)s ships %(window)s", "%(count)s ship %(window)s", part.units, window=dates)
        return f"{text} ({_plain(part.basis.reference)[:LONGEST_NAME]})" if part.basis.reference else text

    def _dates(self, window: DateWindow, language: Language) -> str:
        return language.window(window, today=self._today)


def _plain(text: str) -> str:
    """One line of words: no markup, no entities, no control characters, spaces collapsed."""
    visible = "".join(c if c.isprintable() or c in JOINERS else " " for c in text)
    return _ENTITY.sub("& ", " ".join(visible.split())).translate(HARMLESS)


def _shortened(text: str) -> str:
    if len(text) <= LONGEST_TEXT:
        return text
    return text[: LONGEST_TEXT - 1].rsplit(" ", 1)[0] + "…"
