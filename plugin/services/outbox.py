"""Deliver one message to a person, once. The text was frozen when it was decided; here it is only sent."""

from dataclasses import dataclass, replace

from plugin.domain.ids import MessageId, TenantId
from plugin.domain.store import ChannelSender, Tenant
from plugin.services.budget import CAN_WAIT
from plugin.services.errors import GiveUp, RetryLater
from plugin.services.facts import ParkedFacts, ParkedThing, to_json
from plugin.services.ports import (
    Clock,
    MessageKind,
    NewMessage,
    Notifier,
    OutboxMessage,
    SenderIdentity,
    UnitOfWork,
    Units,
)
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
            if message and message.kind in CAN_WAIT and tenant.awake_at(now) > now:
                work.messages.postpone(message_id, until=tenant.awake_at(now))
                message = None
            sender = sender_of(tenant, channel=_channel_of(work, message))
            if message:
                message = replace(message, tone=work.tones.get(message.kind, language_of(message.locale)))
            work.commit()
        if message:
            self._send(tenant_id, message, sender)

    def _send(self, tenant_id: TenantId, message: OutboxMessage, sender: SenderIdentity) -> None:
        try:
            mail = self.notifier.send(message, sender, tenant=tenant_id)
        except RetryLater as problem:
            self._try_again(tenant_id, message, problem)
            return
        except GiveUp as problem:
            self._park(tenant_id, message, problem)
            return
        now = self.clock.now()
        with self.units(tenant_id) as work:
            work.messages.sent(message.message_id, at=now, subject=mail.subject, text=mail.text)
            if message.order_id is not None:
                work.orders.add_to_ledger(message.order_id, at=now, surface="mail", text=mail.text, facts=message.facts)
                work.notices.message_sent(message.key, at=now)
            work.commit()

    def _try_again(self, tenant_id: TenantId, message: OutboxMessage, problem: RetryLater) -> None:
        until = next_try(message.attempts, now=self.clock.now(), after=problem.after, spread=message.message_id)
        if until is None:
            self._park(tenant_id, message, GiveUp("exceeded", problem.reason))
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


def _channel_of(work: UnitOfWork, message: OutboxMessage | None) -> int | None:
    """Asked only where a storefront has a name of its own."""
    if message is None or message.order_id is None or not work.tenant().settings.channel_senders:
        return None
    order = work.orders.get([message.order_id]).get(message.order_id)
    return order.channel_id if order else None
