"""What the storefront script says: its words in one language, and the same sentence made here for the order's proof.

The script fills the gaps itself (`{window}`, `{count}`), with dates in the page's language; `sentence` must say the same.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import reduce

from plugin.adapters.wording.language import Language
from plugin.domain.calendar import DateWindow
from plugin.domain.promise import PromisePart

Words = str | Sequence[str]
"""One text, or one for a single unit and one for more."""

_GAP = re.compile(r"%\((\w+)\)s")


def page_words(language: Language) -> dict[str, Words]:
    """Everything the script can say. A merchant may replace each of them by its name."""
    gettext, ngettext = language.translations.gettext, language.translations.ngettext
    words: Mapping[str, Words] = {
        "ships": gettext("Ships %(window)s"),
        "unknown": gettext("On backorder; we will tell you the date"),
        "preorder": gettext("Pre-order, ships %(window)s"),
        "preorder_day": gettext("Pre-order, ships from %(day)s"),
        "preorder_unknown": gettext("Pre-order; we will tell you the date"),
        "in_stock": gettext("In stock. Further units ship %(window)s."),
        "in_stock_unknown": gettext("In stock. For further units we will tell you the date."),
        "mixed": _pair(
            lambda n: ngettext(
                "%(now)s in stock, %(count)s more ships %(window)s",
                "%(now)s in stock, %(count)s more ship %(window)s",
                n,
            )
        ),
        "mixed_unknown": _pair(
            lambda n: ngettext(
                "%(now)s in stock; for %(count)s more we will tell you the date",
                "%(now)s in stock; for %(count)s more we will tell you the date",
                n,
            )
        ),
        "now": gettext("%(count)s in stock"),
        "part": _pair(lambda n: ngettext("%(count)s ships %(window)s", "%(count)s ship %(window)s", n)),
        "part_unknown": _pair(
            lambda n: ngettext(
                "%(count)s on backorder, no date yet",
                "%(count)s on backorder, no date yet",
                n,
            )
        ),
        "list": gettext("%(first)s, %(rest)s"),
        **_offers(language),
        **_cart(language),
        **_waitlist(language),
    }
    return {name: _opened(text) for name, text in words.items()}


def _offers(language: Language) -> dict[str, Words]:
    gettext, ngettext = language.translations.gettext, language.translations.ngettext
    return {
        "button_backorder": gettext("Backorder"),
        "button_preorder": gettext("Pre-order"),
        "left": _pair(
            lambda n: ngettext("Only %(count)s left on backorder", "Only %(count)s left on backorder", n),
        ),
        "most": _pair(lambda n: ngettext("Only %(count)s can be ordered", "Only %(count)s can be ordered", n)),
    }


def _cart(language: Language) -> dict[str, Words]:
    gettext, ngettext = language.translations.gettext, language.translations.ngettext
    return {
        "ships_now": _pair(lambda n: ngettext("%(count)s ships now", "%(count)s ship now", n)),
        "parts": gettext("Part of this order ships now, the rest %(window)s."),
        "parts_unknown": gettext("Part of this order ships now; we will tell you the date of the rest."),
        "dates": gettext("Your items ship on different days, the last %(window)s."),
        "dates_unknown": gettext("Your items ship on different days; for some we will tell you the date."),
        "whole": gettext("Everything ships together, %(window)s."),
        "whole_unknown": gettext("Everything ships together; we will tell you the date."),
        "sending": gettext("How shall we send it?"),
        "together": gettext("Everything together"),
        "as_ready": gettext("Each item when it is ready"),
        "your_order": gettext("See the dates, and change your mind"),
    }


def _waitlist(language: Language) -> dict[str, Words]:
    gettext = language.translations.gettext
    return {
        "tell_me": gettext("Tell me when it is back"),
        "email": gettext("Your e-mail address"),
        "quantity": gettext("How many do you want?"),
        "once": gettext("One mail when it is back. You can leave the list in one click."),
        "send": gettext("Tell me"),
        "close": gettext("Close"),
        "asked": gettext("Please look at your mail and confirm that it is you."),
        "failed": gettext("That did not work. Please try again later."),
    }


def sentence(now: int, later: Sequence[PromisePart], dates: Callable[[DateWindow], str], language: Language) -> str:
    """For a buyer of some units on hand and some that ship later, in several parts or in one after the units on hand."""
    parts = together(later)
    if len(parts) == 1 and now:
        window, units = parts[0]
        if window is None:
            return language.ngettext(
                "%(now)s in stock; for %(count)s more we will tell you the date",
                "%(now)s in stock; for %(count)s more we will tell you the date",
                units,
                now=now,
            )
        return language.ngettext(
            "%(now)s in stock, %(count)s more ships %(window)s",
            "%(now)s in stock, %(count)s more ship %(window)s",
            units,
            now=now,
            window=dates(window),
        )
    said = [language.gettext("%(count)s in stock", count=now)] if now else []
    said += [_part(window, units, dates, language) for window, units in parts]
    return reduce(lambda first, rest: language.gettext("%(first)s, %(rest)s", first=first, rest=rest), said)


def together(later: Sequence[PromisePart]) -> list[tuple[DateWindow | None, int]]:
    """The windows in order, with how many units ship in each."""
    units: dict[DateWindow | None, int] = {}
    for part in later:
        units[part.window] = units.get(part.window, 0) + part.units
    return list(units.items())


def _part(window: DateWindow | None, units: int, dates: Callable[[DateWindow], str], language: Language) -> str:
    if window is None:
        return language.ngettext("%(count)s on backorder, no date yet", "%(count)s on backorder, no date yet", units)
    return language.ngettext("%(count)s ships %(window)s", "%(count)s ship %(window)s", units, window=dates(window))


def _pair(said: Callable[[int], str]) -> Words:
    one, more = said(1), said(2)
    return one if one == more else (one, more)


def _opened(words: Words) -> Words:
    """Gaps as the script knows them."""
    if isinstance(words, str):
        return _GAP.sub(r"{\1}", words)
    return [_GAP.sub(r"{\1}", text) for text in words]
