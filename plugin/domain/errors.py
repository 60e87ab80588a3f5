"""A rule was broken. Raised where the value is made; services and views translate it for people."""


class DomainError(ValueError):
    """What is wrong with which field. `field` and `value` let a form or an API answer point at it."""

    def __init__(self, message: str, *, field: str = "", value: object = None) -> None:
        super().__init__(message)
        self.field = field
        self.value = value


def require_not_negative(field: str, value: int) -> None:
    if value < 0:
        raise DomainError(f"{field} is {value}; it cannot be negative.", field=field, value=value)


def require_positive(field: str, value: int) -> None:
    if value < 1:
        raise DomainError(f"{field} is {value}; it must be at least 1.", field=field, value=value)


def require_at_most(field: str, value: int, most: int) -> None:
    if value > most:
        raise DomainError(f"{field} is {value}; at most {most} is allowed.", field=field, value=value)
