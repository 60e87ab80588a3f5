"""The five answers a service can give besides success. No status codes, no library's errors."""

from datetime import timedelta
from typing import Literal

from plugin.domain.saying import Saying, Term, as_saying, said

ParkingReason = Literal["exceeded", "rejected", "gone", "configuration", "internal"]


class ServiceError(Exception):
    """Base of the five. `said` is the sentence for screens in any language; `str()` is the English one.

    Plain text is for programmes and logs, and for what others said.
    """

    def __init__(self, words: Saying | str) -> None:
        self.said = as_saying(words)
        super().__init__(str(self.said))


class NotFound(ServiceError):
    """There is no such thing, or not in this store."""

    def __init__(self, what: str, name: object) -> None:
        super().__init__(said("There is no %(what)s %(name)s.", what=Term("thing", what), name=str(name)))
        self.what = what
        self.name = name


class Conflict(ServiceError):
    """It cannot be done in the state things are in."""


class RetryLater(ServiceError):
    """It may work later: the shop is away, slow, or out of quota.

    `outcome_unknown` says that the call may have taken effect; whoever repeats it must look first.
    """

    def __init__(self, reason: Saying | str, *, after: timedelta | None = None, outcome_unknown: bool = False) -> None:
        super().__init__(reason)
        self.after = after
        self.outcome_unknown = outcome_unknown

    @property
    def reason(self) -> str:
        return str(self.said)


class QuotaSpent(RetryLater):
    """The calls of this window are used up, by us or by other apps: nobody's failure, so it counts as no try."""

    def __init__(self, reason: Saying | str, *, after: timedelta) -> None:
        super().__init__(reason, after=after)
        self.wait = after


class GiveUp(ServiceError):
    """It will not work by trying again; it is parked and shown to a person."""

    def __init__(self, reason: ParkingReason, explanation: Saying | str) -> None:
        super().__init__(explanation)
        self.reason: ParkingReason = reason

    @property
    def explanation(self) -> str:
        return str(self.said)


class AccessRevoked(ServiceError):
    """The store's token stopped working: uninstalled, or authorised anew elsewhere."""
