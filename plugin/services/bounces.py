"""A mail that was taken and came back: its notice counts as not told, its reader's place on the waitlist ends.

The clock has the mailbox read every few minutes; a mail server that can pipe mails calls `backorder bounce` instead.
"""

from dataclasses import dataclass

from plugin.domain.saying import Term, said
from plugin.services.again import judge_again
from plugin.services.ports.desk import Activity
from plugin.services.ports.messages import BounceMailbox, BounceReader, CameBack, MessageKind, OutboxMessage
from plugin.services.ports.system import Clock
from plugin.services.ports.unit_of_work import UnitOfWork, Units
from plugin.services.ports.waitlist import WaitlistState


@dataclass(frozen=True, slots=True)
class Bounces:
    """`mailbox` None: nobody told us where mails come back to."""

    units: Units
    clock: Clock
    reader: BounceReader | None
    mailbox: BounceMailbox | None

    def read(self) -> int:
        """Empty the mailbox; returns how many mails were there. Raises RetryLater."""
        return self.mailbox.take(self.handle) if self.mailbox else 0

    def handle(self, raw: bytes) -> bool:
        """True if it was the report of a mail of ours that nobody got. What it is not, is forgotten."""
        report = self.reader.read(raw) if self.reader else None
        return report is not None and self.came_back(report)

    def came_back(self, report: CameBack) -> bool:
        """False for a mail nobody knows, or that has come back before."""
        now = self.clock.now()
        with self.units(report.tenant_id) as work:
            messages = work.messages.came_back(report.message_id, at=now, why=report.why)
            for message in messages:
                self._act(work, message, report)
            work.commit()
        return bool(messages)

    def _act(self, work: UnitOfWork, message: OutboxMessage, report: CameBack) -> None:
        now = self.clock.now()
        about = f"order:{message.order_id}" if message.order_id is not None else f"message:{message.message_id}"
        if message.order_id is not None and not report.is_complaint:
            if message.kind is MessageKind.REMINDER:
                work.notices.reminder_bounced(message.order_id, at=now)
            else:
                work.notices.message_bounced(message.key, at=now)
            judge_again(work, message.order_id, at=now)
        entry = message.facts.get("entry_id")
        if isinstance(entry, int):
            work.waitlist.save_state(entry, WaitlistState.LEFT, at=now)
            about = "waitlist"
        what = said("A mail (%(mail)s) came back: %(why)s", mail=Term("mail", message.kind.value), why=report.why)
        work.journal.add([Activity(now, "bounced", about, what)])
