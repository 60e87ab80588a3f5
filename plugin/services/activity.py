"""What stands behind a decision: why it was made, the webhooks that led to it, the calls and mails that followed.

All of it hangs on the recorded cause (services/causes.py). For decisions from before causes were kept, webhooks and mails
about the same thing at about the same time are shown instead. SQL is in adapters/db/activity.py; nothing here writes.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from plugin.domain.ids import TenantId
from plugin.services.causes import CauseKind
from plugin.services.queries import ActivityRow

BEFORE = timedelta(minutes=15)
"""A decision followed its webhook within this time, unless something was away."""
AFTER = timedelta(minutes=15)
MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class CauseRow:
    """`who` is the user's address; empty for who has been removed, and for all other kinds."""

    kind: CauseKind
    name: str
    at: datetime
    who: str = ""


@dataclass(frozen=True, slots=True)
class WebhookRow:
    event_id: int
    topic: str
    received_at: datetime
    body: str
    attempts: int
    is_waiting: bool


@dataclass(frozen=True, slots=True)
class CallRow:
    call_id: int
    at: datetime
    method: str
    path: str
    status: int
    milliseconds: int
    request_id: str


@dataclass(frozen=True, slots=True)
class MailRow:
    message_id: int
    kind: str
    to: str
    subject: str
    text: str
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class Chain:
    """From what came in to what went out. `is_recorded` False: put together by what happened at the same time."""

    causes: tuple[CauseRow, ...] = ()
    webhooks: tuple[WebhookRow, ...] = ()
    decisions: tuple[ActivityRow, ...] = ()
    calls: tuple[CallRow, ...] = ()
    mails: tuple[MailRow, ...] = ()
    is_recorded: bool = True


class ActivityQueries(Protocol):
    """Each is None for what is not this store's, or is no longer kept."""

    def behind(self, tenant: TenantId, activity_id: int) -> tuple[ActivityRow, Chain] | None: ...
    def webhook(self, tenant: TenantId, event_id: int) -> tuple[WebhookRow, Chain] | None: ...
    def call(self, tenant: TenantId, call_id: int) -> tuple[CallRow, Chain] | None: ...
    def mail(self, tenant: TenantId, message_id: int) -> Chain | None: ...
