"""The five answers a service can give besides success. No status codes, no library's errors."""

from datetime import timedelta
from typing import Literal

ParkingReason = Literal["exceeded", "rejected", "gone", "configuration", "internal"]


class ServiceError(Exception):
    """Base of the five."""


class NotFound(ServiceError):
    """There is no such thing, or not in this store."""

    def __init__(self, what: str, name: object) -> None:
        super().__init__(f"There is no {what} {name}.")
        self.what = what
        self.name = name


class Conflict(ServiceError):
    """It cannot be done in the state things are in."""


class RetryLater(ServiceError):
    """It may work later: the shop is away, slow, or out of quota.

    `outcome_unknown` says that the call may have taken effect; whoever repeats it must look first.
    """

    def __init__(self, reason: str, *, after: timedelta | None = None, outcome_unknown: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.after = after
        self.outcome_unknown = outcome_unknown


class GiveUp(ServiceError):
    """It will not work by trying again; it is parked and shown to a person."""

    def __init__(self, reason: ParkingReason, explanation: str) -> None:
        super().__init__(explanation)
        self.reason: ParkingReason = reason
        self.explanation = explanation


class AccessRevoked(ServiceError):
    """The store's token stopped working: uninstalled, or authorised anew elsewhere."""
