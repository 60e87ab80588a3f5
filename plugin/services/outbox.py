"""Deliver one message to a person, once. The text was frozen when it was decided; here it is only sent."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from plugin.domain.ids import MessageId, TenantId
from plugin.domain.store import ChannelSender, Tenant
from plugin.services.again import judge_again
from plugin.services.budget import keeps_until_morning
from plugin.services.bundles import as_one, claim_beside
from plugin.services.errors import GiveUp, RetryLater
from plugin.services.facts import ParkedFacts, ParkedThing, to_json
from plugin.services.ports.messages import MessageKind, NewMessage, Notifier, OutboxMessage, SenderIdentity, SentMail
from plugin.services.ports.system import Clock
from plugin.services.ports.unit_of_work import UnitOfWork, Units
from plugin.services.retry import next_try
from plugin.services.tones import language_of

MESSAGES_PER_JOB = 100


@dataclass(frozen=True, slots=True)
class Outbox:
    units: Units
    notifier: Notifier
    clock: Clock

    def deliver_due(self, tenant_id: TenantId) -> None:
        """Send what is due, a slice at a time; what is left goes to the back of the queue."""
        if not self.notifier.is_ready:
            return
        with self.units(tenant_id) as work:
            due = work.messages.due(at=self.clock.now(), limit=MESSAGES_PER_JOB)
        for message_id in due:
            self.deliver(tenant_id, message_id)
        if len(due) == MESSAGES_PER_JOB:
            with self.units(tenant_id) as work:
                work.wake("deliver", tenant_id)
                work.commit()

    def deliver(self, tenant_id: TenantId, message_id: MessageId) -> None:
        """Claim → send → finish. A message somebody else has claimed, sent or parked is left alone."""
        with self.units(tenant_id) as work:
            now, tenant = self.clock.now(), work.tenant()
            message = work.messages.claim(message_id, at=now)
            if message and keeps_until_morning(message.kind, message.facts) and tenant.awake_at(now) > now:
                work.messages.postpone(message_id, until=tenant.awake_at(now))
                message = None
            channel = _channel_of(work, message)
            if message and message.kind.is_for_shoppers and not _writes_to(tenant, channel):
                self._leave_to_merchant(work, message, at=now)
                message = None
            sender = sender_of(tenant, channel=channel)
            told = (message, *claim_beside(work, message, at=now)) if message else ()
            if told:
                mail = as_one(told)
                mail = replace(mail, tone=work.tones.get(mail.kind, language_of(mail.locale)))
            work.commit()
        if told:
            self._send(tenant_id, mail, told, sender)

    def _leave_to_merchant(self, work: UnitOfWork, message: OutboxMessage, *, at: datetime) -> None:
        """What the law wants told is theirs to tell now: it stands among those to call."""
        work.messages.drop([message.message_id], at=at)
        work.notices.message_bounced(message.key, at=at)
        if message.order_id is not None:
            judge_again(work, message.order_id, at=at)

    def _send(
        self, tenant_id: TenantId, mail: OutboxMessage, told: Sequence[OutboxMessage], sender: SenderIdentity
    ) -> None:
        """`told` are the messages this mail tells, mostly one."""
        try:
            sent = self.notifier.send(mail, sender, tenant=tenant_id)
        except RetryLater as problem:
            for message in told:
                self._try_again(tenant_id, message, problem)
            return
        except GiveUp as problem:
            for message in told:
                self._park(tenant_id, message, problem)
            return
        with self.units(tenant_id) as work:
            for message in told:
                self._keep(work, message, sent, mail)
            work.commit()

    def _keep(self, work: UnitOfWork, message: OutboxMessage, sent: SentMail, mail: OutboxMessage) -> None:
        now = self.clock.now()
        sent_with = mail.message_id if message.message_id != mail.message_id else None
        work.messages.sent(message.message_id, at=now, subject=sent.subject, text=sent.text, sent_with=sent_with)
        if message.order_id is not None:
            work.orders.add_to_ledger(message.order_id, at=now, surface="mail", text=sent.text, facts=message.facts)
            work.notices.message_sent(message.key, at=now)

    def _try_again(self, tenant_id: TenantId, message: OutboxMessage, problem: RetryLater) -> None:
        until = next_try(message.attempts, now=self.clock.now(), after=problem.after, spread=message.message_id)
        if until is None:
            self._park(tenant_id, message, GiveUp("exceeded", problem.said))
            return
        with self.units(tenant_id) as work:
            work.messages.postpone(message.message_id, until=until)
            work.commit()

    def _park(self, tenant_id: TenantId, message: OutboxMessage, problem: GiveUp) -> None:
        """What never arrived has told nobody anything; a notice that we cannot word is for the merchant to know."""
        now = self.clock.now()
        with self.units(tenant_id) as work:
            work.messages.park(message.message_id, problem)
            if message.order_id is not None:
                work.notices.message_bounced(message.key, at=now)
                judge_again(work, message.order_id, at=now)
                if problem.reason == "internal":
                    self._tell_owner(work, message, problem)
            work.commit()

    def _tell_owner(self, work: UnitOfWork, message: OutboxMessage, problem: GiveUp) -> None:
        tenant, now = work.tenant(), self.clock.now()
        if not tenant.profile.owner_email:
            return
        facts = ParkedFacts(
            thing=ParkedThing.MAIL,
            reason=problem.reason,
            decided_on=now.date(),
            about=f"#{message.order_id}",
            explanation=problem.explanation,
        )
        key = f"mail_parked:{message.message_id}:{now.isoformat()}"
        owner, language = tenant.profile.owner_email, tenant.profile.language
        work.messages.add([NewMessage(key, MessageKind.MERCHANT_PARKED, owner, language, to_json(facts))], at=now)
        work.wake("deliver", work.tenant_id)


def sender_of(tenant: Tenant, *, channel: int | None = None) -> SenderIdentity:
    """The store, or one of its storefronts that speaks under its own name."""
    profile, settings = tenant.profile, tenant.settings
    known = {sender.channel_id: sender for sender in settings.channel_senders}
    own = known.get(channel or 0, ChannelSender(0))
    return SenderIdentity(
        store_name=own.name or settings.sender_name or profile.name,
        storefront_url=own.url or profile.storefront_url,
        logo_url=own.logo_url or profile.logo_url,
        reply_to=own.reply_to or settings.reply_to or profile.order_email or profile.owner_email,
        postal_address=own.postal_address or tenant.postal_address,
    )


def _writes_to(tenant: Tenant, channel: int | None) -> bool:
    return all(sender.writes for sender in tenant.settings.channel_senders if sender.channel_id == channel)


def _channel_of(work: UnitOfWork, message: OutboxMessage | None) -> int | None:
    """Asked only where a storefront has a name of its own."""
    if message is None or message.order_id is None or not work.tenant().settings.channel_senders:
        return None
    order = work.orders.get([message.order_id]).get(message.order_id)
    return order.channel_id if order else None
