"""What stands behind a decision: the webhooks that came in about the same thing shortly before, and the mails that followed.

SQL is in adapters/db/activity.py. Nothing here decides or writes.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from plugin.domain.ids import TenantId
from plugin.services.queries import ActivityRow

BEFORE = timedelta(minutes=15)
"""A decision follows its webhook within this time, unless something was away."""
AFTER = timedelta(minutes=15)
MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class WebhookRow:
    topic: str
    received_at: datetime
    body: str
    attempts: int
    is_waiting: bool


@dataclass(frozen=True, slots=True)
class MailRow:
    kind: str
    to: str
    subject: str
    text: str
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class Behind:
    """One entry, what came in before it and what went out after it."""

    entry: ActivityRow
    webhooks: tuple[WebhookRow, ...]
    mails: tuple[MailRow, ...]


class ActivityQueries(Protocol):
    def behind(self, tenant: TenantId, activity_id: int) -> Behind | None: ...
