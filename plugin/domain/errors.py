"""A rule was broken. Raised where the value is made; services and views translate it for people."""

from plugin.domain.saying import Saying, as_saying, said


class DomainError(ValueError):
    """What is wrong with which field. `field` and `value` let a form or an API answer point at it.

    `said` is the sentence for screens in any language; `str()` is the English one.
    """

    def __init__(self, words: Saying | str, *, field: str = "", value: object = None) -> None:
        self.said = as_saying(words)
        super().__init__(str(self.said))
        self.field = field
        self.value = value


def require_not_negative(field: str, value: int) -> None:
    if value < 0:
        words = said("%(field)s is %(value)s; it cannot be negative.", field=field, value=value)
        raise DomainError(words, field=field, value=value)


def require_positive(field: str, value: int) -> None:
    if value < 1:
        words = said("%(field)s is %(value)s; it must be at least 1.", field=field, value=value)
        raise DomainError(words, field=field, value=value)


def require_at_most(field: str, value: int, most: int) -> None:
    if value > most:
        words = said("%(field)s is %(value)s; at most %(most)s is allowed.", field=field, value=value, most=most)
        raise DomainError(words, field=field, value=value)
