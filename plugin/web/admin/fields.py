"""Fields of a sent form as typed values; anything else is BadInput, with the sentence that stands beside the field."""

from datetime import date, time

from flask import request

from plugin.web.admin.speech import gettext
from plugin.web.errors import BadInput
from plugin.web.reading import bad

MOST_DIGITS = 9
LONGEST_LIST = 4000


def text(name: str, *, longest: int = 200) -> str:
    given = request.form.get(name, "").strip()
    if len(given) > longest:
        raise wrong(
            name, given, gettext("At most %(count)s characters; these are %(given)s.", count=longest, given=len(given))
        )
    return given


def ticked(name: str) -> bool:
    return request.form.get(name) == "yes"


def whole(name: str, *, least: int, most: int) -> int:
    given = request.form.get(name, "").strip()
    if not (given.isascii() and given.isdigit() and len(given) <= MOST_DIGITS and least <= int(given) <= most):
        raise wrong(name, given, gettext("Write a whole number from %(least)s to %(most)s.", least=least, most=most))
    return int(given)


def whole_or_none(name: str, *, least: int, most: int) -> int | None:
    """None where the field was left empty."""
    return whole(name, least=least, most=most) if request.form.get(name, "").strip() else None


def one_of(name: str, allowed: tuple[str, ...]) -> str:
    given = request.form.get(name, "")
    if given not in allowed:
        raise wrong(name, given, gettext("Choose one of these: %(allowed)s.", allowed=", ".join(allowed)))
    return given


def hour(name: str) -> time | None:
    """`14:00`; None where the field was left empty."""
    given = request.form.get(name, "").strip()
    if not given:
        return None
    try:
        return time.fromisoformat(given).replace(tzinfo=None)
    except ValueError as error:
        raise wrong(name, given, gettext("Write a time such as 14:00.")) from error


def days_of(name: str) -> tuple[date, ...]:
    """One day a line, such as 2026-12-24; each once, in order."""
    given = text(name, longest=LONGEST_LIST).replace(",", "\n").split()
    return tuple(sorted({_day(name, word) for word in given}))


def _day(name: str, word: str) -> date:
    try:
        return date.fromisoformat(word)
    except ValueError as error:
        message = gettext("%(word)s is not a day; write one a line, such as 2026-12-24.", word=word[:20])
        raise wrong(name, word, message) from error


def wrong(name: str, given: str, message: str) -> BadInput:
    return bad(name, given[:40], message)
